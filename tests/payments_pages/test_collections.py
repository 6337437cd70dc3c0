"""The office says how declined payments are collected, holds off for a promise, and sees what happens next."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.testing import line, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments.dunning import Policy, policy
from alarmdesk.payments.models import Payment, Promise
from alarmdesk.payments.night import night, open_night
from alarmdesk.payments.testing import make_auto_pay, make_card_token, make_method
from simulators.nmi.rules import card_answering
from tests.payments_pages.shop import Shop, signed_in

DAY = dt.timedelta(days=1)
SAVED = {"schedule": "2, 5", "writes": "on"}


def own_policy(shop: Shop) -> Policy:
    with inside(shop.company):
        return policy()


def today(shop: Shop) -> dt.date:
    return shop.company.local_date(clock.now())


def declined_last_night(shop: Shop, world: Any) -> Invoice:
    """Nora's monthly invoice, which a card without funds did not pay."""
    with inside(shop.company):
        method = make_method(shop.nora, make_card_token(world, shop.company, card_answering(202)))
        monthly = make_recurring(shop.nora, anchor_on=today(shop), today=today(shop) - DAY, term=net(0), lines=[line()])
        make_auto_pay(monthly, method)
    run = open_night(shop.company, on=today(shop), at=clock.now(), by="test")
    assert night(shop.company, on=today(shop), now=clock.now, run=run).charges.declined == 1
    with inside(shop.company):
        return Invoice.objects.get(recurring_invoice=monthly)


def test_a_company_begins_with_the_days_3_7_and_14_and_sets_its_own(shop: Shop, rosa: Client) -> None:
    page = rosa.get(shop.url("settings/collections/")).content.decode()
    assert 'value="3, 7, 14"' in page
    assert rosa.post(shop.url("settings/collections/"), SAVED).status_code == 302
    assert own_policy(shop) == Policy((2, 5), writes=True, tells_expiry=False, uses_credit=False)
    assert rosa.post(shop.url("settings/collections/"), {"schedule": ""}).status_code == 302
    assert own_policy(shop) == Policy((), writes=False, tells_expiry=False, uses_credit=False)


@pytest.mark.parametrize(
    "typed", ["soon", "3, x", "7, 3", "3, 3", "0, 3", "-1", "3, 61", "1 2 3 4 5 6 7 8 9 10 11", "²"]
)
def test_a_schedule_that_makes_no_sense_is_refused_beside_the_field(shop: Shop, rosa: Client, typed: str) -> None:
    answer = rosa.post(shop.url("settings/collections/"), {**SAVED, "schedule": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.content.decode()
    assert own_policy(shop) == Policy()


def test_who_may_only_look_sees_the_policy_and_changes_nothing(shop: Shop) -> None:
    viewer = signed_in(make_staff(shop.company, billing_admin.view))
    page = viewer.get(shop.url("settings/collections/")).content.decode()
    assert "3, 7, 14" in page
    assert "<input" not in page.partition("<main")[2].partition("</main")[0]
    assert viewer.post(shop.url("settings/collections/"), SAVED).status_code == 403
    assert own_policy(shop) == Policy()


def test_the_second_of_two_windows_is_told_what_the_first_one_saved(shop: Shop, rosa: Client) -> None:
    page = rosa.get(shop.url("settings/collections/")).content.decode()
    version = page.partition('name="version" value="')[2].partition('"')[0]
    assert version
    rosa.post(shop.url("settings/collections/"), SAVED)
    answer = rosa.post(shop.url("settings/collections/"), {"schedule": "9", "version": version})
    assert answer.status_code == 422
    assert "3, 7, 14 → 2, 5" in answer.content.decode()
    assert own_policy(shop).days == (2, 5)


def test_a_promise_is_set_on_the_billing_tab_changed_and_ended(shop: Shop, rosa: Client) -> None:
    until = today(shop) + 5 * DAY
    answer = rosa.post(shop.of_nora("promise/"), {"until": until.isoformat(), "note": "Gets paid on Friday"})
    assert answer.status_code == 302
    page = rosa.get(shop.of_nora("billing/")).content.decode()
    assert "Will pay by" in page
    assert "Gets paid on Friday" in page
    rosa.post(shop.of_nora("promise/"), {"until": (until + DAY).isoformat()})
    with inside(shop.company):
        assert Promise.objects.get(ended_at=None).until == until + DAY
        assert Promise.objects.count() == 2
    rosa.post(shop.of_nora("promise/end/"))
    assert "Will pay by" not in rosa.get(shop.of_nora("billing/")).content.decode()


def test_a_promise_for_a_day_that_is_over_is_refused_beside_the_field(shop: Shop, rosa: Client) -> None:
    answer = rosa.post(shop.of_nora("promise/"), {"until": (today(shop) - DAY).isoformat(), "note": "Kept"})
    assert answer.status_code == 422
    assert "This day is over" in answer.content.decode()
    assert "Kept" in answer.content.decode()


def test_a_declined_invoice_says_what_happens_next(shop: Shop, rosa: Client, world: Any) -> None:
    invoice = declined_last_night(shop, world)
    page = rosa.get(shop.url(f"invoices/{invoice.pk}/")).content.decode()
    assert "What happens next" in page
    assert "Auto Pay tries Visa ending" in page
    with inside(shop.company):
        payment = Payment.objects.get()
    assert "Auto Pay tries Visa ending" in rosa.get(shop.url(f"payments/{payment.pk}/")).content.decode()
    rosa.post(shop.of_nora("promise/"), {"until": (today(shop) + 9 * DAY).isoformat()})
    assert "promised to pay by" in rosa.get(shop.url(f"invoices/{invoice.pk}/")).content.decode()
