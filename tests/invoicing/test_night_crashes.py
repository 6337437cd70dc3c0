"""Two runs at once, and a run that is killed: every period has one invoice, and no number is lost."""

import datetime as dt
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from decimal import Decimal

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection, connections

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.company.numbers import next_numbers
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.generation import Generated, generate_due
from alarmdesk.invoicing.models import RecurringInvoice, RecurringLine
from alarmdesk.invoicing.testing import (
    make_billed_customer,
    make_furnished_company,
    make_poisoned_recurring,
    make_recurring,
    make_state_tax,
)
from alarmdesk.lib import clock
from alarmdesk.messaging.models import Message

TODAY = dt.date(2026, 3, 1)  # two months late


def night(company, batch):
    return generate_due(company, today=TODAY, at=clock.noon(TODAY, company.zone), batch=batch)


def make_many(count):
    """A company with `count` recurring invoices, each with two periods due on March 1."""
    company = make_furnished_company()
    with inside(company):
        make_state_tax()
        customer = make_billed_customer()
        first = make_recurring(customer, email_on_generation=True)
        line = first.lines.get()
        copies = RecurringInvoice.objects.bulk_create(
            _copy(first, number=n) for n in next_numbers("recurring", count - 1)
        )
        RecurringLine.objects.bulk_create(_copy(line, recurring_invoice=copy) for copy in copies)
    return company


def _copy(row, **changes):
    kept = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    for name in changes:
        kept.pop(f"{name}_id", None)
    return type(row)(**{**kept, **changes})


def everything_is_billed_once(company, count):
    with inside(company):
        assert list(differences(today=TODAY)) == []
        assert company.invoices.count() == company.billing_periods.count() == 2 * count
        assert company.series.get(code="invoice").value == 2 * count
        assert sorted(company.invoices.values_list("number", flat=True)) == list(range(1, 2 * count + 1))
        assert sum(company.invoices.values_list("total", flat=True)) == 2 * count * Decimal("43.25")
        assert Message.objects.count() == company.messages.values("about_id").distinct().count() == 2 * count


@pytest.mark.parametrize("batch", [7, 50])
def test_several_workers_share_the_work(batch):
    company = make_many(120)
    made, start = [], threading.Barrier(4)

    def work():
        try:
            start.wait()
            made.append(night(company, batch))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)

    assert len(made) == 4
    assert sum(one.invoices for one in made) == 240
    everything_is_billed_once(company, 120)


def test_one_worker_parks_the_poisoned_one_for_all():
    company = make_many(20)
    with inside(company):
        poisoned = make_poisoned_recurring(Customer.objects.get())
    made, start = [], threading.Barrier(2)

    def work():
        try:
            start.wait()
            made.append(night(company, 5))
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)

    assert sum((one.invoices for one in made), 0) == 40
    assert sum((one.parked for one in made), 0) == 1
    with inside(company):
        assert poisoned.parked.count() == 1


CHILD = """
import datetime as dt, sys
import django
django.setup()
from alarmdesk.company.models import Company
from alarmdesk.company.numbers import next_numbers
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.lib import clock
company = Company.objects.get(pk=int(sys.argv[1]))
today = dt.date.fromisoformat(sys.argv[2])
print("go", flush=True)
generate_due(company, today=today, at=clock.noon(today, company.zone), batch=2)
print("done", flush=True)
"""


def _child(company: Company) -> subprocess.Popen:
    arguments = [sys.executable, "-c", CHILD, str(company.pk), TODAY.isoformat()]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    child = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "go\n"
    return child


def _made(company):
    with inside(company):
        return company.invoices.count()


def test_a_killed_run_is_taken_up_where_it_was():
    company = make_many(300)
    killed = 0
    for wanted in (10, 60, 120):
        child = _child(company)
        try:
            while _made(company) < wanted and child.poll() is None:
                time.sleep(0.002)
            child.send_signal(signal.SIGKILL)
        finally:
            child.wait(10)
            child.stdout.close()
        killed += child.returncode == -signal.SIGKILL
        made = _made(company)
        assert wanted <= made
        with inside(company):  # what is there is whole, though more is to come
            assert list(differences()) == []

    assert killed == 3
    assert made < 600
    assert night(company, 50).invoices == 600 - made
    everything_is_billed_once(company, 300)
    assert night(company, 50) == Generated()


def _cut_at(number):
    """Let the server end our session before statement `number`, counted from 1."""
    seen = itertools.count(1)

    def cut(execute, sql, params, many, context):
        if next(seen) == number:
            with suppress(psycopg.OperationalError), connection.connection.cursor() as raw:
                raw.execute("select pg_terminate_backend(pg_backend_pid())")
        return execute(sql, params, many, context)

    return connection.execute_wrapper(cut)


def test_a_connection_that_dies_before_any_statement_leaves_nothing_half_done():
    for statement in itertools.count(1):
        company = make_many(2)
        try:
            with _cut_at(statement):
                night(company, 2)
            break  # the run has fewer statements: every one has had its turn
        except (OperationalError, InterfaceError):
            connection.close()
        assert _made(company) in (0, 2, 4)
        with inside(company):
            assert list(differences()) == []
        night(company, 2)
        everything_is_billed_once(company, 2)

    assert statement > 30
