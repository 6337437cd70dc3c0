"""The pages about the gateway's books: deposits, differences, bank returns and webhooks."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_staff
from alarmdesk.lib import clock
from alarmdesk.payments.models import Attempt, Deposit, Discrepancy, InboundEvent, Payment
from alarmdesk.payments.nacha import Returned, may_represent, rates
from alarmdesk.payments.permissions import payments
from alarmdesk.payments.testing import make_cash_payment
from tests.payments_pages.shop import Shop, signed_in

DAY = dt.timedelta(days=1)


def make_deposit(shop: Shop, *, amount: str, matched: str) -> None:
    with inside(shop.company):
        Deposit.objects.create(
            gateway=shop.gateway, batch_id=f"B{amount}", settled_at=clock.now(), count=2, amount=Decimal(amount),
            matched_count=2, matched_amount=Decimal(matched),
        )  # fmt: skip


def make_difference(shop: Shop) -> Discrepancy:
    with inside(shop.company):
        difference: Discrepancy = Discrepancy.objects.create(
            gateway=shop.gateway, kind="extra", key="WEBSHOP-1", external_id="8000000001", theirs="9.00",
            found_at=clock.now(),
        )  # fmt: skip
        return difference


def make_debits(shop: Shop, count: int, *, code: str = "", days_ago: int = 10) -> list[Payment]:
    """Bank debits of some days ago; with a code they came back the same day."""
    at = clock.now() - days_ago * DAY
    fields = {"method": "ach", "status": "returned" if code else "complete", "return_code": code}
    fields |= {"returned_at": at} if code else {}
    made = []
    with inside(shop.company):
        for number in range(count):
            payment = make_cash_payment(shop.nora, "40.00", at=at, **fields)
            Attempt.objects.create(
                payment=payment, gateway=shop.gateway, key=f"k{code}{days_ago}-{number}", amount=payment.amount,
                state="approved", created_at=at, sent_at=at,
            )  # fmt: skip
            made.append(payment)
    return made


def test_deposits_say_what_is_missing_of_them(shop: Shop, rosa: Client) -> None:
    make_deposit(shop, amount="100.00", matched="100.00")
    make_deposit(shop, amount="250.00", matched="210.00")
    page = rosa.get(shop.url("deposits/")).content.decode()
    assert "$40.00" in page
    assert "B100.00" in page
    assert "B100.00" not in rosa.get(shop.url("deposits/?show=differing")).content.decode()


def test_a_difference_is_closed_with_a_note_and_only_by_who_may(shop: Shop, rosa: Client) -> None:
    difference = make_difference(shop)
    address = shop.url(f"deposits/differences/{difference.pk}/close/")
    viewer = signed_in(make_staff(shop.company, payments.view))
    assert "Not in our books" in viewer.get(shop.url("deposits/differences/")).content.decode()
    assert "close/" not in viewer.get(shop.url("deposits/differences/")).content.decode()
    assert viewer.post(address, {"note": "x"}).status_code == 403
    assert rosa.post(address, {"note": ""}).status_code == 422
    assert rosa.post(address, {"note": "Sold in the web shop"}).status_code == 302
    with inside(shop.company):
        closed = Discrepancy.objects.get()
        assert (closed.note, closed.settled_by) == ("Sold in the web shop", shop.rosa.user.get_full_name())
    page = rosa.get(shop.url("deposits/differences/")).content.decode()
    assert "Sold in the web shop" in page
    assert "close/" not in page


def test_failed_webhooks_are_seen_and_tried_again(shop: Shop, rosa: Client) -> None:
    with inside(shop.company):
        InboundEvent.objects.create(
            gateway=shop.gateway, event_id="e", kind="transaction.sale.success", at=clock.now(), state="failed",
            received_at=clock.now() - DAY, body="{}", tries=6, error="The gateway did not answer.",
        )  # fmt: skip
    assert "The gateway did not answer." in rosa.get(shop.url("deposits/webhooks/?show=failed")).content.decode()
    assert rosa.get(shop.url("deposits/webhooks/again/")).status_code == 405
    assert rosa.post(shop.url("deposits/webhooks/again/")).status_code == 302
    with inside(shop.company):
        again = InboundEvent.objects.get()
        assert (again.state, again.tries) == ("received", 0)


def test_the_three_rates_are_those_of_sixty_days(shop: Shop, rosa: Client) -> None:
    make_debits(shop, 190)
    make_debits(shop, 1, code="R10")
    make_debits(shop, 4, code="R02")
    make_debits(shop, 5, code="R01")
    make_debits(shop, 50, code="R01", days_ago=61)
    with inside(shop.company):
        found = rates(shop.company.local_date(clock.now()), shop.company.time_zone)
    assert found.debits == 200
    told = [(each.name, each.count, each.share, each.is_over, each.is_near) for each in found.ratios]
    assert told == [
        ("Unauthorized", 1, Decimal("0.5"), False, True),
        ("Administrative", 4, Decimal(2), False, False),
        ("All returns", 10, Decimal(5), False, False),
    ]
    page = rosa.get(shop.url("deposits/returns/")).content.decode()
    assert "0.50 %" in page
    assert "Of 200 bank debits" in page
    make_debits(shop, 1, code="R29")
    with inside(shop.company):
        assert rates(shop.company.local_date(clock.now()), shop.company.time_zone).ratios[0].is_over


def test_without_a_debit_there_is_no_rate(shop: Shop, rosa: Client) -> None:
    page = rosa.get(shop.url("deposits/returns/")).content.decode()
    assert "Nothing came back" in page
    assert "0 returned, at most 0.5 % allowed" in page


@pytest.mark.parametrize(
    ("code", "times", "days", "may"),
    [
        ("R01", 1, 5, True),
        ("R09", 2, 180, True),
        ("R01", 3, 5, False),
        ("R01", 1, 181, False),
        ("R02", 1, 5, False),
        ("R10", 1, 5, False),
    ],
)
def test_only_want_of_funds_is_drawn_again_twice_in_180_days(code: str, times: int, days: int, may: bool) -> None:
    first = dt.date(2026, 3, 2)
    assert may_represent(Returned(code, first, times), first + days * DAY) is may


def test_removing_a_bank_account_keeps_what_its_owner_agreed_to(shop: Shop, rosa: Client) -> None:
    """Nacha: the authorization is kept for two years after it ended; nothing here ever deletes it."""
    with inside(shop.company):
        method = shop.nora.billing_methods.create(
            kind="ach", gateway=shop.gateway, vault_id="gone", created_at=clock.now(), created_by="x",
            consent_at=clock.now(), consent_ip="198.51.100.7", consent_text="I authorize Northgate to debit …",
        )  # fmt: skip
    rosa.post(shop.url(f"billing-methods/{method.pk}/remove/"), {"agreed": "on", "confirm": "1"})
    with inside(shop.company):
        kept = shop.nora.billing_methods.get(pk=method.pk)
        assert kept.removed_at is not None
        assert (kept.consent_ip, kept.consent_text) == ("198.51.100.7", "I authorize Northgate to debit …")
        assert kept.consent_at == method.consent_at
