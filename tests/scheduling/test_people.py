"""Who may see and press what of the schedule, and who are the technicians (F32)?"""

import re

from alarmdesk.company.testing import make_staff
from alarmdesk.customers.permissions import customers
from alarmdesk.lib import clock
from alarmdesk.office.testing import signed_in
from alarmdesk.scheduling.permissions import OWN, appointments, scheduling_admin
from alarmdesk.scheduling.testing import make_appointment, make_technician
from tests.scheduling.reading import read_again, text_of


def test_who_goes_out_sees_their_own_and_reports_on_those_alone(shop):
    with shop.inside():
        theo = make_technician("Theo Sato", grants=(OWN,))
        mine, other = make_appointment(shop.dana, theo), make_appointment(shop.dana, shop.luis)
    phone = signed_in(theo.staff)
    day = f"{shop.root}/schedule/mine/?on=2026-11-23"
    page = phone.get(day)
    assert "My day" in text_of(phone.get(f"{shop.root}/"))
    assert text_of(page).count("Dana Whitfield") == 1
    for verb, says in (("on-my-way", "On my way"), ("on-site", "On site")):
        answer = phone.post(f"{shop.root}/schedule/mine/{mine.pk}/{verb}/", {"shown_in": "mine"})
        assert answer["Location"] == f"{shop.root}/schedule/mine/"
        assert phone.post(f"{shop.root}/schedule/mine/{other.pk}/{verb}/").status_code == 403
        assert says in text_of(phone.get(day))
    assert phone.post(f"{shop.root}/schedule/mine/{mine.pk}/done/", {"work": ""}).status_code == 422
    phone.post(f"{shop.root}/schedule/mine/{mine.pk}/done/", {"work": "New keypad", "minutes": "50"})
    read_again(shop, mine)
    assert (mine.done_by, mine.done_work, mine.spent_minutes) == ("Theo Sato", "New keypad", 50)
    assert "New keypad" in text_of(phone.get(f"{shop.root}/schedule/mine/{mine.pk}/"))
    for path in ("", "week/", f"appointments/{mine.pk}/", f"mine/{other.pk}/"):
        assert phone.get(f"{shop.root}/schedule/{path}").status_code == 403, path


def test_somebody_of_the_office_who_goes_out_too_finds_both(shop):
    with shop.inside():
        jo = make_technician("Jo Beckett", grants=(OWN, appointments.view))
        make_appointment(shop.dana, jo)
    desk = signed_in(jo.staff)
    assert "Day Week Month Mine" in text_of(desk.get(f"{shop.root}/schedule/"))
    assert "Dana Whitfield" in text_of(desk.get(f"{shop.root}/schedule/mine/?on=2026-11-23"))
    assert "Mine" not in text_of(shop.client.get(f"{shop.root}/schedule/")), "Rosa goes nowhere"


def test_a_press_too_soon_is_taken_back(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
    url = f"{shop.root}/schedule/mine/{mine.pk}"
    page = shop.client.get(shop.client.post(f"{url}/on-my-way/")["Location"]).content.decode()
    assert f'action="{url}/take-back/"' in page
    shop.client.post(f"{url}/take-back/")
    read_again(shop, mine)
    assert mine.on_my_way_at is None
    assert "There is nothing to take back." in text_of(
        shop.client.get(shop.client.post(f"{url}/take-back/")["Location"])
    )


def test_buttons_are_there_for_those_alone_who_may_press_them(shop):
    with shop.inside():
        mine = make_appointment(shop.dana, shop.luis)
    page = f"{shop.root}/schedule/appointments/{mine.pk}/"
    looks = signed_in(make_staff(shop.company, appointments.view, customers.view))
    assert not re.search("Change|Cancel it|On my way|To the queue", text_of(looks.get(page)))
    board = looks.get(f"{shop.root}/schedule/?on=2026-11-23").content.decode()
    assert "data-can-move" not in board
    assert "New appointment" not in board
    assert "Change" in text_of(signed_in(make_staff(shop.company, appointments.view, appointments.modify)).get(page))


def test_technicians_have_hours_and_days_off(shop):
    sam = make_staff(shop.company, name="Sam Okoro")
    url = f"{shop.root}/settings/technicians/"
    hours = {"day_0_from": "07:00", "day_0_to": "15:30", "day_1_from": "07:00", "day_1_to": "15:30"}
    wrong = shop.client.post(f"{url}new/", {"staff": sam.pk, "colour": "teal", "day_0_from": "07:00"})
    assert "Write both times, or neither." in text_of(wrong)
    answer = shop.client.post(f"{url}new/", {"staff": sam.pk, "colour": "teal", "is_active": "on", **hours})
    assert answer.status_code == 302
    assert "Sam Okoro Monday to Tuesday 7:00 AM to 3:30 PM" in text_of(shop.client.get(url))
    with shop.inside():
        made = shop.company.technicians.get(staff=sam)
    shop.client.post(
        f"{url}{made.pk}/", {"colour": "pink", "is_active": "on", "day_4_from": "09:00", "day_4_to": "12:00"}
    )
    assert "Sam Okoro Friday 9:00 AM to 12:00 PM" in text_of(shop.client.get(url))
    off = {"first_on": "2026-12-24", "last_on": "2026-12-23"}
    assert "That is before the first day." in text_of(shop.client.post(f"{url}{made.pk}/day-off/", off))
    shop.client.post(f"{url}{made.pk}/day-off/", {**off, "last_on": "2026-12-26", "reason": "Vacation"})
    assert "Vacation, Dec 24, 2026 to Dec 26, 2026" in text_of(shop.client.get(url))
    board = text_of(shop.client.get(f"{shop.root}/schedule/?on=2026-12-25"))
    assert "Sam Okoro Vacation" in re.sub(r"SO ", "", board)
    with shop.inside():
        row = shop.company.days_off.get()
    shop.client.post(f"{url}days-off/{row.pk}/delete/")
    assert "Vacation" not in text_of(shop.client.get(f"{shop.root}/schedule/?on=2026-12-25"))
    reader = signed_in(make_staff(shop.company, scheduling_admin.view))
    assert "New technician" not in text_of(reader.get(url))


def test_somebody_who_left_stays_on_the_board_of_their_days_and_is_offered_no_more(shop):
    with shop.inside():
        make_appointment(shop.dana, shop.luis)
        shop.luis.staff.left_at = clock.now()
        shop.luis.staff.save()
    assert "Luis Ferrer" in text_of(shop.client.get(f"{shop.root}/schedule/?on=2026-11-23"))
    assert "Luis Ferrer" not in text_of(shop.client.get(f"{shop.root}/schedule/?on=2026-11-24"))
    assert "Luis Ferrer" not in text_of(shop.client.get(f"{shop.tab}new/"))


def test_a_company_without_technicians_is_told_what_to_do_next(shop):
    with shop.inside():
        shop.company.technicians.update(is_active=False)
    assert "Nobody goes out yet" in text_of(shop.client.get(f"{shop.root}/schedule/"))
