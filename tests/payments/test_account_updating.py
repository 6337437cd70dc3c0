"""Cards that the card networks change are known by their webhook or in the night, and what follows is done once."""

import datetime as dt
from typing import Any

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.testing import make_billed_customer, make_furnished_company, make_recurring
from alarmdesk.payments.account_updating import follow_updates
from alarmdesk.payments.inbound import work_off
from alarmdesk.payments.models import AutoPay, BillingMethod, Gateway, InboundEvent, MethodUpdate
from alarmdesk.payments.testing import make_auto_pay, make_gateway, make_method, merchant_of
from tests.payments.at_stripe import make_shop_at_stripe, make_stripe_card
from tests.payments.conftest import NOON
from tests.payments.nights import FIRST, run_night

DAY = dt.timedelta(days=1)
EVENTS = {"nmi": "acu.summary.automaticallyupdated", "stripe": "payment_method.automatically_updated"}


class Wallet:
    """A card on file that Auto Pay draws on and that was refused for good, at a gateway of either dialect."""

    def __init__(self, world: Any, dialect: str) -> None:
        self.world, self.dialect = world, dialect
        self.shop: Company = make_shop_at_stripe(world) if dialect == "stripe" else make_furnished_company()
        if dialect == "nmi":
            make_gateway(self.shop, world)
        with inside(self.shop):
            customer = make_billed_customer(state="")
            self.method = make_stripe_card(world, customer) if dialect == "stripe" else make_method(customer)
            make_auto_pay(make_recurring(customer), self.method)
            BillingMethod.objects.update(refused_at=NOON, refused_code="252")

    def told(self, result: str, **card: str) -> None:
        self.world.updater(merchant_of(self.shop), self.method.vault_id, result, **card)

    def card(self) -> BillingMethod:
        with inside(self.shop):
            return BillingMethod.objects.get()

    def history(self) -> list[tuple[str, str, str]]:
        with inside(self.shop):
            return list(MethodUpdate.objects.order_by("pk").values_list("kind", "before", "after"))


@pytest.fixture(params=["nmi", "stripe"])
def wallet(request: pytest.FixtureRequest, world: Any, held_clock: None) -> Wallet:
    return Wallet(world, request.param)


def test_a_new_expiration_date_is_written_down_once(wallet: Wallet) -> None:
    last = wallet.card().last_four
    wallet.told("NED", exp="1133")
    assert follow_updates(wallet.shop, at=NOON) == 1
    assert follow_updates(wallet.shop, at=NOON) == 0
    card = wallet.card()
    assert (card.last_four, card.expires_on) == (last, dt.date(2033, 11, 30))
    assert card.refused_at is not None  # the number is the one that was refused
    assert wallet.history() == [("NED", f"Visa ending {last}, 10/30", f"Visa ending {last}, 11/33")]


def test_a_new_number_may_be_charged_again(wallet: Wallet) -> None:
    wallet.told("NAN", last4="7777", exp="1133")
    assert run_night(wallet.shop, FIRST).cards_changed == 1
    card = wallet.card()
    assert (card.last_four, card.refused_at, card.refused_code) == ("7777", None, "")
    assert [kind for kind, _, _ in wallet.history()] == ["NAN"]
    assert wallet.history()[0][2] == "Visa ending 7777, 11/33"


def test_a_webhook_of_the_updater_has_the_vault_asked(wallet: Wallet) -> None:
    wallet.told("NED", exp="1133")
    with inside(wallet.shop):
        InboundEvent.objects.create(
            gateway=Gateway.objects.get(), event_id="e1", kind=EVENTS[wallet.dialect], at=NOON, received_at=NOON,
            body="{}", external_id="pm_1" if wallet.dialect == "stripe" else "",
        )  # fmt: skip
    assert work_off(wallet.shop, now=lambda: NOON) == 1
    assert wallet.card().expires_on == dt.date(2033, 11, 30)
    with inside(wallet.shop):
        assert InboundEvent.objects.get().state == InboundEvent.State.DONE


def test_a_closed_account_is_blocked_and_leaves_auto_pay(world: Any, held_clock: None) -> None:
    wallet = Wallet(world, "nmi")
    wallet.told("ACL")
    assert follow_updates(wallet.shop, at=NOON) == 1
    assert follow_updates(wallet.shop, at=NOON + DAY) == 0
    with inside(wallet.shop):
        auto_pay = AutoPay.objects.get()
        assert (auto_pay.ended_at, auto_pay.ended_by) == (NOON, "Account updater")
    assert wallet.card().blocked_reason == "The card networks say that the account is closed."
    assert [kind for kind, _, _ in wallet.history()] == ["ACL"]


def test_where_the_holder_is_to_be_asked_the_office_is_told_until_the_card_changes(
    world: Any, held_clock: None
) -> None:
    wallet = Wallet(world, "nmi")
    wallet.told("CCH")
    assert follow_updates(wallet.shop, at=NOON) == 1
    assert follow_updates(wallet.shop, at=NOON) == 0
    assert (wallet.card().contact_at, wallet.card().blocked_at) == (NOON, None)
    wallet.told("NED", exp="1133")
    follow_updates(wallet.shop, at=NOON)
    assert wallet.card().contact_at is None
    assert [kind for kind, _, _ in wallet.history()] == ["CCH", "NED"]


def test_a_card_that_the_vault_does_not_tell_of_and_one_of_a_neighbour_stay(wallet: Wallet, world: Any) -> None:
    neighbour = Wallet(world, wallet.dialect)
    neighbour.told("NED", exp="1133")
    assert follow_updates(wallet.shop, at=NOON) == 0
    assert wallet.history() == []
