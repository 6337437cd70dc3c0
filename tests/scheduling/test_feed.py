"""What does a technician's own calendar program read, and who else may (F32)?"""

import datetime as dt
import re

from django.test import Client
from icalendar import Calendar

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.testing import make_customer
from alarmdesk.lib import clock
from alarmdesk.lib.redacting import redacted
from alarmdesk.office.testing import make_open_company, signed_in
from alarmdesk.scheduling.actions import cancel
from alarmdesk.scheduling.permissions import OWN
from alarmdesk.scheduling.technicians import renew_feed
from alarmdesk.scheduling.testing import BY, make_appointment, make_technician


def address(shop, technician) -> str:
    """The path of the calendar, as the page of the office shows it."""
    page = shop.client.get(f"{shop.root}/settings/technicians/{technician.pk}/calendar/").content.decode()
    found = re.search(r"/calendars/[^<\"]+\.ics", page)
    return found[0] if found else ""


def given_out(shop, technician) -> str:
    shop.client.post(f"{shop.root}/settings/technicians/{technician.pk}/calendar/")
    return address(shop, technician)


def test_a_calendar_holds_the_technicians_appointments_alone_and_is_right_over_the_change_of_clocks(shop):
    with shop.inside():
        around = [make_appointment(shop.dana, shop.luis, at=f"2027-03-{day} 09:00", anyway=True, note="Gate, code; 44")
                  for day in (12, 15)]  # fmt: skip
        make_appointment(make_customer(first_name="Nora"), shop.luis, shop.priya, at="2026-11-23 09:00")
        make_appointment(make_customer(first_name="Zoe"), shop.priya, at="2026-11-24 09:00")
        cancel(make_appointment(shop.dana, shop.luis, at="2026-11-25 09:00"), reason="x", at=clock.now(), by=BY)
    answer = Client().get(given_out(shop, shop.luis))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert not answer.cookies
    book = Calendar.from_ical(answer.content)
    events = {event.decoded("dtstart"): event for event in book.walk("VEVENT")}
    at = [dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC), dt.datetime(2027, 3, 12, 15, tzinfo=dt.UTC),
          dt.datetime(2027, 3, 15, 14, tzinfo=dt.UTC)]  # fmt: skip
    assert sorted(events) == at, "nine o'clock in Tulsa before and after March 14, 2027"
    first = events[at[1]]
    assert first.decoded("dtend") - first.decoded("dtstart") == dt.timedelta(hours=2)
    assert str(first["summary"]) == "Service: Dana Whitfield"
    assert str(first["location"]) == "2210 E 15th St, Tulsa, OK 74104"
    assert "Keypad does not respond\nGate, code; 44\n(918) 555-0142\n" in str(first["description"])
    assert str(first["url"]).endswith(f"{shop.root}/schedule/mine/{around[0].pk}/")
    assert "Zoe" not in answer.content.decode()


def test_an_address_is_secret_renewed_and_revoked(shop):
    assert address(shop, shop.luis) == "", "none until somebody asks for one"
    first = given_out(shop, shop.luis)
    assert redacted(f"Not Found: {first}") == f"Not Found: /calendars/{shop.company.slug}/…", "no log has it"
    nobody = Client()
    assert nobody.get(first).status_code == 200
    second = given_out(shop, shop.luis)
    assert second != first
    assert [nobody.get(path).status_code for path in (first, second)] == [404, 200]
    shop.client.post(f"{shop.root}/settings/technicians/{shop.luis.pk}/calendar/revoke/")
    assert [nobody.get(path).status_code for path in (first, second)] == [404, 404]
    third = given_out(shop, shop.luis)
    assert third not in {first, second}
    assert [nobody.get(path).status_code for path in (second, third)] == [404, 200], "what was revoked stays so"


def test_a_wrong_address_is_not_there_whatever_it_says(shop):
    path = given_out(shop, shop.luis)
    rival = make_open_company()
    with inside(rival):
        renew_feed(make_technician(), at=clock.now())
    own = f"/calendars/{shop.company.slug}"
    wrong = [
        path.replace(shop.company.slug, rival.slug),
        path.replace(".ics", "x.ics"),
        f"{own}/x.ics",
        "/calendars/x/x.ics",
    ]
    assert {Client().get(each).status_code for each in wrong} == {404}
    with shop.inside():
        shop.luis.staff.left_at = clock.now()
        shop.luis.staff.save()
    assert Client().get(path).status_code == 404, "whoever has left reads nothing any more"


def test_somebody_who_tries_addresses_is_slowed_down_and_the_right_one_still_works(shop):
    path = given_out(shop, shop.luis)
    guesses = [Client(REMOTE_ADDR="203.0.113.9").get(f"/calendars/{shop.company.slug}/{n}.ics") for n in range(31)]
    assert [guess.status_code for guess in guesses[-2:]] == [404, 429]
    assert Client(REMOTE_ADDR="203.0.113.9").get(path).status_code == 200


def test_one_gives_out_ones_own_address_and_nobody_elses(shop):
    with shop.inside():
        theo = make_technician("Theo Sato", grants=(OWN,))
    phone = signed_in(theo.staff)
    own = f"{shop.root}/schedule/mine/calendar/"
    assert "There is no address now" in phone.get(own).content.decode()
    phone.post(own)
    path = re.search(r"/calendars/[^<\"]+\.ics", phone.get(own).content.decode())[0]
    assert Client().get(path).status_code == 200
    phone.post(f"{own}revoke/")
    assert Client().get(path).status_code == 404
    assert phone.post(f"{shop.root}/settings/technicians/{shop.luis.pk}/calendar/").status_code == 403
    desk = signed_in(make_staff(shop.company, OWN))
    assert desk.get(own)["Location"] == f"{shop.root}/schedule/mine/"
