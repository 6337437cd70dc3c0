"""How does the company collect what was declined, and who has promised to pay?"""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.lib import clock
from alarmdesk.lib.furniture import day
from alarmdesk.lib.pages import go, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.payments import dunning, promises
from alarmdesk.payments.forms_dunning import CollectionsForm, PromiseForm
from alarmdesk.payments.models import DunningPolicy
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.promises import NotAPromise
from alarmdesk.payments.views.leaving import to_methods_of


@staff(may=billing_admin.view)
def collections(request: StaffRequest) -> HttpResponse:
    """The company's policy. Seeing takes one grant, saving another."""
    may_change = request.may(billing_admin.modify)
    if request.method == "POST" and not may_change:
        raise PermissionDenied("Your group may look at the billing settings, not change them.")
    if request.method == "POST":  # there may be no row yet that could be locked
        Company.objects.select_for_update(no_key=True).only("pk").get(pk=request.company.pk)
    row = DunningPolicy.objects.first() or DunningPolicy()
    version = Version({"": CollectionsForm(instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row("payments_dunningpolicy", row.pk))
    form = CollectionsForm(request.POST if request.method == "POST" else None, instance=row)
    if form.is_bound and form.is_valid() and not version.is_overtaken:
        form.save()
        return go(request, at("payments:collections"), "Saved. It holds from the next night on.")
    context = {"form": form, "may_change": may_change, "policy": dunning.policy(), "version": version}
    return show_form(request, "payments/collections.html", context, invalid=form.is_bound)


@staff(may=payments.modify)
def promise(request: StaffRequest, customer: int) -> HttpResponse:
    """The customer promises to pay: nothing is charged or written until then."""
    person = _customer(request, customer)
    back = to_methods_of(request, customer)
    now = clock.now()
    today = request.company.local_date(now)
    form = PromiseForm(request.POST if request.method == "POST" else None, initial={"until": today + dunning.DAY * 7})
    if form.is_bound and form.is_valid():
        until, note = form.cleaned_data["until"], form.cleaned_data["note"]
        try:
            promises.make_promise(person, until=until, note=note, today=today, at=now, by=acting().name)
        except NotAPromise as refused:
            form.add_error("until", str(refused))
        else:
            return go(request, back, f"Nothing is charged or written through {day(until)}.")
    context = {"form": form, "customer": person, "cancel_url": back}
    return show_form(request, "payments/promise.html", context, invalid=form.is_bound)


@staff(may=payments.modify)
def promise_end(request: StaffRequest, customer: int) -> HttpResponse:
    """Take the promise back: collections go on."""
    return require_POST(_end)(request, customer)


def _end(request: StaffRequest, customer: int) -> HttpResponse:
    person = _customer(request, customer)
    promises.end_promise(person, at=clock.now())
    return go(request, to_methods_of(request, customer), "The promise has ended. Collections go on.")


def _customer(request: StaffRequest, pk: int) -> Customer:
    return get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=pk)
