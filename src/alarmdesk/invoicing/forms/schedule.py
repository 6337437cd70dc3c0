"""What does the office say of a recurring invoice, apart from its lines (F46-F52)?

`RecurringForm` is made to be built upon: the room that takes payments subclasses it, names its own fields in `extra`
(the page shows them after the schedule), and reads them from `cleaned_data` after `schedule`.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django import forms
from django.db.models import QuerySet

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.forms.document import TermChoice
from alarmdesk.invoicing.models import Term
from alarmdesk.lib.fields import DateInput, Switch
from alarmdesk.lib.recurrence import Unit

UNITS = [(unit.value, f"{unit.value.title()}s") for unit in Unit]
MOST_TIMES = 1200


class RecurringForm(forms.Form):
    """The schedule of a recurring invoice and what each of its invoices says."""

    extra: ClassVar[Sequence[str]] = ()
    """Names of further fields that the page shows after "Email On Invoice Generation"."""

    anchor_on = forms.DateField(label="Next Invoice Date", widget=DateInput)
    every = forms.IntegerField(label="Recur Every", min_value=1, max_value=999, initial=1)
    unit = forms.ChoiceField(label="Unit", choices=UNITS, initial=Unit.MONTH.value)
    times = forms.IntegerField(
        label="# Times To Recur",
        min_value=1,
        max_value=MOST_TIMES,
        required=False,
        help_text="Leave blank to recur until ended.",
    )
    in_arrears = forms.BooleanField(
        label="Bill in arrears",
        required=False,
        widget=Switch,
        help_text="Each invoice bills the days before its date, not those after it.",
    )
    starts_on = forms.DateField(
        label="First day billed",
        required=False,
        widget=DateInput,
        help_text="If service begins between two billing days: those days are prorated.",
    )
    email_on_generation = forms.BooleanField(label="Email On Invoice Generation", required=False, widget=Switch)
    term = TermChoice(label="Term")
    po_number = forms.CharField(label="PO Number", max_length=40, required=False)
    note = forms.CharField(
        label="Note to the customer",
        max_length=4000,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "dir": "auto", "placeholder": "Shown under the totals on every invoice"}
        ),
    )

    def __init__(self, *args: Any, customer: Customer, terms: QuerySet[Term], today: dt.date, **kwargs: Any) -> None:
        """`today`: the company's local date; the Next Invoice Date is after it (F46)."""
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.today = today
        cast("forms.ModelChoiceField[Term]", self.fields["term"]).queryset = terms
        self.fields["anchor_on"].widget.attrs["min"] = (today + dt.timedelta(days=1)).isoformat()
        for name in ("every", "times"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"
        self.fields["every"].widget.attrs["aria-label"] = "Recur every, number"
        self.fields["unit"].widget.attrs["aria-label"] = "Recur every, unit"
        if not customer.email:
            self.fields["email_on_generation"].help_text = "The customer has no e-mail address."

    @property
    def further(self) -> list[forms.BoundField]:
        """The boxes that a room above added."""
        return [self[name] for name in self.extra]

    def clean_anchor_on(self) -> dt.date:
        anchor_on: dt.date = self.cleaned_data["anchor_on"]
        if anchor_on <= self.today:
            raise forms.ValidationError("The Next Invoice Date must be after today.")
        return anchor_on

    def clean_email_on_generation(self) -> bool:
        wanted: bool = self.cleaned_data["email_on_generation"]
        if wanted and not self.customer.email:
            raise forms.ValidationError("The customer has no e-mail address to send invoices to.")
        return wanted


class EndForm(forms.Form):
    """From which day on a recurring invoice bills nothing more, and why (D1)."""

    on = forms.DateField(
        label="No invoices from", widget=DateInput, help_text="Invoices dated before this day are still made."
    )
    reason = forms.CharField(label="Reason", max_length=200)
    prorated = forms.BooleanField(
        label="Prorate the last period",
        required=False,
        widget=Switch,
        help_text="A period not billed yet that the day cuts is billed up to the day.",
    )
    credits = forms.BooleanField(label="Credit the unused days", required=False, widget=Switch)

    def __init__(self, *args: Any, may_credit: bool, **kwargs: Any) -> None:
        """`may_credit`: may this person issue a credit?"""
        super().__init__(*args, **kwargs)
        if not may_credit:
            del self.fields["credits"]
