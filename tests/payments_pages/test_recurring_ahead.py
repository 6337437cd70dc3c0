"""How does the office change a price, raise many, look at a night, and mend what was parked?"""

import datetime as dt
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alarmdesk.company import runs
from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.invoicing import generation
from alarmdesk.invoicing.models import MMR_NUMBER, RateIncrease, RecurringInvoice
from alarmdesk.invoicing.testing import make_billed_customer, make_poisoned_recurring, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments.models import AutoPay
from alarmdesk.payments.raising import carry_out
from alarmdesk.payments.testing import make_auto_pay, make_method

if TYPE_CHECKING:
    from tests.payments_pages.shop import Shop

NOW = dt.datetime(2026, 2, 2, 19, tzinfo=dt.UTC)
MARCH = dt.date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _february() -> Any:
    with clock.hold(NOW):
        yield


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def recurring(shop: "Shop") -> RecurringInvoice:
    """Nora pays $39.95 from March 1 on, monthly, twelve times, charged to her card at once."""
    with inside(shop.company):
        made = make_recurring(shop.nora, anchor_on=MARCH, times=12, term=net(0), today=dt.date(2026, 2, 1))
        make_auto_pay(made, make_method(shop.nora))
    return made


def typed(shop: "Shop", price: str = "49.95", **fields: str) -> dict[str, Any]:
    with inside(shop.company):
        item = shop.company.billable_items.get(number=MMR_NUMBER).pk
    line = {"line": ["0"], "line-0-item": item, "line-0-description": "Monitoring", "line-0-quantity": "1"}
    return {**line, "line-0-unit_price": price, "line-0-tax_rate": "", "changes_on": "2026-06-01", **fields}


def test_from_june_on_the_price_is_49_95_and_auto_pay_goes_on(shop: "Shop", rosa: Any, recurring: Any) -> None:
    url = shop.url(f"recurring/{recurring.pk}/change/")
    page = words(rosa.get(url))
    assert "is billed for days before Mar 1, 2026; the new price from Mar 1, 2026 on, 12 invoices in all" in page
    told = rosa.get(url + "?changes_on=2026-06-15&splits=on", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="turn")
    assert "the last period in part" in words(told)
    rosa.post(url, typed(shop))
    with inside(shop.company):
        new = shop.company.recurring_invoices.get(follows=recurring)
        assert (new.begins_on, new.amount, new.times) == (dt.date(2026, 6, 1), Decimal("49.95"), 9)
        assert AutoPay.objects.filter(recurring_invoice=new, ended_at=None).count() == 1
    for one in (recurring, new):
        page = words(rosa.get(shop.url(f"recurring/{one.pk}/")))
        assert "Prices over time" in page
        assert "Jun 1, 2026" in page
    rosa.post(shop.url(f"recurring/{new.pk}/undo/"))
    with inside(shop.company):
        assert shop.company.recurring_invoices.get().ended_on is None
        assert AutoPay.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"changes_on": "2026-02-02"}, "A price can change from tomorrow on"),
        ({"changes_on": "2027-06-01"}, "It makes no invoice for days from Jun 1, 2027 on."),
        ({"changes_on": ""}, "This field is required."),
        ({"line-0-quantity": "0"}, "Quantity cannot be 0."),
        ({"line-0-unit_price": "-5"}, "The total is below zero."),
    ],
)
def test_what_cannot_change_is_said_and_kept(shop: "Shop", rosa: Any, recurring: Any, fields: Any, said: str) -> None:
    answer = rosa.post(shop.url(f"recurring/{recurring.pk}/change/"), typed(shop, **fields))
    assert answer.status_code == 422
    assert said in words(answer)
    with inside(shop.company):
        assert shop.company.recurring_invoices.count() == 1


def test_a_recurring_invoice_with_auto_pay_is_deleted_before_its_first_invoice(
    shop: "Shop", rosa: Any, recurring: Any
) -> None:
    rosa.post(shop.url(f"recurring/{recurring.pk}/delete/"))
    with inside(shop.company):
        assert not shop.company.recurring_invoices.exists()


