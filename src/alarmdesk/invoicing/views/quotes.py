"""How does the office make an invoice of a quote, by itself or with the lead who chose it (D7, F31)? And how long is a
quote good?
"""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Company
from alarmdesk.customers.permissions import customers
from alarmdesk.invoicing import quotes
from alarmdesk.invoicing.actions import price_for
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.forms.document import ConvertLeadForm, ConvertQuoteForm, QuoteSettingsForm, active_terms
from alarmdesk.invoicing.models import Invoice, QuoteSettings
from alarmdesk.invoicing.permissions import billing_admin, invoices
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form
from alarmdesk.lib.versions import Version


@staff(may=invoices.create)
def convert(request: StaffRequest, pk: int) -> HttpResponse:
    """Make the quote's invoice, once, with the term that is chosen here."""
    of_quotes = request.company.invoices.filter(type=Invoice.Type.QUOTE)
    quote = get_object_or_404(of_quotes.select_related("customer"), pk=pk)
    today, terms = request.company.local_date(clock.now()), active_terms()
    initial = {"sale_on": today, "term": _usual_term(quote)}
    form = ConvertQuoteForm(request.POST if request.method == "POST" else None, terms=terms, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            made = quotes.convert_quote(quote, **form.cleaned_data, at=clock.now(), by=acting().name)
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, at("invoicing:invoice", pk=made.pk), f"{quote} is {made} now.")
    context = {
        "form": form,
        "quote": quote,
        "refused": _refusal(quote),
        "total": price_for(quote.customer, copied_lines(quote), today)[1].total,
        "cancel_url": at("invoicing:invoice", pk=pk),
    }
    return show_form(request, "invoicing/convert.html", context, invalid=form.is_bound)


@staff(may=customers.create)
def convert_lead(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a customer of a lead, and an invoice of the quote that the lead chose."""
    lead = get_object_or_404(request.company.customers, pk=pk)
    now, today = clock.now(), request.company.local_date(clock.now())
    offered = quotes.open_quotes(lead) if request.may(invoices.create) else []
    initial = {
        "quote": _chosen(offered),
        "term": active_terms().filter(is_default=True).values_list("pk", flat=True).first(),
    }
    sent = request.POST if request.method == "POST" else None
    form = ConvertLeadForm(sent, quotes=offered, terms=active_terms(), initial=initial)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        quote = next((one for one in offered if one.pk == said.get("quote")), None)
        try:
            made = quotes.convert_lead(
                lead, status=said["status"], quote=quote, term=said.get("term"), sale_on=today, at=now, by=acting().name
            )
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            message = f"{lead.name} is a customer now"
            return go(request, at("office:customer", pk=pk), f"{message}, {quote} is {made}." if made else message)
    context = {"form": form, "customer": lead, "back": at("office:customer", pk=pk)}
    return show_form(request, "invoicing/convert_lead.html", context, invalid=form.is_bound)


@staff(may=billing_admin.view)
def settings(request: StaffRequest) -> HttpResponse:
    """How long quotes are good. Seeing takes one grant, saving another."""
    may_change = request.may(billing_admin.modify)
    if request.method == "POST" and not may_change:
        raise PermissionDenied("Your group may look at the billing settings, not change them.")
    if request.method == "POST":  # there may be no row yet that could be locked
        Company.objects.select_for_update(no_key=True).only("pk").get(pk=request.company.pk)
    row = QuoteSettings.objects.filter(company=request.company).first() or QuoteSettings()
    version = Version({"": QuoteSettingsForm(instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row("invoicing_quotesettings", row.pk))
    days = row.valid_days
    form = QuoteSettingsForm(request.POST if request.method == "POST" else None, instance=row)
    if form.is_bound and form.is_valid() and not version.is_overtaken:
        form.save()
        return go(request, at("invoicing:quote_settings"), "Saved. It holds for quotes written from now on.")
    context = {"form": form, "may_change": may_change, "days": days, "version": version}
    return show_form(request, "invoicing/settings/quotes.html", context, invalid=form.is_bound)


def _usual_term(quote: Invoice) -> int | None:
    """The quote's own term while it may be chosen, else the default."""
    ids = active_terms().order_by("-is_default").values_list("pk", flat=True)
    return quote.term_id if quote.term_id in ids else ids.first()


def _refusal(quote: Invoice) -> str:
    try:
        quotes.check_convertible(quote)
    except ValueError as refused:
        return str(refused)
    return ""


def _chosen(offered: list[Invoice]) -> str:
    """The quote that is signed, or the only one there is."""
    signed = [quote for quote in offered if quote.answers.all()]
    likely = signed or (offered if len(offered) == 1 else [])
    return str(likely[0].pk) if likely else ""
