"""A night is started on four workers, started again, two workers are killed, and it is started a third time (test 4).

Real processes: what a killed one left open PostgreSQL takes back, what it committed stands.
"""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from tests.house.many import make_due

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.invoicing.audit import differences

TODAY = dt.date(2026, 1, 31)
CHILD = """
import datetime as dt, sys
import django
django.setup()
from alarmdesk.company.models import Company
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.lib import clock
company = Company.objects.get(pk=int(sys.argv[1]))
today = dt.date.fromisoformat(sys.argv[2])
generate_due(company, today=today, at=clock.noon(today, company.zone), batch=int(sys.argv[3]))
"""


@contextmanager
def workers(shop: Company, count: int, batch: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    arguments = [sys.executable, "-c", CHILD, str(shop.pk), TODAY.isoformat(), str(batch)]
    started = [subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE) for _ in range(count)]
    try:
        yield started
    finally:
        for child in started:
            if child.poll() is None:
                child.kill()
            child.wait(60)
            assert child.stderr is not None
            child.stderr.close()


def made(shop: Company) -> int:
    with inside(shop):
        return int(shop.invoices.count())


def wait_until(shop: Company, wanted: int, busy: list["subprocess.Popen[bytes]"]) -> None:
    while made(shop) < wanted and any(child.poll() is None for child in busy):
        time.sleep(0.01)


def story(count: int, batch: int) -> None:
    """The whole of it: what is there at the end is what one undisturbed run would have made."""
    shop = make_due(count)
    with workers(shop, 4, batch) as first, workers(shop, 2, batch) as second:
        wait_until(shop, count // 10, first)
        for child in (first[0], second[0]):
            child.send_signal(signal.SIGKILL)
        at_kill = made(shop)
        with workers(shop, 2, batch) as third:
            ends = [child.wait(400) for child in (*first, *second, *third)]
    assert at_kill < count - 1, "they were killed in the middle of it"
    assert sorted(ends) == [-signal.SIGKILL] * 2 + [0] * 6
    with inside(shop):
        assert shop.invoices.count() == shop.billing_periods.values("recurring_invoice", "seq").distinct().count()
        assert list(shop.invoices.order_by("number").values_list("number", flat=True)) == list(range(1, count))
        assert sum(shop.invoices.values_list("total", flat=True)) == (count - 1) * Decimal("43.25")
        assert shop.messages.values("about_id").distinct().count() == count - 1
        (parked,) = shop.parked_accounts.all()
        assert "more than an invoice can hold" in parked.reason
        found = [str(one) for one in differences(today=TODAY) if one.noun != "line of recurring invoice"]
        assert found == [], "but for the line that was poisoned behind our back"


def test_four_workers_started_again_two_killed_started_a_third_time() -> None:
    story(240, batch=3)


@pytest.mark.slow
def test_twenty_thousand_of_them() -> None:
    story(20_000, batch=100)