def increase(shop: "Shop", **fields: Any) -> dict[str, Any]:
    with inside(shop.company):
        item = shop.company.billable_items.get(number=MMR_NUMBER).pk
    told = {"how": "percent", "value": "5", "rounding": "95", "effective_on": "2026-06-01", "items": [item]}
    return {**told, "spares_months": "0", "tells": "on", "letter": "Costs rose.", **fields}


def test_an_increase_is_chosen_seen_applied_and_undone(shop: "Shop", rosa: Any, recurring: Any) -> None:
    rosa.post(shop.url("recurring/increases/new/"), increase(shop))
    with inside(shop.company):
        made = RateIncrease.objects.get()
        make_recurring(make_billed_customer(customer_since=dt.date(2026, 5, 1)), anchor_on=MARCH, times=2)
    page = shop.url(f"recurring/increases/{made.pk}/")
    seen = words(rosa.get(page))
    assert "Nora Whitfield Recurring invoice 1 Jun 1, 2026 $39.95 $41.95 $2.00" in seen
    assert "It makes no invoice for days from Jun 1, 2026 on." in words(rosa.get(page + "?show=left_out"))
    assert "1 recurring invoices go from $39.95 to $41.95" in words(rosa.get(page + "apply/"))
    rosa.post(page + "apply/")
    assert "Waiting for a worker" in words(rosa.get(page))
    carry_out(shop.company, made.pk, now=lambda: NOW, actor=SYSTEM)
    assert "Nora Whitfield Recurring invoice 3 Jun 1, 2026 $39.95 $41.95" in words(rosa.get(page))
    assert rosa.post(page + "apply/").status_code == 422
    rosa.post(page + "undo/")
    carry_out(shop.company, made.pk, now=lambda: NOW, actor=SYSTEM)
    assert "No price stands" in words(rosa.get(page))
    with inside(shop.company):
        assert shop.company.recurring_invoices.filter(ended_on=None).count() == 2


def test_an_increase_that_stopped_goes_on(shop: "Shop", rosa: Any, recurring: Any) -> None:
    rosa.post(shop.url("recurring/increases/new/"), increase(shop))
    with inside(shop.company):
        made = RateIncrease.objects.get()
    page = shop.url(f"recurring/increases/{made.pk}/")
    rosa.post(page + "apply/")
    assert "has not stopped" in words(rosa.post(page + "go-on/", follow=True))
    with inside(shop.company):
        runs.fail(shop.company.runs.get(kind="increase"), "A fault", at=NOW)
    assert "Go on" in words(rosa.get(page))
    assert "It goes on." in words(rosa.post(page + "go-on/", follow=True))
    assert carry_out(shop.company, made.pk, now=lambda: NOW, actor=SYSTEM) == 1
    assert "Not billed" not in words(rosa.get(shop.of_nora()))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": "0"}, "An increase is above zero."),
        ({"value": "1000"}, "At most 100 percent at once."),
        ({"value": "much"}, "Write a number"),
        ({"effective_on": "2026-02-02"}, "Choose a day after today"),
        ({"items": []}, "This field is required."),
        ({"price_from": "50", "price_to": "40"}, "The range ends before it begins."),
        ({"spares_months": "-1"}, "Write 0 or more"),
    ],
)
def test_an_increase_that_cannot_be_is_said_and_kept(shop: "Shop", rosa: Any, fields: Any, said: str) -> None:
    answer = rosa.post(shop.url("recurring/increases/new/"), increase(shop, **fields))
    assert answer.status_code == 422
    assert said in words(answer)
    assert "Costs rose." in words(answer)
    with inside(shop.company):
        assert not RateIncrease.objects.exists()


