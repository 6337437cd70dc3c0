"""Is a technician ever in two places at once, and does an appointment say what became of it (F32)?"""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, TrailEntry
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.lib import clock
from alarmdesk.office.history import tell
from alarmdesk.scheduling import actions, reporting
from alarmdesk.scheduling.models import Appointment, Assignment
from alarmdesk.scheduling.queries import crew_of, free_for
from alarmdesk.scheduling.technicians import take_off
from alarmdesk.scheduling.testing import BY, local, make_appointment, make_technician


def moved(appointment: Appointment, *crew: Any, to: str, minutes: int = 120, **how: Any) -> None:
    """Another time for it, by the company's clocks."""
    actions.move(appointment, crew=crew, starts_at=local(to), minutes=minutes, at=clock.now(), **how)


def test_a_technician_is_booked_once_at_a_time_and_the_refusal_says_where_they_are(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis, at="2026-11-23 09:00")
        with pytest.raises(actions.DoubleBooked) as refused:
            make_appointment(make_customer(), shop.luis, at="2026-11-23 10:45")
        assert str(refused.value) == (
            "Luis Ferrer is at Dana Whitfield on Nov 23, 2026 from 9:00 AM to 11:00 AM. "
            "Choose another time or technician."
        )
        assert Appointment.objects.count() == 1, "nothing half-written"
        make_appointment(make_customer(), shop.luis, at="2026-11-23 11:00")
        make_appointment(make_customer(), shop.priya, at="2026-11-23 10:00")
        assert Assignment.objects.count() == 3


def test_a_helper_cannot_be_elsewhere_either(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis, shop.priya)
        with pytest.raises(actions.DoubleBooked, match="Priya Nair is at Dana Whitfield"):
            make_appointment(make_customer(), shop.priya, at="2026-11-23 08:00")


def test_postgresql_itself_refuses_whatever_the_program_says(shop):
    with shop.inside():
        first = make_appointment(shop.dana, shop.luis)
        second = make_appointment(shop.dana, shop.luis, at="2026-11-23 13:00")
        with pytest.raises(IntegrityError, match="scheduling_no_double_booking"), transaction.atomic():
            Appointment.objects.filter(pk=second.pk).update(starts_at=first.starts_at)
        with pytest.raises(IntegrityError, match="scheduling_assignment_times"), transaction.atomic():
            Assignment.objects.filter(appointment=second).update(starts_at=local("2026-11-23 14:00"))
        later = local("2026-11-23 15:00")
        Appointment.objects.filter(pk=second.pk).update(starts_at=later, ends_at=later + dt.timedelta(hours=1))
        assert Assignment.objects.get(appointment=second).starts_at == later, "the copy follows"


