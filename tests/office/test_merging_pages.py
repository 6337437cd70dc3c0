"""Do the pages of a merge say what will happen, and does the address of who went lead to who was kept?"""

import pytest

from alarmdesk.company.entering import entered, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, duplicates, leads
from alarmdesk.customers.testing import make_customer, make_lead, make_note
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.lib import clock
from alarmdesk.office.testing import make_merge as merge
from alarmdesk.office.testing import make_open_company, office_of
from alarmdesk.portal.pay_links import link_for_balance, opened

MERGE = duplicates.may("merge")


@pytest.fixture
def company() -> Company:
    return make_open_company()


def test_the_preview_counts_what_moves_and_the_merge_leads_home(company: Company):
    with inside(company):
        dana = make_customer(account_number="A-1", email="dana@old.example")
        dora = make_customer(account_number="A-2", first_name="Dora", email="dora@new.example")
        make_invoice(dora)
        make_note(dora)
    rosa = office_of(company)
    path = f"/{company.slug}/customers/{dana.pk}/merge/{dora.pk}/"
    page = rosa.get(path)
    text = page.content.decode()
    assert "This cannot be undone" in text
    assert "<li>1 invoice</li>" in text
    assert "dora@new.example" in text
    form = page.context["form"]
    sent = {name: form[name].initial for name in form.fields} | {"email": "gone"}
    answer = rosa.post(path, sent)
    assert (answer.status_code, answer["Location"]) == (302, f"/{company.slug}/customers/{dana.pk}/")
    with inside(company):
        dana.refresh_from_db()
        assert (dana.email, dana.name, dana.invoices.count()) == ("dora@new.example", "Dana Whitfield", 1)


def test_without_a_choice_nothing_is_merged(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer(first_name="Dora")
    rosa = office_of(company)
    answer = rosa.post(f"/{company.slug}/customers/{dana.pk}/merge/{dora.pk}/", {"shown_as": "x"})
    assert answer.status_code == 422
    with inside(company):
        assert Customer.objects.count() == 2


@pytest.mark.parametrize(
    "page", ["", "edit/", "history/", "messages/", "invoices/", "notes/", "contacts/", "billing/", "cancel/"]
)
def test_the_address_of_a_merged_record_leads_to_the_kept_one(company: Company, page: str):
    with inside(company):
        dana, dora = make_customer(), make_customer()
        merge(dana, dora)
    rosa = office_of(company)
    answer = rosa.get(f"/{company.slug}/customers/{dora.pk}/{page}")
    assert (answer.status_code, answer["Location"]) == (302, f"/{company.slug}/customers/{dana.pk}/{page}")
    assert rosa.get(answer["Location"]).status_code == 200
    assert rosa.get(f"/{company.slug}/customers/999999999/{page}").status_code == 404
    assert office_of(make_open_company()).get(f"/{company.slug}/customers/{dora.pk}/{page}").status_code == 404


@pytest.mark.parametrize("page", ["selling/", "edit/", "convert/"])
def test_the_page_of_a_lead_that_was_merged_into_a_customer_leads_to_the_customer(company: Company, page: str):
    with inside(company):
        dana, lead = make_customer(), make_lead()
        merge(dana, lead)
    answer = office_of(company).get(f"/{company.slug}/leads/{lead.pk}/{page}")
    assert (answer.status_code, answer["Location"]) == (302, f"/{company.slug}/customers/{dana.pk}/")


def test_who_saves_a_record_that_was_merged_meanwhile_is_told(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer()
        merge(dana, dora)
    answer = office_of(company).post(f"/{company.slug}/customers/{dora.pk}/edit/", {"last_name": "X"}, follow=True)
    assert answer.redirect_chain == [(f"/{company.slug}/customers/{dana.pk}/", 302)]
    assert "was merged into this one meanwhile. What you sent was not saved." in answer.content.decode()


def test_a_pay_link_of_a_merged_record_pays_the_kept_one(company: Company):
    with inside(company):
        today = entered().local_date(clock.now())
        gone, kept = make_customer(), make_customer()
        url = link_for_balance(gone, today=today)
        merge(kept, gone)
        assert opened(url.split("/")[-2], today=today).customer == kept


def test_merging_takes_its_own_grant_and_seeing_both(company: Company):
    with inside(company):
        dana, lead = make_customer(), make_lead()
    path = f"/{company.slug}/customers/{dana.pk}/merge/"
    may = office_of(company, customers.view, leads.view, MERGE)
    assert may.get(path).status_code == 200
    assert may.get(f"{path}{lead.pk}/").status_code == 200
    blind = office_of(company, customers.view, MERGE)
    assert blind.get(f"{path}{lead.pk}/").status_code == 403
    assert lead.name not in blind.get(f"{path}?q=whitfield").context["found"]
    clerk = office_of(company, customers.view, customers.modify, leads.view)
    assert clerk.get(path).status_code == 403
    assert path not in clerk.get(f"/{company.slug}/customers/{dana.pk}/").content.decode()
    assert path in may.get(f"/{company.slug}/customers/{dana.pk}/").content.decode()
