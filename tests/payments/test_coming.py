"""What a preview says of a night is what the night then does, to the cent; the gateway's statement is the judge."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import Any

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import CreditApplication
from alarmdesk.invoicing.schedules import end
from alarmdesk.invoicing.testing import (
    line,
    make_billed_customer,
    make_invoice,
    make_poisoned_recurring,
    make_recurring,
    make_state_tax,
    net,
)
from alarmdesk.payments.changing import change_price
from alarmdesk.payments.coming import Care, ComingNight, coming_night, next_night
from alarmdesk.payments.models import Allocation, BillingMethod
from alarmdesk.payments.promises import make_promise
from alarmdesk.payments.testing import make_auto_pay, make_cash_payment
from alarmdesk.payments.views.coming import Preview
from tests.payments.nights import FIRST, copy_of, drawn, make_subscribers, night_of, run_night

DAY = dt.timedelta(days=1)


def preview(shop: Company, on: dt.date, first: dt.date) -> ComingNight:
    with inside(shop):
        return coming_night(on, first=first)


def amounts(night: ComingNight) -> Counter[Decimal]:
    return Counter(charge.amount for charge in night.charges)


def applied(shop: Company) -> dict[int, Decimal]:
    """What credit on account has paid so far, by customer: what was applied that no charge of the night brought."""
    found: Counter[int] = Counter()
    with inside(shop):
        for customer, amount in CreditApplication.objects.values_list("invoice__customer", "amount"):
            found[customer] += amount
        by_hand = Allocation.objects.filter(payment__is_automatic=False)
        for customer, amount in by_hand.values_list("invoice__customer", "amount"):
            found[customer] += amount
    return dict(found)


def assert_rows_say(seen: ComingNight, shop: Company) -> None:
    """The page has a row for each, with what is applied beside what is charged; an older invoice, too."""
    with inside(shop):
        rows = {row.customer_id: row for row in Preview(seen, show="", page=1).rows}
    assert {pk: row.applied for pk, row in rows.items() if row.applied} == seen.applied
    assert sum(row.charged for row in rows.values()) == seen.charged
    assert any(row.applied and not row.invoices for row in rows.values())


def make_world(shop: Company) -> None:
    """Subscribers of every kind: drawn at once, late, on Net 15, poisoned, ended, leaving, blocked, promised, in
    arrears, split by a change, with tax.
    """
    first, *others = make_subscribers(shop, 12)
    with inside(shop):
        make_state_tax()
        method = BillingMethod.objects.filter(customer=first.customer_id).get()
        today = FIRST - 30 * DAY

        def more(**fields: Any) -> Any:
            customer = make_billed_customer(state="OK")
            made = make_recurring(customer, **{"anchor_on": FIRST, "term": net(0), "today": today, **fields})
            make_auto_pay(made, copy_of(method, customer.pk))
            return made

        more(anchor_on=FIRST - 20 * DAY, every=1, unit="week")  # late: three periods and one more
        more(term=net(15))
        more(anchor_on=FIRST - 15 * DAY, term=net(15))
        more(in_arrears=True, starts_on=FIRST - 10 * DAY)
        split = more(anchor_on=FIRST - 2 * DAY)
        change_price(split, on=FIRST, lines=[line("99.95")], splits=True, today=today, at=night_of(today), by="Rosa")
        end(more(anchor_on=FIRST - DAY), on=FIRST - DAY, reason="Moved", by="Rosa")
        leaving = more()
        leaving.customer.status, leaving.customer.cancelled_on = "cancelled", FIRST
        leaving.customer.save()
        make_poisoned_recurring(make_billed_customer(), anchor_on=FIRST, today=today)
        make_recurring(make_billed_customer(), anchor_on=FIRST, today=today)  # no method
        BillingMethod.objects.filter(customer=others[0].customer_id).update(blocked_at=night_of(today))
        BillingMethod.objects.filter(customer=others[2].customer_id).update(expires_on=FIRST + 5 * DAY)
        make_cash_payment(others[4].customer, "5.00")
        make_cash_payment(others[5].customer, "30.00", method="check")
        early = make_billed_customer(state="")  # nothing of theirs is made: credit pays a part of an older invoice
        make_invoice(early, sale_on=FIRST - 9 * DAY, term=net(0), lines=[line("25.00")])
        make_cash_payment(early, "8.00")
        make_invoice(others[6].customer, type="credit", lines=[line("12.50")])
        make_promise(others[1].customer, until=FIRST + 3 * DAY, note="", at=night_of(today), by="Rosa", today=today)


def test_a_preview_of_a_night_is_what_the_night_then_does(shop: Company, world: Any) -> None:
    make_world(shop)
    seen = preview(shop, FIRST, FIRST)
    world.set_clock(night_of(FIRST))
    done = run_night(shop, FIRST)
    assert (len(seen.made.makes), seen.made.amount, len(seen.made.parks)) == (done.invoices, done.invoiced, done.parked)
    assert (len(seen.charges), seen.charged) == (done.charges.charged, done.charges.amount)
    assert amounts(seen) == drawn(world, shop)
    assert (seen.from_account, done.parked) == (done.from_account, 1)
    assert done.from_account > Decimal("30.00")
    assert seen.applied == applied(shop)
    assert_rows_say(seen, shop)
    assert {"Too many", "No billing"} & {care.value[:10] for care in seen.cares.values()} == {"No billing"}
    assert Counter(seen.cares.values())[Care.BLOCKED] == Counter(seen.cares.values())[Care.PROMISED] == 1
    assert Counter(seen.cares.values())[Care.EXPIRING] == 1
    with inside(shop):
        reasons = list(shop.parked_accounts.values_list("reason", flat=True))
        assert [parking.reason for parking in seen.made.parks] == reasons


def test_nights_that_lie_ahead_are_what_they_become(shop: Company, world: Any) -> None:
    make_world(shop)
    nights = [FIRST + n * DAY for n in range(20)]
    seen = {on: preview(shop, on, FIRST) for on in nights}
    before: Counter[Decimal] = Counter()
    taken: dict[int, Decimal] = {}
    for on in nights:
        world.set_clock(night_of(on))
        done = run_night(shop, on)
        ahead = seen[on]
        assert (on, len(ahead.made.makes), ahead.made.amount) == (on, done.invoices, done.invoiced)
        now = drawn(world, shop)
        assert (on, amounts(ahead), ahead.from_account) == (on, now - before, done.from_account)
        then, taken = taken, applied(shop)
        news = {customer: amount - then.get(customer, 0) for customer, amount in taken.items()}
        assert (on, ahead.applied) == (on, {customer: amount for customer, amount in news.items() if amount})
        before = now


def test_the_difference_to_the_last_month_is_told_by_chain(shop: Company, world: Any) -> None:
    subscribers = make_subscribers(shop, 5)
    world.set_clock(night_of(FIRST))
    run_night(shop, FIRST)
    april = dt.date(2026, 4, 3)
    with inside(shop):
        end(subscribers[0], on=FIRST + DAY, reason="Moved", by="Rosa")
        change_price(subscribers[1], on=april, lines=[line("77.00")], today=FIRST, at=night_of(FIRST), by="Rosa")
        make_recurring(make_billed_customer(state=""), anchor_on=april, today=FIRST, lines=[line("11.00")])
    found = preview(shop, april, FIRST + DAY).difference
    assert [one.then for one in found.gone] == [Decimal("20.00")]
    assert [(one.then, one.now) for one in found.changed] == [(Decimal("20.01"), Decimal("77.00"))]
    assert [one.now for one in found.new] == [Decimal("11.00")]
    assert (found.first, found.last) == (FIRST, FIRST)
    assert preview(shop, dt.date(2026, 4, 30), FIRST + DAY).difference.last == dt.date(2026, 3, 31)


def test_looking_writes_nothing_and_the_next_night_is_todays_until_it_has_finished(shop: Company, world: Any) -> None:
    make_subscribers(shop, 2)
    with inside(shop):
        assert next_night(FIRST) == FIRST
    preview(shop, FIRST, FIRST)
    with inside(shop):
        assert (shop.invoices.count(), shop.series.filter(code="invoice").count()) == (0, 0)
    world.set_clock(night_of(FIRST))
    run_night(shop, FIRST)
    with inside(shop):
        assert next_night(FIRST) == FIRST + DAY
    assert preview(shop, FIRST + DAY, FIRST + DAY).charges == []
