"""What does one type about an appointment, a technician, and what was done?"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from alarmdesk.company.entering import entered
from alarmdesk.lib.fields import DateInput, Segmented, Switch, TimeInput
from alarmdesk.scheduling import words
from alarmdesk.scheduling.hours import NoSuchTime, Times, exact
from alarmdesk.scheduling.models import Appointment, DayOff, Technician
from alarmdesk.scheduling.queries import technicians

LENGTHS = (15, 30, 45, 60, 90, 120, 150, 180, 240, 300, 360, 420, 480, 600, 720, 960)
QUARTER_HOURS = {"step": 900}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FARTHEST = 2100


class AppointmentForm(forms.Form):
    """An appointment: what, for how long, and, unless it is still to be scheduled, who and when.

    `outside` is why the time is outside of working hours; the box to say that it is meant is shown with it alone.
    """

    kind = forms.ChoiceField(choices=Appointment.Kind.choices, widget=Segmented, label="Kind")
    work = forms.CharField(
        max_length=160, label="What is to be done",
        widget=forms.TextInput(attrs={"placeholder": "Keypad does not respond"}),
    )  # fmt: skip
    technician = forms.ChoiceField(required=False, help_text="Leave it open to schedule it later.")
    helpers = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple, label="Who helps")
    on = forms.DateField(required=False, widget=DateInput, label="Day")
    time = forms.TimeField(required=False, widget=TimeInput(attrs=QUARTER_HOURS), label="Begins at")
    minutes = forms.TypedChoiceField(coerce=int, label="Takes", initial=60)
    note = forms.CharField(
        required=False, max_length=2000, label="Note for the technician", widget=forms.Textarea(attrs={"rows": 2})
    )
    mails_customer = forms.BooleanField(required=False, widget=Switch, label="Mail a confirmation and a reminder")
    anyway = forms.BooleanField(required=False, label="Book it all the same")

    outside = ""

    def __init__(
        self, *args: Any, on_it: Sequence[Technician] = (), length: int = 60, was: dt.datetime | None = None,
        can_mail: bool = True, **kw: Any,
    ) -> None:  # fmt: skip
        """`on_it`: the crew that stays choosable even if they go out no more; `was`: the start before."""
        super().__init__(*args, **kw)
        if not can_mail:
            del self.fields["mails_customer"]
        self.was = was
        self.people = {str(one.pk): one for one in [*technicians(entered()), *on_it]}
        people = [(key, str(one)) for key, one in self.people.items()]
        choices: Any = self.fields
        choices["technician"].choices = [("", "To be scheduled"), *people]
        choices["helpers"].choices = people
        typed = str(self.data.get("minutes", ""))  # what was drawn on the board may be any number of quarters
        sent = int(typed) if typed.isdecimal() and len(typed) < 5 else length
        lengths = sorted({*LENGTHS, length, *([sent] if sent and not sent % 15 else [])})
        choices["minutes"].choices = [(minutes, words.length(minutes)) for minutes in lengths]

    def clean(self) -> dict[str, Any]:
        """A time needs a technician and a technician a time; a wall time must exist on its day."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        lead, on, time = said.get("technician"), said.get("on"), said.get("time")
        said["crew"], said["starts_at"] = self._crew(), None
        wrong = {"technician", "on", "time"} & set(self.errors)
        if wrong or not (lead or on or time or said.get("helpers")):
            return said
        for name, value, says in (
            ("technician", lead, "Choose who comes, or clear day and time to schedule it later."),
            ("on", on, "Choose the day."),
            ("time", time, "Choose the time."),
        ):
            if not value:
                self.add_error(name, says)
        if lead and on and time:
            self._set_start(said, on, time)
        return said

    def _set_start(self, said: dict[str, Any], on: dt.date, time: dt.time) -> None:
        zone = entered().zone
        local = self.was.astimezone(zone) if self.was else None
        if local is not None and (local.date(), local.time().replace(tzinfo=None)) == (on, time):
            said["starts_at"] = self.was  # the second of two such times in autumn stays the second
            return
        if not on.year < FARTHEST:
            self.add_error("on", "Choose a day of this century.")
            return
        try:
            said["starts_at"] = exact(on, time, zone)
        except NoSuchTime as refused:
            self.add_error("time", str(refused))

    def _crew(self) -> list[Technician]:
        """The lead, then the helpers, each once."""
        named = [self.cleaned_data.get("technician"), *self.cleaned_data.get("helpers", [])]
        return [self.people[key] for key in dict.fromkeys(filter(None, named)) if key in self.people]

    def ask_anyway(self, reason: str) -> None:
        """Say why the time is outside of working hours, and show the box."""
        self.outside = reason
        self.add_error("anyway", "Tick the box if that is meant.")

    @classmethod
    def initial_of(cls, appointment: Appointment, crew: Sequence[Technician]) -> dict[str, Any]:
        """What the form shows of an appointment."""
        local = appointment.starts_at.astimezone(entered().zone) if appointment.starts_at else None
        return {
            "kind": appointment.kind,
            "work": appointment.work,
            "note": appointment.note,
            "mails_customer": appointment.mails_customer,
            "minutes": appointment.minutes,
            "technician": str(crew[0].pk) if crew else "",
            "helpers": [str(one.pk) for one in crew[1:]],
            "on": local.date() if local else None,
            "time": local.time() if local else None,
        }


