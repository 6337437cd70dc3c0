"""How is a customer's system known to its monitoring company, and when is it on test (domain.md B10, E9, D10)?"""

import csv
import datetime as dt
import re
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.company.testing import OPENED, make_staff
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.equipment.testing import make_piece
from alarmdesk.lib import clock
from alarmdesk.monitoring import actions
from alarmdesk.monitoring.models import System
from alarmdesk.monitoring.permissions import systems
from alarmdesk.monitoring.stations import next_free
from alarmdesk.monitoring.testing import make_block, make_station, make_system, make_test, make_zone
from alarmdesk.office.exporting.nouns import SYSTEMS
from alarmdesk.office.exporting.streaming import csv_of
from alarmdesk.office.testing import signed_in


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def typed(station, **fields):
    return {"monitoring_company": station.pk, "account_number": "NG-0100", "online_on": "2026-11-01", **fields}


def test_a_customer_is_connected_under_the_next_free_number(shop):
    with shop.inside():
        station = make_station(name="Prairie Central", phone="+19185550111")
        make_block(station)
        make_system(make_customer(), monitoring_company=station, account_number="ng-0100")
    assert "Not monitored" in text_of(shop.client.get(shop.tab))
    form = shop.client.get(f"{shop.tab}connect/").content.decode()
    assert 'value="NG-0101"' in form, "the lowest that no system has, in whatever case"
    answer = shop.client.post(f"{shop.tab}connect/", typed(station, account_number="NG-0101", panel_type="Touch 7"))
    assert answer.status_code == 302
    shown = text_of(shop.client.get(shop.tab))
    for words in ("Prairie Central", "NG-0101", "(918) 555-0111", "Touch 7", "Nov 1, 2026", "Online"):
        assert words in shown
    assert "System Online Prairie Central · NG-0101" in shown, "the strip of the customer's header"
    with shop.inside():
        assert next_free(station) == "NG-0102"


def test_an_account_number_is_once_in_its_monitoring_company_and_free_in_another(shop):
    with shop.inside():
        station, other = make_station(name="Prairie Central"), make_station()
        make_system(make_customer(), monitoring_company=station, account_number="NG-0100")
    refused = shop.client.post(f"{shop.tab}connect/", typed(station, account_number="ng-0100", receiver_number="R2"))
    assert refused.status_code == 422
    assert "Another system has the number ng-0100 at Prairie Central." in refused.content.decode()
    assert 'value="R2"' in refused.content.decode(), "what was typed stays"
    assert shop.client.post(f"{shop.tab}connect/", typed(other)).status_code == 302


def test_a_customer_has_exactly_one_connection(shop):
    with shop.inside():
        system = make_system(shop.dana)
        with pytest.raises(actions.AlreadyConnected):
            make_system(shop.dana)
        with pytest.raises(IntegrityError, match="monitoring_one_system"), transaction.atomic():
            System.objects.create(
                customer=shop.dana, monitoring_company=system.monitoring_company, account_number="other",
                connected_at=OPENED, connected_by="Rosa",
            )  # fmt: skip
        with pytest.raises(actions.StillALead):
            make_system(make_lead())


def test_a_number_that_two_save_at_once_goes_to_one_of_them(shop):
    with shop.inside():
        station = make_station()
        people = [shop.dana, make_customer()]
    gate = threading.Barrier(2)
    outcomes: list[str] = []

    def press(person) -> None:
        gate.wait()
        try:
            with inside(shop.company):
                make_system(person, monitoring_company=station, account_number="NG-0100")
                outcomes.append("connected")
        except actions.NumberTaken:
            outcomes.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["connected", "taken"]