def at_once(company: Company, *verbs: Callable[[], Any]) -> list[BaseException | None]:
    """Each in a thread and a transaction of its own, none committed before all have begun; what became of each."""
    ended: list[BaseException | None] = [None] * len(verbs)
    all_there = threading.Barrier(len(verbs))
    now = clock.now()

    def work(place: int) -> None:
        try:
            with clock.hold(now), inside(company, actor=Actor("staff", f"Dispatcher {place}")):
                all_there.wait(10)
                verbs[place]()
        except BaseException as error:  # noqa: BLE001
            ended[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return ended


def test_two_dispatchers_at_once_one_wins_and_the_other_is_told_in_a_sentence(shop):
    def book() -> None:
        make_appointment(shop.dana, shop.luis, at="2026-11-23 09:00")

    ended = at_once(shop.company, *[book] * 4)
    lost = [error for error in ended if error is not None]
    assert [type(error) for error in lost] == [actions.DoubleBooked] * 3
    assert all(str(error).startswith("Luis Ferrer is at Dana Whitfield on Nov 23, 2026 from 9:00 AM") for error in lost)
    with shop.inside():
        assert Appointment.objects.count() == Assignment.objects.count() == 1


def test_two_who_book_the_same_two_people_in_opposite_order_do_not_lock_each_other_out(shop):
    def book(*crew: Any) -> Callable[[], Any]:
        return lambda: make_appointment(shop.dana, *crew)

    ended = at_once(shop.company, book(shop.luis, shop.priya), book(shop.priya, shop.luis))
    assert [type(error) for error in ended if error is not None] == [actions.DoubleBooked]


def test_two_who_move_two_appointments_onto_one_time_leave_one_there(shop):
    with shop.inside():
        first = make_appointment(shop.dana, shop.luis, at="2026-11-23 09:00")
        second = make_appointment(shop.dana, shop.priya, at="2026-11-23 09:00")

    def onto(appointment: Appointment) -> Callable[[], Any]:
        return lambda: moved(appointment, shop.luis, to="2026-11-23 13:00")

    ended = at_once(shop.company, onto(first), onto(second))
    assert [type(error) for error in ended if error is not None] == [actions.DoubleBooked]
    with shop.inside():
        afternoon = Assignment.objects.filter(technician=shop.luis, starts_at=local("2026-11-23 13:00"))
        assert afternoon.count() == 1


def test_an_appointment_that_moves_to_another_technician_and_time_does_not_clash_halfway(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis, at="2026-11-23 13:00")
        make_appointment(shop.dana, shop.priya, at="2026-11-23 09:00")
        mine = make_appointment(shop.dana, shop.luis, at="2026-11-23 09:00")
        moved(mine, shop.priya, to="2026-11-23 13:00", minutes=60)
        row = Assignment.objects.get(appointment=mine)
        assert (row.technician_id, row.is_lead) == (shop.priya.pk, True)
        assert (row.starts_at, row.ends_at) == (local("2026-11-23 13:00"), local("2026-11-23 14:00"))


def test_the_lead_and_the_helper_change_places(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis, shop.priya)
        moved(mine, shop.priya, shop.luis, to="2026-11-23 09:00")
        assert [str(one) for one in crew_of(mine)] == ["Priya Nair", "Luis Ferrer"]
        moved(mine, shop.luis, to="2026-11-23 09:00")
        assert [str(one) for one in crew_of(mine)] == ["Luis Ferrer"]


def test_outside_of_working_hours_somebody_must_say_that_it_is_meant(shop):
    with shop.inside():
        take_off(shop.priya, first_on=dt.date(2026, 11, 23), last_on=dt.date(2026, 11, 24), reason="Vacation")
        for crew, when, says in (
            ([shop.luis], "2026-11-23 16:00", "Luis Ferrer works from 8:00 AM to 5:00 PM on Mondays."),
            ([shop.luis], "2026-11-22 10:00", "Luis Ferrer does not work on Sundays."),
            ([shop.luis, shop.priya], "2026-11-23 09:00", "Priya Nair is off on Nov 23, 2026 (Vacation)."),
        ):
            with pytest.raises(actions.OutsideHours) as refused:
                make_appointment(shop.dana, *crew, at=when)
            assert str(refused.value) == says
        made = make_appointment(shop.dana, shop.luis, at="2026-11-22 10:00", anyway=True)
        assert made.starts_at == local("2026-11-22 10:00")


def test_times_are_quarter_hours_and_a_time_needs_somebody(shop):
    with shop.inside():
        for at, minutes, crew in (("2026-11-23 09:05", 60, [shop.luis]), ("2026-11-23 09:00", 50, [shop.luis]),
                                  ("2026-11-23 09:00", 0, [shop.luis]), ("2026-11-23 09:00", 60, [])):  # fmt: skip
            with pytest.raises(actions.WrongTime):
                actions.plan(
                    customer=shop.dana, kind="service", work="x", crew=crew, starts_at=local(at), minutes=minutes,
                    at=clock.now(), by=BY,
                )  # fmt: skip
        assert Appointment.objects.count() == 0
        with pytest.raises(actions.StillALead):
            make_appointment(make_lead(), shop.luis)
        shop.luis.is_active = False
        shop.luis.save()
        with pytest.raises(actions.NotSchedulable, match="Luis Ferrer is not sent"):
            make_appointment(shop.dana, shop.luis)


def test_a_cancelled_or_finished_appointment_frees_its_technician(shop):
    with shop.inside():
        first = make_appointment(shop.dana, shop.luis)
        actions.cancel(first, reason="Customer is ill", at=clock.now(), by=BY)
        second = make_appointment(shop.dana, shop.luis)
        reporting.finish(second, work="Battery replaced", minutes=20, at=clock.now(), by="Luis")
        make_appointment(shop.dana, shop.luis)
        for over in (first, second):
            with pytest.raises(actions.Over):
                moved(over, shop.luis, to="2026-11-24 09:00")
            with pytest.raises(actions.Over):
                actions.cancel(over, reason="x", at=clock.now(), by=BY)


def test_an_appointment_goes_from_scheduled_to_done_and_says_who_and_when(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
        starts = local("2026-11-23 09:00")
        reporting.set_out(mine, at=starts - dt.timedelta(minutes=20), by="Luis Ferrer")
        with pytest.raises(reporting.SaidAlready):
            reporting.set_out(mine, at=starts, by="Priya Nair")
        reporting.arrive(mine, at=starts, by="Luis Ferrer")
        with pytest.raises(actions.UnderWay):
            moved(mine, shop.priya, to="2026-11-23 09:00")
        moved(mine, shop.luis, to="2026-11-23 09:00", minutes=180)
        assert reporting.take_back(mine) == "On site"
        reporting.arrive(mine, at=starts, by="Luis Ferrer")
        reporting.finish(mine, work="New keypad", minutes=45, at=starts + dt.timedelta(minutes=50), by="Luis Ferrer")
        mine.refresh_from_db()
        assert (mine.on_my_way_by, mine.on_site_at, mine.done_by) == ("Luis Ferrer", starts, "Luis Ferrer")
        assert (mine.done_work, mine.spent_minutes, mine.minutes) == ("New keypad", 45, 180)
        told = [each.what for each in tell(TrailEntry.objects.filter(company=shop.company, customer_id=shop.dana.pk))]
        assert "Appointment added: Service: Keypad does not respond" in told
        assert "Assignment added: Luis Ferrer" in told


def test_one_put_back_into_the_queue_keeps_its_length_and_loses_its_crew(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis, minutes=90)
        actions.put_back(mine, at=clock.now())
        mine.refresh_from_db()
        assert (mine.starts_at, mine.ends_at, mine.minutes, mine.assignments.count()) == (None, None, 90, 0)
        with pytest.raises(actions.WrongTime):
            reporting.set_out(mine, at=clock.now(), by=BY)


def test_who_moves_one_on_the_way_to_another_time_is_no_more_on_the_way(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
        reporting.set_out(mine, at=clock.now(), by="Luis Ferrer")
        moved(mine, shop.luis, to="2026-11-23 09:00", minutes=60)
        mine.refresh_from_db()
        assert mine.on_my_way_at is not None, "it only got shorter"
        moved(mine, shop.luis, to="2026-11-23 10:00", minutes=60)
        mine.refresh_from_db()
        assert (mine.on_my_way_at, mine.on_my_way_by) == (None, "")


def test_the_next_five_free_times_are_beside_what_is_booked_and_within_working_hours(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis, at="2026-11-23 08:00", minutes=180)
        make_appointment(shop.dana, shop.luis, at="2026-11-23 13:00", minutes=240)
        take_off(shop.luis, first_on=dt.date(2026, 11, 24), last_on=dt.date(2026, 11, 24))
        found = free_for(shop.luis, minutes=120, after=clock.now())
        assert found == [
            local(f"2026-11-{when}") for when in ("23 11:00", "25 08:00", "25 10:00", "25 12:00", "25 14:00")
        ]
        assert free_for(make_technician(hours={}), minutes=60, after=clock.now()) == []


def test_a_free_time_is_never_in_the_past_and_begins_on_a_quarter(shop):
    with shop.inside():
        now = local("2026-11-23 13:07")
        assert free_for(shop.luis, minutes=60, after=now)[0] == local("2026-11-23 13:15")
        every = free_for(make_technician(hours={0: (dt.time(8), dt.time(14))}), minutes=60, after=now)
        assert every[0] == local("2026-11-30 08:00"), "an hour does not fit before two"
