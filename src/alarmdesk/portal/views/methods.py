"""How does a holder keep the ways to pay up to date (F85, D4, F77)?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import inside
from alarmdesk.customers.actions import change_customer
from alarmdesk.lib import clock
from alarmdesk.lib.pages import ask_first, go, show
from alarmdesk.payments import methods as method_actions
from alarmdesk.payments.consent import authorization
from alarmdesk.payments.forms import HostedForm
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials, Token
from alarmdesk.payments.hosted import Trouble, admit_gateway, hosted_page, kinds_taken, plainly
from alarmdesk.payments.methods import Consent, MethodInUse
from alarmdesk.payments.models import BillingMethod
from alarmdesk.payments.queries import methods_of
from alarmdesk.portal.doors import HolderRequest, account_holder
from alarmdesk.portal.queries import auto_pays

AGREEMENT = "I have read this and agree"
KIND_NAMES = {"card": "card", "ach": "bank account"}
NOT_SET_UP = "Cards and bank accounts cannot be added here right now. Please call the office."


@account_holder()
def methods(request: HolderRequest) -> HttpResponse:
    """The cards and bank accounts on file, and what Auto Pay does with them."""
    request.tab = "methods"  # type: ignore[attr-defined]
    shown = [method for method in methods_of(request.customer) if method.kind != BillingMethod.Kind.MANUAL]
    context = {
        "methods": shown,
        "kinds": kinds_taken(),
        "auto_pays": auto_pays(request.customer),
        "customer": request.customer,
        "today": request.company.local_date(clock.now()),
    }
    return show(request, "portal/methods.html", context)


@account_holder(outside=True)
def hosted(request: HolderRequest, kind: str) -> HttpResponse:
    """Put a card or a bank account on file, and go back to what the person was about to pay."""
    words = authorization(request.company, request.customer.name, kind)
    form = HostedForm(request.POST if request.method == "POST" else None, agreement=AGREEMENT)
    if form.is_bound and form.is_valid():
        now = clock.now()
        try:
            method = method_actions.add_method(
                request.company,
                customer=request.customer,
                token=Token(form.cleaned_data["token"], kind),
                consent=Consent(words, now, request.META.get("REMOTE_ADDR")),
                nickname=form.cleaned_data["nickname"],
                default=form.cleaned_data["default"],
                at=now,
                actor=request.holder,
            )
        except Trouble as trouble:
            is_ours = isinstance(trouble, (BadCredentials, NoGateway))
            form.add_error(None, NOT_SET_UP if is_ours else plainly(trouble))
        else:
            with inside(request.company, actor=request.holder):
                return go(request, _next(request), f"{method} is on file.")
    with inside(request.company, actor=request.holder):
        return _hosted_page(request, form, words, kind)


def _hosted_page(request: HolderRequest, form: HostedForm, words: str, kind: str) -> HttpResponse:
    request.tab = "methods"  # type: ignore[attr-defined]
    context = {"form": form, "words": words, "kind_name": KIND_NAMES[kind], "cancel_url": _next(request)}
    try:
        page = hosted_page(kind)
    except NoGateway:
        return show(request, "portal/not_set_up.html", {**context, "problem": NOT_SET_UP})
    status = 422 if form.is_bound else 200
    return admit_gateway(show(request, "portal/hosted.html", {**context, "hosted": page}, status), page)


def _next(request: HolderRequest) -> str:
    """Where the person wanted to go, if that is a page of this portal; else the list of methods."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(at("portal:home"))
    return wanted if is_ours else at("portal:methods")


@account_holder()
def default(request: HolderRequest, pk: int) -> HttpResponse:
    """Pay with this one unless another is chosen."""
    return require_POST(_make_default)(request, pk)


def _make_default(request: HolderRequest, pk: int) -> HttpResponse:
    method = _method(request, pk)
    method_actions.make_default(method)
    return go(request, at("portal:methods"), f"{method} is your default now.")


@account_holder()
def remove(request: HolderRequest, pk: int) -> HttpResponse:
    """Take a method off the file, which ends the authorization."""
    method = _method(request, pk)

    def act() -> str:
        method_actions.remove(method, at=clock.now())
        return f"{method} was removed."

    return ask_first(
        request, act, refusals=MethodInUse, title=f"Remove {method}?", action="Remove",
        says=f"{method} will not be charged any more.", back=at("portal:methods"), frame="frames/portal.html",
    )  # fmt: skip


@account_holder()
def end_auto_pay(request: HolderRequest, pk: int) -> HttpResponse:
    """Stop automatic charges of one recurring invoice (D4): a payer may always revoke."""
    enrolled = get_object_or_404(auto_pays(request.customer), pk=pk)

    def act() -> str:
        method_actions.end_auto_pay(enrolled.recurring_invoice, at=clock.now(), by=request.holder.name)
        return "Auto Pay has ended. You pay each invoice yourself from now on."

    return ask_first(
        request, act, title="End Auto Pay?", action="End Auto Pay", back=at("portal:methods"),
        says=f"{enrolled.billing_method} will not be charged by itself any more. You pay each invoice here when due.",
        frame="frames/portal.html",
    )  # fmt: skip


@account_holder()
def reminders(request: HolderRequest) -> HttpResponse:
    """Whether the dealer may write before a card expires and after a charge failed: the holder's own wish."""
    return require_POST(_wish)(request)


def _wish(request: HolderRequest) -> HttpResponse:
    customer = change_customer(request.customer, no_reminders=request.POST.get("reminders") != "on")
    words = "You get no payment reminders any more." if customer.no_reminders else "You get payment reminders again."
    return go(request, at("portal:methods"), words)


def _method(request: HolderRequest, pk: int) -> BillingMethod:
    chargeable = request.customer.billing_methods.filter(removed_at=None).exclude(kind=BillingMethod.Kind.MANUAL)
    return get_object_or_404(chargeable, pk=pk)
