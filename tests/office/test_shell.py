"""What stands around the pages, and where do the home page and the palette lead?"""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Run
from alarmdesk.company.permissions import runs
from alarmdesk.company.testing import OPENED, make_staff, make_user
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.invoicing.permissions import invoices
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.lib import clock
from alarmdesk.office.testing import make_open_company, office_of, owner_of, signed_in
from alarmdesk.payments.tasks import work_night
from alarmdesk.payments.testing import make_cash_payment
from alarmdesk.portal.models import AccountHolder

NOON = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_stranger_is_asked_to_sign_in():
    answer = Client().get("/")
    assert answer["Location"] == "/companies/"
    assert Client().get("/companies/")["Location"].startswith("/account/login/")


def test_who_works_in_one_company_goes_straight_in():
    company = make_open_company()
    assert office_of(company).get("/companies/")["Location"] == f"/{company.slug}/"


def test_who_works_in_two_companies_chooses_and_sees_no_third():
    owner = make_user()
    make_open_company(owner, name="First Alarm")
    make_open_company(owner, name="Second Alarm")
    make_open_company(name="Third Alarm")
    answer = signed_in(owner).get("/companies/")
    assert answer.status_code == 200
    assert "First Alarm" in text(answer)
    assert "Second Alarm" in text(answer)
    assert "Third Alarm" not in text(answer)


def test_who_has_no_place_is_told_so():
    assert "no company has given you a place" in text(signed_in(make_user()).get("/companies/"))


def test_the_switcher_lists_only_ones_own_companies():
    owner = make_user()
    company = make_open_company(owner, name="First Alarm")
    make_open_company(owner, name="Second Alarm")
    make_open_company(name="Third Alarm")
    html = signed_in(owner).get(f"/{company.slug}/").content.decode()
    assert "Second Alarm" in html
    assert "Third Alarm" not in html


def test_a_closed_company_is_gone_for_its_people():
    company = make_open_company()
    client = office_of(company)
    company.closed_at = OPENED
    company.save(update_fields=["closed_at"])
    assert client.get(f"/{company.slug}/").status_code == 404


def test_the_sidebar_shows_what_the_group_may_see():
    company = make_open_company()
    html = office_of(company, customers.view).get(f"/{company.slug}/").content.decode()
    nav = re.search(r'<nav class="sidebar-nav".*?</nav>', html, re.DOTALL)[0]
    assert "Customers" in nav
    assert "Payments" not in nav
    assert "Nightly runs" not in nav


def test_home_shows_the_months_figures():
    company = make_open_company()
    with inside(company):
        customer = make_customer(mmr=Decimal("39.95"))
        make_customer(mmr=Decimal("10.00"), status="cancelled")
        make_lead()
        make_invoice(customer, sale_on=dt.date(2026, 3, 1))
        make_invoice(customer, sale_on=dt.date(2026, 1, 1))
        make_cash_payment(customer, "25.00", at=NOON)
    with clock.hold(NOON):
        seen = text(office_of(company).get(f"/{company.slug}/"))
    assert re.search(r"Monthly recurring \$39\.95 MMR of 1 active customer ", seen)
    assert re.search(r"Active customers 1 0 new this month ", seen)
    assert re.search(r"Billed this month \$39\.95", seen)
    assert re.search(r"Collected this month \$25\.00", seen)
    assert re.search(r"Past due \$39\.95 1 customer", seen)


def test_home_of_somebody_without_grants_shows_no_figures():
    company = make_open_company()
    seen = text(signed_in(make_staff(company)).get(f"/{company.slug}/"))
    assert "Find a customer" in seen
    assert "Billed" not in seen


def test_home_asks_as_many_questions_with_many_customers_as_with_one(questions):
    company = make_open_company()
    with inside(company):
        make_invoice(make_customer())
    client = office_of(company)
    few = questions(client, f"/{company.slug}/")
    with inside(company):
        for _ in range(20):
            make_invoice(make_customer())
    assert questions(client, f"/{company.slug}/") == few
    assert few <= 35


