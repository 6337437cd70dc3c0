"""What if PostgreSQL dies and comes back in the middle of a night? A clear sentence, and the next start goes on.

On a server of its own, with the commands that an operator types.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from rich.console import Console

from alarmdesk.deployment.installation import Throwaway
from alarmdesk.deployment.smoke import SLUG, Rehearsal


@pytest.fixture
def there() -> Iterator[Throwaway]:
    with Throwaway(say=lambda _: None, fsync=False) as throwaway:
        yield throwaway


@pytest.fixture
def outside(there: Throwaway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{there.installation.outside}/control", trust_env=False) as client:
        yield client


def test_a_night_that_loses_its_database_says_so_and_the_next_start_goes_on(
    there: Throwaway, outside: httpx.Client
) -> None:
    rehearsal = Rehearsal(there, Console(quiet=True))
    rehearsal.open()
    outside.post("/clock", json={"real": True}).raise_for_status()
    outside.post("/settings", json={"default_latency": 0.4}).raise_for_status()

    code, said = night_without_a_database(there, rehearsal, outside)

    assert code == 3, said
    assert "The database went away. Run the command again" in said
    outside.post("/settings", json={"default_latency": 0}).raise_for_status()
    # a night is worked on as of its own hour, and that may be yet to come
    begun = max(dt.datetime.now(dt.UTC), dt.datetime.combine(rehearsal.today, dt.time(12), dt.UTC))
    for hours in (1, 3):
        later = begun + dt.timedelta(hours=hours)
        rehearsal.command("night", "--on", str(rehearsal.today), "--company", SLUG, at=later)
    audit = json.loads(rehearsal.command("audit", "--company", SLUG, "--json"))
    finding = audit["companies"][SLUG]
    assert (audit["differences"], finding["unknown"], finding["charges"]) == (0, 0, 160)


def night_without_a_database(there: Throwaway, rehearsal: Rehearsal, outside: httpx.Client) -> tuple[int, str]:
    """A night whose server is killed once the first charges are made, and comes back; its exit code and last words."""
    with subprocess.Popen(
        [sys.executable, "-m", "alarmdesk", "night", "--on", str(rehearsal.today), "--company", SLUG],
        env={**os.environ, **rehearsal.environment, "GATEWAY_CALLS_IN_FLIGHT": "8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as night:
        while not outside.get("/statement", params={"merchant": SLUG, "summary": 1}).json()["totals"]["sales_count"]:
            assert night.poll() is None, night.communicate()
            time.sleep(0.05)
        there.installation.server.kill()
        there.installation.server.restart()
        _, said = night.communicate(timeout=60)
    return night.returncode, said
