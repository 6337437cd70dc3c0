"""What is the link to a quote, and is it still good? A signed address under which whoever has it reads the quote, signs
it or declines it, without signing in.

It says no more than the company, the quote, how often its links were withdrawn before, and its last day: a month after
the quote's own, but at least as long as a pay link. An answered quote can be read again until then.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from alarmdesk.company.addresses import at as address
from alarmdesk.company.entering import entered
from alarmdesk.invoicing.documents import with_document
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.quotes import offer_of
from alarmdesk.portal.pay_links import GOOD_FOR, NoLink, Over, withdrawals

SALT = "alarmdesk.portal.quote_link"
TO_READ_AFTERWARDS = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class QuoteLink:
    """A link that is good, to the end of `until`."""

    token: str
    quote: Invoice
    until: dt.date


def link_for(quote: Invoice, *, today: dt.date) -> str:
    """The whole address under which the quote can be read and answered, inside its company."""
    offer = offer_of(quote)
    until = max(today + GOOD_FOR, offer.valid_until + TO_READ_AFTERWARDS if offer else today)
    told = [entered().pk, quote.pk, withdrawals(quote.customer_id, quote.pk), until.toordinal()]
    return settings.SITE_URL + address("portal:quote", token=_signer().sign_object(told))


def opened(token: str, *, today: dt.date) -> QuoteLink:
    """The link behind the signed part of an address, inside the company of that address. Raises NoLink, Over."""
    try:
        company_id, pk, version, until = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError) as unreadable:
        raise NoLink from unreadable
    if company_id != entered().pk:
        raise NoLink
    quote = with_document(Invoice.objects.filter(company=entered(), type=Invoice.Type.QUOTE)).filter(pk=pk).first()
    if quote is None:
        raise NoLink
    last_day = dt.date.fromordinal(until)
    if today > last_day or version != withdrawals(quote.customer_id, quote.pk):
        raise Over
    return QuoteLink(token, quote, last_day)


def newest(quote: Invoice) -> Invoice | None:
    """The version that took its place in the end, if another quote did."""
    found = quote
    while (later := found.replaced_by) is not None and later.type == Invoice.Type.QUOTE:
        found = later
    return None if found is quote else found


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
