"""Who is in the company twice, however a number, an e-mail or an address was written?"""

from collections.abc import Callable

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import OPENED, make_bare_company
from alarmdesk.customers.actions import AddressData, PhoneData
from alarmdesk.customers.duplicates import KINDS, PAGE, SHOWN_OF_ONE, alike, alike_of, groups
from alarmdesk.customers.models import Address, Customer, Phone
from alarmdesk.customers.permissions import customers, duplicates, leads
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.lib.inserting import take_figures

PHONE, EMAIL, ADDRESS = KINDS
NOBODY = {"email": "", "phones": (), "addresses": ()}


def stranger(**fields):
    """Somebody who shares nothing with anybody, but what is said."""
    return make_customer(**{**NOBODY, **fields})


def place(street: str, street_2: str = "", zip_code: str = "74104", city: str = "Tulsa") -> AddressData:
    return AddressData(street, city, "OK", zip_code, street_2)


@pytest.mark.parametrize("typed", ["(918) 555-0142", "918.555.0142", "+1 918 555 0142", "19185550142"])
def test_a_phone_is_the_same_however_it_is_written(typed: str):
    with inside(make_bare_company()):
        dana = stranger(phones=(PhoneData("(918) 555-0142"),))
        stranger(phones=(PhoneData("(918) 555-0143"),))
        assert [(one.customer, one.why) for one in alike(numbers=[typed])] == [(dana, "the phone")]


def test_an_e_mail_is_the_same_in_any_case():
    with inside(make_bare_company()):
        dana = stranger(email="Dana.Whitfield@Example.com")
        stranger(email="dana.whitfield@example.org")
        assert [one.customer for one in alike(email=" dana.whitfield@EXAMPLE.com ")] == [dana]
        assert alike(email="") == []


@pytest.mark.parametrize(
    "other",
    [
        place("2210 East 15th Street"),
        place("2210 e. 15th st."),
        place("2210 E 15TH ST", zip_code="74104-1234"),
        place("2210  E  15th   St", city=""),
    ],
)
def test_an_address_is_the_same_however_it_is_written(other: AddressData):
    with inside(make_bare_company()):
        dana = stranger(addresses=(place("2210 E 15th St"),))
        stranger(addresses=(place("2211 E 15th St"),))
        stranger(addresses=(place("2210 W 15th St"),))
        stranger(addresses=(place("2210 E 15th St", zip_code="74105"),))
        stranger(addresses=(place("2210 E 15th St", "Apt 4"),))
        asked = (other.street, other.street_2, other.city, other.zip_code)
        assert [one.customer for one in alike(places=[asked])] == [dana]
        again = stranger(addresses=(other,))
        assert [one.customer for one in alike_of(again)] == [dana]


def test_a_suite_is_a_suite_by_whatever_word():
    with inside(make_bare_company()):
        stranger(addresses=(place("10 Main Street", "Suite 4"),))
        keys = {row.place for row in Address.objects.all()}
        stranger(addresses=(place("10 Main St # 4"),))
        stranger(addresses=(place("10 Main St, Ste. 4"),))
        assert {row.place for row in Address.objects.all()} == keys == {"10 main st 4 | 74104"}


def test_an_address_without_town_and_zip_is_too_little_to_go_by():
    with inside(make_bare_company()):
        stranger(addresses=(AddressData("1 Main St"),))
        assert alike(places=[("1 Main St", "", "", "")]) == []


def test_who_shares_most_stands_first():
    with inside(make_bare_company()):
        stranger(email="dana@example.com", account_number="MAIL")
        both = stranger(email="dana@example.com", phones=(PhoneData("918 555 0142"),))
        found = alike(email="dana@example.com", numbers=["918 555 0142"])
        assert found[0].customer == both
        assert found[0].why == "the phone and the e-mail"


def test_a_neighbour_is_no_duplicate():
    with inside(make_bare_company()):
        make_customer()
    with inside(make_bare_company()):
        assert alike(email="dana.whitfield@example.com", numbers=["918 555 0142"]) == []
        assert [groups(kind, page=1) for kind in KINDS] == [([], False)] * 3


def test_the_list_has_each_value_once_with_those_who_share_it():
    with inside(make_bare_company()):
        first, second = make_customer(), make_lead()
        home_and_bill = (place("5 Elm St"), AddressData("5 Elm St", "Tulsa", "OK", "74104", kind=Address.Kind.BILLING))
        stranger(addresses=home_and_bill)
        for kind in KINDS:
            ((group,), has_more) = groups(kind, page=1)
            assert (list(group.customers), group.more, has_more) == ([first, second], 0, False)
            assert groups(kind, page=1, stages=[Customer.Stage.LEAD]) == ([], False)


