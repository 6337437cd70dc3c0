"""What when two people change one customer's billing methods in the same moment?"""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.testing import make_billed_customer, make_recurring
from alarmdesk.lib import clock
from alarmdesk.payments.methods import MethodInUse, NotProcessable, add_manual, enrol, make_default, remove
from alarmdesk.payments.models import AutoPay, BillingMethod
from alarmdesk.payments.testing import make_method


def at_once(shop: Company, first: Callable[[], Any], second: Callable[[], Any]) -> BaseException | None:
    """The first has done its work and not committed yet when the second begins; what became of the second."""
    begun, fell = threading.Event(), list[BaseException]()
    now = clock.now()

    def work() -> None:
        try:
            with clock.hold(now), inside(shop):
                begun.set()
                second()
        except BaseException as error:  # noqa: BLE001
            fell.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=work)
    with inside(shop):
        first()
        other.start()
        begun.wait(10)
        other.join(0.3)  # it waits for us, or is through already
    other.join(10)
    return fell[0] if fell else None


def test_two_methods_made_the_default_at_once_leave_one_default(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        _, card, account = (make_method(customer) for _ in range(3))
    assert at_once(shop, lambda: make_default(card), lambda: make_default(account)) is None
    with inside(shop):
        assert BillingMethod.objects.get(is_default=True) == account


def test_two_first_methods_at_once_are_one_default_and_one_other(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")

    def add() -> None:
        add_manual(customer=customer, nickname="By mail", at=clock.now(), by="Rosa")

    assert at_once(shop, add, add) is None
    with inside(shop):
        assert sorted(BillingMethod.objects.values_list("is_default", flat=True)) == [False, True]


def test_two_enrolments_at_once_leave_the_later_one(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        card, account = make_method(customer), make_method(customer)
        recurring = make_recurring(customer)

    def to(method: BillingMethod) -> Callable[[], Any]:
        return lambda: enrol(
            recurring_invoice=recurring, method=method, email_on_attempt=False, at=clock.now(), by="Rosa"
        )

    assert at_once(shop, to(card), to(account)) is None
    with inside(shop):
        assert AutoPay.objects.get(ended_at=None).billing_method == account


def test_auto_pay_never_draws_on_a_method_that_is_being_removed(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        make_method(customer)
        card = make_method(customer)
        recurring = make_recurring(customer)

    def draw() -> None:
        method = BillingMethod.objects.get(pk=card.pk)
        enrol(recurring_invoice=recurring, method=method, email_on_attempt=False, at=clock.now(), by="Rosa")

    fell = at_once(shop, lambda: remove(card, at=clock.now()), draw)
    assert isinstance(fell, NotProcessable)


def test_a_method_that_is_being_enrolled_is_not_removed(shop: Company) -> None:
    with inside(shop):
        customer = make_billed_customer(state="")
        make_method(customer)
        card = make_method(customer)
        recurring = make_recurring(customer)
    fell = at_once(
        shop,
        lambda: enrol(recurring_invoice=recurring, method=card, email_on_attempt=False, at=clock.now(), by="Rosa"),
        lambda: remove(BillingMethod.objects.get(pk=card.pk), at=clock.now()),
    )
    assert isinstance(fell, MethodInUse)
