"""F62, F64-F67, F21: the button and its count, applying, the switch, the grants, the audit page."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alarmdesk.company.testing import make_staff
from alarmdesk.credit.models import Bureau, CreditReport
from alarmdesk.credit.permissions import credit_admin, credit_of_customers, credit_of_leads
from alarmdesk.credit.testing import code_of, make_bureau, make_report
from alarmdesk.customers.permissions import customers, history, leads
from alarmdesk.customers.testing import make_customer, make_lead
from tests.credit.forms import sheet


def read(client, path, status=200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return " ".join(answer.content.decode().replace("&#x27;", "'").split())


def tab_of(page: str) -> str | None:
    """What the Credit reports tab says after its name; None where there is no tab."""
    found = re.search(r"<a[^>]*>Credit reports(.*?)</a>", page)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else None


def somebody(shop, *grants) -> Client:
    client = Client()
    client.force_login(make_staff(shop.company, *grants).user)
    return client


@pytest.fixture
def lead(shop):
    with shop.inside():
        return make_lead(first_name="Luis", last_name="Ferrer")


def test_f62_leads_and_customers_have_the_button_with_the_number_of_reports(shop, lead):
    for person, count in ((shop.dana, 2), (lead, 1)):
        with shop.inside():
            for _ in range(count):
                make_report(person, shop.transunion)
        assert tab_of(read(shop.client, f"{shop.root}/customers/{person.pk}/")) == str(count)


def test_f62_without_an_active_bureau_there_is_no_button(shop):
    with shop.inside():
        shop.company.bureaus.update(is_active=False)
    assert tab_of(read(shop.client, f"{shop.root}/customers/{shop.dana.pk}/")) is None
    assert "No credit bureau is set up." in read(shop.client, shop.tab)
    assert "No credit bureau can be asked." in read(shop.client, f"{shop.tab}run/")


@pytest.mark.parametrize(("score", "kind", "passes"), [(712, "ok", "it passes."), (561, "bad", "it does not pass.")])
def test_f63_the_result_says_whether_it_is_good_enough(shop, score, kind, passes):
    with shop.inside():
        report = make_report(shop.dana, shop.transunion, score)
    page = read(shop.client, f"{shop.tab}{report.pk}/")
    assert f"Grade C or better is asked for: {passes}" in page
    assert f'<div class="alert {kind}" role="status">' in page


def test_f64_a_score_is_applied_to_the_customer_taken_off_again_and_history_tells_both(shop):
    with shop.inside():
        first, second = make_report(shop.dana, shop.transunion), make_report(shop.dana, shop.equifax, 655)
    page = f"{shop.root}/customers/{shop.dana.pk}/"
    assert "712, grade B" not in read(shop.client, page)
    assert shop.client.post(f"{shop.tab}{first.pk}/apply/").status_code == 302
    assert "712, grade B" in read(shop.client, page)
    shop.client.post(f"{shop.tab}{second.pk}/apply/")
    assert "655, grade C" in read(shop.client, page)
    assert "712, grade B" not in read(shop.client, page)
    shop.client.post(f"{shop.tab}{second.pk}/take-off/")
    assert "655, grade C" not in read(shop.client, page)
    with shop.inside():
        assert not CreditReport.objects.filter(applied_at__isnull=False).exists()
    told = read(shop.client, f"{page}history/?what=credit_creditreport")
    assert told.count("Applied to the customer") == 8  # four times in the list, and in the card beside it
    assert "Rosa Calderon" in told


def test_f64_what_has_no_score_cannot_be_applied(shop):
    with shop.inside():
        nothing = make_report(shop.dana, shop.transunion, None)
    assert "Apply to customer" not in read(shop.client, f"{shop.tab}{nothing.pk}/")
    assert "no score to apply" in read_after(shop.client.post(f"{shop.tab}{nothing.pk}/apply/", follow=True))


def read_after(answer) -> str:
    return " ".join(answer.content.decode().replace("&#x27;", "'").split())


def test_a_score_entered_by_hand_has_a_badge_and_asks_nobody(shop):
    said = {"source": "Experian by phone", "first_name": "Dana", "last_name": "Whitfield", "score": "540"}
    assert shop.client.post(f"{shop.tab}enter/", said | {"score": "299"}).status_code == 422
    assert shop.client.post(f"{shop.tab}enter/", said).status_code == 302
    page = read(shop.client, shop.tab)
    assert "Manual Entry" in page
    assert "Grade D" in page
    assert shop.world.inquiries(code_of(shop.transunion)) == []


def test_f65_f21_the_switch_comes_first_then_bureaus_and_off_hides_everything_at_once(shop, lead):
    with shop.inside():
        report = make_report(shop.dana, shop.transunion)
    settings, page = f"{shop.root}/settings/credit/", f"{shop.root}/customers/{shop.dana.pk}/"
    assert "Turn off" in read(shop.client, settings)
    shop.client.post(f"{settings}off/")
    off = read(shop.client, settings)
    assert "Credit checks are off" in off
    assert "New Credit Bureau" not in off
    assert "Transunion" not in off
    assert tab_of(read(shop.client, page)) is None
    assert "Credit report of" not in read(shop.client, page)
    assert "Credit report of" not in read(shop.client, f"{page}history/")
    for path in (shop.tab, f"{shop.tab}run/", f"{shop.tab}{report.pk}/", f"{shop.root}/leads/{lead.pk}/credit/",
                 f"{settings}new/?kind=equifax", f"{settings}inquiries/", f"{settings}{shop.equifax.pk}/"):  # fmt: skip
        read(shop.client, path, 404)
    assert shop.client.post(f"{shop.tab}run/", sheet(shop.transunion)).status_code == 404
    assert shop.client.post(f"{settings}{shop.equifax.pk}/test/").status_code == 404
    assert shop.world.inquiries(code_of(shop.transunion)) == []
    shop.client.post(f"{settings}on/")
    assert "Transunion" in read(shop.client, settings)
    assert tab_of(read(shop.client, page)) == "1"
    assert "Credit report of" in read(shop.client, f"{page}history/")


def test_f65_a_bureau_is_set_up_tested_and_its_secret_is_never_shown(shop):
    settings = f"{shop.root}/settings/credit/"
    said = {
        "name": "TU west", "market": "07", "submarket": "33", "industry": "Z", "member": "9876543",
        "password": "s3cret-word", "product": "08000", "add_on": "", "is_active": "on",
        "consumer_name": "TransUnion LLC", "consumer_address": "P.O. Box 1000, Chester, PA 19016",
        "consumer_phone": "800-888-4213",
    }  # fmt: skip
    assert shop.client.post(f"{settings}new/?kind=transunion", said | {"password": ""}).status_code == 422
    assert shop.client.post(f"{settings}new/?kind=transunion", said).status_code == 302
    with shop.inside():
        made = Bureau.objects.get(name="TU west")
    assert made.secrets == {"password": "s3cret-word"}
    with connection.cursor() as cursor, shop.inside():
        cursor.execute("select secrets::text, account::text from credit_bureau where id = %s", [made.pk])
        assert "s3cret" not in str(cursor.fetchone())
        cursor.execute("select new::text from company_trailentry where \"table\" = 'credit_bureau'")
        assert "s3cret" not in str(cursor.fetchall())
    assert "s3cret" not in read(shop.client, f"{settings}{made.pk}/")
    assert "Invalid credentials" in read_after(shop.client.post(f"{settings}{made.pk}/test/"))
    shop.world.subscriber("transunion", "Z07339876543", "s3cret-word")
    assert "The connection works" in read_after(shop.client.post(f"{settings}{made.pk}/test/"))
    version = re.search(r'name="version" value="([^"]+)"', shop.client.get(f"{settings}{made.pk}/").content.decode())
    keeps = said | {"name": "TU coast", "password": "", "version": version[1]}
    assert shop.client.post(f"{settings}{made.pk}/", keeps).status_code == 302
    with shop.inside():
        made.refresh_from_db()
    assert (made.name, made.secrets) == ("TU coast", {"password": "s3cret-word"})
    assert "already" in read_after(shop.client.post(f"{settings}new/?kind=transunion", said | {"name": "tu COAST"}))
    shop.world.fault("drop_before", path="transunion", times=1)
    assert "did not answer" in read_after(shop.client.post(f"{settings}{made.pk}/test/"))
    assert shop.world.inquiries("Z07339876543") == []


def test_a_bureau_that_was_asked_can_be_switched_off_but_not_deleted(shop):
    with shop.inside():
        make_report(shop.dana, shop.transunion)
        unused = make_bureau()
    settings = f"{shop.root}/settings/credit/"
    refused = shop.client.post(f"{settings}{shop.transunion.pk}/delete/")
    assert "Switch it off instead" in read_after(refused)
    assert shop.client.post(f"{settings}{unused.pk}/delete/").status_code == 302
    with shop.inside():
        assert not Bureau.objects.filter(pk=unused.pk).exists()


def test_f66_the_grants_for_customers_and_for_leads_are_apart_and_create_runs(shop, lead):
    lead_tab = f"{shop.root}/leads/{lead.pk}/credit/"
    may_see = customers.view, leads.view, history.view
    of_customers = somebody(shop, *may_see, credit_of_customers.view)
    of_leads = somebody(shop, *may_see, credit_of_leads.view, credit_of_leads.create)
    assert "Run Credit" not in read(of_customers, shop.tab)
    read(of_customers, lead_tab, 403)
    read(of_leads, shop.tab, 403)
    assert "Run Credit" in read(of_leads, lead_tab)
    assert of_customers.post(f"{shop.tab}run/", sheet(shop.transunion)).status_code == 403
    assert of_leads.post(f"{lead_tab}run/", sheet(shop.transunion)).status_code == 302
    assert len(shop.world.inquiries(code_of(shop.transunion))) == 1
    assert tab_of(read(of_customers, f"{shop.root}/customers/{lead.pk}/")) is None
    assert tab_of(read(of_leads, f"{shop.root}/customers/{lead.pk}/")) == "1"
    assert "Credit report of" not in read(of_customers, f"{shop.root}/customers/{lead.pk}/history/")
    assert "Credit report of" in read(of_leads, f"{shop.root}/customers/{lead.pk}/history/")
    # a customer's page is not reached through the leads' door, nor the other way round
    read(shop.client, f"{shop.root}/leads/{shop.dana.pk}/credit/", 404)
    read(shop.client, f"{shop.root}/customers/{lead.pk}/credit/", 404)


def test_who_sees_without_modifying_has_no_buttons_and_is_refused(shop):
    with shop.inside():
        report = make_report(shop.dana, shop.transunion)
    looker = somebody(shop, customers.view, credit_of_customers.view)
    page = read(looker, f"{shop.tab}{report.pk}/")
    assert "Apply to customer" not in page
    assert "Adverse action letter" not in page
    for verb in ("apply", "take-off", "decline"):
        assert looker.post(f"{shop.tab}{report.pk}/{verb}/").status_code == 403


def test_the_audit_page_tells_who_asked_about_whom_why_and_what_came_of_it(shop):
    shop.client.post(f"{shop.tab}run/", sheet(shop.equifax, last_name="Nofile", purpose="credit", pull="hard"))
    page = read(somebody(shop, credit_admin.view), f"{shop.root}/settings/credit/inquiries/")
    for words in ("Dana Nofile", "Dana Whitfield", "Rosa Calderon", "They apply for credit", "signed on paper",
                  "Equifax", "Hard", "Not found"):  # fmt: skip
        assert words in page
    assert f"{shop.tab}" not in page  # who may not see reports gets no link to one
    assert shop.tab in read(shop.client, f"{shop.root}/settings/credit/inquiries/")


def test_pages_ask_the_same_number_of_questions_however_many_reports_there_are(shop):
    paths = (shop.tab, f"{shop.root}/settings/credit/inquiries/", f"{shop.root}/customers/{shop.dana.pk}/")

    def questions() -> list[int]:
        found = []
        for path in paths:
            shop.client.get(path)
            with CaptureQueriesContext(connection) as asked:
                read(shop.client, path)
            found.append(len(asked))
        return found

    with shop.inside():
        make_report(shop.dana, shop.transunion)
    before = questions()
    with shop.inside():
        for number in range(7):
            make_report(make_customer() if number % 2 else shop.dana, shop.equifax, 655)
    assert questions() == before


def test_the_log_is_paged(shop):
    with shop.inside():
        for number in range(53):
            make_report(shop.dana, shop.transunion, None, first_name=f"Nr{number}")
    log = f"{shop.root}/settings/credit/inquiries/"
    newest = read(shop.client, log)
    assert "Nr52 " in newest
    assert "Nr2 " not in newest
    older = re.search(r'href="([^"]+before=\d+)"', newest)[1]
    assert "Nr2 " in read(shop.client, older)


def test_rules_that_contradict_each_other_are_refused(shop):
    rules = {
        "grade_a": "720", "grade_b": "660", "grade_c": "600", "grade_d": "540", "passing": "C", "guard_days": "90",
        "daily_limit": "15", "keep_days": "60", "consent_text": "I agree.",
    }  # fmt: skip
    path = f"{shop.root}/settings/credit/rules/"
    version = re.search(r'name="version" value="([^"]+)"', shop.client.get(path).content.decode())[1]
    rules["version"] = version
    for wrong, says in (
        ({"grade_b": "720"}, "Each grade begins below the one before."),
        ({"grade_d": "200"}, "Write a number from 301 to 850."),
        ({"keep_days": "0"}, "Write a number from 1 to 730."),
        ({"passing": "E"}, "Select a valid choice"),
    ):
        answer = shop.client.post(path, rules | wrong)
        assert answer.status_code == 422
        assert says in read_after(answer)
    assert shop.client.post(path, rules | {"grade_a": "800"}).status_code == 302
    shop.client.post(f"{shop.tab}run/", sheet(shop.transunion, street="790 Score St"))
    with shop.inside():
        assert shop.dana.credit_reports.get().grade == "B"
