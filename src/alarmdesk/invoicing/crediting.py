"""What does a credit take back of an invoice, to the cent? What was stored there: nothing is computed anew.

A line that is taken back whole takes back its taxes as they stand. A part bears its share of each tax, and the last
part what is left (billing.md 1.4), so that all credits of an invoice together are exactly the invoice.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Prefetch

from alarmdesk.company.numbers import next_numbers
from alarmdesk.invoicing.actions import write_lines
from alarmdesk.invoicing.models import Invoice, InvoiceLine, LineReversal, LineTax
from alarmdesk.invoicing.pricing import LineTaxAmount, PricedLine
from alarmdesk.lib.money import CENT, ZERO, cents, totals


class NotCreditable(ValueError):
    """The credit cannot be made as it is. `lines` says where: {id of the invoice's line: why}."""

    def __init__(self, text: str, lines: Mapping[int, str] | None = None) -> None:
        super().__init__(text)
        self.lines: Mapping[int, str] = lines or {}


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line of an invoice with what no credit in force has taken back: amount before tax, and of each tax."""

    line: InvoiceLine
    left: Decimal
    taxes_left: Mapping[str, Decimal]

    @property
    def tax_left(self) -> Decimal:
        return sum(self.taxes_left.values(), ZERO)

    def taxes_of(self, part: Decimal) -> tuple[LineTaxAmount, ...]:
        """The taxes that a part of the line takes back; the whole rest takes all that is left of them."""
        return tuple(
            LineTaxAmount(tax.name, tax.rate, self._share(tax, part)) for tax in self.line.taxes.all()
        )  # fmt: skip

    def _share(self, tax: LineTax, part: Decimal) -> Decimal:
        left = self.taxes_left[tax.name]
        if part == self.left:
            return left
        share = cents(tax.amount * part / self.line.amount)
        return max(share, left) if left < 0 else min(share, left)

    def why_not(self, part: Decimal) -> str:
        """Why this part cannot be taken back; "" where it can."""
        if part != part.quantize(CENT):
            return "Write dollars and cents."
        if not min(ZERO, self.left) <= part <= max(ZERO, self.left):
            return f"Only {self.left:,} of this line is left to credit."
        return ""


@dataclass(frozen=True, slots=True)
class Credited:
    """What a credit of these parts comes to, before it is written: {id of the invoice's line: amount before tax}."""

    lines: Sequence[OpenLine]
    parts: Mapping[int, Decimal]
    problems: Mapping[int, str] = field(default_factory=dict)

    @property
    def priced(self) -> list[tuple[OpenLine, PricedLine]]:
        return [(each, _priced(each, part)) for each in self.lines if (part := self.parts.get(each.line.pk, ZERO))]

    @property
    def sub_total(self) -> Decimal:
        return sum((line.amount for _, line in self.priced), ZERO)

    @property
    def tax_total(self) -> Decimal:
        return sum((tax.amount for _, line in self.priced for tax in line.taxes), ZERO)

    @property
    def total(self) -> Decimal:
        return self.sub_total + self.tax_total


def open_lines(invoice: Invoice) -> list[OpenLine]:
    """The invoice's lines with what is left of them to credit."""
    return lines_left([invoice])[invoice.pk]


def lines_left(invoices: Sequence[Invoice]) -> dict[int, list[OpenLine]]:
    """The lines of each invoice with what is left of them to credit, in four queries however many there are."""
    taken: dict[int, Decimal] = {}
    taxes: dict[tuple[int, str], Decimal] = {}
    live = LineReversal.objects.filter(invoice__in=invoices, credit__voided_at=None)
    for reversal in live.select_related("credit_line").prefetch_related("credit_line__taxes"):
        taken[reversal.line_id] = taken.get(reversal.line_id, ZERO) + reversal.amount
        for tax in reversal.credit_line.taxes.all():
            key = (reversal.line_id, tax.name)
            taxes[key] = taxes.get(key, ZERO) + tax.amount
    lines = InvoiceLine.objects.filter(invoice__in=invoices).select_related("item")
    lines = lines.prefetch_related(Prefetch("taxes", LineTax.objects.order_by("pk")))
    left: dict[int, list[OpenLine]] = {invoice.pk: [] for invoice in invoices}
    for line in lines.order_by("position"):
        left[line.invoice_id].append(
            OpenLine(
                line,
                line.amount - taken.get(line.pk, ZERO),
                {tax.name: tax.amount - taxes.get((line.pk, tax.name), ZERO) for tax in line.taxes.all()},
            )
        )
    return left


def what_is_credited(lines: Sequence[OpenLine], parts: Mapping[int, Decimal] | None) -> Credited:
    """What a credit of these parts (None: of all that is left) would be, and what is wrong with them."""
    if parts is None:
        parts = {each.line.pk: each.left for each in lines}
    problems = {each.line.pk: why for each in lines if (why := each.why_not(parts.get(each.line.pk, ZERO)))}
    return Credited(lines, parts, problems)


@transaction.atomic
def credit_invoice(
    invoice: Invoice,
    parts: Mapping[int, Decimal] | None = None,
    *,
    sale_on: dt.date,
    note: str = "",
    at: dt.datetime,
    by: str,
) -> Invoice:
    """Issue a credit that takes back parts of an invoice's lines, {line's id: amount before tax}; None takes back all
    that is left. It is applied to nothing yet. Raises NotCreditable, with nothing written.
    """
    held = Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)
    if held.type != Invoice.Type.INVOICE or held.voided_at is not None:
        raise NotCreditable(f"Only an invoice in force can be credited; {held} is not.")
    credited = what_is_credited(open_lines(held), parts)
    if credited.problems:
        raise NotCreditable("More than is left of a line.", credited.problems)
    if credited.total <= 0:
        raise NotCreditable("This credits nothing. Write how much of which line is credited.")
    try:
        with transaction.atomic():
            return _write(held, credited, sale_on=sale_on, note=note, at=at, by=by)
    except IntegrityError as error:
        if "more than the" not in str(error):
            raise
        raise NotCreditable("That is more than the invoice comes to. Credit its discounts too.") from error


def _write(
    invoice: Invoice, credited: Credited, *, sale_on: dt.date, note: str, at: dt.datetime, by: str
) -> Invoice:  # fmt: skip
    priced = credited.priced
    sums = totals((line.amount, (tax.amount for tax in line.taxes)) for _, line in priced)
    credit = Invoice.objects.create(
        customer_id=invoice.customer_id,
        type=Invoice.Type.CREDIT,
        number=next_numbers(Invoice.Type.CREDIT)[0],
        sale_on=sale_on,
        term_id=invoice.term_id,
        due_on=sale_on,
        po_number=invoice.po_number,
        note=note,
        sub_total=sums.sub_total,
        tax_total=sums.tax_total,
        total=sums.total,
        bill_to=invoice.bill_to,
        issued_at=at,
        issued_by=by,
    )
    rows = write_lines(credit, [line for _, line in priced])
    LineReversal.objects.bulk_create(
        LineReversal(
            credit=credit,
            invoice=invoice,
            credit_line=row,
            line=opened.line,
            amount=line.amount,
            tax=sum((tax.amount for tax in line.taxes), ZERO),
        )
        for row, (opened, line) in zip(rows, priced, strict=True)
    )
    return credit


def _priced(opened: OpenLine, part: Decimal) -> PricedLine:
    line = opened.line
    whole = part == line.amount
    return PricedLine(
        line.item,
        line.quantity if whole else Decimal(1),
        line.description,
        line.unit_price if whole else part,
        part,
        opened.taxes_of(part),
        line.tax_state,
        line.tax_basis,
        line.tax_reason,
    )
