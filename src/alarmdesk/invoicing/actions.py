"""How does a document come into force, and out of it again?"""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import acting, entered
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer
from alarmdesk.customers.snapshots import snapshot
from alarmdesk.invoicing import equipping
from alarmdesk.invoicing.applying import take_back_all
from alarmdesk.invoicing.models import Invoice, InvoiceLine, LineTax, Offer, QuoteSettings, RecurringInvoice, Term
from alarmdesk.invoicing.pricing import LineInput, PricedLine, price
from alarmdesk.invoicing.queries import crediting, tax_facts
from alarmdesk.invoicing.taxes import load_rules
from alarmdesk.lib.money import Totals


class NotIssuable(ValueError):
    """The document cannot be made as it is; the sentence says why."""


class LeadsGetQuotesOnly(NotIssuable):
    """A lead is no customer yet: only a quote can be made for it (D7)."""


class NoLines(NotIssuable):
    """A document without a line bills nothing."""


class NothingOnTheLine(NotIssuable):
    """A line's quantity is zero."""


class TotalNegative(NotIssuable):
    """The lines add up to less than nothing; money to give back is a credit."""


class ValidTooShort(NotIssuable):
    """A quote would be over before it is made."""


class AlreadyVoid(ValueError):
    """The document was voided before."""


class SomethingPaid(ValueError):
    """A payment is applied to the invoice."""


class ChargeUnderWay(ValueError):
    """A payment of the invoice is being made, or its outcome is not known yet."""


class Credited(ValueError):
    """A credit in force takes back lines of the invoice."""


class ReasonMissing(ValueError):
    """Nobody would know later why it was done."""


def issue(
    *,
    customer: Customer,
    type: str,  # noqa: A002  the trade's word for it (F38)
    sale_on: dt.date,
    term: Term,
    lines: Iterable[LineInput],
    po_number: str = "",
    note: str = "",
    valid_until: dt.date | None = None,
    recurring_invoice: RecurringInvoice | None = None,
    at: dt.datetime,
    by: str,
) -> Invoice:
    """Make an invoice, a quote or a credit, in force and immutable from here on (F35-F40, D7).

    A credit is a positive document of its own type. A quote can be accepted through `valid_until`; None: as many days
    after its Sale Date as the company's settings say. Equipment on the lines of an invoice is billed by it (F41).
    `recurring_invoice`: whose invoice it takes the place of; it is of that one too, and Auto Pay pays it.
    Raises NotIssuable, Unpriceable, equipping.InvoicedMeanwhile.
    """
    if customer.is_lead and type != Invoice.Type.QUOTE:
        raise LeadsGetQuotesOnly(f"{customer.name} is still a lead. Make a quote, or convert the lead first.")
    inputs = checked(lines)
    priced, sums = price_for(customer, inputs, sale_on)
    equipping.hold_pieces(customer, type, inputs)
    due_on = None if type == Invoice.Type.QUOTE else term.due_on(sale_on)
    invoice = Invoice.objects.create(
        customer=customer, type=type, number=next_numbers(type)[0], sale_on=sale_on, term=term, due_on=due_on,
        po_number=po_number, note=note, sub_total=sums.sub_total, tax_total=sums.tax_total, total=sums.total,
        recurring_invoice=recurring_invoice, bill_to=snapshot(customer), issued_at=at, issued_by=by,
    )  # fmt: skip
    equipping.mark_billed(invoice, write_lines(invoice, priced), inputs)
    if type == Invoice.Type.QUOTE:
        _offer(invoice, valid_until)
    return invoice


def valid_through(sale_on: dt.date) -> dt.date:
    """The last day of a quote of that date, by the company's settings."""
    settings = QuoteSettings.objects.filter(company=entered()).first() or QuoteSettings()
    return sale_on + dt.timedelta(days=settings.valid_days)


