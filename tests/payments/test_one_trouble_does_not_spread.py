"""Whose work stops when the mail server is down, a letter cannot be written, or one dealer's gateway row is broken?"""

import datetime as dt
import logging
import socket
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Run
from alarmdesk.company.rounds import go_round
from alarmdesk.invoicing.testing import make_furnished_company
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Words, deliver, queue
from alarmdesk.payments.models import Gateway, Payment
from alarmdesk.payments.tasks import tidy_up
from alarmdesk.payments.testing import make_gateway
from tests.payments.nights import FIRST, make_subscribers, run_night
from tests.payments.test_taking import bill, fresh, pay

HOURS = dt.timedelta(hours=1)


@pytest.fixture
def no_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(settings, "EMAIL_PORT", port)


def test_a_night_without_a_mail_server_is_finished_and_its_letters_wait(
    shop: Company, world: Any, no_mail_server: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscribers(shop, 2)
    assert run_night(shop, FIRST).charges.charged == 2
    with inside(shop):
        assert Run.objects.get().state == Run.State.FINISHED
        assert set(Message.objects.values_list("state", "tries")) == {("queued", 0)}
    monkeypatch.setattr(settings, "EMAIL_PORT", world.smtp_port)
    assert run_night(shop, FIRST + dt.timedelta(days=1)).mails == 2


def test_a_letter_that_cannot_be_written_does_not_keep_the_others(shop: Company, world: Any) -> None:
    with inside(shop):
        for name in ("ann", "poison", "zoe"):
            queue(kind="test", to=f"{name}@letters.example", at=clock.now())

    def compose(message: Message) -> Words:
        if "poison" in message.to:
            with connection.cursor() as cursor:
                cursor.execute("select 1/0")
        return Words("Hello", "Hello")

    assert deliver(shop, "test", compose, now=clock.now) == 2
    assert len(world.mail("zoe@letters.example")) == 1
    with inside(shop):
        poison = Message.objects.get(to__startswith="poison")
        assert (poison.state, poison.tries) == ("queued", 1)
        assert poison.due_at > clock.now()


def test_one_dealers_broken_gateway_does_not_leave_anothers_payment_unknown(shop: Company, world: Any) -> None:
    (broken,), method = bill(shop)
    world.fault("drop_after", path="transact", type="sale", times=1)
    pay(shop, [broken], method)
    with inside(shop), connection.cursor() as cursor:
        cursor.execute("update payments_gateway set credentials = 'lost:key'")
    rival = make_furnished_company()
    make_gateway(rival, world)
    (invoice,), method = bill(rival)
    world.fault("drop_after", path="transact", type="sale", times=1)
    assert pay(rival, [invoice], method).status == Payment.Status.UNKNOWN
    with clock.hold(clock.now() + 2 * HOURS):
        tidy_up([shop, rival])
    assert fresh(rival, invoice).due == 0
    with inside(rival):
        assert Gateway.objects.count() == 1


def test_a_round_of_all_dealers_goes_on_behind_the_one_in_trouble(caplog: pytest.LogCaptureFixture) -> None:
    first, poor, last = (make_furnished_company() for _ in range(3))
    seen = []

    def work(company: Company) -> None:
        seen.append(company.pk)
        if company == poor:
            raise LookupError

    go_round(work, log=logging.getLogger("alarmdesk.test"), trouble="The round of %s stopped")
    assert [pk for pk in seen if pk in {first.pk, poor.pk, last.pk}] == [first.pk, poor.pk, last.pk]
    assert f"The round of {poor.slug} stopped" in caplog.text
