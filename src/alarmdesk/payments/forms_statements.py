"""Which statement does the office want: of what kind, of which days, telling what, and for whom?"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms

from alarmdesk.lib.fields import DateInput, Segmented, Switch
from alarmdesk.payments import once
from alarmdesk.payments.forms_recording import Sum
from alarmdesk.payments.models import Statement
from alarmdesk.payments.statement_runs import Order
from alarmdesk.payments.statements import NotStatable, Period


class StatementForm(forms.Form):
    """One customer's statement."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=once.LENGTH)
    kind = forms.ChoiceField(label="Kind", choices=Statement.Kind.choices, widget=Segmented)
    starts_on = forms.DateField(label="From", widget=DateInput)
    ends_on = forms.DateField(label="To", widget=DateInput)
    includes_paid = forms.BooleanField(
        label="Include invoices of the period that are paid", required=False, widget=Switch
    )
    includes_credits = forms.BooleanField(label="Include credit on account", required=False, widget=Switch)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        """`today`: the company's date; a statement tells of no day after it."""
        self.today = today
        initial = {
            "token": once.new_token(today), "kind": Statement.Kind.OPEN_ITEM, "starts_on": today.replace(day=1),
            "ends_on": today, "includes_credits": True,
        }  # fmt: skip
        super().__init__(*args, **{**kwargs, "initial": {**initial, **(kwargs.get("initial") or {})}})

    @property
    def period(self) -> Period:
        """What was asked for; the form is valid."""
        said = self.cleaned_data
        return Period(
            said["kind"], said["starts_on"], said["ends_on"], said["includes_paid"], said["includes_credits"]
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors:
            try:
                self.period.check(self.today)
            except NotStatable as refused:
                self.add_error("ends_on", str(refused))
        return said


class RunForm(StatementForm):
    """The statements of all who owe enough for long enough."""

    over = Sum(label="Owes at least", required=False, min_value=Decimal("0.01"))
    days = forms.IntegerField(label="Days past due at least", required=False, min_value=0, max_value=36_500)
    mailable = forms.BooleanField(label="Only with an e-mail address", required=False, widget=Switch)
    mails = forms.BooleanField(label="Send each by e-mail", required=False, widget=Switch)

    @property
    def order(self) -> Order:
        """What was asked for; the form is valid."""
        said = self.cleaned_data
        return Order(self.period, said["over"], said["days"], said["mailable"], said["mails"])
