"""What does the office see and press of the schedule, with JavaScript or without (F32)?"""

import re
from typing import Any

import pytest

from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.scheduling.models import Appointment
from alarmdesk.scheduling.queries import crew_of
from alarmdesk.scheduling.testing import local, make_appointment, make_technician
from tests.scheduling.reading import read_again, text_of


def typed(**fields: Any) -> dict[str, Any]:
    """A filled form: a service call of an hour and a half on Monday at nine."""
    usual = {"kind": "service", "work": "Keypad does not respond", "on": "2026-11-23", "time": "09:00", "minutes": "90"}
    return {**usual, **fields}


def one_of(shop: Any) -> Appointment:
    with shop.inside():
        found: Appointment = Appointment.objects.get()
        return found


def test_an_appointment_is_made_from_the_customers_page_and_stands_on_the_board(shop):
    new = f"{shop.tab}new/"
    assert "No appointments yet" in text_of(shop.client.get(shop.tab))
    assert "Dana Whitfield" in text_of(shop.client.get(new))
    answer = shop.client.post(new, typed(technician=shop.luis.pk, note="Gate code 4411", mails_customer="on"))
    made = one_of(shop)
    assert answer.status_code == 302
    assert answer["Location"] == f"{shop.root}/schedule/appointments/{made.pk}/"
    page = text_of(shop.client.get(answer["Location"]))
    for words in ("Service: Keypad does not respond", "Scheduled", "Monday, November 23", "9:00 AM to 10:30 AM",
                  "Luis Ferrer", "Gate code 4411", "1 h 30 min", "2210 E 15th St, Tulsa, OK 74104",
                  "Scheduled for Nov 23, 2026, 9:00 AM to 10:30 AM."):  # fmt: skip
        assert words in page
    board = shop.client.get(f"{shop.root}/schedule/?on=2026-11-23").content.decode()
    assert 'class="bar tone-service at-8 for-6 lane-0"' in board, "two hours after seven, an hour and a half"
    assert "Schedule 1" in text_of(shop.client.get(shop.tab)), "the tab counts"


def test_a_clash_is_a_sentence_beside_the_time_and_what_was_typed_stays(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis)
        other = make_customer(first_name="Nora")
    answer = shop.client.post(
        f"{shop.root}/customers/{other.pk}/appointments/new/", typed(technician=shop.luis.pk, note="Ring twice")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Luis Ferrer is at Dana Whitfield on Nov 23, 2026 from 9:00 AM to 11:00 AM." in page
    assert "Ring twice" in page
    one_of(shop)


def test_outside_of_working_hours_a_box_must_be_ticked(shop):
    late = typed(technician=shop.luis.pk, time="18:00")
    answer = shop.client.post(f"{shop.tab}new/", late)
    assert answer.status_code == 422
    assert "Luis Ferrer works from 8:00 AM to 5:00 PM on Mondays." in text_of(answer)
    assert "Book it all the same" in text_of(answer)
    assert shop.client.post(f"{shop.tab}new/", {**late, "anyway": "on"}).status_code == 302
    with shop.inside():
        assert one_of(shop).starts_at == local("2026-11-23 18:00")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"technician": "", "on": "2026-11-23"}, "Choose who comes, or clear day and time to schedule it later."),
        ({"on": ""}, "Choose the day."),
        ({"time": ""}, "Choose the time."),
        ({"time": "09:05"}, "Appointments begin on the quarter hour"),
        ({"on": "2026-03-08", "time": "02:30"}, "There is no 2:30 AM on Mar 8, 2026: the clocks go forward."),
        ({"on": "9999-12-31"}, "Choose a day of this century."),
        ({"work": ""}, "This field is required."),
        ({"minutes": "900000"}, "900000 is not one of the available choices."),
        ({"minutes": "50"}, "50 is not one of the available choices."),
    ],
)
def test_what_cannot_be_is_said_beside_the_box(shop, fields, says):
    answer = shop.client.post(f"{shop.tab}new/", typed(**{"technician": shop.luis.pk, **fields}))
    assert answer.status_code == 422
    assert says in text_of(answer)
    with shop.inside():
        assert Appointment.objects.count() == 0


def test_free_times_are_offered_and_one_press_fills_day_and_time(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis, at="2026-11-23 08:00", minutes=240)
    form = typed(technician=shop.luis.pk, on="", time="", look="1")
    answer = shop.client.post(f"{shop.tab}new/", form)
    page = text_of(answer)
    assert answer.status_code == 200
    assert "Luis Ferrer is free: Mon, Nov 23, 12:00 PM Mon, Nov 23, 1:30 PM Mon, Nov 23, 3:00 PM Tue, Nov 24" in page
    with shop.inside():
        slot = int(local("2026-11-23 13:30").timestamp())
    form.pop("look")
    filled = shop.client.post(f"{shop.tab}new/", {**form, "slot": slot}).content.decode()
    assert 'value="2026-11-23"' in filled
    assert 'value="13:30"' in filled
    one_of(shop)  # looking saves nothing
    nobody = shop.client.post(f"{shop.tab}new/", typed(technician="", look="1"))
    assert "Choose a technician, whose free times are then offered." in text_of(nobody)


