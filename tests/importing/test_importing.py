"""What does a good file make, once and only once?"""

import datetime as dt
import os
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from tests.importing.test_bad_files import HEAD, row

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
BILLED = {"recurring_amount": "39.95", "next_invoice_on": "2026-12-01", "mmr": "39.95"}


def many(count: int, **cells: str) -> str:
    return HEAD + "".join(row(f"M-{n:05}", **cells) for n in range(count))


def test_a_row_becomes_a_customer_with_address_phone_billing_and_search_entry(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.customers import search

    cells = {
        "last_name": "Núñez", "email": "rosa@example.com", "phone_mobile": "(918) 555-0142", "service_street": "2 Elm",
        "service_state": "Oklahoma", "service_zip": "74104", "customer_since": "03/15/2021",
        "billing_method": "test-card", "auto_pay": "yes", **BILLED,
    }  # fmt: skip
    desk.bring(HEAD + row("A-1", **cells))

    with inside(desk.company):
        customer = desk.company.customers.get()
        assert (customer.account_number, customer.last_name, customer.mmr) == ("A-1", "Núñez", Decimal("39.95"))
        assert (customer.customer_since, customer.stage, customer.status) == (
            dt.date(2021, 3, 15),
            "customer",
            "active",
        )
        assert customer.phones.get().number == "+19185550142"
        assert customer.addresses.get().one_line == "2 Elm, OK 74104"
        assert search.find("nunez") == [customer.pk]
        assert list(search.differences()) == []
        recurring = customer.recurring_invoices.get()
        assert (recurring.amount, recurring.every, recurring.unit, recurring.times) == (
            Decimal("39.95"),
            1,
            "month",
            None,
        )
        assert (recurring.anchor_on, recurring.next_on) == (dt.date(2026, 12, 1),) * 2
        assert recurring.term.is_default
        assert recurring.lines.get().item.number == 3
        method = customer.billing_methods.get()
        assert (method.kind, method.last_four, method.is_default) == ("card", "1111", True)
        assert recurring.auto_pays.get().billing_method_id == method.pk


def test_the_amount_of_a_recurring_invoice_has_the_tax_that_a_page_would_compute(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_recurring, make_state_tax

    with inside(desk.company):
        make_state_tax("OK", "8.25")
        by_hand = make_recurring(anchor_on=dt.date(2026, 12, 1), times=None)
    desk.bring(HEAD + row("A-1", service_street="2 Elm", service_state="OK", **BILLED))

    with inside(desk.company):
        imported = desk.company.recurring_invoices.exclude(pk=by_hand.pk).get()
        assert imported.amount == by_hand.amount > Decimal("39.95")
        assert imported.number == by_hand.number + 1


def test_a_customer_without_a_name_is_called_by_the_account_number(desk):
    from alarmdesk.company.entering import inside

    desk.bring("id\nA-1\n", {"columns": {"id": "account_number"}})

    with inside(desk.company):
        assert desk.company.customers.get().name == "Subscriber A-1"


def test_a_cancelled_customer_is_not_billed(desk):
    from alarmdesk.company.entering import inside

    fields = ("account_number", "status", "recurring_amount", "next_invoice_on", "billing_method", "auto_pay")
    text = ",".join(fields) + "\nA-1,cancelled,39.95,2026-12-01,test-card,yes\n"

    desk.bring(text, {"columns": {name: name for name in fields}})

    with inside(desk.company):
        customer = desk.company.customers.get()
        assert customer.status == "cancelled"
        assert not customer.recurring_invoices.exists()
        assert not desk.company.auto_pays.exists()


def test_a_vault_reference_becomes_a_method_without_a_call_of_the_gateway(desk):
    from alarmdesk.company.entering import inside

    fields = ("account_number", "billing_method", "vault_id", "brand", "last_four", "expires")
    text = ",".join(fields) + "\nA-1,card,v-77,Visa,4242,04/28\n"

    desk.bring(text, {"columns": {name: name for name in fields}})

    with inside(desk.company):
        method = desk.company.billing_methods.get()
        assert (method.vault_id, str(method), method.expires_on) == ("v-77", "Visa ending 4242", dt.date(2028, 4, 30))
        assert method.gateway is not None
    assert desk.vault.calls == 0


def test_the_good_rows_come_in_without_the_bad_ones_only_when_asked(desk):
    from alarmdesk.office.importing.carrying import BadRows

    kept = desk.check(HEAD + row("A-1") + row("A-2", mmr="x") + row("A-3"))
    with pytest.raises(BadRows, match="1 of 3 rows are bad"):
        desk.start(kept)

    desk.start(kept, skip_bad_rows=True)
    kept = desk.carry(kept)

    assert desk.counts(kept)["customers"] == 2
    assert len(desk.problems(kept)) == 1


def test_a_file_checked_on_another_day_is_checked_again_before_it_comes_in(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.office.importing import carrying
    from alarmdesk.office.importing.testing import NOW, TODAY

    kept = desk.check(HEAD + row())
    with inside(desk.company), pytest.raises(carrying.NotNow, match="another day"):
        carrying.start_import(kept, skip_bad_rows=False, today=TODAY + dt.timedelta(1), at=NOW, by="Rosa")


def test_an_import_that_is_done_does_not_run_again(desk):
    from alarmdesk.office.importing.checking import NotNow

    kept = desk.bring(HEAD + row())
    with pytest.raises(NotNow):
        desk.carry(kept)
    assert desk.counts(kept)["customers"] == 1


def test_a_row_whose_account_number_was_taken_since_the_check_is_listed_and_the_rest_comes_in(desk):
    kept = desk.check(HEAD + row("A-1") + row("A-2"))
    desk.bring(HEAD + row("a-1"))

    desk.start(kept)
    kept = desk.carry(kept)

    assert desk.counts(kept)["customers"] == 1
    assert [line for line, *_ in desk.problems(kept)] == [2]


CHILD = """
import os, sys, signal
sys.path.insert(0, "src")
import django
django.setup()
from alarmdesk.company.entering import SYSTEM
from alarmdesk.company.models import Company
from alarmdesk.lib import clock
from alarmdesk.office.importing import carrying
from alarmdesk.office.importing.checking import NotNow
wrote, done = carrying._write, 0
def write(*args, **kwargs):
    global done
    wrote(*args, **kwargs)
    done += 1
    if done == 2:  # inside the transaction of the second batch
        os.kill(os.getpid(), signal.SIGKILL)
carrying._write = write
carrying.BATCH = 20
carrying.carry_rows(Company.objects.get(pk=int(sys.argv[1])), int(sys.argv[2]), actor=SYSTEM, now=clock.now)
"""


def test_an_import_that_was_killed_goes_on_where_it_stood(desk):
    kept = desk.check(many(100, **BILLED))
    desk.start(kept)
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(desk.company.pk), str(kept.pk)], cwd=ROOT, env=dict(os.environ), check=False
    )
    assert child.returncode == -9
    assert desk.counts(kept)["customers"] == 20
    assert desk.fresh(kept).through_line == 21

    kept = desk.carry(kept)

    counts = desk.counts(kept)
    assert (counts["customers"], counts["recurring"]) == (100, 100)
    assert desk.problems(kept) == []
    assert kept.imported_rows == 100


def test_two_workers_at_once_bring_each_row_in_once(desk, monkeypatch):
    from django.db import connection

    from alarmdesk.office.importing import carrying
    from alarmdesk.office.importing.checking import NotNow

    monkeypatch.setattr(carrying, "BATCH", 10)
    kept = desk.check(many(200, **BILLED))
    desk.start(kept)
    faults = []

    def work():
        try:
            desk.carry(kept)
        except (carrying.Overtaken, NotNow):
            pass
        except Exception as fault:  # noqa: BLE001  (told by the main thread)
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    counts = desk.counts(kept)
    assert (counts["customers"], counts["recurring"]) == (200, 200)
    assert desk.fresh(kept).state == "imported"


def test_a_gateway_that_is_silent_loses_nothing(desk, monkeypatch):
    from alarmdesk.office.importing import vaulting

    monkeypatch.setattr(vaulting, "SILENCES", 3)
    desk.vault.silent = 1000
    kept = desk.bring(many(30, billing_method="test-ach", auto_pay="yes", **BILLED))

    counts = desk.counts(kept)
    assert (kept.state, counts["customers"], counts["methods"], counts["methods_waiting"]) == ("imported", 30, 0, 30)
    assert "does not answer" in kept.run.counts["note"]

    desk.vault.silent = 0
    kept = again(desk, kept)
    counts = desk.counts(kept)
    assert (counts["methods"], counts["methods_waiting"]) == (30, 0)
    assert len(desk.vault.stored) == 30


def again(desk, kept):
    """Store what waits once more."""
    from alarmdesk.company.entering import inside
    from alarmdesk.office.importing import whole
    from alarmdesk.office.importing.testing import NOW

    with inside(desk.company):
        whole.ask_storing(kept, at=NOW, by="Rosa")
    whole.store_waiting(desk.company, kept.pk, open_vault=lambda _: desk.vault, **desk.common)
    return desk.fresh(kept)


def test_a_method_that_the_gateway_refuses_waits_with_the_reason_and_the_others_are_stored(desk):
    from alarmdesk.company.entering import inside

    text = many(5, billing_method="test-card", auto_pay="yes", **BILLED)
    kept = desk.check(text)
    desk.start(kept)
    desk.vault.refuses = {f"ad-{desk.company.pk}-{kept.pk}-4"}
    kept = desk.carry(kept)

    counts = desk.counts(kept)
    assert (counts["methods"], counts["methods_refused"]) == (4, 1)
    with inside(desk.company):
        assert kept.waiting_methods.get().failure == "The gateway would not."
        assert desk.company.auto_pays.count() == 4


def test_without_a_gateway_the_rows_come_in_and_the_methods_wait(desk):
    from alarmdesk.company.entering import inside

    with inside(desk.company):
        desk.company.gateways.update(is_active=False)

    kept = desk.bring(many(3, billing_method="test-card"))

    assert desk.counts(kept)["methods_waiting"] == 3
    assert "gateway" in kept.run.counts["note"]


def test_the_file_goes_once_it_is_in_and_stays_while_bad_rows_can_be_downloaded(desk):
    from alarmdesk.company.entering import inside

    good = desk.bring(HEAD + row("A-1"))
    bad = desk.check(HEAD + row("B-1") + row("B-2", mmr="x"))
    desk.start(bad, skip_bad_rows=True)
    desk.carry(bad)

    with inside(desk.company):
        assert not good.chunks.exists()
        assert bad.chunks.exists()


@pytest.mark.parametrize("name", ["telco-subscribers", "sample-subscribers"])
def test_the_mappings_that_ship_can_be_read(name):
    from alarmdesk.office.importing.mapping import from_toml

    rules = from_toml((EXAMPLES / f"{name}.toml").read_text())
    assert "account_number" in {code for codes in rules.columns.values() for code in codes}


def test_the_sample_that_ships_comes_in_whole(desk):
    from alarmdesk.office.importing.mapping import from_toml

    rules = from_toml((EXAMPLES / "sample-subscribers.toml").read_text())
    kept = desk.bring((EXAMPLES / "sample-subscribers.csv").read_bytes(), rules)

    counts = desk.counts(kept)
    assert (counts["rows"], counts["customers"], counts["methods_waiting"]) == (30, 30, 0)
    assert counts["recurring"] > 20


TELCO = """customerID,tenure,Contract,PaymentMethod,MonthlyCharges,TotalCharges,Churn
1-A,34,One year,Mailed check,56.95,1889.5,No
2-B,45,Month-to-month,Bank transfer (automatic),42.3,1840.75,No
3-C,2,Two year,Credit card (automatic),53.85, ,No
4-D,0,Month-to-month,Electronic check,70.7,151.65,Yes
"""


def test_telephone_subscribers_come_in_by_the_mapping_that_ships(desk):
    from alarmdesk.company.entering import inside
    from alarmdesk.office.importing.mapping import from_toml

    desk.bring(TELCO, from_toml((EXAMPLES / "telco-subscribers.toml").read_text()))

    with inside(desk.company):
        told = [
            (
                customer.account_number, customer.status, customer.mmr, customer.customer_since,
                [(each.amount, each.times, each.next_on) for each in customer.recurring_invoices.all()],
                [each.kind for each in customer.billing_methods.all()],
            )
            for customer in desk.company.customers.order_by("account_number")
        ]  # fmt: skip
        enrolled = list(
            desk.company.auto_pays.order_by("pk").values_list("recurring_invoice__customer__account_number", flat=True)
        )
    first = dt.date(2026, 12, 1)
    assert told == [
        ("1-A", "active", Decimal("56.95"), dt.date(2024, 1, 21), [(Decimal("56.95"), 12, first)], ["manual"]),
        ("2-B", "active", Decimal("42.30"), dt.date(2023, 2, 21), [(Decimal("42.30"), None, first)], ["ach"]),
        ("3-C", "active", Decimal("53.85"), dt.date(2026, 9, 21), [(Decimal("53.85"), 24, first)], ["card"]),
        ("4-D", "cancelled", Decimal("70.70"), dt.date(2026, 11, 21), [], ["manual"]),
    ]
    assert sorted(enrolled) == ["2-B", "3-C"]


def test_an_import_whose_worker_fell_silent_is_taken_up_again_once(desk, monkeypatch):
    from alarmdesk.company import runs
    from alarmdesk.company.entering import inside
    from alarmdesk.lib import clock
    from alarmdesk.office.importing import tasks

    handed = []
    monkeypatch.setattr(tasks, "defer", lambda task, kept, actor: handed.append((task.name, kept.pk, actor.name)))
    kept = desk.check(HEAD + row())
    desk.start(kept)
    began = clock.now()
    with inside(desk.company):
        runs.start(kept.run, at=began)

    for minutes in (1, 3, 4):
        with clock.hold(began + dt.timedelta(minutes=minutes)):
            tasks.take_up(0)

    assert [each for each in handed if each[1] == kept.pk] == [("imports.carry", kept.pk, "Rosa")]
