"""How does invoiced equipment get on the customer (F31)?"""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import User
from alarmdesk.customers.models import Customer
from alarmdesk.equipment.permissions import equipment
from alarmdesk.equipment.queries import sellers
from alarmdesk.invoicing.equipping import take_invoiced, untaken_lines
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show_form


class TakeForm(forms.Form):
    """Who sold what was invoiced."""

    sold_by = forms.ModelChoiceField(User.objects.none(), label="Sold by", required=False, empty_label="Nobody")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seller: Any = self.fields["sold_by"]
        seller.queryset = sellers()


@staff(may=equipment.create)
def take(request: StaffRequest, customer: int) -> HttpResponse:
    """Add Invoiced Equipment: every invoiced piece that is not on the customer yet."""
    if not request.may(invoices.view):
        raise PermissionDenied("Your group may not see invoices.")
    person = get_object_or_404(request.company.customers.filter(stage=Customer.Stage.CUSTOMER), pk=customer)
    back = at("equipment:of_customer", customer=customer)
    form = TakeForm(
        request.POST if request.method == "POST" else None, initial={"sold_by": person.sales_rep_id or request.user.pk}
    )
    if form.is_bound and form.is_valid():
        sold_by = form.cleaned_data["sold_by"]
        try:
            taken = take_invoiced(customer=person, sold_by=sold_by, at=clock.now(), by=acting().name)
        except ValueError as nothing:  # somebody else was faster: what they wanted is done
            return go(request, back, str(nothing))
        return go(request, back, f"{_some(len(taken))} of invoiced equipment added.")
    lines = list(untaken_lines(person))
    context = {"form": form, "customer": person, "lines": lines, "back": back, "submit": f"Add {_some(len(lines))}"}
    return show_form(request, "invoicing/take_equipment.html", context, invalid=form.is_bound)


def _some(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
