"""What somebody new to payments walks into, looked at: a mistake, a dispute, a refund, a large amount, credit on
account, the aging, and the mails.
"""

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.invoicing.testing import line, make_invoice, net
from alarmdesk.lib import clock
from alarmdesk.messaging.catalogue import LETTERS
from alarmdesk.messaging.layout import framed
from alarmdesk.messaging.texts import ours
from alarmdesk.payments.models import BillingMethod, Payment
from alarmdesk.payments.recording import Received, record_payment
from alarmdesk.payments.taking_back import take_back
from alarmdesk.payments.testing import make_cash_payment, make_method, make_payment
from alarmdesk.portal.pay_links import link_for_balance
from alarmdesk.portal.testing import make_holder
from tests.payments_pages.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.house.looking import Eye

pytestmark = pytest.mark.browser


@pytest.fixture
def pages(shop: Shop, world: Any) -> dict[str, str]:
    """The addresses of what is looked at, by name."""
    now, today = clock.now(), shop.company.local_date(clock.now())
    with inside(shop.company):
        visa, lost_card = make_method(shop.nora), make_method(shop.nora)
        second = make_invoice(shop.nora, lines=[line("160.00")], term=net(0))
    record = Received(shop.nora.pk, "check", Decimal("20.00"), today, allocations={second.pk: Decimal("20.00")})
    mistake = record_payment(shop.company, record, at=now, actor=SYSTEM)
    gone = record_payment(shop.company, record, at=now, actor=SYSTEM)
    take_back(shop.company, gone.pk, reason="It was another customer's check", at=now, actor=SYSTEM)
    drawn = make_payment(shop.company, visa, shop.invoice)
    lost, won = make_cash_payment_of(shop, lost_card, "disputed"), make_cash_payment_of(shop, visa, "complete")
    with inside(shop.company):
        Payment.objects.filter(pk=won.pk).update(dispute_won_at=now)
        make_cash_payment(shop.nora, "15.00")
        visa.blocked_at, visa.blocked_reason = now - dt.timedelta(days=1), "Charged back: Fraud."
        visa.save()
        link = link_for_balance(shop.nora, today=today)
    return {
        "mistake": shop.url(f"payments/{mistake.pk}/mistake/"),
        "voided": shop.url(f"payments/{gone.pk}/"),
        "refund": shop.url(f"payments/{drawn.pk}/refund/"),
        "disputed": shop.url(f"payments/{lost.pk}/"),
        "won": shop.url(f"payments/{won.pk}/"),
        "payments": shop.url("payments/"),
        "methods": shop.of_nora("billing/"),
        "preview": shop.url("runs/preview/"),
        "aging": shop.url("reports/aging/"),
        "customer": shop.of_nora(),
        "link": link,
    }


def make_cash_payment_of(shop: Shop, card: BillingMethod, status: str) -> Payment:
    """A card's payment of which nothing is applied any more."""
    with inside(shop.company):
        taken = {"returned_at": clock.now(), "disputed_by": "dp_1042", "failure": "Charged back: Fraudulent."}
        return make_cash_payment(
            shop.nora, "31.00", at=clock.now(), method="card", billing_method=card, status=status, **taken
        )  # fmt: skip


def test_the_offices_pages_are_fit_to_be_seen(
    shop: Shop, rosa: Client, pages: dict[str, str], eye_of: "Callable[..., Eye]"
) -> None:
    from tests.house.looking import BRIEFLY, LOOKS

    eye = eye_of(rosa)
    for name, address in pages.items():
        if name != "link":
            assert eye.open(address), name
            eye.judge(f"walk {name}", LOOKS if name in ("mistake", "disputed") else BRIEFLY)
    eye.open(shop.of_nora("payments/take/"))
    page = eye.page
    page.get_by_label("Method").select_option("check")
    page.get_by_label("Amount", exact=True).fill("8995")
    page.get_by_label("Email Receipt").check(force=True)
    page.get_by_label("Send it to").fill("boss@example.com")
    page.get_by_role("button", name="Save payment").click()
    page.get_by_text("is a lot: only").wait_for()
    assert page.get_by_label("Send it to").input_value() == "boss@example.com"
    eye.judge("walk large amount", BRIEFLY)
    page.get_by_label("The amount is right").check()
    page.get_by_role("button", name="Save payment").click()
    page.get_by_text("This payment is complete.").wait_for()


def test_the_customers_pages_say_what_remains_to_pay(
    shop: Shop, pages: dict[str, str], eye_of: "Callable[..., Eye]"
) -> None:
    from tests.house.looking import BRIEFLY
    from tests.portal.people import browser_of

    guest = eye_of()
    assert guest.open(pages["link"])
    assert guest.page.get_by_text("Remains to pay", exact=True).count() == 1
    guest.judge("walk pay link", BRIEFLY)
    with inside(shop.company):
        holder = make_holder(shop.nora)
    nora = eye_of(browser_of(holder.user))
    assert nora.open(shop.url("portal/"))
    nora.judge("walk portal", BRIEFLY)


def test_mails_can_be_read_in_the_light_and_in_the_dark(shop: Shop, eye_of: "Callable[..., Eye]") -> None:
    from tests.house.looking import COLOURS, LOOKS, sideways, violations

    eye = eye_of()
    for code in ("invoice", "payment_failed", "receipt", "statement"):
        written = ours(LETTERS[code]).write(LETTERS[code].samples)
        whole = framed(written.subject, written.text, str(written.html), shop.company)
        for size, dark in LOOKS:
            eye.page.set_viewport_size({"width": size[0], "height": size[1]})
            eye.page.emulate_media(color_scheme="dark" if dark else "light")
            eye.page.set_content(whole)
            assert violations(eye.page, COLOURS) == []
            assert sideways(eye.page) == 0
            eye._picture(f"walk mail {code} {size[0]} {'dark' if dark else 'light'}")