def test_the_palette_finds_customers_leads_invoices_and_pages():
    company = make_open_company()
    with inside(company):
        make_customer(last_name="Calderon", first_name="Ana")
        make_lead(last_name="Calder", first_name="Bo")
        invoice = make_invoice(make_customer(last_name="Smith"))
    client = office_of(company)
    found = client.get(f"/{company.slug}/search/", {"q": "cald"}, headers={"HX-Request": "true"})
    assert "Ana Calderon" in text(found)
    assert "Bo Calder" in text(found)
    assert b"<html" not in found.content
    found = client.get(f"/{company.slug}/search/", {"q": f"#{invoice.number}"}, headers={"HX-Request": "true"})
    assert f"Invoice {invoice.number}" in text(found)
    found = client.get(f"/{company.slug}/search/", {"q": "permission"})
    assert "Permission matrix" in text(found)


@pytest.mark.parametrize("words", ["{}", "#{}", "inv {}", "INV-{}", "invoice {}", "Invoice #{}", "invoice no. {}"])
def test_the_palette_finds_an_invoice_by_its_number_however_it_is_typed(words: str):
    company = make_open_company()
    with inside(company):
        invoice = make_invoice(make_customer(last_name="Smith"))
    asked = {"q": words.format(invoice.number)}
    found = text(office_of(company).get(f"/{company.slug}/search/", asked, headers={"HX-Request": "true"}))
    assert f"Invoice {invoice.number}" in found


@pytest.mark.parametrize("words", ["quote 1", "customer 1", "1 2", "invoice", "9" * 16])
def test_the_palette_shows_no_invoice_to_who_asks_for_something_else(words: str):
    company = make_open_company()
    with inside(company):
        make_invoice(make_customer())
    found = text(office_of(company).get(f"/{company.slug}/search/", {"q": words}, headers={"HX-Request": "true"}))
    assert "Invoice 1" not in found


def test_the_palette_finds_a_customer_by_the_address_of_a_portal_user():
    company, rival = make_open_company(), make_open_company()
    for one, name in ((company, "Whitfield"), (rival, "Okoro")):
        with inside(one):
            make_holder(make_customer(last_name=name, email="other@example.com"), "Jo.Payer@example.com")
            make_holder(make_customer(last_name="Former"), "jo.payer@example.com", ended_at=NOON)
    found = text(office_of(company).get(f"/{company.slug}/search/", {"q": "jo.payer@"}, headers={"HX-Request": "true"}))
    assert "Whitfield" in found
    assert "Jo.Payer@example.com in the portal" in found
    assert "Okoro" not in found
    assert "Former" not in found
    blind = office_of(company, invoices.view)
    assert "Whitfield" not in text(blind.get(f"/{company.slug}/search/", {"q": "jo.payer@"}))


def make_holder(customer, email, **fields):
    AccountHolder.objects.create(customer=customer, email=email, invited_at=NOON, invited_by="Rosa", **fields)


def test_the_palette_finds_nothing_of_a_neighbours_or_of_what_is_forbidden():
    company, rival = make_open_company(), make_open_company()
    with inside(rival):
        make_customer(last_name="Calderon")
        make_invoice(make_customer())
    with inside(company):
        make_lead(last_name="Calderon")
    client = office_of(company, customers.view)
    for words in ("Calderon", "1"):
        seen = text(client.get(f"/{company.slug}/search/", {"q": words}, headers={"HX-Request": "true"}))
        assert "Dana" not in seen
        assert "Invoice 1" not in seen


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", "a" * 500, "\x00", "()", "😀"])
def test_the_palette_survives_any_words(words: str):
    company = make_open_company()
    assert office_of(company).get(f"/{company.slug}/search/", {"q": words}).status_code == 200


def make_run(company, **fields):
    fields = {"kind": "night", "on": dt.date(2026, 3, 9), "created_at": OPENED, "started_by": "AlarmDesk", **fields}
    with inside(company):
        return Run.objects.create(**fields)


