"""F63: one chooses a bureau and runs a check; what becomes of it is said in words, and the bureau's log judges."""

import datetime as dt
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.company.testing import make_staff
from alarmdesk.credit.inquiring import (
    AlreadyAsked,
    InsideTransaction,
    LimitReached,
    forget,
    give_up,
    new_token,
    run_credit,
)
from alarmdesk.credit.models import CreditReport, KeptAnswer
from alarmdesk.credit.permissions import credit_of_customers
from alarmdesk.credit.tasks import tend
from alarmdesk.credit.testing import code_of, make_credit_settings, make_report, make_wish
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_customer
from tests.credit.forms import moved, sheet

ROOT = Path(__file__).parents[2]


def ask(shop, client=None, **fields):
    """Run a check as the browser does; the answer."""
    bureau = fields.pop("bureau", shop.transunion)
    return (client or shop.client).post(f"{shop.tab}run/", sheet(bureau, **fields))


def logged(shop, bureau=None):
    return shop.world.inquiries(code_of(bureau or shop.transunion))


def last_report(shop) -> CreditReport:
    with shop.inside():
        return shop.dana.credit_reports.latest("pk")


@pytest.mark.parametrize("kind", ["transunion", "equifax"])
def test_f63_a_check_is_run_at_the_bureau_of_ones_choice_and_says_what_came_of_it(shop, kind):
    bureau = getattr(shop, kind)
    answer = ask(shop, bureau=bureau, street="712 Score St")
    report = last_report(shop)
    assert answer.status_code == 302
    assert answer["Location"] == f"{shop.tab}{report.pk}/"
    assert (report.state, report.score, report.grade, report.asked_by) == ("scored", 712, "B", "Rosa Calderon")
    (noted,) = logged(shop, bureau)
    assert (noted["is_hard"], noted["reference"], noted["number"]) == (0, report.our_reference, report.external_id)
    page = shop.client.get(answer["Location"]).content.decode()
    assert f"{bureau} says 712: grade B." in page
    assert "Too many inquiries" in page


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ("Nofile", "has found nobody of that name and address."),
        ("Frost", "is frozen: the consumer must lift the freeze first."),
        ("Thinfile", "has a file, and no score for it."),
        ("Graves", "deceased"),
    ],
)
def test_f63_what_is_no_score_is_said_in_words(shop, last, words):
    page = shop.client.get(ask(shop, last_name=last)["Location"]).content.decode()
    assert words in page


def test_f63_wrong_credentials_fail_in_words_and_count_for_nothing(shop):
    with shop.inside():
        shop.transunion.secrets = {"password": "wrong"}
        shop.transunion.save()
    page = shop.client.get(ask(shop)["Location"]).content.decode()
    assert "Nobody was looked up." in page
    assert logged(shop) == []
    assert last_report(shop).state == "failed"


@pytest.mark.parametrize("fault", ["drop_after", "error_500_after", "error_500_before"])
def test_f63_without_an_answer_it_says_so_and_nobody_asks_again_by_itself(shop, fault):
    shop.world.fault(fault, path="transunion", times=1)
    answer = ask(shop)
    report = last_report(shop)
    assert (report.state, report.answered_at) == ("unknown", None)
    assert "did not answer" in shop.client.get(answer["Location"]).content.decode()
    before = len(logged(shop))
    tend.func(0)
    assert len(logged(shop)) == before == (1 if fault.endswith("after") else 0)


def test_f63_two_clicks_make_one_inquiry(shop):
    with shop.inside():
        wish = make_wish(shop.dana, shop.transunion)
    shop.world.fault("delay", path="transunion", seconds=0.4, times=1)

    def click(_: int) -> int:
        try:
            return run_credit(shop.company, wish, now=lambda: shop.now, actor=shop.rosa.actor()).pk
        except AlreadyAsked as before:
            return before.report.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as clicks:
        made = set(clicks.map(click, range(5)))
    assert len(made) == 1
    assert len(logged(shop)) == 1