def test_out_of_service_is_a_day_and_comes_after_online(shop):
    with shop.inside():
        system = make_system(shop.dana)
        station = system.monitoring_company
    url = f"{shop.root}/systems/{system.pk}/"
    early = shop.client.post(url, typed(station, out_of_service_on="2026-10-01"))
    assert "That is before it was online." in early.content.decode()
    future = shop.client.post(url, typed(station, out_of_service_on="2026-11-22"))
    assert "Choose a day that is not in the future." in future.content.decode()
    shop.client.post(url, typed(station, out_of_service_on="2026-11-20"))
    assert "System Out of service" in text_of(shop.client.get(shop.tab))
    told = text_of(shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/history/?what=monitoring_system"))
    assert "Out of service since" in told


def test_zones_are_listed_with_the_equipment_that_hangs_in_them(shop):
    with shop.inside():
        system = make_system(shop.dana)
        make_zone(system, 1, "Front door")
        for zone, name in ((1, "Front"), (1, "Front"), (7, "Attic")):
            make_piece(shop.dana, zone_number=zone, zone_name=name)
    form = shop.client.get(f"{shop.tab}zones/new/").content.decode()
    assert 'value="2"' in form, "the next number is offered"
    twice = shop.client.post(f"{shop.tab}zones/new/", {"zone_number": "1", "name": "Hall", "kind": "interior"})
    assert "Zone 1 is there already." in twice.content.decode()
    shop.client.post(f"{shop.tab}zones/new/", {"zone_number": "2", "name": "Hall", "kind": "interior"})
    shown = text_of(shop.client.get(shop.tab))
    assert "Front door 1 Entry/exit Motion detector, Motion detector" in shown
    assert "Hall 2 Interior —" in shown
    assert "Equipment in zones that are not on this list: zone 7: Motion detector." in shown
    with shop.inside():
        zone = system.zones.get(zone_number=2)
    shop.client.post(f"{shop.root}/systems/zones/{zone.pk}/delete/")
    with shop.inside():
        entries = TrailEntry.objects.filter(table="monitoring_zone", customer_id=shop.dana.pk, row_id=zone.pk)
        assert [entry.verb for entry in entries.order_by("pk")] == ["insert", "delete"]


def test_a_system_goes_on_test_until_a_time_and_comes_off_by_itself(shop):
    with shop.inside():
        system = make_system(shop.dana)
    url = f"{shop.root}/systems/{system.pk}/test/"
    late = {"until_at": "2026-12-25T10:00", "reason": "Battery swap"}
    assert "A test ends after now and within 14 days." in shop.client.post(url, late).content.decode()
    # Denver's wall clock: 18:00 UTC is 11 o'clock there
    said = {"until_at": "2026-11-21T13:30", "reason": "Battery swap", "asked_by": "Dana"}
    assert shop.client.post(url, said).status_code == 302
    shown = text_of(shop.client.get(shop.tab))
    assert (
        "On test until Nov 21, 2026, 1:30 PM MST : Battery swap. Placed by Rosa Calderon, asked for by Dana." in shown
    )
    assert "System On test Until 1:30 PM · Battery swap" in shown
    assert "The system is on test already." in shop.client.post(url, said).content.decode()
    with clock.hold(shop.now + dt.timedelta(hours=2, minutes=30)):
        after = text_of(shop.client.get(shop.tab))
    assert "On test until" not in after
    assert "Battery swap" in after, "the test is kept"


def test_a_test_is_ended_by_hand_once(shop):
    with shop.inside():
        test = make_test(make_system(shop.dana), at=shop.now, until_at=shop.now + dt.timedelta(hours=2))
    url = f"{shop.root}/systems/tests/{test.pk}/end/"
    assert shop.client.get(url).status_code == 405
    shop.client.post(url)
    with shop.inside():
        test.refresh_from_db()
        assert (test.ended_at, test.ended_by) == (shop.now, "Rosa Calderon")
    again = shop.client.post(url, follow=True)
    assert "That test is over already." in text_of(again)


def test_an_account_out_of_service_is_tested_only_with_one_more_yes(shop):
    """A test can activate it, and the station begins to bill (domain.md D10)."""
    with shop.inside():
        system = make_system(shop.dana, out_of_service_on=dt.date(2026, 11, 1))
    url = f"{shop.root}/systems/{system.pk}/test/"
    asked = text_of(shop.client.get(url))
    assert "This account is out of service since Nov 1, 2026." in asked
    assert "may begin to bill it again" in asked
    said = {"until_at": "2026-11-21T13:30", "reason": "Reactivation"}
    refused = shop.client.post(url, said)
    assert refused.status_code == 422
    with shop.inside():
        assert not system.tests.exists()
        until = shop.now + dt.timedelta(hours=1)
        with pytest.raises(actions.MayBillAgain):
            actions.place_on_test(system, until_at=until, reason="x", at=shop.now, by="Rosa")
    assert shop.client.post(url, said | {"may_bill": "on"}).status_code == 302
    with shop.inside():
        assert system.tests.count() == 1


def test_a_system_is_disconnected_and_its_number_is_free_again(shop):
    with shop.inside():
        station = make_station()
        make_block(station)
        system = make_system(shop.dana, monitoring_company=station, account_number="NG-0100")
        make_zone(system)
        make_test(system)
        assert next_free(station) == "NG-0101"
    shop.client.post(f"{shop.root}/systems/{system.pk}/disconnect/")
    with shop.inside():
        assert not shop.dana.systems.exists()
        assert next_free(station) == "NG-0100"
        gone = TrailEntry.objects.filter(customer_id=shop.dana.pk, verb="delete").values_list("table", flat=True)
        assert set(gone) == {"monitoring_system", "monitoring_zone", "monitoring_test"}


def test_ctrl_k_finds_a_customer_by_the_systems_account_number(shop):
    with shop.inside():
        make_system(shop.dana, monitoring_company=make_station(name="Prairie Central"), account_number="NG-0100")
    found = text_of(shop.client.get(f"{shop.root}/search/?q=ng-0100"))
    assert "Dana Whitfield" in found
    assert "System NG-0100 at Prairie Central" in found
    clerk = signed_in(make_staff(shop.company, customers.view))
    assert "Dana Whitfield" not in text_of(clerk.get(f"{shop.root}/search/?q=ng-0100"))


def test_each_button_takes_its_grant(shop):
    with shop.inside():
        system = make_system(shop.dana)
        zone = make_zone(system)
    clerk = signed_in(make_staff(shop.company, customers.view, systems.view))
    shown = clerk.get(shop.tab).content.decode()
    for words in ("Place on test", "Add zone", "Disconnect", "data-dialog"):
        assert words not in shown
    for path in (f"systems/{system.pk}/", f"systems/{system.pk}/test/", f"systems/zones/{zone.pk}/"):
        assert clerk.get(f"{shop.root}/{path}").status_code == 403, path
    blind = signed_in(make_staff(shop.company, customers.view))
    assert blind.get(shop.tab).status_code == 403
    assert "Prairie" not in text_of(blind.get(f"{shop.root}/customers/{shop.dana.pk}/"))


def test_a_system_of_a_hundred_zones_takes_as_many_questions_as_of_one(shop, questions):
    with shop.inside():
        system = make_system(shop.dana)
        make_zone(system)
        make_piece(shop.dana, zone_number=1)
    few = questions(shop.client, shop.tab)
    with shop.inside():
        for number in range(2, 100):
            make_zone(system, number, f"Zone {number}")
            make_piece(shop.dana, zone_number=number)
    assert questions(shop.client, shop.tab) <= few


def test_systems_are_exported_with_their_numbers(shop):
    with shop.inside():
        system = make_system(shop.dana, monitoring_company=make_station(name="Prairie"), account_number="NG-0100")
        make_zone(system)
    (found,) = csv.DictReader(b"".join(csv_of(shop.company, SYSTEMS, actor=SYSTEM)).decode().splitlines())
    assert [found[name] for name in ("monitoring_company", "in_house", "system_number", "online_since", "zones")] == [
        "Prairie", "no", "NG-0100", "2026-01-01", "1",
    ]  # fmt: skip
