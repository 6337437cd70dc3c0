"""What may a template ask of an invoice? How it stands, and how its numbers are written."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django import template

from alarmdesk.invoicing import certificates
from alarmdesk.invoicing.documents import unit_price
from alarmdesk.invoicing.models import Draft, Invoice, RecurringInvoice, TaxCertificate
from alarmdesk.invoicing.standing import Standing, of_invoice, of_recurring
from alarmdesk.lib.furniture import percent

register = template.Library()


@register.filter
def standing(document: Invoice | RecurringInvoice, today: dt.date) -> Standing:
    """`{% with s=invoice|standing:today %}{% pill s.kind s.text %}{% endwith %}`."""
    if isinstance(document, RecurringInvoice):
        return of_recurring(document, today)
    return of_invoice(document, today)


@register.filter
def certificate_standing(certificate: TaxCertificate, today: dt.date) -> tuple[str, str]:
    """The colour and the words of a certificate's pill."""
    return certificates.standing(certificate, today)


@register.filter
def editor_title(draft: Draft | None, kind: str) -> str:
    """New quote; Draft of quote; Correct Invoice 12; New version of Quote 12."""
    if draft is None:
        return f"New {kind}"
    if draft.corrects is None:
        return f"Draft of {kind}"
    return f"{'New version of' if draft.corrects.type == Invoice.Type.QUOTE else 'Correct'} {draft.corrects}"


@register.filter
def quantity(value: Decimal) -> str:
    """A quantity without needless zeros: 1, 2.5."""
    return percent(value).rstrip("%")


@register.filter
def each(value: Decimal, currency: str = "USD") -> str:
    """A unit price with the 2 to 4 decimals that it has."""
    return unit_price(value, currency)


@register.filter
def of_piece(invoices: Mapping[int, Invoice] | None, piece: int) -> Invoice | None:
    """The invoice in force that a piece of equipment is on, if any."""
    return (invoices or {}).get(piece)


@register.filter
def rhythm(recurring: RecurringInvoice) -> str:
    """Every month; Every 3 months; Every 2 weeks."""
    unit, every = recurring.unit, recurring.every
    return f"Every {unit}" if every == 1 else f"Every {every} {unit}s"
