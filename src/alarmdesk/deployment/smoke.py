"""Does the main job run from end to end? A rehearsal in a throw-away installation, unattended, judged by the gateway.

A dealer opens, imports subscribers from a file, lives through a month of nights with their settlements, one customer
pays in the portal over HTTP, and the books are held against the gateway's statement. The last line of output is one
JSON object; the exit code is 0 only if the books balance.
"""

import datetime as dt
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from alarmdesk.deployment.installation import Throwaway

DAYS = 31
ROWS = 200
SLUG = "rehearsal"
EMAIL = "payer@mail.example"
PASSWORD = "a rehearsal of paying"  # noqa: S105  (of a throw-away installation)
MAPPING = """
[columns]
account = "account_number"
last_name = "last_name"
email = "email"
rate = ["mmr", "recurring_amount"]
method = ["billing_method", "auto_pay"]
first_bill = "next_invoice_on"
[values.billing_method]
card = "test-card"
bank = "test-ach"
check = "manual"
[values.auto_pay]
card = true
bank = true
check = false
[constants]
recurring_every = "1"
recurring_unit = "month"
term = "Due on receipt"
"""


def run() -> int:
    """0 if the books balance; 1 if they do not, or if a step failed (and said why)."""
    console = Console(stderr=True, highlight=False)
    begun = time.monotonic()
    with Throwaway(say=console.print, fsync=False) as there:
        rehearsal = Rehearsal(there, console)
        try:
            figures = rehearsal.play()
        except StepFailed as failure:
            console.print(str(failure), style="red", markup=False)
            return 1
    figures["seconds"] = round(time.monotonic() - begun, 1)
    print(json.dumps(figures))  # noqa: T201  (the last line of output)
    return 0 if figures["differences"] == 0 and figures["unknown"] == 0 and figures["charged"] > 0 else 1


class StepFailed(Exception):
    """A step of the rehearsal did not do what it should; the text says which and what it said."""


class Rehearsal:
    """The steps, each through the door that people use: commands and pages."""

    def __init__(self, there: Throwaway, console: Console) -> None:
        self.there, self.console = there, console
        self.environment = there.installation.environment
        self.today = dt.datetime.now(dt.UTC).date()
        self.first = self.today - dt.timedelta(days=DAYS)

    def play(self) -> dict[str, Any]:
        self.open()
        self._say(f"{DAYS + 1} nights, from {self.first} to {self.today}")
        nights: list[dict[str, Any]] = json.loads(self._python("live_a_month", str(self.first), str(self.today)))
        self._say("A customer pays in the portal")
        self.there.start(self.there.installation.web())
        number = self._pay_in_the_portal()
        self._say("The books are held against the gateway's statement")
        audit = json.loads(self.command("audit", "--company", SLUG, "--json", may_fail=True))
        finding = audit["companies"][SLUG]
        for difference in finding["differences"]:
            self._say(str(difference))
        return {
            "customers": ROWS,
            "invoices": sum(night["invoices"] for night in nights) + 1,
            "charged": finding["charges"],
            "collected": finding["collected"],
            "declined": sum(night["declined"] for night in nights),
            "settled": sum(night["settled"] for night in nights),
            "mails": sum(night["mails"] for night in nights),
            "portal_payment": number,
            "unknown": finding["unknown"],
            "differences": audit["differences"],
        }

    def open(self) -> None:
        """A dealer with its subscribers, as they stood on the first day."""
        self._say("A dealer opens")
        self._python("open_dealer", str(self.first))
        self._say(f"{ROWS} subscribers come in from a file")
        self._import()

    def command(self, *arguments: str, at: dt.datetime | None = None, may_fail: bool = False) -> str:
        """What an `alarmdesk` command prints, its clock held at an instant where one is given."""
        return self._run(["-m", "alarmdesk", *arguments], at=at, may_fail=may_fail)

    def _import(self) -> None:
        folder: Path = self.there.folder
        file, mapping = folder / "subscribers.csv", folder / "subscribers.toml"
        file.write_text("\n".join(["account,last_name,email,rate,method,first_bill", *self._rows()]) + "\n")
        mapping.write_text(MAPPING)
        noon = dt.datetime.combine(self.first, dt.time(12), dt.UTC)
        self.command("import", "customers", str(file), "--company", SLUG, "--mapping", str(mapping), at=noon)

    def _rows(self) -> list[str]:
        """Every third by bank account, every fifth by check, the rest by card; due all over the month."""
        rows = []
        for number in range(ROWS):
            method = "check" if number % 5 == 4 else "bank" if number % 3 == 2 else "card"
            due = self.first + dt.timedelta(days=1 + number % (DAYS - 1))
            rows.append(
                f"R-{1000 + number},Subscriber {number},s{number}@mail.example,{20 + number / 100:.2f},{method},{due}"
            )
        return rows

    def _pay_in_the_portal(self) -> str:
        """Sign in, tick the invoice, look at the amount, pay; the receipt's number. All over HTTP."""
        self._python("owe_something")
        with httpx.Client(base_url=self.there.site, follow_redirects=True, timeout=30, trust_env=False) as visitor:
            page = visitor.get(f"/account/login/?next=/{SLUG}/portal/")
            home = visitor.post(
                str(page.url), data={"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": _token(page)}
            )
            if (ticked := re.search(r'name="invoice"[^>]*value="(\d+)"', home.text)) is None:
                raise StepFailed(f"The portal shows no invoice to pay ({home.status_code} at {home.url}).")
            page = visitor.get(f"/{SLUG}/portal/pay/", params={"invoice": ticked[1]})
            fields = {name: _first_value(page, name) for name in ("amount", "method")}
            done = visitor.post(str(page.url), data={**fields, "csrfmiddlewaretoken": _token(page)})
            if "/portal/receipts/" not in str(done.url):
                raise StepFailed(f"The payment in the portal did not go through ({done.status_code} at {done.url}).")
            return str(done.url).rstrip("/").rpartition("/")[2]

    def _python(self, step: str, *arguments: str) -> str:
        return self._run(["-m", "alarmdesk.deployment.rehearsing", step, *arguments])

    def _run(self, arguments: Sequence[str], *, may_fail: bool = False, at: dt.datetime | None = None) -> str:
        """A process of its own, its clock held at `at`. Raises StepFailed with what it said."""
        held = {"ALARMDESK_NOW": at.isoformat()} if at else {}
        done = subprocess.run(
            [sys.executable, *arguments],
            check=False,
            env={**os.environ, **self.environment, **held, "ALARMDESK_LOG_LEVEL": "WARNING"},
            capture_output=True,
            text=True,
        )
        if done.returncode and not may_fail:
            raise StepFailed(f"{' '.join(arguments[1:4])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _say(self, sentence: str) -> None:
        self.console.print(f"[dim]{time.strftime('%H:%M:%S')}[/dim] {sentence}")


def _first_value(page: httpx.Response, name: str) -> str:
    """The value of a field, or of the first choice of a list."""
    found = re.search(rf'name="{name}".*?value="([^"]+)"', page.text, re.DOTALL)
    if found is None:
        raise StepFailed(f"There is no field “{name}” at {page.url} ({page.status_code}).")
    return found[1]


def _token(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    if found is None:
        raise StepFailed(f"There is no form at {page.url} ({page.status_code}).")
    return found[1]
