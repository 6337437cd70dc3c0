"""How long does it take to hold a month of a large dealer against the gateway's books, and does it find what is wrong?
How many charges a second, and how fast is a page of the portal meanwhile? `make bench-payments`.

Reconciliation: 60,000 settled charges at the simulated gateway and in our books, 25 differences planted, five of each
kind; the report is fetched over HTTP in pages of 500, parsed, compared, and written down. Exactly the planted ones must
be found. Charges: the measure of bench.charging, while somebody else's browser reads the portal, one page after
another, from a real web process.
"""

import argparse
import datetime as dt
import json
import math
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

TRANSACTIONS = 60_000
PLANTED = 5
CHUNK = 5_000
DAYS_AGO = dt.timedelta(days=3)
SECONDS_ALLOWED = 60
NAMES = {"nmi": "transaction_id", "stripe": "payment_intent"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-payments", description=__doc__)
    parser.add_argument("--transactions", type=int, default=TRANSACTIONS)
    parser.add_argument("--dialect", choices=("nmi", "stripe"), default="nmi", help="whose books are held against ours")
    parser.add_argument("--only", choices=("books", "charges"))
    parser.add_argument(
        "--read", nargs=2, metavar=("URL", "COOKIE"), help="(for the bench itself) read a page for ever"
    )
    chosen = parser.parse_args()
    if chosen.read:
        read(*chosen.read)
        return
    from alarmdesk.deployment.installation import Throwaway

    with Throwaway(say=lambda sentence: print(sentence, file=sys.stderr)) as there:
        os.environ.update(there.installation.environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "alarmdesk.settings"
        import django

        django.setup()
        if chosen.only != "charges":
            Books(chosen.transactions, chosen.dialect).measure()
        if chosen.only != "books":
            there.start(there.installation.web())
            measure_charges(there.site)


class Books:
    """A dealer with so many settled charges, and the same at the gateway, but for the planted differences."""

    def __init__(self, count: int, dialect: str = "nmi") -> None:
        import httpx
        from django.conf import settings

        from alarmdesk.company.entering import inside
        from alarmdesk.invoicing.testing import make_furnished_company
        from alarmdesk.payments.models import Gateway

        self.count, self.dialect = count, dialect
        self.control = httpx.Client(base_url=f"{settings.NMI_URL}/control", timeout=600, trust_env=False)
        self.company = make_furnished_company()
        self.now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        slug = self.company.slug
        self._told("merchants", {"name": slug, "security_key": slug, "tokenization_key": f"public-{slug}"})
        with inside(self.company):
            name = "secret_key" if dialect == "stripe" else "security_key"
            self.gateway = Gateway.objects.create(kind=dialect, credentials={name: self.company.slug})

    def measure(self) -> None:
        """Furnish, plant, reconcile, and say what was found. Raises AssertionError for a wrong finding."""
        from alarmdesk.company.entering import inside
        from alarmdesk.payments.models import Deposit
        from alarmdesk.payments.reconciling import reconcile

        planted = self.furnish()
        begun, worked = time.perf_counter(), time.process_time()
        done = reconcile(self.company, at=self.now)
        seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
        found = self.found()
        with inside(self.company):
            deposits = list(Deposit.objects.values_list("count", "amount", "matched_count"))
        missed, invented = planted - found, found - planted
        print(
            f"reconciled {done.lines} lines in {seconds:.1f} s ({cpu:.1f} s of our CPU), {len(deposits)} deposit(s); "
            f"found {len(found & planted)} of {len(planted)} planted differences, {len(invented)} false",
            flush=True,
        )
        assert not missed, missed
        assert not invented, invented
        assert self.count < TRANSACTIONS or seconds < SECONDS_ALLOWED, f"{seconds:.1f} s"
        again = time.perf_counter()
        assert reconcile(self.company, at=self.now).new == 0
        print(f"the second time, the planted ones standing: {time.perf_counter() - again:.1f} s")

    def found(self) -> set[tuple[str, str]]:
        """The differences that stand, as (kind, key)."""
        from alarmdesk.company.entering import inside
        from alarmdesk.payments.models import Discrepancy

        with inside(self.company):
            return set(Discrepancy.objects.filter(settled_at=None).values_list("kind", "key"))

    def furnish(self) -> set[tuple[str, str]]:
        """Charges of three days ago on both sides; the planted differences as (kind, key)."""
        self._told("clock", {"now": (self.now - DAYS_AGO).isoformat()})
        keys = [secrets.token_hex(10) for _ in range(self.count)]
        amounts = [Decimal(2000 + number % 6000) / 100 for number in range(self.count)]
        ids: list[str] = []
        for start in range(0, self.count, CHUNK):
            part = slice(start, start + CHUNK)
            charges = [
                {"order_id": key, "amount": str(amount)} for key, amount in zip(keys[part], amounts[part], strict=True)
            ]
            made = self._told(f"{self.dialect}/charges", {"merchant": self.company.slug, "charges": charges})
            ids += made[f"{NAMES[self.dialect]}s"]
        self._told("settle", {})
        self._told("clock", {"real": True})
        extra, missing, amount, status, twice = (keys[n * PLANTED : (n + 1) * PLANTED] for n in range(5))
        for number in range(4 * PLANTED, 5 * PLANTED):
            self._told(f"{self.dialect}/repeat", {NAMES[self.dialect]: ids[number]})
        ours = [(key, each, number, "complete") for key, each, number in zip(keys, amounts, ids, strict=True)]
        ours = ours[PLANTED:]  # the first are not in our books
        ours += [(f"none-{key[:12]}", Decimal("20.00"), "", "complete") for key in missing]  # and these not at theirs
        for place in range(PLANTED, 2 * PLANTED):
            key, each, number, state = ours[place]
            ours[place] = (key, each + Decimal("0.01"), number, state)
        for place in range(2 * PLANTED, 3 * PLANTED):
            ours[place] = (*ours[place][:3], "pending")
        self._write(ours)
        unknown_here = {("extra", key) for key in extra}
        not_there = {("missing", f"none-{key[:12]}") for key in missing}
        differing = {("amount", key) for key in amount} | {("status", key) for key in status}
        return unknown_here | not_there | differing | {("twice", key) for key in twice}

    def _write(self, ours: list[tuple[str, Decimal, str, str]]) -> None:
        from alarmdesk.company.entering import inside
        from alarmdesk.invoicing.testing import make_billed_customer
        from alarmdesk.lib.inserting import insert_columns, take_figures
        from alarmdesk.payments.models import Attempt, Payment

        at = self.now - DAYS_AGO
        with inside(self.company):
            customers = [make_billed_customer(state="", email=f"payer{n}@example.com").pk for n in range(100)]
            for start in range(0, len(ours), CHUNK):
                keys, amounts, ids, states = map(list, zip(*ours[start : start + CHUNK], strict=True))
                numbers = list(range(start + 1, start + 1 + len(keys)))
                payments = insert_columns(
                    Payment,
                    {"number": numbers, "amount": amounts, "status": states,
                     "customer_id": [customers[n % 100] for n in numbers]},
                    constants={"method": "card", "received_on": at.date(), "created_at": at, "created_by": "bench"},
                    returning=("id",),
                )  # fmt: skip
                insert_columns(
                    Attempt,
                    {"payment_id": [pk for (pk,) in payments], "key": keys, "amount": amounts, "external_id": ids},
                    constants={"gateway_id": self.gateway.pk, "state": "approved", "created_at": at, "sent_at": at},
                )
                take_figures(Payment, Attempt)

    def _told(self, path: str, payload: object) -> Any:
        answer = self.control.post(f"/{path}", json=payload)
        answer.raise_for_status()
        return answer.json()


def measure_charges(site: str) -> None:
    """Charges a second, and the portal's page while they are made."""
    from bench import charging

    with reading(site) as reader:
        rate = charging.measure(beside=reader)
    print(f"charges/s while the portal is read: {rate:.0f}; portal page meanwhile: {reader}")


class Reader:
    """What a browser beside the charging measured; counts only while it is entered."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.span = (0.0, 0.0)
        self.times: list[float] = []

    def __enter__(self) -> None:
        self.span = (time.time(), 0.0)

    def __exit__(self, *_: object) -> None:
        self.span = (self.span[0], time.time())

    def finish(self) -> None:
        """Stop the browser and keep what it measured meanwhile, in milliseconds."""
        self.process.terminate()
        said, _ = self.process.communicate()
        told = [json.loads(line) for line in said.splitlines() if line.startswith("[")]
        self.times = sorted(took for at, took in told if self.span[0] <= at <= self.span[1])

    def __str__(self) -> str:
        if not self.times:
            return "nothing was read"
        p50, p99 = (self.times[math.ceil(len(self.times) * share) - 1] for share in (0.5, 0.99))
        return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms over {len(self.times)} pages"


@contextmanager
def reading(site: str) -> Iterator[Reader]:
    """Somebody who holds an account of another dealer opens its page, again and again, from a process of their own."""
    from django.conf import settings
    from django.test import Client

    from alarmdesk.company.entering import inside
    from alarmdesk.invoicing.testing import make_billed_customer, make_furnished_company, make_invoice
    from alarmdesk.portal.testing import make_holder

    company = make_furnished_company()
    with inside(company):
        customer = make_billed_customer()
        for _ in range(12):
            make_invoice(customer)
        person = make_holder(customer).user
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    command = [sys.executable, "-m", "bench.payments", "--read", f"{site}/{company.slug}/portal/", cookie]
    reader = Reader(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    try:
        yield reader
    finally:
        reader.finish()


def read(url: str, cookie: str) -> None:
    """Read a page until told to stop; each line is the time of day and how many milliseconds it took."""
    import httpx

    with httpx.Client(cookies={"sessionid": cookie}, trust_env=False, timeout=60) as browser:
        while True:
            at, begun = time.time(), time.perf_counter()
            answer = browser.get(url)
            assert answer.status_code == httpx.codes.OK, (answer.status_code, answer.headers.get("location"))
            print(json.dumps([at, 1000 * (time.perf_counter() - begun)]), flush=True)
            time.sleep(0.02)


if __name__ == "__main__":
    main()
