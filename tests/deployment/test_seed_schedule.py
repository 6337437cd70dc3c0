"""Does the demo's week hold together? Made by the room's own verbs, it leaves something for every button."""

import datetime as dt
import random

from alarmdesk.company.entering import inside
from alarmdesk.customers.testing import make_customer
from alarmdesk.deployment.seed_schedule import QUEUED, fill_the_week, hire
from alarmdesk.office.testing import make_open_company
from alarmdesk.scheduling.models import Appointment, Assignment

WEDNESDAY = dt.datetime(2026, 11, 25, 18, 10, tzinfo=dt.UTC)


def test_the_sample_dealers_people_have_a_week_before_and_behind_them():
    company = make_open_company()
    with inside(company):
        for _ in range(12):
            make_customer()
        people = hire(company.slug, password="correct horse battery", at=WEDNESDAY, most=3)
        fill_the_week(people, chance=random.Random("northgate"), at=WEDNESDAY)
        every = Appointment.objects.all()
        assert every.filter(starts_at=None).count() == QUEUED
        assert every.filter(done_at__isnull=False).count() > 5
        assert every.filter(starts_at__gt=WEDNESDAY).count() > 5
        assert not every.filter(done_at=None, ends_at__lt=WEDNESDAY).exists(), "what is over is done"
        assert Assignment.objects.filter(released_at=None, appointment__done_at__isnull=False).count() == 0