class MoveForm(forms.Form):
    """Where a bar was dropped: whose row, when, how long; `seen` is what the board showed before."""

    technician = forms.IntegerField(min_value=1)
    instead_of = forms.IntegerField(min_value=1, required=False)
    starts = forms.IntegerField(min_value=0, max_value=4_102_444_800)
    minutes = forms.IntegerField(min_value=1, max_value=1440)
    seen = forms.CharField(max_length=80, required=False)


class DoneForm(forms.Form):
    """What was done, and how long it took."""

    work = forms.CharField(max_length=2000, label="What was done", widget=forms.Textarea(attrs={"rows": 4}))
    minutes = forms.IntegerField(
        required=False, min_value=1, max_value=1440, label="Time spent, in minutes",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip


class CancelForm(forms.Form):
    """Why it does not take place."""

    reason = forms.CharField(max_length=200)


class TechnicianForm(forms.Form):
    """A technician: who of the staff, colour, and from when to when on each weekday; blank is a day without work."""

    staff = forms.ChoiceField(label="Who")
    trade = forms.CharField(
        required=False, max_length=40, label="What they do", widget=forms.TextInput(attrs={"placeholder": "Install"})
    )
    colour = forms.ChoiceField(choices=Technician.Colour.choices)
    is_active = forms.BooleanField(required=False, widget=Switch, label="Can be scheduled")

    def __init__(self, *args: Any, technician: Technician | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if technician is None:
            staff: Any = self.fields["staff"]
            rows = entered().staff.filter(left_at=None, technicians=None).select_related("user")
            self.people = {str(place.pk): place for place in rows.order_by("user__name", "pk")}
            staff.choices = [("", "Choose somebody"), *((key, str(place)) for key, place in self.people.items())]
        else:
            del self.fields["staff"]
        for weekday, name in enumerate(WEEKDAYS):
            for end, label in (("from", "from"), ("to", "to")):
                self.fields[f"day_{weekday}_{end}"] = forms.TimeField(
                    required=False, widget=TimeInput(attrs=QUARTER_HOURS), label=f"{name} {label}"
                )

    @property
    def days(self) -> list[dict[str, Any]]:
        """A row for each weekday: its name and its two boxes."""
        return [
            {"name": name, "boxes": [self[f"day_{weekday}_from"], self[f"day_{weekday}_to"]]}
            for weekday, name in enumerate(WEEKDAYS)
        ]

    def clean(self) -> dict[str, Any]:
        """Each day has both times, in order, or neither."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        hours: dict[int, Times] = {}
        for weekday in range(7):
            starts, ends = said.get(f"day_{weekday}_from"), said.get(f"day_{weekday}_to")
            if starts and ends and starts < ends:
                hours[weekday] = (starts, ends)
            elif starts and ends:
                self.add_error(f"day_{weekday}_to", "That is not after the beginning.")
            elif (starts or ends) and f"day_{weekday}_{'to' if starts else 'from'}" not in self.errors:
                self.add_error(f"day_{weekday}_{'to' if starts else 'from'}", "Write both times, or neither.")
        said["hours"] = hours
        return said

    @classmethod
    def initial_of(cls, technician: Technician, hours: Mapping[int, Times]) -> dict[str, Any]:
        """What the form shows of a technician."""
        shown: dict[str, Any] = {
            "trade": technician.trade,
            "colour": technician.colour,
            "is_active": technician.is_active,
        }
        for weekday, (starts, ends) in hours.items():
            shown |= {f"day_{weekday}_from": starts, f"day_{weekday}_to": ends}
        return shown


class DayOffForm(forms.ModelForm):  # type: ignore[type-arg]
    """Days without work."""

    class Meta:
        model = DayOff
        fields = ("first_on", "last_on", "reason")
        widgets = {
            "first_on": DateInput, "last_on": DateInput, "reason": forms.TextInput(attrs={"placeholder": "Vacation"}),
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = said.get("first_on"), said.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", "That is before the first day.")
        return said
