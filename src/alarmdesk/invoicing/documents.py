"""What stands on a document?

`facts` is the one account of an issued document, for its page, its PDF and its mail: stored sums only, written out.
`paper_of` lays the same words out as a paper (paper.py).
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from alarmdesk.company.letterhead import Sender, sender_of
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import BillingPeriod, Invoice, InvoiceLine, QuoteAnswer
from alarmdesk.invoicing.paper import Column, Paper, Receiver, Row, Sum, render
from alarmdesk.lib.furniture import CURRENCY_SIGNS, MINUS, day, money, percent, phone
from alarmdesk.lib.money import ZERO

COLUMNS = (
    Column("Description", is_figure=False), Column("Quantity"), Column("Unit price"), Column("Tax"), Column("Amount"),
)  # fmt: skip


def with_document(invoices: QuerySet[Invoice, Any]) -> QuerySet[Invoice, Any]:
    """Documents with all that `facts` needs, in a fixed number of queries however many lines they have."""
    return invoices.select_related("customer", "term", "recurring_invoice").prefetch_related(
        Prefetch("lines", InvoiceLine.objects.select_related("item").prefetch_related("taxes").order_by("position")),
        Prefetch("periods", BillingPeriod.objects.order_by("seq")),
        "offers",
        Prefetch("answers", QuoteAnswer.objects.defer("document", "signature", "agreed_text")),
        "successions__successor",
        "precessions__predecessor",
    )


def facts(invoice: Invoice, company: Company) -> dict[str, Any]:
    """All words and figures of the document, ready to show. Take the invoice from `with_document`."""
    lines = list(invoice.lines.all())
    return {
        "title": invoice.get_type_display(),
        "number": str(invoice.number),
        "stamp": stamp(invoice),
        "company": {
            "name": company.name,
            "colour": company.colour,
            "lines": _sender_lines(company),
        },
        "bill_to_label": "Prepared for" if invoice.type == Invoice.Type.QUOTE else "Bill to",
        "bill_to": _bill_to(invoice),
        "pairs": _pairs(invoice),
        "lines": [_line(line, company.currency) for line in lines],
        "sums": list(_sums(invoice, lines, company.currency)),
        "note": invoice.note.splitlines(),
        "small_print": _small_print(invoice),
    }


def stamp(invoice: Invoice) -> str:
    """The one word across the document: Void, Paid, Credited, Accepted, or nothing."""
    if invoice.voided_at is not None:
        return "Void"
    if invoice.type == Invoice.Type.QUOTE:
        return "Accepted" if any(answer.is_accepted for answer in invoice.answers.all()) else ""
    if invoice.type != Invoice.Type.INVOICE or invoice.due:
        return ""
    return "Credited" if 0 < invoice.credited == invoice.total else "Paid"


def _sender_lines(company: Company) -> list[str]:
    state_zip = " ".join(part for part in (company.state, company.zip_code) if part)
    town = ", ".join(part for part in (company.city, state_zip) if part)
    return [line for line in (company.street, town, phone(company.phone), company.email) if line]


def _bill_to(invoice: Invoice) -> dict[str, Any]:
    kept = invoice.bill_to or {}
    return {"name": str(kept.get("name") or invoice.customer.name), "lines": list(kept.get("address") or [])}


def _pairs(invoice: Invoice) -> list[dict[str, str]]:
    pairs = [("Sale Date", day(invoice.sale_on)), ("Term", invoice.term.name)]
    if invoice.due_on is not None and invoice.type == Invoice.Type.INVOICE:
        pairs.append(("Due Date", day(invoice.due_on)))
    pairs += [("Valid until", day(offer.valid_until)) for offer in invoice.offers.all()]
    if (replaced := invoice.replaces) is not None:
        pairs.append(("Replaces" if replaced.type == invoice.type else "As offered in", str(replaced)))
    if invoice.po_number:
        pairs.append(("PO Number", invoice.po_number))
    account = str((invoice.bill_to or {}).get("account_number") or "")
    if account:
        pairs.append(("Account", account))
    for period in list(invoice.periods.all())[:1]:
        pairs.append(("Period from", day(period.starts_on)))
        pairs.append(("Until before", day(period.ends_on)))
    return [{"label": label, "value": value} for label, value in pairs]


def _line(line: InvoiceLine, currency: str) -> dict[str, str]:
    taxes = [percent(tax.rate) for tax in line.taxes.all()]
    return {
        "description": line.description,
        "item": line.item.code if line.item.code != line.description else "",
        "quantity": percent(line.quantity).rstrip("%"),
        "unit_price": unit_price(line.unit_price, currency),
        "tax": ", ".join(taxes) or "—",
        "tax_reason": line.tax_reason,
        "amount": money(line.amount, currency),
    }


def unit_price(value: Decimal, currency: str) -> str:
    """A unit price with the 2 to 4 decimals that it has: $49.95, $0.0125."""
    digits = f"{abs(value):,.4f}"
    sign = MINUS if value < 0 else ""
    return f"{sign}{CURRENCY_SIGNS.get(currency, currency + ' ')}{digits[:-2]}{digits[-2:].rstrip('0')}"


def _sums(invoice: Invoice, lines: Iterable[InvoiceLine], currency: str) -> Iterable[dict[str, Any]]:
    yield _sum("Sub Total", invoice.sub_total, currency)
    for label, amount in taxes_by_name(lines).items():
        yield _sum(label, amount, currency)
    yield _sum("Tax Total", invoice.tax_total, currency)
    yield _sum("Grand Total", invoice.total, currency, strong=True)
    if invoice.type == Invoice.Type.INVOICE:
        yield _sum("Paid", invoice.received, currency)
        if invoice.credited:
            yield _sum("Credited", invoice.credited, currency)
        yield _sum("Due", invoice.due, currency, strong=True)


def _sum(label: str, amount: Decimal, currency: str, *, strong: bool = False) -> dict[str, Any]:
    return {"label": label, "amount": money(amount, currency), "strong": strong}


def taxes_by_name(lines: Iterable[InvoiceLine]) -> dict[str, Decimal]:
    """The stored taxes added up by name and rate: "OK sales tax 8.517%" -> amount in the company's currency."""
    found: dict[str, Decimal] = {}
    for line in lines:
        for tax in line.taxes.all():
            label = f"{tax.name} {percent(tax.rate)}"
            found[label] = found.get(label, ZERO) + tax.amount
    return found


