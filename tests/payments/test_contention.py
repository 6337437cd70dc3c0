"""What if everybody wants to pay one invoice in the same moment? Fifty clicks in the portal, Auto Pay's worker, a check
at the office and webhooks that come twenty times: one of them wins, and every other is told so (acceptance test 3).
"""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import line, make_billed_customer, make_recurring, net
from alarmdesk.lib import clock
from alarmdesk.payments.audit import audit
from alarmdesk.payments.charging import charge_due
from alarmdesk.payments.inbound import work_off
from alarmdesk.payments.models import Payment
from alarmdesk.payments.testing import make_auto_pay, make_method, merchant_of
from alarmdesk.portal.testing import make_holder
from tests.payments.dialects import amounts, both_dialects, listen
from tests.payments.nights import FIRST, night_of

CLICKS, REPLAYS = 50, 20
PRICE = Decimal("100.00")
HIDDEN = re.compile(r'name="(token|owed)" value="([^"]+)"')
TOLD = re.compile(r"under way|not due any more|nothing is due|due has changed|owed has changed", re.IGNORECASE)
"""What a loser's page says."""


class Crowd:
    """Nora's invoice of $100.00, which Auto Pay draws tonight, and all who want to pay it now."""

    def __init__(self, shop: Company, world: Any, site: str) -> None:
        self.shop, self.world, self.at = shop, world, night_of(FIRST)
        listen(world, shop, site)
        with inside(shop):
            customer = make_billed_customer(state="")
            self.method = make_method(customer)
            recurring = make_recurring(customer, anchor_on=FIRST, term=net(0), lines=[line(price=str(PRICE))])
            make_auto_pay(recurring, self.method)
            self.nora = make_holder(customer).user
        generate_due(shop, today=FIRST, at=self.at)
        with inside(shop):
            self.invoice = Invoice.objects.get()
        self.rosa = make_staff(shop, administrator=True).user
        self.start = threading.Barrier(CLICKS + 3)

    def rush(self, *, check_waits: float, clicks_wait: float) -> list[str]:
        """All at once, but for the head start of some; what came of each: paid, or how it was turned away."""
        holder, office = self._browser(self.nora), self._browser(self.rosa)
        page = office.get(self._url(f"customers/{self.invoice.customer_id}/payments/take/")).content.decode()
        hidden = dict(HIDDEN.findall(page))
        assert set(hidden) == {"token", "owed"}
        acts = [lambda: self._click(holder, clicks_wait)] * CLICKS
        acts += [lambda: self._enter_check(office, hidden, check_waits), self._draw, self._replay]
        with ThreadPoolExecutor(len(acts)) as crowd:
            return [each for each in crowd.map(self._alone, acts) if each]

    def _alone(self, act: Callable[[], str]) -> str:
        try:
            self.start.wait(30)
            return act()
        finally:
            connection.close()

    def _browser(self, user: Any) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def _url(self, path: str) -> str:
        return f"/{self.shop.slug}/{path}"

    def _click(self, holder: Client, wait: float) -> str:
        time.sleep(wait)
        sent = {"method": str(self.method.pk), "amount": str(PRICE)}
        client = Client()
        client.cookies = holder.cookies
        answer = client.post(self._url(f"portal/pay/?invoice={self.invoice.pk}"), sent)
        return self._told(answer, "click", paid="/portal/receipts/")

    def _enter_check(self, office: Client, hidden: dict[str, str], wait: float) -> str:
        time.sleep(wait)
        sent = {
            **hidden, "method": "check", "amount": str(PRICE), "received_on": "2026-03-02", "spread": "choose",
            "transaction_type": "sale", f"pay-{self.invoice.pk}": str(PRICE),
        }  # fmt: skip
        answer = office.post(self._url(f"customers/{self.invoice.customer_id}/payments/take/"), sent)
        return self._told(answer, "check", paid="/payments/")

    def _told(self, answer: Any, who: str, *, paid: str) -> str:
        if answer.status_code == 302:
            assert paid in answer.url
            return f"paid by {who}"
        assert answer.status_code in (409, 422), answer.status_code
        assert TOLD.search(answer.content.decode()), answer.content.decode()
        return f"{who} turned away"

    def _draw(self) -> str:
        with clock.hold(self.at):
            return "paid by Auto Pay" if charge_due(self.shop, today=FIRST, now=clock.now).charged else ""

    def _replay(self) -> str:
        """As soon as the gateway has something to say it says it twenty times, and each time it is worked off."""
        for _ in range(100):
            told = [each for each in self.world.deliveries(merchant_of(self.shop)) if each["status"] != "new"]
            if told:
                self.world.resend(told[0]["event_id"], times=REPLAYS)
                break
            time.sleep(0.02)
        with clock.hold(self.at):
            for _ in range(3):
                work_off(self.shop, now=clock.now)
        return ""

    def judge(self, outcomes: list[str]) -> str:
        """One was paid, by whom the gateway's statement and our books agree."""
        charges = amounts(self.world, self.shop)
        paid = [each for each in outcomes if each.startswith("paid")]
        assert len(outcomes) >= CLICKS
        assert len(paid) == 1, (paid, charges)
        (winner,) = paid
        with inside(self.shop):
            good = Payment.objects.filter(status__in=("pending", "complete"))
            (payment,) = good
            assert payment.applied == payment.amount == PRICE
            invoice = Invoice.objects.get()
            assert (invoice.due, invoice.paid) == (0, PRICE)
            assert sum(each.amount for each in invoice.allocations.all()) == PRICE
        assert charges == ([] if winner == "paid by check" else [PRICE])
        found = audit(self.shop, now=self.at)
        assert ([str(each) for each in found.differences], found.unknown) == ([], 0)
        return winner


@pytest.fixture
def crowd(shop: Company, world: Any, site: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ALARMDESK_NOW", night_of(FIRST).isoformat())
    world.set_clock(night_of(FIRST))
    crowd = Crowd(shop, world, site)
    world.latency(0.2)
    yield crowd
    world.latency(0)
    world.control("webhooks", method="DELETE")


@both_dialects
def test_of_all_who_pay_one_invoice_at_once_one_does(crowd: Crowd) -> None:
    crowd.judge(crowd.rush(check_waits=0.1, clicks_wait=0))


def test_a_check_that_is_first_is_not_charged_a_second_time(crowd: Crowd) -> None:
    assert crowd.judge(crowd.rush(check_waits=0, clicks_wait=1.0)) in ("paid by check", "paid by Auto Pay")


@pytest.mark.slow
@both_dialects
@pytest.mark.parametrize("turn", range(8))
def test_whoever_is_first_pays_alone(crowd: Crowd, turn: int) -> None:
    crowd.judge(crowd.rush(check_waits=(turn % 4) * 0.05, clicks_wait=(turn // 4) * 0.1))
