"""Who owes how much for how long? To the cent what the invoices say, today and at the end of any day before."""

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import connection

from alarmdesk.company.entering import SYSTEM, entered_id, inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.actions import void
from alarmdesk.invoicing.applying import apply_credit
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_furnished_company, make_invoice, net
from alarmdesk.payments.aging import BUCKETS, Aging, Row
from alarmdesk.payments.allocating import allocate, reverse_all
from alarmdesk.payments.testing import make_cash_payment
from tests.payments.conftest import NOON
from tests.payments.test_taking import TODAY

DAY = dt.timedelta(days=1)


@pytest.fixture
def shop() -> Company:
    return make_furnished_company()


def now(**asked: object) -> Aging:
    return Aging(on=TODAY, is_today=True, **asked)  # type: ignore[arg-type]


def then(days_ago: int) -> Aging:
    return Aging(on=TODAY - days_ago * DAY, is_today=False)


def owing(days_late: int, price: str, customer: object = None) -> Invoice:
    """An invoice that is so many days past due on TODAY."""
    on = TODAY - days_late * DAY - 15 * DAY
    at = NOON - dt.timedelta(days=days_late + 15)
    return make_invoice(customer, sale_on=on, at=at, term=net(15), lines=[line(price, tax_rate=Decimal(0))])


def test_each_age_has_its_column(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        for place, late in enumerate((-1, 0, 1, 30, 31, 60, 61, 90, 91, 400)):
            owing(late, f"{2**place}.00", customer)
        (row,) = now()
        assert [int(amount) for amount in row.ages] == [1, 2, 4 + 8, 16 + 32, 64 + 128, 256 + 512]
        assert (row.count, row.oldest, row.total) == (10, 400, Decimal("1023.00"))


def test_thresholds_sorts_and_pages_are_exact(shop: Company) -> None:
    with inside(shop):
        rich, poor = make_billed_customer(state=""), make_billed_customer(state="", email="")
        owing(40, "500.00", rich)
        owing(100, "20.00", poor)
        assert [row.pk for row in now()] == [rich.pk, poor.pk]
        assert [row.pk for row in now().order_by("-oldest", "-pk")] == [poor.pk, rich.pk]
        assert [row.pk for row in now().order_by("nonsense")] == [rich.pk, poor.pk]
        assert [row.pk for row in now()[1:3]] == [poor.pk]
        assert now(over=Decimal("20.01")).customers() == [rich.pk]
        assert now(days=41).customers() == [poor.pk]
        assert now(bucket="d31").customers() == [rich.pk]
        assert now(mailable=True).customers() == [rich.pk]
        assert now(only=(poor.pk,)).customers() == [poor.pk]
        assert now(only=()).count() == 0
        sums = now().sums()
        assert (sums.count, sums.total, sums.d91) == (2, Decimal("520.00"), Decimal("20.00"))


def test_a_past_day_is_told_as_it_was(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        first, second = owing(20, "100.00", customer), owing(5, "50.00", customer)
        cash = make_cash_payment(customer, "100.00", at=NOON - 10 * DAY)
        allocate(payment=cash, invoice=first, amount=Decimal("100.00"), at=NOON - 10 * DAY)
        credit = make_invoice(customer, type="credit", at=NOON - 6 * DAY, lines=[line("30.00")])
        apply_credit(credit, second, Decimal("30.00"), at=NOON - 4 * DAY)
        reverse_all(cash, at=NOON - 2 * DAY)
        days_ago = (1, 2, 3, 4, 5, 10, 11, 20, 21, 35, 36)
        assert {days: int(then(days).sums().total) for days in days_ago} == {
            1: 120, 2: 120, 3: 20, 4: 20, 5: 50, 10: 50, 11: 150, 20: 150, 21: 100, 35: 100, 36: 0,
        }  # fmt: skip
        void(owing(3, "9.00", customer), reason="Wrong", at=NOON - DAY, by="Rosa")
        assert [int(row.total) for days in (1, 2) for row in then(days)] == [120, 129]


def test_any_books_on_any_day_are_what_sql_counts_from_the_rows(shop: Company) -> None:
    chance = random.Random(20260302)
    with inside(shop):
        customers = [make_billed_customer(state="") for _ in range(5)]
        for _ in range(40):
            customer = chance.choice(customers)
            late = chance.randint(-15, 120)
            invoice = owing(late, f"{chance.randint(1, 9999) / 100:.2f}", customer)
            if chance.random() < 0.6:
                at = NOON - dt.timedelta(days=chance.randint(0, max(late + 15, 0)))
                part = (invoice.total * chance.randint(1, 100) / 100).quantize(Decimal("0.01"))
                if chance.random() < 0.5:
                    cash = make_cash_payment(customer, str(part), at=at)
                    allocate(payment=cash, invoice=invoice, amount=part, at=at)
                else:
                    credit = make_invoice(customer, type="credit", at=at, lines=[line(str(part))])
                    apply_credit(credit, invoice, part, at=at)
        assert {row.pk: row for row in now()} == {row.pk: row for row in Aging(on=TODAY, is_today=False)}
        assert sum((row.total for row in now()), Decimal(0)) == sum(
            (each.due for each in Invoice.objects.filter(type="invoice")), Decimal(0)
        )
        for days in (0, 1, 7, 30, 45, 90):
            assert [total(row) for row in then(days).order_by("name")] == counted(TODAY - days * DAY)


def total(row: Row) -> tuple[int, Decimal]:
    assert sum(row.ages) == row.total
    return row.pk, row.total


def counted(on: dt.date) -> list[tuple[int, Decimal]]:
    """By brute force, one correlated sum for each invoice."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            with dues as (select i.customer_id, i.total
                - (select coalesce(sum(amount), 0) from payments_allocation a where a.invoice_id = i.id
                    and (a.at at time zone 'America/Denver')::date <= %(on)s)
                - (select coalesce(sum(amount), 0) from invoicing_creditapplication a where a.invoice_id = i.id
                    and (a.at at time zone 'America/Denver')::date <= %(on)s) as due
                from invoicing_invoice i where i.company_id = %(company)s and i.type = 'invoice'
                and (i.issued_at at time zone 'America/Denver')::date <= %(on)s)
            select d.customer_id, sum(d.due) from dues d join customers_customer c on c.id = d.customer_id
            where d.due > 0 group by d.customer_id, c.first_name, c.last_name, c.business_name
            order by lower(coalesce(nullif(c.business_name, ''), btrim(c.first_name || ' ' || c.last_name))), 1
            """,
            {"on": on, "company": entered_id()},
        )
        return cursor.fetchall()


def test_the_ages_tile_every_day() -> None:
    for days in range(-400, 400):
        assert sum(bucket.holds(days) for bucket in BUCKETS) == 1, (days, SYSTEM)
