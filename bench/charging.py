"""How many charges a second, and is a database connection held while the gateway thinks? `make bench-charging`.

2,000 invoices of Auto Pay are due; the simulated gateway takes 200 ms for each call; 64 calls are in flight, so at most
320 charges a second are possible. A second connection looks on: how many connections of ours there are, and how
often one sits in a transaction doing nothing (a sample of pg_stat_activity every 20 ms).
"""

import datetime as dt
import os
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import Self

import psycopg

CHARGES = 2_000
LATENCY = 0.2
ROUNDS = 3


def main() -> None:
    from alarmdesk.deployment.installation import Throwaway

    with Throwaway(say=lambda sentence: print(sentence, file=sys.stderr)) as there:
        os.environ.update(there.installation.environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "alarmdesk.settings"
        import django

        django.setup()
        rates = sorted(measure() for _ in range(ROUNDS))
        ceiling = 64 / LATENCY
        median = rates[len(rates) // 2]
        print(f"charges/s: median {median:.0f} [{rates[0]:.0f}-{rates[-1]:.0f}] of {ceiling:.0f} possible")


def measure(beside: AbstractContextManager[None] | None = None) -> float:
    """One round with a company of its own; charges a second. `beside` is entered while they are made."""
    import httpx
    from django.conf import settings

    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.generation import generate_due
    from alarmdesk.invoicing.testing import make_furnished_company
    from alarmdesk.lib import clock
    from alarmdesk.payments.charging import charge_due
    from alarmdesk.payments.models import Gateway

    company = make_furnished_company()
    control = httpx.Client(base_url=f"{settings.NMI_URL}/control", timeout=60, trust_env=False)
    control.post(
        "/merchants", json={"name": company.slug, "security_key": company.slug, "tokenization_key": f"t-{company.slug}"}
    )
    control.post("/settings", json={"default_latency": 0})
    with inside(company):
        Gateway.objects.create(credentials={"security_key": company.slug})
    on = furnish(company)
    generate_due(company, today=on, at=clock.now())
    control.post("/settings", json={"default_latency": LATENCY})
    with Onlooker() as onlooker, beside or nullcontext():
        begun, worked = time.perf_counter(), time.process_time()
        tally = charge_due(company, today=on, now=clock.now)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    sales = control.get("/statement", params={"merchant": company.slug, "summary": 1}).json()["totals"]["sales_count"]
    assert tally.charged == sales == CHARGES, (tally, sales)
    rate, each = CHARGES / seconds, 1000 * cpu / CHARGES
    print(f"{CHARGES} charges in {seconds:.2f} s = {rate:.0f}/s, {each:.2f} ms of our CPU each; {onlooker}")
    return CHARGES / seconds


def furnish(company: object) -> dt.date:
    """Customers with a card, a recurring invoice of tomorrow and Auto Pay; answers tomorrow."""
    from alarmdesk.company.entering import SYSTEM, inside
    from alarmdesk.invoicing.testing import line, make_billed_customer, make_recurring, net
    from alarmdesk.lib import clock
    from alarmdesk.payments.models import BillingMethod
    from alarmdesk.payments.testing import make_auto_pay, make_method

    tomorrow = clock.now().date() + dt.timedelta(days=1)
    with inside(company):
        first = make_billed_customer(state="")
        method = make_method(first)
        for number in range(CHARGES):
            customer = make_billed_customer(state="", email=f"payer{number}@example.com") if number else first
            if number:
                method = BillingMethod.objects.get(pk=method.pk)
                method.pk, method.customer = None, customer
                method.save(force_insert=True)
            recurring = make_recurring(
                customer, anchor_on=tomorrow, term=net(0), lines=[line(price=str(Decimal(2000 + number) / 100))]
            )
            make_auto_pay(recurring, method, by=SYSTEM.name)
    return tomorrow


class Onlooker:
    """Samples what our connections do while the gateway is being called."""

    def __enter__(self) -> Self:
        self.samples = self.most = self.waiting = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            while not self._stop.wait(0.02):
                ((count, idle),) = connection.execute(
                    "select count(*), count(*) filter (where state = 'idle in transaction' and now() - state_change >"
                    " interval '100 ms') from pg_stat_activity where usename = current_user"
                    " and datname = current_database() and pid <> pg_backend_pid()"
                ).fetchall()
                self.samples += 1
                self.most, self.waiting = max(self.most, count), self.waiting + idle

    def __str__(self) -> str:
        return (
            f"at most {self.most} connection(s); {self.waiting} of {self.samples} samples found a transaction "
            "idle for 100 ms or more"
        )


if __name__ == "__main__":
    main()
