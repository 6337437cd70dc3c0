"""Which tables hold technicians, their hours and their appointments?"""

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q

from alarmdesk.company.models import Staff
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer

QUARTER = dt.timedelta(minutes=15)
"""Appointments begin and end on quarter hours."""
LONGEST = dt.timedelta(hours=16)


class Technician(models.Model):
    """Somebody of the staff who goes out. `feed_serial` counts the calendar addresses that were given out; the last one
    works while `feed_since` says since when.
    """

    class Colour(models.TextChoices):
        BLUE = "blue", "Blue"
        GREEN = "green", "Green"
        AMBER = "amber", "Amber"
        RED = "red", "Red"
        VIOLET = "violet", "Violet"
        TEAL = "teal", "Teal"
        PINK = "pink", "Pink"
        SLATE = "slate", "Slate"

    company = CompanyKey(related_name="technicians")
    staff = Link(Staff, related_name="technicians", indexed=False)
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.BLUE)
    trade = models.CharField("what they do", max_length=40, blank=True, default="")
    is_active = models.BooleanField("can be scheduled", default=True)
    feed_serial = models.IntegerField(default=0)
    feed_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "staff"], name="scheduling_technician_once"),
        ]

    def __str__(self) -> str:
        name: str = self.staff.user.get_full_name()
        return name


class WorkingHours(models.Model):
    """From when to when a technician works on a weekday (0 is Monday), by the company's clocks."""

    company = CompanyKey(related_name="working_hours")
    technician = Link(Technician, models.CASCADE, related_name="hours", indexed=False)
    weekday = models.SmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        verbose_name_plural = "working hours"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "technician", "weekday"], name="scheduling_hours_once"),
            models.CheckConstraint(condition=Q(weekday__gte=0, weekday__lte=6), name="scheduling_hours_weekday"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="scheduling_hours_span"),
        ]


class DayOff(models.Model):
    """Days on which a technician does not work, from the first to the last."""

    company = CompanyKey(related_name="days_off")
    technician = Link(Technician, models.CASCADE, related_name="days_off")
    first_on = models.DateField("first day")
    last_on = models.DateField("last day")
    reason = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        verbose_name_plural = "days off"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="scheduling_day_off_span")
        ]

    def __str__(self) -> str:
        return self.reason or "Day off"


class Appointment(models.Model):
    """Somebody is to be at a customer's: from when to when, or still to be scheduled (no time, nobody assigned).

    What became of it are dated facts, each with its author. `expected_minutes` is how long it is meant to take while it
    has no time.
    """

    class Kind(models.TextChoices):
        INSTALL = "install", "Install"
        SERVICE = "service", "Service"
        REMOVAL = "removal", "Removal"

    company = CompanyKey(related_name="appointments")
    customer = Link(Customer, related_name="appointments", indexed=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SERVICE)
    work = models.CharField("what is to be done", max_length=160)
    note = models.TextField("note for the technician", max_length=2000, blank=True, default="")
    starts_at = models.DateTimeField("start", null=True, blank=True)
    ends_at = models.DateTimeField("end", null=True, blank=True)
    expected_minutes = models.IntegerField("expected to take, in minutes", default=60)
    mails_customer = models.BooleanField("mails to the customer", default=False)
    on_my_way_at = models.DateTimeField("on my way", null=True, blank=True)
    on_my_way_by = models.CharField(max_length=120, blank=True, default="")
    on_site_at = models.DateTimeField("on site", null=True, blank=True)
    on_site_by = models.CharField(max_length=120, blank=True, default="")
    done_at = models.DateTimeField("done", null=True, blank=True)
    done_by = models.CharField(max_length=120, blank=True, default="")
    done_work = models.TextField("what was done", max_length=2000, blank=True, default="")
    spent_minutes = models.IntegerField("time spent, in minutes", null=True, blank=True)
    cancelled_at = models.DateTimeField("cancelled", null=True, blank=True)
    cancelled_by = models.CharField(max_length=120, blank=True, default="")
    cancel_reason = models.CharField("reason", max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            # what an assignment's copy of the times points to
            models.UniqueConstraint(fields=["company", "id", "starts_at", "ends_at"], name="scheduling_times"),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(ends_at__gt=F("starts_at")), name="scheduling_span"
            ),
            models.CheckConstraint(condition=Q(done_at=None) | Q(cancelled_at=None), name="scheduling_one_end"),
            models.CheckConstraint(condition=Q(done_at=None) | ~Q(done_work=""), name="scheduling_done_says_what"),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | ~Q(cancel_reason=""), name="scheduling_cancelled_says_why"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "starts_at"], name="scheduling_by_start"),
            models.Index(fields=["company", "customer", "-starts_at"], name="scheduling_of_customer"),
            models.Index(
                fields=["company", "created_at"],
                condition=Q(starts_at=None, cancelled_at=None, done_at=None),
                name="scheduling_queue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.work}"

    @property
    def minutes(self) -> int:
        """How long it takes as planned."""
        if self.starts_at is None or self.ends_at is None:
            return self.expected_minutes
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def is_over(self) -> bool:
        return self.done_at is not None or self.cancelled_at is not None

    def is_late(self, at: dt.datetime) -> bool:
        """Whether it should have begun and nobody has said that they are there."""
        return self.starts_at is not None and self.starts_at < at and self.on_site_at is None and not self.is_over


class TimeRange(Func):
    """The time from a start to an end, without the end: tstzrange."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class Assignment(models.Model):
    """A technician is on an appointment, from when to when it lasts; `released_at` once it is done or cancelled.

    PostgreSQL keeps the times those of the appointment (a foreign key that follows) and refuses a second live
    assignment of a technician at the same time (decision 39).
    """

    company = CompanyKey(related_name="assignments")
    appointment = Link(Appointment, models.CASCADE, related_name="assignments", indexed=False)
    technician = Link(Technician, related_name="assignments", indexed=False)
    is_lead = models.BooleanField("leads", default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "appointment", "technician"], name="scheduling_assigned_once"),
            models.UniqueConstraint(
                fields=["company", "appointment"], condition=Q(is_lead=True), name="scheduling_one_lead"
            ),
            ExclusionConstraint(
                name="scheduling_no_double_booking",
                expressions=[
                    ("company", RangeOperators.EQUAL),
                    ("technician", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ],
                condition=Q(released_at=None),
                deferrable=Deferrable.IMMEDIATE,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "technician", "starts_at"], name="scheduling_of_technician"),
        ]

    def __str__(self) -> str:
        return str(self.technician)


class Notice(models.Model):
    """A mail to the customer about an appointment, and the start that it tells; the message is about this row.

    The reminder of one start is written once (unique); a time can be told again after another one was.
    """

    class Kind(models.TextChoices):
        TOLD = "told", "Confirmation"
        REMINDER = "reminder", "Reminder"
        CALLED_OFF = "called_off", "Called off"

    company = CompanyKey(related_name="appointment_notices")
    appointment = Link(Appointment, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind)
    starts_at = models.DateTimeField()
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "appointment", "starts_at"],
                condition=Q(kind="reminder"),
                name="scheduling_reminded_once",
            )
        ]
