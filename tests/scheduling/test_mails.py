"""What is a customer told of an appointment, when, and how often (F32)?"""

import datetime as dt
import re
import threading

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection

from alarmdesk.lib import clock
from alarmdesk.messaging.models import MailText, Message
from alarmdesk.payments.tasks import tidy_up
from alarmdesk.scheduling import actions, reporting
from alarmdesk.scheduling.letters import deliver_all, remind_and_deliver
from alarmdesk.scheduling.models import Notice
from alarmdesk.scheduling.testing import BY, local, make_appointment


@pytest.fixture(autouse=True)
def _box(monkeypatch):
    """Mail is kept in the process."""
    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []


def at(shop, minutes: int = 0) -> dt.datetime:
    return shop.now + dt.timedelta(minutes=minutes)


def post(shop, minutes: int) -> list[str]:
    """The subjects of what leaves some minutes after noon."""
    mail.outbox.clear()
    deliver_all(shop.company, now=lambda: at(shop, minutes))
    return [one.subject for one in mail.outbox]


def moved(shop, mine, to: str, minutes: int) -> None:
    with shop.inside():
        actions.move(mine, crew=[shop.luis], starts_at=local(to), minutes=120, at=at(shop, minutes))


def booked(shop, **fields):
    with shop.inside():
        return make_appointment(shop.dana, shop.luis, mails_customer=True, made_at=shop.now, **fields)


TOLD = "Your appointment on Monday, Nov 23, 2026 at 9:00 AM"


def test_a_customer_is_told_when_the_dust_has_settled(shop):
    booked(shop)
    assert post(shop, 2) == []
    assert post(shop, 4) == [TOLD]
    text = mail.outbox[0].body
    for line in ("Northgate Security will be with you on Monday, Nov 23, 2026 from 9:00 AM to 11:00 AM.",
                 "Service: Keypad does not respond", "Who comes: Luis Ferrer",
                 "Where: 2210 E 15th St, Tulsa, OK 74104"):  # fmt: skip
        assert line in text
    assert mail.outbox[0].to == ["dana.whitfield@example.com"]
    assert post(shop, 60) == [], "once"


def test_a_move_and_its_undo_within_minutes_tell_nothing_twice(shop):
    mine = booked(shop)
    assert post(shop, 4) == [TOLD]
    moved(shop, mine, "2026-11-23 14:00", 10)
    moved(shop, mine, "2026-11-23 09:00", 11)
    assert post(shop, 60) == []
    moved(shop, mine, "2026-11-23 14:00", 61)
    assert post(shop, 70) == ["Your appointment on Monday, Nov 23, 2026 at 2:00 PM"]
    moved(shop, mine, "2026-11-23 09:00", 71)
    assert post(shop, 80) == [TOLD], "the first time is news again"
    with shop.inside():
        assert Message.objects.filter(state="sent").count() == 3


def test_one_that_is_longer_or_done_by_somebody_else_is_not_told_again(shop):
    mine = booked(shop)
    post(shop, 4)
    with shop.inside():
        actions.move(mine, crew=[shop.priya], starts_at=local("2026-11-23 09:00"), minutes=180, at=at(shop, 5))
    assert post(shop, 60) == []


def test_one_that_is_called_off_is_told_to_those_alone_who_knew_of_it(shop):
    known, unknown = booked(shop), booked(shop, at="2026-11-24 09:00")
    with shop.inside():
        actions.cancel(unknown, reason="Wrong customer", at=at(shop, 1), by=BY)
    post(shop, 4)
    with shop.inside():
        actions.cancel(known, reason="The part has not arrived.", at=at(shop, 5), by=BY)
    assert post(shop, 60) == ["Your appointment on Monday, Nov 23, 2026 does not take place"]
    assert "The part has not arrived." in mail.outbox[0].body


def test_one_that_is_done_before_its_mail_leaves_is_not_told(shop):
    mine = booked(shop)
    with shop.inside():
        reporting.finish(mine, work="Was nearby", minutes=None, at=at(shop, 1), by=BY)
    assert post(shop, 60) == []
    with shop.inside():
        assert not Message.objects.exists()


def test_nobody_is_told_of_the_past_or_against_their_wish(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis, made_at=shop.now)
    booked(shop, at="2026-11-20 09:00")
    assert post(shop, 60) == []


def test_the_company_says_it_in_its_own_words(shop):
    with shop.inside():
        MailText.objects.create(letter="appointment", subject="See you {{ date }}", body="We come at {{ time }}.")
    booked(shop)
    assert post(shop, 4) == ["See you Monday, Nov 23, 2026"]
    assert mail.outbox[0].body == "We come at 9:00 AM.\n"


def remind(shop, when: str) -> list[str]:
    """What the tidying up sends at this wall time."""
    mail.outbox.clear()
    with shop.inside():
        instant = local(when)
    with clock.hold(instant):
        tidy_up([shop.company])
    return [one.subject for one in mail.outbox]


REMINDED = "Tomorrow at 9:00 AM: Northgate Security comes to you"


def test_the_day_before_a_reminder_leaves_once_from_nine_on(shop):
    booked(shop)
    post(shop, 4)
    assert remind(shop, "2026-11-22 08:55") == []
    assert remind(shop, "2026-11-22 09:00") == [REMINDED]
    assert remind(shop, "2026-11-22 09:05") == []
    assert remind(shop, "2026-11-23 08:00") == []


def test_who_was_told_of_tomorrow_today_is_not_reminded_of_it_as_well(shop):
    mine = booked(shop, at="2026-11-24 09:00")
    post(shop, 4)
    with clock.hold(shop.now + dt.timedelta(days=1)):
        moved(shop, mine, "2026-11-23 09:00", 24 * 60)
    assert remind(shop, "2026-11-22 15:00") == [TOLD]


def test_no_reminder_of_what_is_cancelled_moved_or_done(shop):
    gone, moving, done = (booked(shop, at=f"2026-11-23 {hour}:00") for hour in ("09", "11", "13"))
    post(shop, 4)
    with shop.inside():
        actions.cancel(gone, reason="x", at=at(shop, 5), by=BY)
        reporting.finish(done, work="Done early", minutes=None, at=at(shop, 5), by=BY)
    moved(shop, moving, "2026-11-25 09:00", 5)
    post(shop, 60)
    assert remind(shop, "2026-11-22 09:00") == []


def test_two_workers_remind_once(shop):
    booked(shop)
    post(shop, 4)
    with shop.inside():
        nine = local("2026-11-22 09:00")
    mail.outbox.clear()

    def work() -> None:
        try:
            remind_and_deliver(shop.company, now=lambda: nine)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert [one.subject for one in mail.outbox] == [REMINDED]
    with shop.inside():
        assert Notice.objects.filter(kind="reminder").count() == 1


def test_the_switch_is_off_for_those_without_an_address(shop):
    with shop.inside():
        shop.dana.email = ""
        shop.dana.save()
    page = shop.client.get(f"{shop.tab}new/").content.decode()
    assert "has no e-mail address: nothing is mailed" in re.sub(r"\s+", " ", page)
    form = {"kind": "service", "work": "x", "minutes": "60", "mails_customer": "on"}
    shop.client.post(f"{shop.tab}new/", {**form, "technician": shop.luis.pk, "on": "2026-11-23", "time": "09:00"})
    assert post(shop, 60) == []