def _small_print(invoice: Invoice) -> str:
    if invoice.voided_at is not None:
        told = f"Void since {day(invoice.voided_at)}: {invoice.void_reason}"
        successor = invoice.replaced_by
        return f"{told}. {successor} has taken its place." if successor else told
    if invoice.type == Invoice.Type.QUOTE:
        return "This is a quote, not a bill. Nothing is due."
    if invoice.type == Invoice.Type.CREDIT:
        return "This is a credit in your favor. Nothing is due."
    return ""


def paper_of(invoice: Invoice, company: Company, *, pay_url: str = "") -> Paper:
    """The document as a paper. Take the invoice from `with_document`. `pay_url`: where what is due can be paid (D5)."""
    told = facts(invoice, company)
    lines = (
        (line["description"], line["quantity"], line["unit_price"], line["tax"], line["amount"])
        for line in told["lines"]
    )
    below = (line["item"] for line in told["lines"])
    return Paper(
        title=told["title"],
        number=told["number"],
        receiver=Receiver(told["bill_to_label"], told["bill_to"]["name"], tuple(told["bill_to"]["lines"])),
        pairs=tuple((pair["label"], pair["value"]) for pair in told["pairs"]),
        columns=COLUMNS,
        rows=tuple(Row(cells, item) for cells, item in zip(lines, below, strict=True)),
        sums=tuple(Sum(**each) for each in told["sums"]),
        stamp=told["stamp"],
        is_void=invoice.voided_at is not None,
        note=tuple(told["note"]),
        small_print=told["small_print"],
        pay_url=pay_url if invoice.due else "",
        slip=_slip(invoice, company) if company.has_remittance_slip and invoice.due else (),
    )


def _slip(invoice: Invoice, company: Company) -> tuple[tuple[str, str], ...]:
    """What stands on the part that goes back with a check."""
    account = str((invoice.bill_to or {}).get("account_number") or "")
    told = (("Invoice", str(invoice.number)), ("Account", account), ("Due Date", day(invoice.due_on)))
    return (*((label, value) for label, value in told if value), ("Due", money(invoice.due, company.currency)))


def pdf(invoice: Invoice, company: Company | None = None, *, sender: Sender | None = None, pay_url: str = "") -> bytes:
    """The document as PDF. Take the invoice from `with_document`; `company` defaults to the invoice's own, `sender` to
    how the papers show it.
    """
    company = company or invoice.company
    return render(paper_of(invoice, company, pay_url=pay_url), sender or sender_of(company), at=invoice.issued_at)


def file_name(invoice: Invoice) -> str:
    """invoice-1042.pdf"""
    return f"{invoice.type}-{invoice.number}.pdf"
