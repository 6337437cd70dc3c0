"""White paging: who changes a name or address after a failed check is stopped before anybody is asked (domain.md F6).

The simulated bureaus have the hole that the fraud goes through: who is not found at home is looked for at the previous
address, and whoever lived there lends them a score.
"""

import datetime as dt

import pytest
from django.test import Client

from alarmdesk.company.testing import make_staff
from alarmdesk.credit.guards import Facts, objections, place_key
from alarmdesk.credit.models import CreditReport
from alarmdesk.credit.permissions import credit_of_customers, credit_of_leads
from alarmdesk.credit.testing import code_of, make_credit_settings, make_report
from alarmdesk.customers.permissions import customers, leads
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.lib import clock
from tests.credit.forms import moved, sheet

NO_FILE = {"last_name": "Nofile"}
STRANGERS_HOUSE = moved("812 Score St")


@pytest.fixture
def rep(shop) -> Client:
    """Somebody of sales, who may run checks and no more."""
    grants = [one for side in (credit_of_customers, credit_of_leads) for one in (side.view, side.create)]
    client = Client()
    client.force_login(make_staff(shop.company, *grants, customers.view, leads.view, name="Theo Sato").user)
    return client


def ask(shop, client, tab=None, **fields):
    return client.post(f"{tab or shop.tab}run/", sheet(shop.transunion, **fields))


def logged(shop):
    return shop.world.inquiries(code_of(shop.transunion))


def said(answer) -> str:
    return " ".join(answer.content.decode().replace("&#x27;", "'").split())


def test_the_hole_is_there(shop):
    """Else the guards below would keep nothing out."""
    with shop.inside():
        make_credit_settings(guard_days=1)
    ask(shop, shop.client, **NO_FILE)
    with clock.hold(shop.now + dt.timedelta(days=2)):
        ask(shop, shop.client, **NO_FILE, **STRANGERS_HOUSE)
    assert [noted["score"] for noted in logged(shop)] == [None, 812]


def test_a_previous_address_after_a_failed_check_is_stopped_before_the_bureau_is_asked(shop, rep):
    assert ask(shop, rep, **NO_FILE).status_code == 302
    answer = ask(shop, rep, **NO_FILE, **STRANGERS_HOUSE)
    assert answer.status_code == 422
    assert "A previous address was added after the check of Dana Nofile failed on Nov 21, 2026." in said(answer)
    assert "A manager can run it, with a reason." in said(answer)
    assert len(logged(shop)) == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"first_name": "Rita", "last_name": "Strong"}, "The name was changed to Rita Strong after"),
        ({**NO_FILE, "street": "830 Score St"}, "The address was changed after"),
        (
            {"who": "cosigner", "first_name": "Rita", "last_name": "Strong"},
            "A co-signer, Rita Strong, was added after",
        ),
    ],
)
def test_another_name_address_or_co_signer_after_a_failed_check_is_stopped(shop, rep, fields, says):
    ask(shop, rep, **NO_FILE)
    answer = ask(shop, rep, **fields)
    assert (answer.status_code, len(logged(shop))) == (422, 1)
    assert says in said(answer)


def test_a_score_that_does_not_pass_counts_as_failed(shop, rep):
    ask(shop, rep, street="520 Score St")
    assert ask(shop, rep, street="520 Score St", **STRANGERS_HOUSE).status_code == 422
    assert len(logged(shop)) == 1


def test_a_new_lead_at_the_same_door_is_no_way_around(shop, rep):
    ask(shop, rep, **NO_FILE)
    with shop.inside():
        lead = make_lead(first_name="Rita", last_name="Strong")
    tab = f"{shop.root}/leads/{lead.pk}/credit/"
    answer = ask(shop, rep, tab, first_name="Rita", last_name="Strong")
    assert (answer.status_code, len(logged(shop))) == (422, 1)


def test_the_same_facts_may_be_asked_again_and_so_may_others_elsewhere(shop, rep):
    ask(shop, rep, last_name="Frost")
    assert ask(shop, rep, last_name="FROST ", street="2210 e. 15th St").status_code == 302
    with shop.inside():
        other = make_customer(first_name="Sam", last_name="Okoro")
    tab = f"{shop.root}/customers/{other.pk}/credit/"
    assert ask(shop, rep, tab, first_name="Sam", last_name="Okoro", street="9 Oak Ave").status_code == 302
    assert len(logged(shop)) == 3


def test_after_a_check_that_passed_nothing_is_guarded(shop, rep):
    ask(shop, rep, street="712 Score St")
    assert ask(shop, rep, street="712 Score St", **moved("7 Elm St")).status_code == 302


def test_after_the_days_of_the_guard_it_is_forgotten(shop, rep):
    ask(shop, rep, **NO_FILE)
    with clock.hold(shop.now + dt.timedelta(days=91)):
        assert ask(shop, rep, **NO_FILE, consent_on="2027-02-20", **STRANGERS_HOUSE).status_code == 302


def test_a_manager_overrides_with_a_reason_that_is_kept_with_the_inquiry(shop, rep):
    ask(shop, rep, **NO_FILE)
    offered = said(ask(shop, shop.client, **NO_FILE, **STRANGERS_HOUSE))
    assert "Why it is right all the same" in offered
    assert len(logged(shop)) == 1
    reason = {"override_reason": "Lease of the old flat seen"}
    assert ask(shop, rep, **NO_FILE, **STRANGERS_HOUSE, **reason).status_code == 422
    assert ask(shop, shop.client, **NO_FILE, **STRANGERS_HOUSE, **reason).status_code == 302
    assert len(logged(shop)) == 2
    with shop.inside():
        report = CreditReport.objects.latest("pk")
    assert report.override_reason == "Lease of the old flat seen"
    assert report.override_of.startswith("A previous address was added")
    assert "Lease of the old flat seen" in shop.client.get(f"{shop.root}/settings/credit/inquiries/").content.decode()


def test_nobody_runs_more_checks_a_day_than_the_company_lets_them(shop, rep):
    with shop.inside():
        make_credit_settings(daily_limit=2)
    for number in range(2):
        assert ask(shop, rep, street=f"{number} Oak Ave").status_code == 302
    answer = ask(shop, rep, street="3 Oak Ave")
    assert "You have run 2 credit checks today" in said(answer)
    assert len(logged(shop)) == 2
    assert ask(shop, shop.client, street="3 Oak Ave").status_code == 302
    # Northgate's day ends in its own zone: 18:00 UTC is noon there
    with clock.hold(shop.now + dt.timedelta(hours=13)):
        assert ask(shop, rep, street="4 Oak Ave").status_code == 302


def test_the_guard_says_each_thing_once_and_the_oldest_first(shop):
    with shop.inside():
        failed = [
            make_report(shop.dana, shop.transunion, None, asked_at=shop.now - dt.timedelta(days=day))
            for day in (1, 3, 3)
        ]
    facts = Facts("Rita Strong", failed[0].address, "", is_cosigner=False)
    assert objections(facts, failed, passing="C") == [
        "The name was changed to Rita Strong after the check of Dana Whitfield failed on Nov 18, 2026.",
        "The name was changed to Rita Strong after the check of Dana Whitfield failed on Nov 20, 2026.",
    ]
    assert objections(facts, [], passing="C") == []


@pytest.mark.parametrize(
    ("street", "zip_code"),
    [("2210 E 15th St", "74104"), ("2210 e. 15TH st.", "74104-1234"), ("2210-E-15th St ", "74104")],
)
def test_an_address_is_found_however_it_is_written(street, zip_code):
    assert place_key(street, zip_code) == "2210e15thst|74104"
