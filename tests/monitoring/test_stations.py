"""How does the office keep its monitoring companies and the account numbers that they issued?"""

import pytest

from alarmdesk.monitoring.models import AccountBlock
from alarmdesk.monitoring.stations import next_free
from alarmdesk.monitoring.testing import make_block, make_station, make_system


def test_a_monitoring_company_is_added_changed_and_deleted_while_no_system_is_there(shop):
    root = f"{shop.root}/settings/monitoring"
    bad = shop.client.post(f"{root}/new/", {"name": "Prairie Central", "phone": "12", "is_active": "on"})
    assert bad.status_code == 422
    assert "wrong number of digits" in bad.content.decode()
    said = {"name": "Prairie Central", "phone": "(918) 555-0111", "is_in_house": "on", "is_active": "on"}
    assert shop.client.post(f"{root}/new/", said).status_code == 302
    with shop.inside():
        station = shop.company.monitoring_companies.get()
        assert (station.phone, station.is_in_house) == ("+19185550111", True)
    assert "In-house" in shop.client.get(f"{root}/").content.decode()
    twice = shop.client.post(f"{root}/new/", said | {"name": "PRAIRIE central"})
    assert "Another monitoring company is called “PRAIRIE central”." in twice.content.decode()
    with shop.inside():
        system = make_system(shop.dana, monitoring_company=station)
    refused = shop.client.post(f"{root}/{station.pk}/delete/")
    assert "Turn it off instead." in refused.content.decode()
    with shop.inside():
        system.delete()
    assert shop.client.post(f"{root}/{station.pk}/delete/").status_code == 302


def test_a_block_is_written_as_its_first_and_its_last_number(shop):
    with shop.inside():
        station = make_station()
    url = f"{shop.root}/settings/monitoring/blocks/new/"
    said = {"monitoring_company": station.pk, "first_number": "NG-0098", "last_number": "NG-0101"}
    for wrong, says in (
        ({"first_number": "NG-"}, "Write a number that ends in digits, such as NG-0100."),
        ({"last_number": "HL-0101"}, "The last number must begin with “NG-” as the first does."),
        ({"last_number": "NG-0001"}, "A block goes upwards"),
    ):
        assert says in shop.client.post(url, said | wrong).content.decode()
    assert shop.client.post(url, said).status_code == 302
    with shop.inside():
        block = AccountBlock.objects.get()
        assert (block.prefix, block.first, block.last, block.digits) == ("NG-", 98, 101, 4)
    overlapping = shop.client.post(url, said | {"first_number": "ng-0101", "last_number": "ng-0200"})
    assert "The block NG-0098 to NG-0101 has some of these numbers already." in overlapping.content.decode()
    shown = shop.client.get(f"{shop.root}/settings/monitoring/").content.decode()
    assert "NG-0098 to NG-0101" in shown


@pytest.mark.parametrize(
    ("taken", "free"),
    [((), "NG-0100"), (("NG-0100", "NG-0101"), "NG-0102"), (("NG-0101",), "NG-0100"), (("NG-0100", "x"), "NG-0101")],
)
def test_the_next_free_number_is_the_lowest_that_no_system_has(shop, taken, free):
    with shop.inside():
        station = make_station()
        make_block(station, first=100, last=102)
        from alarmdesk.customers.testing import make_customer

        for number in taken:
            make_system(make_customer(), monitoring_company=station, account_number=number)
        assert next_free(station) == free


def test_when_a_block_is_used_up_the_next_one_is_begun_and_then_nothing_is_offered(shop):
    with shop.inside():
        from alarmdesk.customers.testing import make_customer

        station = make_station()
        make_block(station, first=7, last=7)
        make_block(station, prefix="", first=9_999, last=10_000)
        offered = []
        for _ in range(3):
            offered.append(next_free(station))
            make_system(make_customer(), monitoring_company=station, account_number=offered[-1])
        assert offered == ["NG-0007", "9999", "10000"]
        assert next_free(station) == ""