def test_one_without_a_time_waits_in_the_queue_and_is_scheduled_from_there(shop):
    shop.client.post(f"{shop.tab}new/", typed(technician="", on="", time=""))
    made = one_of(shop)
    board = text_of(shop.client.get(f"{shop.root}/schedule/"))
    assert "To be scheduled 1" in board
    edit = f"{shop.root}/schedule/appointments/{made.pk}/edit/"
    answer = shop.client.post(edit, typed(technician=shop.priya.pk, helpers=[shop.luis.pk]))
    assert answer.status_code == 302
    with shop.inside():
        assert [str(one) for one in crew_of(made)] == ["Priya Nair", "Luis Ferrer"]
    assert "To be scheduled" not in text_of(shop.client.get(f"{shop.root}/schedule/"))


def test_a_change_that_is_refused_changes_nothing_at_all(shop):
    with shop.inside():
        make_appointment(make_customer(), shop.priya)
        mine = make_appointment(shop.dana, shop.luis)
    edit = f"{shop.root}/schedule/appointments/{mine.pk}/edit/"
    assert shop.client.post(edit, typed(technician=shop.priya.pk, work="Something else")).status_code == 422
    read_again(shop, mine)
    assert mine.work == "Keypad does not respond"


def test_what_two_write_at_once_is_shown_before_it_is_overwritten(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
    edit = f"{shop.root}/schedule/appointments/{mine.pk}/edit/"
    version = re.search(r'name="version" value="([^"]+)"', shop.client.get(edit).content.decode())[1]
    shop.client.post(edit, typed(technician=shop.luis.pk, work="New panel"))
    answer = shop.client.post(edit, typed(technician=shop.luis.pk, work="New siren", version=version))
    assert answer.status_code == 422
    assert "New panel" in text_of(answer)
    assert "Save anyway" in text_of(answer)


def test_the_customer_is_found_first_and_leads_are_not(shop):
    with shop.inside():
        make_lead(first_name="Zelda")
    page = text_of(shop.client.get(f"{shop.root}/schedule/new/?q=whit&on=2026-11-23"))
    assert "Dana Whitfield" in page
    assert "Zelda" not in page
    html = shop.client.get(f"{shop.root}/schedule/new/?q=dana&on=2026-11-23&technician={shop.luis.pk}").content.decode()
    assert f"/customers/{shop.dana.pk}/appointments/new/?technician={shop.luis.pk}&amp;on=2026-11-23" in html
    assert "Nobody is found by “xyz”" in text_of(shop.client.get(f"{shop.root}/schedule/new/?q=xyz"))


def test_cancelling_asks_for_the_reason_and_keeps_the_row(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
    url = f"{shop.root}/schedule/appointments/{mine.pk}/cancel/"
    assert "does not take place" in text_of(shop.client.get(url))
    assert shop.client.post(url, {"reason": ""}).status_code == 422
    assert shop.client.post(url, {"reason": "The part has not arrived"}).status_code == 302
    page = text_of(shop.client.get(f"{shop.root}/schedule/appointments/{mine.pk}/"))
    assert "Cancelled" in page
    assert "The part has not arrived · Rosa Calderon" in page
    assert "Dana Whitfield" not in text_of(shop.client.get(f"{shop.root}/schedule/?on=2026-11-23"))


# --- the board


def dropped(shop: Any, mine: Appointment, technician: Any, when: str, **fields: Any) -> dict[str, Any]:
    """What the board sends when the bar of Luis is let go."""
    with shop.inside():
        starts = int(local(when).timestamp())
        seen = f"{shop.luis.pk}-{int(mine.starts_at.timestamp())}-{mine.minutes}" if mine.starts_at else "queue"
    sent = {"technician": technician.pk, "starts": starts, "minutes": 120, "seen": seen, "on": "2026-11-23"}
    return {**sent, "instead_of": shop.luis.pk, **fields}


HTMX = {"HX-Request": "true", "HX-Target": "board"}


def test_a_bar_is_dropped_the_board_comes_back_and_undo_moves_it_back(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis, shop.priya)
        sam = make_technician("Sam Okoro")
    url = f"{shop.root}/schedule/appointments/{mine.pk}/move/"
    answer = shop.client.post(url, dropped(shop, mine, sam, "2026-11-23 13:00"), headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.startswith("<dispatch-board")
    assert "Moved to Sam Okoro, 1:00 PM" in page
    with shop.inside():
        assert [str(one) for one in crew_of(mine)] == ["Sam Okoro", "Priya Nair"], "the helper comes along"
    undo = re.search(r'action="([^"]+/move-back/[^"]+)"', page)[1]
    back = shop.client.post(undo)
    assert back.status_code == 302
    read_again(shop, mine)
    with shop.inside():
        assert mine.starts_at == local("2026-11-23 09:00")
        assert [str(one) for one in crew_of(mine)] == ["Luis Ferrer", "Priya Nair"]
    shop.client.post(undo)
    assert "It was changed meanwhile" in text_of(shop.client.get(back["Location"]))


def test_a_drop_onto_somebody_elses_time_is_refused_with_the_board_as_it_is(shop):
    with shop.inside():
        make_appointment(make_customer(first_name="Nora"), shop.priya, at="2026-11-23 13:00")
        mine = make_appointment(shop.dana, shop.luis)
    url = f"{shop.root}/schedule/appointments/{mine.pk}/move/"
    answer = shop.client.post(url, dropped(shop, mine, shop.priya, "2026-11-23 14:00"), headers=HTMX)
    assert answer.status_code == 422
    assert "Priya Nair is at Nora Whitfield on Nov 23, 2026 from 1:00 PM to 3:00 PM." in text_of(answer)
    read_again(shop, mine)
    with shop.inside():
        assert mine.starts_at == local("2026-11-23 09:00")


def test_a_drop_outside_of_working_hours_opens_the_form_that_asks(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
    url = f"{shop.root}/schedule/appointments/{mine.pk}/move/"
    answer = shop.client.post(url, dropped(shop, mine, shop.luis, "2026-11-23 17:00"), headers=HTMX)
    assert answer.status_code == 422
    ask = re.search(r'"url": "([^"]+)"', answer["HX-Trigger-After-Settle"])[1]
    form = shop.client.get(ask).content.decode()
    assert "Luis Ferrer works from 8:00 AM to 5:00 PM on Mondays." in form
    assert 'value="17:00"' in form
    without = shop.client.post(url, dropped(shop, mine, shop.luis, "2026-11-23 17:00"))
    assert without["Location"] == ask, "without JavaScript too"


def test_a_board_that_is_out_of_date_moves_nothing(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
    url = f"{shop.root}/schedule/appointments/{mine.pk}/move/"
    old = dropped(shop, mine, shop.luis, "2026-11-23 14:00")
    shop.client.post(url, dropped(shop, mine, shop.priya, "2026-11-23 10:00"))
    answer = shop.client.post(url, old, headers=HTMX)
    assert answer.status_code == 422
    assert "It was changed meanwhile. The board shows how it is now." in text_of(answer)
    assert shop.client.post(url, {"technician": "x"}, headers=HTMX).status_code == 422


def test_one_is_put_back_into_the_queue_and_undo_schedules_it_again(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
    answer = shop.client.post(f"{shop.root}/schedule/appointments/{mine.pk}/put-back/")
    page = shop.client.get(answer["Location"]).content.decode()
    assert "It is to be scheduled again." in page
    shop.client.post(re.search(r'action="([^"]+/move-back/[^"]+)"', page)[1])
    read_again(shop, mine)
    with shop.inside():
        assert mine.starts_at == local("2026-11-23 09:00")


def test_the_week_and_the_month_say_who_where_and_how_many_more(shop):
    with shop.inside():
        for hour in range(8, 14):
            make_appointment(shop.dana, shop.luis, at=f"2026-11-24 {hour:02}:00", minutes=60)
    week = text_of(shop.client.get(f"{shop.root}/schedule/week/?on=2026-11-26"))
    assert "Nov 23 to Nov 29, 2026" in week
    assert week.count("Dana Whitfield") == 4
    assert "2 more" in week
    month = text_of(shop.client.get(f"{shop.root}/schedule/month/?on=2026-11-26"))
    assert "24 6" in month
    assert "2 more" in month
    assert shop.client.get(f"{shop.root}/schedule/month/?on=nonsense").status_code == 200


def test_a_day_costs_the_same_questions_however_many_appointments(shop, questions):
    def fill(people: int, each: int) -> None:
        for number in range(people):
            one = make_technician(f"Technician {number}")
            person = make_customer()
            for hour in range(each):
                make_appointment(person, one, at=f"2026-11-23 {8 + hour:02}:00", minutes=60)
            make_appointment(person)

    with shop.inside():
        fill(2, 2)
    few = {
        page: questions(shop.client, f"{shop.root}/schedule/{page}?on=2026-11-23") for page in ("", "week/", "month/")
    }
    with shop.inside():
        fill(6, 6)
    many = {page: questions(shop.client, f"{shop.root}/schedule/{page}?on=2026-11-23") for page in few}
    assert many == few
    assert max(many.values()) <= 22


def test_home_shows_todays_appointments(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis, at="2026-11-21 13:00", anyway=True)
    assert "Today's appointments All 1 Dana Whitfield 1:00 PM Luis Ferrer" in text_of(shop.client.get(f"{shop.root}/"))