def test_f63_while_somebody_is_asked_about_a_second_window_must_wait(shop):
    with shop.inside():
        report = make_report(shop.dana, shop.transunion)
        CreditReport.objects.filter(pk=report.pk).update(state="asked", score=None, grade="")
    answer = ask(shop)
    assert answer.status_code == 422
    assert "is being asked about right now" in answer.content.decode()
    assert logged(shop) == []


def test_a_check_refuses_to_begin_inside_a_transaction(shop):
    with shop.inside():
        wish = make_wish(shop.dana, shop.transunion)
    with pytest.raises(InsideTransaction), transaction.atomic():
        run_credit(shop.company, wish, now=lambda: shop.now, actor=shop.rosa.actor())
    assert logged(shop) == []


def test_a_check_whose_process_was_killed_says_after_two_minutes_that_no_answer_came(shop):
    with shop.inside():
        lost = make_report(shop.dana, shop.transunion, asked_at=shop.now)
        CreditReport.objects.filter(pk=lost.pk).update(state="asked", score=None, grade="")
    assert give_up(shop.company, at=shop.now + dt.timedelta(minutes=1)) == 0
    assert give_up(shop.company, at=shop.now + dt.timedelta(minutes=3)) == 1
    assert last_report(shop).state == "unknown"
    assert logged(shop) == []


def test_killed_while_the_bureau_answers_nobody_is_asked_a_second_time(shop):
    """kill -9 between the two transactions: the bureau has noted the inquiry, we have not heard the answer."""
    shop.world.fault("hang", path="transunion", times=1)
    token = new_token()
    order = [shop.company.slug, shop.dana.pk, shop.transunion.pk, token, shop.now.isoformat()]
    told = {"TRANSUNION_URL": settings.TRANSUNION_URL, "DJANGO_SETTINGS_MODULE": "alarmdesk.settings"}
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.credit.killed", *map(str, order)], env={**os.environ, **told}, cwd=ROOT
    )
    try:
        until = time.monotonic() + 60
        while not logged(shop):
            assert child.poll() is None, "it ended before it asked"
            assert time.monotonic() < until
    finally:
        child.kill()
        child.wait()
    assert last_report(shop).state == "asked"
    assert give_up(shop.company, at=shop.now + dt.timedelta(minutes=3)) == 1
    with shop.inside():
        again = make_wish(shop.dana, shop.transunion, token=token)
    with pytest.raises(AlreadyAsked) as before:
        run_credit(shop.company, again, now=lambda: shop.now, actor=shop.rosa.actor())
    assert before.value.report.state == "unknown"
    assert len(logged(shop)) == 1


def test_a_co_signer_who_agreed_is_asked_about_under_their_own_name(shop):
    answer = ask(shop, who="cosigner", first_name="Rita", last_name="Strong")
    assert answer.status_code == 302
    report = last_report(shop)
    assert (report.is_cosigner, report.consent_by, logged(shop)[0]["last"]) == (True, "Rita Strong", "Strong")
    assert "co-signer" in shop.client.get(shop.tab).content.decode()


def test_five_at_once_are_not_more_than_the_day_allows(shop):
    with shop.inside():
        make_credit_settings(daily_limit=2)
        people = [make_customer(first_name=name) for name in ("Ann", "Bo", "Cy", "Di", "Ed")]
        wishes = [make_wish(person, shop.transunion) for person in people]

    def click(wish) -> bool:
        try:
            run_credit(shop.company, wish, now=lambda: shop.now, actor=shop.rosa.actor())
        except LimitReached:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(5) as clicks:
        assert sum(clicks.map(click, wishes)) == 2
    assert len(logged(shop)) == 2


