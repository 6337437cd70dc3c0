"""What does one type of a note, a ticket and a filter (F24)?"""

from typing import Any

from django import forms
from django.db.models import Q

from alarmdesk.company.entering import entered
from alarmdesk.company.models import User
from alarmdesk.customers.models import Ticket
from alarmdesk.customers.ticketing import LONGEST
from alarmdesk.lib.fields import DateInput, Segmented, Switch

NOBODY = "Nobody yet"
LEAVE = "Leave as it is"


def staff_now(also: User | None = None) -> Any:
    """Who works here, and whoever has the ticket and has left since."""
    here = Q(pk__in=entered().staff.filter(left_at=None).values("user"))
    return User.objects.filter(here | Q(pk=also.pk) if also else here).order_by("name", "email")


class TextForm(forms.Form):
    """Plain text, bounded."""

    text = forms.CharField(
        max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write something first."},
    )  # fmt: skip

    def __init__(self, *args: Any, label: str, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = label
        self.fields["text"].widget.attrs["rows"] = rows


class TicketForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who does it, until when, how urgent it is."""

    class Meta:
        model = Ticket
        fields = ("assignee", "due_on", "priority")
        widgets = {"due_on": DateInput, "priority": Segmented}
        labels = {"assignee": "For", "due_on": "Due"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["assignee"]
        choice.queryset = staff_now(self.instance.assignee)
        choice.empty_label = NOBODY


class NoteForm(TicketForm):
    """A note, and whether it is a ticket from the start."""

    text = forms.CharField(
        label="Note", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write something first."},
    )  # fmt: skip
    is_ticket = forms.BooleanField(label="Make it a ticket", required=False, widget=Switch)

    field_order = ("text", "is_ticket", "assignee", "due_on", "priority")

    def __init__(self, *args: Any, may_open: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_open:
            for name in ("is_ticket", "assignee", "due_on", "priority"):
                del self.fields[name]
        else:
            self.fields["priority"].required = False

    def clean_priority(self) -> int:
        """Medium where nothing was said: a plain note says nothing of it."""
        return self.cleaned_data["priority"] or Ticket.Priority.MEDIUM


class ManyForm(forms.Form):
    """What many tickets are to say; what is left alone stays as it is on each."""

    assignee = forms.ModelChoiceField(User.objects.none(), label="For", required=False, empty_label=LEAVE)
    due_on = forms.DateField(label="Due", required=False, widget=DateInput)
    priority = forms.TypedChoiceField(
        choices=[("", LEAVE), *Ticket.Priority.choices], coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["assignee"]
        choice.queryset = staff_now()

    def changes(self) -> dict[str, Any]:
        """What was said."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class FilterForm(forms.Form):
    """A name for what the queue shows."""

    name = forms.CharField(max_length=60)
    is_team = forms.BooleanField(label="For the whole team", required=False, widget=Switch)
