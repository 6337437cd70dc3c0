"""What is on file for a customer to pay with, and how does it get there and off again (F33, F77, D2)?"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting, inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.lib import clock
from alarmdesk.lib.pages import ask_first, go, show, show_form
from alarmdesk.payments import methods as method_actions
from alarmdesk.payments.consent import authorization
from alarmdesk.payments.forms import HostedForm, ManualForm
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import Token
from alarmdesk.payments.hosted import Trouble, admit_gateway, hosted_page, kinds_taken, plainly
from alarmdesk.payments.methods import Consent, MethodInUse
from alarmdesk.payments.models import BillingMethod
from alarmdesk.payments.permissions import billing_methods
from alarmdesk.payments.promises import standing_promise
from alarmdesk.payments.queries import methods_of
from alarmdesk.payments.unblocking import StaysBlocked
from alarmdesk.payments.unblocking import unblock as allow_again

AGREEMENT = "The customer has read this, or heard it read, and agrees"
KIND_NAMES = {"card": "card", "ach": "bank account"}


@staff(may=billing_methods.view)
def methods(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer's billing methods: a tab of the customer's page."""
    person = _customer(request, customer)
    request.customer, request.tab = person, "billing"  # type: ignore[attr-defined]
    context = {
        "customer": person,
        "methods": methods_of(person),
        "kinds": kinds_taken(),
        "today": (today := request.company.local_date(clock.now())),
        "promise": standing_promise(person, today=today),
    }
    return show(request, "payments/methods.html", context)


@staff(may=billing_methods.create)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """Which kind of method is it? A card and a bank account have pages of their own, for the gateway's fields."""
    person = _customer(request, customer)
    context = {"customer": person, "kinds": kinds_taken(), "cancel_url": at("payments:methods", customer=customer)}
    return show_form(request, "payments/method_new.html", context)


@staff(may=billing_methods.create, outside=True)
def hosted(request: StaffRequest, customer: int, kind: str) -> HttpResponse:
    """Put a card or a bank account on file, typed into the gateway's own fields."""
    actor = request.staff.actor()
    with inside(request.company, actor=actor):
        person = _customer(request, customer)
        words = authorization(request.company, person.name, kind)
    form = HostedForm(request.POST if request.method == "POST" else None, agreement=AGREEMENT)
    if form.is_bound and form.is_valid():
        now = clock.now()
        try:
            method = method_actions.add_method(
                request.company,
                customer=person,
                token=Token(form.cleaned_data["token"], kind),
                consent=Consent(words, now, request.META.get("REMOTE_ADDR")),
                nickname=form.cleaned_data["nickname"],
                default=form.cleaned_data["default"],
                at=now,
                actor=actor,
            )
        except Trouble as trouble:
            form.add_error(None, plainly(trouble))
        else:
            with inside(request.company, actor=actor):
                return go(request, at("payments:methods", customer=customer), f"{method} is on file.")
    with inside(request.company, actor=actor):
        return _hosted_page(request, person, kind, {"form": form, "words": words})


def _hosted_page(request: StaffRequest, person: Customer, kind: str, context: dict[str, Any]) -> HttpResponse:
    form: HostedForm = context["form"]
    values = {
        **context,
        "customer": person,
        "kind_name": KIND_NAMES[kind],
        "cancel_url": at("payments:methods", customer=person.pk),
    }
    try:
        page = hosted_page(kind)
    except NoGateway as missing:
        return show(request, "payments/no_gateway.html", {**values, "problem": str(missing)})
    answer = show_form(request, "payments/hosted.html", {**values, "hosted": page}, invalid=form.is_bound)
    return admit_gateway(answer, page)


@staff(may=billing_methods.create)
def manual(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer pays invoices by themselves."""
    person = _customer(request, customer)
    form = ManualForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        nickname = form.cleaned_data["nickname"]
        method = method_actions.add_manual(customer=person, nickname=nickname, at=clock.now(), by=acting().name)
        return go(request, at("payments:methods", customer=customer), f"{method} is on file.")
    context = {"form": form, "customer": person, "cancel_url": at("payments:methods", customer=customer)}
    return show_form(request, "payments/manual.html", context, invalid=form.is_bound)


@staff(may=billing_methods.modify)
def default(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a method the one that is pre-selected (D2)."""
    return require_POST(_make_default)(request, pk)


def _make_default(request: StaffRequest, pk: int) -> HttpResponse:
    method = _method(request, pk)
    method_actions.make_default(method)
    return go(request, at("payments:methods", customer=method.customer_id), f"{method} is the default now.")


@staff(may=billing_methods.modify)
def unblock(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a card be charged again after a dispute of it was won."""
    method = _method(request, pk)

    def act() -> str:
        allow_again(method)
        return f"{method} can be charged again."

    return ask_first(
        request, act, refusals=StaysBlocked, title=f"Charge {method} again?", action="Unblock",
        says=f"{method} of {method.customer.name} can be charged again, by Auto Pay too: the dispute was won. Whoever "
        "disputed a charge may dispute the next one, so ask the customer first.",
        back=at("payments:methods", customer=method.customer_id),
    )  # fmt: skip


@staff(may=billing_methods.delete)
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a method off the file."""
    method = _method(request, pk)

    def act() -> str:
        method_actions.remove(method, at=clock.now())
        return f"{method} was removed."

    return ask_first(
        request, act, refusals=MethodInUse, title=f"Remove {method}?", action="Remove",
        says=f"{method} of {method.customer.name} will not be charged any more. Payments made with it stay on record.",
        back=at("payments:methods", customer=method.customer_id),
    )  # fmt: skip


def _customer(request: StaffRequest, pk: int) -> Customer:
    return get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=pk)


def _method(request: StaffRequest, pk: int) -> BillingMethod:
    return get_object_or_404(request.company.billing_methods.select_related("customer").filter(removed_at=None), pk=pk)