def test_a_hard_inquiry_takes_a_grant_of_its_own(shop):
    grants = credit_of_customers.view, credit_of_customers.create, customers.view
    modest, bold = Client(), Client()
    modest.force_login(make_staff(shop.company, *grants).user)
    bold.force_login(make_staff(shop.company, *grants, credit_of_customers.may("hard")).user)
    assert ask(shop, modest, pull="hard").status_code == 422
    assert logged(shop) == []
    assert "Hard" not in re.findall(r"<span>(\w+)</span></label>", modest.get(f"{shop.tab}run/").content.decode())
    assert ask(shop, bold, pull="hard").status_code == 302
    assert [noted["is_hard"] for noted in logged(shop)] == [1]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"consent": None}, "Without consent nobody may be asked about."),
        ({"consent_by": "Rosa Calderon"}, "Each person agrees for themselves"),
        ({"consent_on": "2026-10-01"}, "Consent must be of today or of the last 30 days."),
        ({"consent_on": "2026-11-22"}, "Consent must be of today or of the last 30 days."),
        ({"purpose": "instruction", "consent_how": "call"}, "A call is no written instruction."),
        ({"purpose": ""}, "This field is required."),
        ({"zip_code": "7410"}, "Write five digits."),
        ({"is_new_here": "on"}, "Write where they lived before."),
        ({"previous_street": "7 Elm St"}, "Switch this on to give a previous address, or empty it."),
        ({"who": "cosigner"}, "is the customer, not a co-signer."),
        ({"ssn": "000-12-3456"}, "Write the nine digits"),
        ({"born_on": "2015-05-06"}, "Choose the birthday of an adult."),
        ({"bureau": ""}, "This field is required."),
    ],
)
def test_bad_input_is_told_beside_the_field_and_nobody_is_asked(shop, fields, says):
    answer = shop.client.post(f"{shop.tab}run/", sheet(shop.transunion, **{"first_name": "Dana", **fields}))
    assert answer.status_code == 422
    assert says in answer.content.decode().replace("&#x27;", "'")
    assert logged(shop) == []
    with shop.inside():
        assert not shop.dana.credit_reports.exists()


def test_who_asked_about_whom_why_and_who_agreed_is_kept_and_never_changes(shop):
    ask(shop, **moved("7 Elm St"))
    report = last_report(shop)
    kept = report.purpose, report.consent_by, report.consent_how, report.consent_on.isoformat(), report.asked_by
    assert kept == ("transaction", "Dana Whitfield", "paper", "2026-11-21", "Rosa Calderon")
    assert f"I authorize {shop.company.name} to obtain" in report.consent_text
    assert report.previous_address == "7 Elm St, Wichita, KS 67202"
    assert logged(shop)[0]["previous"] == "7 Elm St, Wichita KS 67202"
    for change in ({"purpose": "credit"}, {"consent_by": "Somebody"}, {"previous_address": ""}):
        with pytest.raises(DatabaseError), shop.inside():
            CreditReport.objects.filter(pk=report.pk).update(**change)
    with pytest.raises(DatabaseError), shop.inside():
        report.delete()


def test_what_a_bureau_said_is_sealed_and_forgotten_after_its_days_but_score_grade_and_date_stay(shop):
    ask(shop, street="712 Score St")
    report = last_report(shop)
    with connection.cursor() as cursor, shop.inside():
        cursor.execute("select said from credit_keptanswer where report_id = %s", [report.pk])
        assert "inquiries" not in cursor.fetchone()[0]
    with shop.inside():
        assert not TrailEntry.objects.filter(table="credit_keptanswer").exists()
    assert forget(shop.company, at=shop.now + dt.timedelta(days=59)) == 0
    assert forget(shop.company, at=shop.now + dt.timedelta(days=60)) == 1
    with shop.inside():
        assert not KeptAnswer.objects.exists()
    report = last_report(shop)
    assert (report.score, report.grade, report.answered_at) == (712, "B", shop.now)
    assert "no longer kept" in shop.client.get(f"{shop.tab}{report.pk}/").content.decode()


def test_a_neighbours_report_and_a_bureau_of_a_neighbours_are_not_there(shop):
    from alarmdesk.credit.testing import make_bureau, make_credit_settings
    from alarmdesk.invoicing.testing import make_furnished_company

    rival = make_furnished_company()
    with inside(rival):
        make_credit_settings()
        theirs = make_bureau(shop.world)
    assert ask(shop, bureau=theirs).status_code == 422
    assert logged(shop, theirs) == []
