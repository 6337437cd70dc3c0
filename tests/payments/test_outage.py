"""The scheduler was off for 75 days: three invoices with their own dates, one charge (test 6; D10)."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Any

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.customers import actions
from alarmdesk.invoicing.schedules import end
from alarmdesk.invoicing.testing import line, make_billed_customer, make_recurring, net
from alarmdesk.payments.audit import audit
from alarmdesk.payments.changing import change_price
from alarmdesk.payments.coming import coming_night
from alarmdesk.payments.models import Payment
from alarmdesk.payments.testing import make_auto_pay, make_method
from tests.payments.nights import drawn, night_of, run_night

BEGUN = dt.date(2026, 1, 31)
BACK = BEGUN + dt.timedelta(days=75)  # April 16
MONTHS = [dt.date(2026, 1, 31), dt.date(2026, 2, 28), dt.date(2026, 3, 31), dt.date(2026, 4, 30)]


def subscribed(**fields: Any) -> Any:
    customer = make_billed_customer(state="")
    recurring = make_recurring(customer, **{"term": net(15), **fields})
    make_auto_pay(recurring, make_method(customer))
    return recurring


def test_after_75_days_three_invoices_with_their_own_dates_and_one_charge(shop: Company, world: Any) -> None:
    with inside(shop):
        recurring = subscribed()
        seen = coming_night(BACK, first=BACK)
    world.set_clock(night_of(BACK))
    done = run_night(shop, BACK)
    assert (done.invoices, done.charges.charged, done.parked) == (3, 1, 0)
    assert (len(seen.made.makes), [charge.amount for charge in seen.charges]) == (3, [Decimal("119.85")])
    with inside(shop):
        periods = list(recurring.periods.order_by("seq").values_list("starts_on", "ends_on"))
        assert periods == list(pairwise(MONTHS))
        dates = list(recurring.invoices.order_by("number").values_list("sale_on", "due_on"))
        assert dates == [(day, day + dt.timedelta(days=15)) for day in MONTHS[:3]]
        payment = Payment.objects.get()
        assert (payment.amount, payment.plans.count()) == (Decimal("119.85"), 3)
    assert drawn(world, shop) == {Decimal("119.85"): 1}
    assert run_night(shop, BACK).invoices == 0
    assert audit(shop, now=night_of(BACK)).differences == []


def test_what_was_cancelled_meanwhile_stops_at_its_date(shop: Company, world: Any) -> None:
    with inside(shop):
        ended, left, later = subscribed(), subscribed(), subscribed(in_arrears=True, starts_on=dt.date(2026, 1, 10))
        end(ended, on=dt.date(2026, 3, 1), reason="Moved", by="Rosa")
        actions.cancel(left.customer, on=dt.date(2026, 2, 28), by="Rosa")
        end(later, on=dt.date(2026, 3, 14), reason="Moved", by="Rosa", prorated=True)
    world.set_clock(night_of(BACK))
    run_night(shop, BACK)
    with inside(shop):
        assert [one.sale_on for one in ended.invoices.order_by("number")] == MONTHS[:2]
        assert [one.sale_on for one in left.invoices.order_by("number")] == MONTHS[:1]
        assert [one.sale_on for one in later.invoices.order_by("number")] == [*MONTHS[:2], dt.date(2026, 3, 14)]
        # 21 of 31 days, a whole month, and 14 of 31 days of $39.95
        assert [one.total for one in later.invoices.order_by("number")] == [
            Decimal("27.06"), Decimal("39.95"), Decimal("18.04"),
        ]  # fmt: skip
    assert audit(shop, now=night_of(BACK)).differences == []


def test_a_price_that_changed_meanwhile_is_billed_on_its_own_periods(shop: Company, world: Any) -> None:
    with inside(shop):
        recurring = subscribed()
        change_price(
            recurring, on=dt.date(2026, 2, 15), lines=[line("49.95")], today=dt.date(2026, 1, 2),
            at=night_of(dt.date(2026, 1, 2)), by="Rosa",
        )  # fmt: skip
    world.set_clock(night_of(BACK))
    done = run_night(shop, BACK)
    assert (done.invoices, done.charges.charged, done.charges.amount) == (3, 1, Decimal("139.85"))
    assert drawn(world, shop) == {Decimal("139.85"): 1}
    assert audit(shop, now=night_of(BACK)).differences == []