def test_a_number_that_many_share_is_cut_and_pages_go_on():
    with inside(make_bare_company()):
        for _ in range(SHOWN_OF_ONE + 3):
            stranger(phones=(PhoneData("918 555 0142"),))
        for nth in range(PAGE):
            for _ in range(2):
                stranger(phones=(PhoneData(f"405 555 {nth:04}"),))
        listed, has_more = groups(PHONE, page=1)
        assert (len(listed), has_more) == (PAGE, True)
        ((last,), has_more) = groups(PHONE, page=2)
        assert (last.value, len(last.customers), last.more, has_more) == ("+19185550142", SHOWN_OF_ONE, 3, False)


def test_the_page_asks_equally_often_however_many_there_are(office, equally_many_questions: Callable[..., None]):
    with inside(office.company):
        for nth in range(8):
            for _ in range(3):
                stranger(phones=(PhoneData(f"405 555 {nth:04}"),), addresses=(place("5 Elm St"),))
    equally_many_questions(office, "customers/duplicates/", "customers/duplicates/?by=address")


def test_the_page_shows_what_the_group_may_see(office):
    with inside(office.company):
        make_customer()
        lead = make_lead(first_name="Theo")
    page = office.get("customers/duplicates/").content.decode()
    assert "(918) 555-0142" in page
    assert f"/merge/{lead.pk}/" in page
    clerk = office.colleague(duplicates.view, customers.view)
    assert "No duplicates here" in clerk.get("customers/duplicates/").content.decode()
    both = office.colleague(duplicates.view, customers.view, leads.view).get("customers/duplicates/").content.decode()
    assert "Theo" in both
    assert "/merge/" not in both
    assert office.colleague(customers.view).get("customers/duplicates/").status_code == 403


# --- while somebody is added

NEW = {
    "kind": "person", "first_name": "Dana", "last_name": "Whitfield", "email": "DANA.whitfield@example.com",
    "phones": "1", "phone-0-number": "918 555 0142", "phone-0-kind": "mobile", "billing_same": "on", "mmr": "",
    "service-street": "2210 East 15th Street", "service-zip_code": "74104",
}  # fmt: skip


@pytest.mark.parametrize(("room", "noun"), [("customers", "customer"), ("leads", "lead")])
def test_whoever_is_added_is_compared_while_they_are_typed_and_is_not_held_up(office, room: str, noun: str):
    with inside(office.company):
        dana = make_customer()
    told = office.post(f"{room}/alike/", NEW).content.decode()
    assert f"/customers/{dana.pk}/" in told
    assert "the phone, the e-mail and the address" in told
    # without JavaScript a button asks the same of the server; what was typed stays
    page = office.post(f"{room}/new/", {**NEW, "look_alike": "1"}).content.decode()
    assert f"/customers/{dana.pk}/" in page
    assert "2210 East 15th Street" in page
    with inside(office.company):
        assert Customer.objects.count() == 1
    answer = office.post(f"{room}/new/", {**NEW, "status": "active"})
    assert answer.status_code == 302, answer.content[:2000]
    with inside(office.company):
        assert Customer.objects.filter(stage=noun).exists()


def test_nothing_is_said_of_whom_the_group_may_not_see(office):
    with inside(office.company):
        make_lead()
    clerk = office.colleague(customers.view, customers.create)
    assert clerk.post("customers/alike/", NEW).content.decode().strip() == ""
    assert office.post("customers/alike/", {"email": "nobody@example.com"}).content.decode().strip() == ""


def test_an_index_finds_them_behind_the_wall():
    """Only a leakproof comparison may use an index above a policy: else a company of 100,000 is read row by row."""
    with inside(make_bare_company()):
        people = Customer.objects.bulk_create(
            Customer(account_number=f"A-{n}", last_name="W", email=f"w{n}@example.com", created_at=OPENED)
            for n in range(2_000)
        )
        Address.objects.bulk_create(
            Address(customer=one, kind="service", street=f"{n} Elm St", city="Tulsa") for n, one in enumerate(people)
        )
        Phone.objects.bulk_create(Phone(customer=one, number=f"+1918555{n:04}") for n, one in enumerate(people))
        take_figures(Customer, Address, Phone)
        for kind in KINDS:
            plan = kind.rows(None).filter(**{kind.column: "x"}).explain()
            conditions = " ".join(text for text in plan.splitlines() if "Index Cond" in text)
            assert kind.column in conditions, plan
