"""By which words a customer is found, and by whom."""

import pytest
from django.db import DatabaseError, connection
from hypothesis import given
from hypothesis import strategies as st

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_bare_company
from alarmdesk.customers.actions import AddressData, PhoneData, change_customer
from alarmdesk.customers.models import Address, Customer, SearchEntry
from alarmdesk.customers.search import differences, entry_text, find, patterns, refresh
from alarmdesk.customers.testing import make_customer, make_lead


@pytest.fixture(scope="module")
def shop():
    return make_bare_company()


@pytest.fixture(scope="module")
def nunez(shop):
    with inside(shop):
        make_customer(first_name="Walter", last_name="Bridge", email="w@example.org", account_number="W-1", phones=())
        return make_customer(
            first_name="Zoë",
            last_name="Núñez-O'Hara",
            email="Zoe.Nunez_7@mail.example.com",
            account_number="AB-20/417",
            addresses=(
                AddressData(street="1408 S Denver Ave", street_2="Apt 3B", city="Tulsa", state="OK", zip_code="74119"),
                AddressData(kind=Address.Kind.BILLING, street="PO Box 88", city="Sapulpa", state="OK"),
            ),
            phones=(PhoneData("(918) 555-0142"), PhoneData("+44 20 7183 8750")),
        ).pk


@pytest.mark.parametrize(
    "text",
    [
        *("núñez", "NUNEZ", "nun", "o'hara", "ohara", "hara", "nunez-o'hara", "zoe nunez", "nunez zoe", "zoë"),
        *("AB-20/417", "ab20417", "ab-20", "20417"[:2], "417"),
        *("zoe.nunez_7@mail.example.com", "ZOE.NUNEZ_7@MAIL", "zoe.nunez", "zoenunez7"),
        *("1408 denver", "S Denver Ave", "tulsa 74119", "box 88", "sapulpa", "apt 3b", "#3b"),
        *("(918) 555-0142", "918.555.0142", "918-555-0142", "9185550142", "+1 918 555 0142", "+19185550142"),
        *("1 (918) 555-0142", "19185550142", "555-0142", "5550142", "555 0142", "0142", "(918) 555", "918.555"),
        *("+1 918 555", "+44 20 7183 8750", "+442071838750", "  nunez  tulsa  "),
        "1408 S Denver Ave, Apt 3B, Tulsa, OK 74119",
        "Zoë Núñez-O'Hara (918) 555-0142",
    ],
)
def test_a_customer_is_found_by_name_number_mail_address_and_phone(shop, nunez, text):
    with inside(shop):
        assert find(text) == [nunez]


@pytest.mark.parametrize("text", ["unez", "nunez walter", "%", "_", "\\", "555-0199", "&", "|", "denver%tulsa"])
def test_nothing_is_found_by_the_middle_of_a_word_or_by_signs(shop, nunez, text):
    with inside(shop):
        assert find(text) == []


def test_signs_are_not_wildcards(shop):
    with inside(shop):
        found = make_customer(email="a_b@example.net", last_name="Underline", phones=()).pk
        make_customer(email="axb@example.net", last_name="Xylo", phones=())

        assert find("a_b@example.net") == [found]
        assert find("a%@example.net") == []


def test_a_nul_or_a_very_long_text_finds_nothing_and_breaks_nothing(shop):
    with inside(shop):
        assert find("zq\x00zq") == []
        assert find("a\x00@\x00 " + "x" * 5_000) == []


def test_an_empty_text_finds_the_newest(shop):
    with inside(make_bare_company()):
        ids = [make_customer().pk for _ in range(3)]
        lead = make_lead().pk

        assert find("") == [lead, *reversed(ids)]
        assert find("  ", stage=Customer.Stage.CUSTOMER, at_most=2) == [ids[2], ids[1]]


def test_leads_and_customers_are_found_apart():
    with inside(make_bare_company()):
        customer, lead = make_customer().pk, make_lead().pk

        assert find("whitfield", stage=Customer.Stage.LEAD) == [lead]
        assert find("whitfield", stage=Customer.Stage.CUSTOMER) == [customer]
        assert sorted(find("whitfield")) == [customer, lead]


def test_who_has_the_word_in_the_name_stands_before_who_lives_there_even_at_the_cap():
    with inside(make_bare_company()):
        for _ in range(5):
            make_customer(last_name="Aaron", addresses=(AddressData(street="1 Denver Ave"),))
        middle = make_customer(first_name="Bo", last_name="Denver").pk
        first = make_customer(first_name="Denver", last_name="Zander").pk

        assert find("denver")[:2] == [first, middle]
        assert find("denver", at_most=2) == [first, middle]
        assert len(find("denver", at_most=4)) == 4
        assert len(find("denver")) == 7


def test_a_neighbours_customers_are_never_found(shop, nunez):
    with inside(make_bare_company()):
        assert find("nunez") == []
        assert find("") == []


@pytest.mark.parametrize(
    "asked", ["alarmdesk_search(array['% nunez%'], null, 10)", "count(*) from customers_searchentry"]
)
def test_with_nobody_entered_postgresql_raises(shop, nunez, asked):
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match=r"alarmdesk\.company|type bigint"):
        cursor.execute(f"select {asked}")


def test_a_change_is_found_at_once_and_the_old_word_no_longer(shop):
    with inside(shop):
        customer = make_customer(last_name="Oldname", email="", phones=(PhoneData("918 555 0777"),))
        change_customer(customer, last_name="Newname", phones=(PhoneData("918 555 0888"),))

        assert find("oldname") == find("5550777") == []
        assert find("newname") == find("5550888") == [customer.pk]


def test_the_audit_sees_entries_that_are_wrong_or_missing():
    with inside(make_bare_company()):
        right, wrong, missing = (make_customer().pk for _ in range(3))
        assert list(differences()) == []
        SearchEntry.objects.filter(customer=wrong).update(q=" dana | wrong")
        SearchEntry.objects.filter(customer=missing).delete()

        found = {int(one.number): one.stored for one in differences()}
        assert found == {wrong: " dana | wrong", missing: "none"}
        refresh([right, wrong, missing])
        assert list(differences()) == []


LETTERS = st.characters(exclude_categories=["Cs", "Nd"])  # digits alone may be meant as a phone


@given(st.text(LETTERS, max_size=40), st.text(max_size=20), st.text(max_size=30))
def test_every_name_is_found_by_itself_whatever_its_letters(name, account, typed):
    text = entry_text(names=[name], account_number=account, email="", addresses=[], phones=[])

    assert text.count("|") == 1
    assert "\x00" not in "".join(patterns(typed))
    for word in name.split()[:4]:
        for pattern in patterns(word):
            assert pattern[1:-1].replace("\\", "") in text
