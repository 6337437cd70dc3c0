"""How leads and customers come to be, change, convert, leave and come back."""

import datetime as dt
from decimal import Decimal

import pytest

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.company.testing import OPENED, make_bare_company
from alarmdesk.customers.actions import (
    AccountNumberTaken,
    AddressData,
    AlreadyACustomer,
    AlreadyCancelled,
    NameMissing,
    NegativeSum,
    NotCancelled,
    PhoneData,
    StillALead,
    cancel,
    change_customer,
    convert_lead,
    reinstate,
)
from alarmdesk.customers.models import Address, Customer, Phone
from alarmdesk.customers.testing import HOME, make_customer, make_lead
from alarmdesk.lib.phones import BadPhone

BOX = AddressData(kind=Address.Kind.BILLING, street="PO Box 8", city="Tulsa", state="OK", zip_code="74101")
LATE = dt.datetime(2026, 3, 2, 4, 30, tzinfo=dt.UTC)  # still the 1st of March in Denver


@pytest.fixture
def shop():
    return make_bare_company()


def test_a_customer_without_a_number_gets_the_next_one(shop):
    with inside(shop):
        numbers = [make_customer().account_number for _ in range(3)]

    assert numbers == ["C-10001", "C-10002", "C-10003"]


def test_numbers_that_were_typed_before_are_skipped(shop):
    with inside(shop):
        make_customer(account_number="c-10001")
        make_customer(account_number="C-10002")
        make_customer(account_number="C-10004")
        make_customer(account_number="C-99999999999999999999")
        numbers = [make_customer().account_number for _ in range(3)]

    assert numbers == ["C-10003", "C-10005", "C-10006"]


def test_an_account_number_is_given_once_in_whatever_case_and_per_company(shop):
    with inside(shop):
        make_customer(account_number="WX-77")
        with pytest.raises(AccountNumberTaken, match="wx-77 is taken"):
            make_customer(account_number="wx-77")
        assert Customer.objects.count() == 1
        assert Phone.objects.count() == 1
    with inside(make_bare_company()):
        assert make_customer(account_number="WX-77").account_number == "WX-77"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"last_name": " ", "business_name": ""}, NameMissing),
        ({"mmr": Decimal("-0.01")}, NegativeSum),
        ({"activation_fee": Decimal(-5)}, NegativeSum),
        ({"phones": [PhoneData("555-01")]}, BadPhone),
    ],
)
def test_a_customer_that_cannot_be_is_refused_and_nothing_is_kept(shop, fields, error):
    with inside(shop):
        with pytest.raises(error):
            make_customer(**fields)

        assert not Customer.objects.exists()


def test_a_change_writes_what_it_names_and_leaves_the_rest(shop):
    with inside(shop):
        customer = make_customer(mmr=Decimal("39.95"), note="Gate code with the neighbor")
        change_customer(customer, mmr=Decimal("44.95"), email=" dana@example.org ")
        stored = Customer.objects.get(pk=customer.pk)

        assert (stored.mmr, stored.email, stored.note) == (
            Decimal("44.95"),
            "dana@example.org",
            "Gate code with the neighbor",
        )
        assert [address.one_line for address in stored.addresses.all()] == ["2210 E 15th St, Tulsa, OK 74104"]
        assert [phone.number for phone in stored.phones.all()] == ["+19185550142"]


def test_addresses_and_phones_that_stay_leave_no_trace_in_the_history(shop):
    with inside(shop, actor=Actor("staff", "Rosa Calderon")):
        customer = make_customer(phones=[PhoneData("918 555 0142"), PhoneData("918 555 0143")])
        seen = TrailEntry.objects.filter(customer_id=customer.pk).order_by("-id").first()
        change_customer(
            customer,
            addresses=(HOME, BOX),
            phones=[PhoneData("(918) 555-0142"), PhoneData("9185550199", Phone.Kind.WORK)],
        )
        new = TrailEntry.objects.filter(customer_id=customer.pk, id__gt=seen.pk).order_by("id")

        assert [(entry.table, entry.verb) for entry in new] == [
            ("customers_address", "insert"),
            ("customers_phone", "insert"),
            ("customers_phone", "delete"),
        ]
        assert {entry.actor["name"] for entry in new} == {"Rosa Calderon"}


def test_a_lead_that_buys_is_a_customer_of_the_companys_local_day(shop):
    with inside(shop):
        lead = make_lead()
        convert_lead(lead, at=LATE, by="Rosa Calderon")
        stored = Customer.objects.get(pk=lead.pk)

        assert (stored.stage, stored.status) == ("customer", "pending")
        assert stored.customer_since == lead.customer_since == dt.date(2026, 3, 1)
        assert (stored.converted_at, stored.converted_by) == (LATE, "Rosa Calderon")


def test_a_lead_converts_once(shop):
    with inside(shop):
        lead = make_lead()
        same = Customer.objects.get(pk=lead.pk)
        convert_lead(lead, at=OPENED, by="Rosa Calderon")
        with pytest.raises(AlreadyACustomer, match="Dana Whitfield is a customer already"):
            convert_lead(same, at=LATE, by="Milo Park")

        assert Customer.objects.get(pk=lead.pk).converted_by == "Rosa Calderon"


def test_an_account_is_cancelled_once_and_can_come_back(shop):
    with inside(shop):
        customer = make_customer()
        cancel(customer, on=dt.date(2026, 2, 1), by="Rosa Calderon")
        assert (customer.status, customer.cancelled_on, customer.cancelled_by) == (
            "cancelled", dt.date(2026, 2, 1), "Rosa Calderon",
        )  # fmt: skip
        with pytest.raises(AlreadyCancelled):
            cancel(customer, on=dt.date(2026, 3, 1), by="Milo Park")
        with pytest.raises(AlreadyCancelled):
            change_customer(customer, status=Customer.Status.ACTIVE)

        reinstate(customer)
        stored = Customer.objects.get(pk=customer.pk)
        assert (stored.status, stored.cancelled_on, stored.cancelled_by) == ("active", None, "")
        with pytest.raises(NotCancelled):
            reinstate(customer)
        with pytest.raises(StillALead):
            cancel(make_lead(), on=dt.date(2026, 2, 1), by="Rosa Calderon")
