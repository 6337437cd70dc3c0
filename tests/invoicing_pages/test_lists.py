"""Which documents does a list show, and what of each (F37)?"""

import datetime as dt

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.testing import make_customer
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.testing import line, make_furnished_company, make_invoice, make_recurring

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)


@pytest.fixture
def books(shop):
    """Dana's open, past due and void invoices, a quote and a credit; Hollis has one over nothing, so it is paid."""
    with shop.inside():
        hollis = make_customer(business_name="Hollis & Vance Dental")
        made = {
            "open": make_invoice(shop.dana, sale_on=dt.date(2026, 11, 20)),
            "late": make_invoice(shop.dana, sale_on=dt.date(2026, 11, 5)),
            "void": make_invoice(shop.dana),
            "quote": make_invoice(shop.dana, type="quote"),
            "credit": make_invoice(shop.dana, type="credit"),
            "paid": make_invoice(hollis, lines=[line("0")]),
        }
        void(made["void"], reason="Wrong", at=NOW, by="Rosa Calderon")
    return made


def shown(answer, books):
    return {name for name, invoice in books.items() if f'/invoices/{invoice.pk}/"' in answer.content.decode()}


@pytest.mark.parametrize(
    ("chip", "names"),
    [
        ("", {"open", "late", "void", "quote", "credit", "paid"}),
        ("open", {"open", "late"}),
        ("past_due", {"late"}),
        ("paid", {"paid"}),
        ("quotes", {"quote"}),
        ("credits", {"credit"}),
        ("void", {"void"}),
    ],
)
def test_a_chip_keeps_what_it_says(shop, books, chip, names):
    assert shown(shop.client.get(f"{shop.root}/invoices/?show={chip}"), books) == names


def test_due_today_is_not_past_due(shop):
    with shop.inside():
        make_invoice(shop.dana, sale_on=dt.date(2026, 11, 6))  # Net 15: due on November 21
    page = shop.client.get(f"{shop.root}/invoices/").content.decode()
    assert "Past due <span>0</span>" in page


def test_a_search_finds_by_number_and_by_customer(shop, books):
    assert shown(shop.client.get(f"{shop.root}/invoices/?q=hollis"), books) == {"paid"}
    number = books["late"].number
    assert "late" in shown(shop.client.get(f"{shop.root}/invoices/?q=%23{number}"), books)
    assert shown(shop.client.get(f"{shop.root}/invoices/?q=nobody"), books) == set()
    assert shop.client.get(f"{shop.root}/invoices/?q={'9' * 60}").status_code == 200


def test_the_customers_tab_shows_only_the_customers_documents(shop, books):
    answer = shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/invoices/")
    assert shown(answer, books) == set(books) - {"paid"}
    assert "N/A" in answer.content.decode()


def test_a_neighbours_documents_are_not_there(shop, books):
    rival = make_furnished_company()
    clerk = make_staff(rival, administrator=True)
    client = Client()
    client.force_login(clerk.user)
    assert client.get(f"{shop.root}/invoices/").status_code == 404
    own = f"/{rival.slug}"
    assert shown(client.get(f"{own}/invoices/"), books) == set()
    for path in ("", "pdf/", "void/", "email/"):
        assert client.get(f"{own}/invoices/{books['open'].pk}/{path}").status_code == 404
    with inside(rival):
        assert not rival.invoices.exists()


def test_fifty_rows_take_as_many_queries_as_one(shop, queries):
    def count(path):
        with queries() as made:
            assert shop.client.get(shop.root + path).status_code == 200
        return len(made)

    paths = (
        "/invoices/",
        f"/customers/{shop.dana.pk}/invoices/",
        "/recurring/",
        f"/customers/{shop.dana.pk}/recurring/",
    )
    with shop.inside():
        make_invoice(shop.dana)
        make_recurring(shop.dana)
    for path in paths:
        count(path)
    few = [count(path) for path in paths]
    with shop.inside():
        for _ in range(24):
            make_invoice(make_customer())
            make_invoice(shop.dana)
            make_recurring(shop.dana)
    # a figure of the frame may be looked up fewer times, never more often
    assert all(now <= before for now, before in zip([count(path) for path in paths], few, strict=True))