def _offer(quote: Invoice, valid_until: dt.date | None) -> None:
    until = valid_until or valid_through(quote.sale_on)
    if until < quote.sale_on:
        raise ValidTooShort("A quote is valid at least through its Sale Date.")
    Offer.objects.create(quote=quote, valid_until=until, author_id=acting().user_id)


def checked(lines: Iterable[LineInput]) -> list[LineInput]:
    """The lines as a list. Raises NoLines, NothingOnTheLine."""
    inputs = list(lines)
    if not inputs:
        raise NoLines("Add at least one line.")
    if any(line.quantity == 0 for line in inputs):
        raise NothingOnTheLine("A quantity is zero. Write how many, or remove the line.")
    return inputs


def price_for(customer: Customer, lines: Sequence[LineInput], on: dt.date) -> tuple[list[PricedLine], Totals]:
    """Price a document of the customer by the tax rules of a date. Raises TotalNegative, Unpriceable."""
    state, own = tax_facts(customer)
    priced, sums = price(lines, load_rules(on), state, own)
    refuse_negative(sums)
    return priced, sums


def refuse_negative(sums: Totals) -> None:
    """Raises TotalNegative where a document would come to less than nothing."""
    if sums.total < Decimal(0):
        raise TotalNegative("The total is below zero. Make a credit with positive amounts instead.")


def write_lines(invoice: Invoice, priced: Sequence[PricedLine]) -> list[InvoiceLine]:
    """Write the lines of a new document with their taxes; they are answered in their order."""
    rows = InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            item=line.item,
            quantity=line.quantity,
            description=line.description,
            unit_price=line.unit_price,
            amount=line.amount,
            tax_state=line.state,
            tax_basis=line.basis,
            tax_reason=line.reason,
        )
        for position, line in enumerate(priced, start=1)
    )
    LineTax.objects.bulk_create(
        LineTax(line=row, name=tax.name, rate=tax.rate, amount=tax.amount)
        for row, line in zip(rows, priced, strict=True)
        for tax in line.taxes
    )
    return rows


@transaction.atomic
def void(invoice: Invoice, *, reason: str, at: dt.datetime, by: str) -> None:
    """Take a document out of force; it stays to be seen, with who did it and why. A credit is taken back from the
    invoices that it was applied to: they are due again.

    Raises ReasonMissing, AlreadyVoid, SomethingPaid, Credited, and ChargeUnderWay: the room above lets PostgreSQL
    refuse.
    """
    if not reason.strip():
        raise ReasonMissing("Say why it is voided.")
    if invoice.type == Invoice.Type.CREDIT:
        take_back_all(invoice, at=at)
    held = entered().invoices.select_for_update().get(pk=invoice.pk)
    if held.voided_at is not None:
        raise AlreadyVoid(f"{held} was voided before.")
    if (credit := crediting(held).first()) is not None:
        raise Credited(f"{credit} takes back lines of {held}. Void the credit first.")
    if held.paid:
        raise SomethingPaid(f"${held.paid:,} is paid on {held.type} {held.number}. Take the payments off it first.")
    if held.used:
        raise SomethingPaid(f"${held.used:,} of {held} was paid out to the customer: it stays in force.")
    held.voided_at, held.voided_by, held.void_reason = at, by, reason.strip()
    try:
        with transaction.atomic():
            held.save(update_fields=["voided_at", "voided_by", "void_reason"])
            equipping.release(held, at=at)
    except IntegrityError as error:
        raise ChargeUnderWay(f"A payment of {held.type} {held.number} is {_when(error)}") from error
    invoice.voided_at, invoice.voided_by, invoice.void_reason = held.voided_at, held.voided_by, held.void_reason


def _when(refused: IntegrityError) -> str:
    """What holds the invoice: a payment of these minutes, or one for a day to come, which PostgreSQL names."""
    scheduled = getattr(getattr(refused.__cause__, "diag", None), "message_detail", None)
    return f"scheduled: {scheduled} Cancel it first." if scheduled else "under way. Look again in a minute."