def test_a_night_is_seen_before_it_comes(shop: "Shop", rosa: Any, recurring: Any) -> None:
    with inside(shop.company):
        make_recurring(make_billed_customer(first_name="Ada"), anchor_on=MARCH, today=dt.date(2026, 2, 1))
        make_poisoned_recurring(make_billed_customer(first_name="Olga"), anchor_on=MARCH, today=dt.date(2026, 2, 1))
    page = words(rosa.get(shop.url("runs/preview/?on=2026-03-01")))
    assert "Nora Whitfield New Auto Pay $39.95 $0.00 $39.95" in page
    assert "Ada Whitfield New No billing method $39.95 $0.00 $0.00" in page
    assert "is more than an invoice can hold" in page
    assert "Nora" not in words(rosa.get(shop.url("runs/preview/?on=2026-03-01&show=uncharged")))
    for nonsense in ("2026-01-01", "yesterday", "2031-01-01"):
        assert "Choose a night from Feb 2, 2026" in words(rosa.get(shop.url(f"runs/preview/?on={nonsense}")))


def test_a_preview_asks_the_same_number_of_questions_however_many_it_shows(shop: "Shop", rosa: Any) -> None:
    counts = []
    for _ in range(2):
        with inside(shop.company):
            for _ in range(8):
                make_recurring(make_billed_customer(), anchor_on=MARCH, today=dt.date(2026, 2, 1))
        with CaptureQueriesContext(connection) as made:
            rosa.get(shop.url("runs/preview/?on=2026-03-01"))
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_what_was_parked_is_mended_and_run_again(shop: "Shop", rosa: Any) -> None:
    with inside(shop.company):
        poisoned = make_poisoned_recurring(shop.nora, anchor_on=dt.date(2026, 1, 5))
    generation.generate_due(shop.company, today=dt.date(2026, 2, 2), at=NOW)
    with inside(shop.company):
        parked = poisoned.parked.get()
    assert "more than an invoice can hold" in words(rosa.get(shop.url("settings/parked/")))
    answer = rosa.post(shop.url(f"settings/parked/{parked.pk}/run-again/"), follow=True)
    assert "still cannot be billed" in words(answer)
    with inside(shop.company):
        poisoned.lines.update(quantity=1, unit_price="39.95")
        parked = poisoned.parked.get(released_at=None)
    answer = rosa.post(shop.url(f"settings/parked/{parked.pk}/run-again/"), follow=True)
    assert "made 1 invoice for $39.95" in words(answer)
    assert "Nothing is parked" in words(answer)
    with inside(shop.company):
        assert poisoned.invoices.get().sale_on == dt.date(2026, 1, 5)


def test_ending_inside_a_paid_month_proposes_the_credit(shop: "Shop", rosa: Any) -> None:
    with inside(shop.company):
        recurring = make_recurring(shop.nora, anchor_on=dt.date(2026, 2, 1))
    generation.generate_due(shop.company, today=dt.date(2026, 2, 2), at=NOW)
    url = shop.url(f"recurring/{recurring.pk}/end/")
    told = rosa.get(url + "?on=2026-02-15", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="unused")
    assert "Unused: Feb 15, 2026 to Feb 28, 2026, 14 of 28 days, $19.97 with tax" in words(told)
    rosa.post(url, {"on": "2026-02-15", "reason": "Moved", "credits": "on"})
    with inside(shop.company):
        credit = shop.company.invoices.get(type="credit")
        assert (credit.total, credit.note) == (
            Decimal("19.97"), "Unused days of invoice 2: Feb 15, 2026 to Feb 28, 2026, 14 of 28 days.",
        )  # fmt: skip
    # brought forward, it credits the days that are new, and the page says that the others were credited
    told = rosa.get(url + "?on=2026-02-08", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="unused")
    assert "21 of 28 days, $9.99 with tax, less what was credited before" in words(told)
    said = rosa.post(url, {"on": "2026-02-08", "reason": "Moved sooner", "credits": "on"}, follow=True)
    assert "for $9.99 is issued" in words(said)
    assert "nothing to credit" in words(rosa.get(url + "?on=2026-02-08"))
