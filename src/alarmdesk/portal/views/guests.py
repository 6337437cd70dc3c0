"""How does somebody pay with a link, without an account (D5)? On one page, with one button."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.company.marks import anyone, company_called
from alarmdesk.invoicing import documents
from alarmdesk.lib import clock
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.lib.pdfs import pdf_answer
from alarmdesk.payments.consent import one_debit
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials, Token
from alarmdesk.payments.hosted import HostedPage, admit_gateway, hosted_page, kinds_taken
from alarmdesk.payments.models import BillingMethod, Payment
from alarmdesk.payments.queries import listed
from alarmdesk.payments.taking import Declined, InProgress, NothingDue, NotPaid
from alarmdesk.payments.tasks import send_letters
from alarmdesk.portal.forms import GuestPayForm
from alarmdesk.portal.guests import GUEST, Press, PressedBefore, pay_as_guest
from alarmdesk.portal.outcomes import outcome_of
from alarmdesk.portal.pay_links import Bill, NoLink, bill_of, papers_of, receipt_behind, receipt_token
from alarmdesk.portal.views.guest_door import GuestRequest, guest, private, too_often, wait_a_while

STOP_ASKING = 286
NOT_SET_UP = "Paying online is not possible right now. Nothing was charged. Please contact us."
ACH = BillingMethod.Kind.ACH


@guest
def pay(request: GuestRequest, kind: str = "") -> HttpResponse:
    """GET says what is due and has the gateway's fields; POST charges what was agreed to, once."""
    with inside(request.company, actor=GUEST):
        bill = bill_of(request.link)
        kind = kind or next(iter(kinds_taken()), "")
        form = GuestPayForm(request.POST if request.method == "POST" else None, kind=kind, amount=bill.amount)
        if request.method != "POST":
            return _page(request, bill, form)
        if not bill.amount:
            return HttpResponseRedirect(_link(request))
        if not form.is_valid():
            return _page(request, bill, form)
    said = form.cleaned_data
    words = one_debit(request.company, said["amount"], _what(request, bill)) if kind == ACH else ""
    press = Press(
        Token(said["token"], kind), said["amount"], said["receipt_to"], words, request.META.get("REMOTE_ADDR")
    )
    return _charged(request, bill, form, press)


def _charged(request: GuestRequest, bill: Bill, form: GuestPayForm, press: Press) -> HttpResponse:
    company, today = request.company, request.company.local_date(clock.now())
    try:
        payment = pay_as_guest(company, link=request.link, bill=bill, press=press, today=today, now=clock.now)
    except PressedBefore as before:
        with inside(company, actor=GUEST):
            if before.payment_id:
                return HttpResponseRedirect(_receipt_url(request, before.payment_id))
            if before.refused:
                return _refused(request, form, before.refused)
            return HttpResponseRedirect(_link(request))
    except (NothingDue, InProgress):
        with inside(company, actor=GUEST):
            return HttpResponseRedirect(_link(request))
    except (NotPaid, NoGateway, BadCredentials) as refused:
        says = str(refused) if isinstance(refused, NotPaid) else NOT_SET_UP
        with inside(company, actor=GUEST):
            return _refused(request, form, says, is_declined=isinstance(refused, Declined))
    with inside(company, actor=GUEST):
        send_letters.defer(company_id=company.pk)
        return HttpResponseRedirect(_receipt_url(request, payment.pk))


def _refused(request: GuestRequest, form: GuestPayForm, says: str, *, is_declined: bool = False) -> HttpResponse:
    """The page again, with what is due as it is now, and what was typed to us (the gateway's fields are its own)."""
    bill = bill_of(request.link)
    typed = {"receipt_to": form.cleaned_data["receipt_to"]}
    again = GuestPayForm(kind=form.kind, amount=bill.amount, initial=typed)
    return _page(request, bill, again, refused=says, is_declined=is_declined)


def _page(request: GuestRequest, bill: Bill, form: GuestPayForm, **context: Any) -> HttpResponse:
    page = _hosted(form.kind) if bill.amount else None
    link = request.link
    values = {
        "link": link,
        "bill": bill,
        "form": form,
        "hosted": page,
        "is_void": link.invoice is not None and link.invoice.voided_at is not None,
        "is_bank": form.kind == ACH,
        "kinds": kinds_taken(),
        "today": request.company.local_date(clock.now()),
        "not_set_up": NOT_SET_UP,
        **context,
    }
    if form.kind == ACH:
        values["words"] = one_debit(request.company, bill.amount, _what(request, bill))
    is_invalid = form.is_bound or "refused" in context
    answer = show(request, "portal/guest/pay.html", values, 422 if is_invalid else 200)
    answer["Referrer-Policy"] = "same-origin"  # see guest_door.private
    return admit_gateway(answer, page) if page else answer


def _hosted(kind: str) -> HostedPage | None:
    try:
        return hosted_page(kind)
    except NoGateway:
        return None


def _what(request: GuestRequest, bill: Bill) -> str:
    return ", ".join(str(invoice) for invoice in bill.invoices if invoice.pk in bill.parts) or request.link.what


def _link(request: GuestRequest) -> str:
    return at("portal:pay_link", token=request.link.token)


@guest
def pdf(request: GuestRequest, pk: int) -> HttpResponse:
    """An invoice that the link is for, as PDF."""
    with inside(request.company, actor=GUEST):
        mine = request.link.customer.invoices.filter(papers_of(request.link))
        invoice = get_object_or_404(documents.with_document(mine), pk=pk)
        return pdf_answer(documents.pdf(invoice, request.company), documents.file_name(invoice))


def _receipt_url(request: GuestRequest, payment_id: int) -> str:
    """The address of a payment's receipt, for the one who paid."""
    return at("portal:guest_receipt", token=receipt_token(payment_id, request.link.token))


@anyone
def receipt(request: HttpRequest, company: str, token: str) -> HttpResponse:
    """What came of a payment: thanks, or calm words while the gateway has not answered. It stays good for the payer."""
    here = request.portal_company = company_called(company)  # type: ignore[attr-defined]
    request.company = here  # type: ignore[attr-defined]
    with inside(here, actor=GUEST):
        if seconds := too_often(request, token):
            return private(wait_a_while(request, seconds))
        return private(_receipt(request, token))


def _receipt(request: HttpRequest, token: str) -> HttpResponse:
    try:
        payment_id, link = receipt_behind(token)
    except NoLink:
        raise Http404 from None
    payment = get_object_or_404(listed(Payment.objects.filter(guest_payments__isnull=False)), pk=payment_id)
    outcome = outcome_of(payment)
    invoices = [plan.invoice for plan in payment.plans.select_related("invoice").order_by("pk")]
    context = {"payment": payment, "invoices": invoices, "outcome": outcome, "link": link}
    if is_htmx(request, "receipt-status"):
        return show(request, "portal/guest/receipt.html#status", context, 200 if outcome.is_open else STOP_ASKING)
    return show(request, "portal/guest/receipt.html", context)
