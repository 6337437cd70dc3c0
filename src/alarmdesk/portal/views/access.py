"""Who has access to a customer's account? The office invites people and shuts them out again."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers
from alarmdesk.lib import clock
from alarmdesk.lib.pages import Confirm, go, show, show_confirm, show_form
from alarmdesk.portal import actions
from alarmdesk.portal.forms import InviteForm
from alarmdesk.portal.queries import access_of
from alarmdesk.portal.tasks import send_invitations


@staff(may=customers.view)
def access(request: StaffRequest, customer: int) -> HttpResponse:
    """The people who may see the customer's account, and those who were asked."""
    person = _customer(request, customer)
    request.customer, request.tab = person, "billing"  # type: ignore[attr-defined]
    oldest = clock.now() - actions.GOOD_FOR
    return show(request, "portal/access.html", {"customer": person, "holders": access_of(person), "oldest": oldest})


@staff(may=customers.modify)
def invite(request: StaffRequest, customer: int) -> HttpResponse:
    """Send somebody a link to the customer's account."""
    person = _customer(request, customer)
    form = InviteForm(request.POST if request.method == "POST" else None, initial={"email": person.email})
    if form.is_bound and form.is_valid():
        email = form.cleaned_data["email"]
        holder = actions.invite(customer=person, email=email, at=clock.now(), by=acting().name)
        if holder.accepted_at is None:
            send_invitations.defer(company_id=request.company.pk)
            return go(request, at("portal:access", customer=customer), f"An invitation goes to {holder.email}.")
        form.add_error("email", f"{holder.email} has access already.")
    context = {"form": form, "customer": person, "cancel_url": at("portal:access", customer=customer)}
    return show_form(request, "portal/invite.html", context, invalid=form.is_bound)


@staff(may=customers.modify)
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Take somebody's access away."""
    holder = get_object_or_404(request.company.account_holders.select_related("customer").filter(ended_at=None), pk=pk)
    back = at("portal:access", customer=holder.customer_id)
    form = Confirm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        actions.end_access(holder, at=clock.now())
        return go(request, back, f"{holder.email} has no access any more.")
    says = f"{holder.email} will not see the account of {holder.customer.name} any more."
    return show_confirm(request, form, title="End access?", says=says, action="End access", back=back)


def _customer(request: StaffRequest, pk: int) -> Customer:
    return get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=pk)