def test_a_running_night_polls_until_it_is_over():
    company = make_open_company()
    night = make_run(company, state="running", stage="Charging", done=30, total=120, started_at=OPENED)
    client, path = office_of(company), f"/{company.slug}/runs/{night.pk}/"
    page = client.get(path).content.decode()
    assert f'hx-get="{path}progress/"' in page
    progress = client.get(f"{path}progress/", headers={"HX-Request": "true"})
    assert (progress.status_code, "Charging: 30 of 120" in text(progress)) == (200, True)
    assert "25%" in text(progress)
    with inside(company):
        Run.objects.filter(pk=night.pk).update(
            state="finished",
            counts={"invoices": 1200, "invoiced": "47940.00", "problems": ["The gateway is away."]},
            finished_at=OPENED + dt.timedelta(seconds=65),
        )
    over = client.get(f"{path}progress/", headers={"HX-Request": "true"})
    assert (over.status_code, over["HX-Refresh"]) == (286, "true")
    seen = text(client.get(path))
    assert "1,200" in seen
    assert "$47,940.00" in seen
    assert "The gateway is away." in seen
    assert "1 min 5 s" in seen


def test_a_night_that_stopped_says_why_and_can_be_run_again():
    company = make_open_company()
    night = make_run(company, state="failed", error="OperationalError: the server closed", finished_at=OPENED)
    seen = text(office_of(company).get(f"/{company.slug}/runs/{night.pk}/"))
    assert "the server closed" in seen
    assert "Run again" in seen


def test_a_run_is_started_for_a_day_that_has_come():
    company = make_open_company()
    client = office_of(company)
    with clock.hold(NOON):
        answer = client.post(f"/{company.slug}/runs/new/", {"on": "2026-03-10"})
        assert client.post(f"/{company.slug}/runs/new/", {"on": "2026-03-11"}).status_code == 422
        assert client.post(f"/{company.slug}/runs/new/", {"on": "2025-03-10"}).status_code == 422
    with inside(company):
        night = Run.objects.get()
    assert answer["Location"] == f"/{company.slug}/runs/{night.pk}/"
    assert (night.on, night.state, night.started_by) == (
        dt.date(2026, 3, 10),
        "waiting",
        owner_of(company).user.get_full_name(),
    )


def test_a_demo_runs_a_night_to_come_as_on_its_own_date(monkeypatch):
    monkeypatch.setattr(settings, "ENVIRONMENT", "demo")
    company = make_open_company()
    client = office_of(company)
    with clock.hold(NOON):
        assert client.post(f"/{company.slug}/runs/new/", {"on": "2026-04-11"}).status_code == 422
        assert client.post(f"/{company.slug}/runs/new/", {"on": "2026-03-11"}).status_code == 302
        with inside(company):
            night = Run.objects.get()
        work_night(company_id=company.pk, run_id=night.pk)
    with inside(company):
        night.refresh_from_db()
    assert (night.on, night.state) == (dt.date(2026, 3, 11), "finished")
    assert company.local_date(night.finished_at) == dt.date(2026, 3, 11)


def test_who_may_look_at_runs_cannot_start_one():
    company = make_open_company()
    client = office_of(company, runs.view)
    assert client.get(f"/{company.slug}/runs/").status_code == 200
    assert client.post(f"/{company.slug}/runs/new/", {"on": "2026-03-10"}).status_code == 403


def test_an_account_holder_of_two_companies_sees_both_portals_and_no_office():
    holder = make_user()
    for name in ("First Alarm", "Second Alarm"):
        company = make_open_company(name=name)
        with inside(company):
            AccountHolder.objects.create(
                customer=make_customer(),
                email=holder.email,
                user=holder,
                invited_at=OPENED,
                invited_by="Rosa",
                accepted_at=OPENED,
            )
    answer = signed_in(holder).get("/companies/")
    assert "First Alarm" in text(answer)
    assert "Your account" in text(answer)
    assert signed_in(holder).get(f"/{company.slug}/").status_code == 404
