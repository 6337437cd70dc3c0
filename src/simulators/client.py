"""How do test suites, benches and the demo start a simulated world, steer it and ask it for the truth?

>>> world = World.start(tmp_path)
>>> world.merchant("Shop", security_key="key", tokenization_key="tok")
>>> world.fault("drop_after", path="transact", type="sale", times=1)
>>> world.kill()
>>> world.restart()  # same ports, same memory
>>> world.statement("Shop")["totals"]["sales"]
'89.97'
>>> world.stop()
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpx

SOURCE = Path(__file__).resolve().parent.parent
STOP_SECONDS = 10


class NotStarted(Exception):
    """The process ended before it listened."""


class World:
    """A running simulator process; also a context manager that stops it."""

    http: str
    smtp_port: int

    def __init__(self, state_dir: Path, *, port: int = 0, smtp_port: int = 0, host: str = "127.0.0.1") -> None:
        self.state_dir, self.host = state_dir, host
        self._ports = (port, smtp_port)
        self.process = self._spawn()
        self._client = httpx.Client(base_url=self.http, timeout=60, trust_env=False)

    @classmethod
    def start(cls, state_dir: Path, *, port: int = 0, smtp_port: int = 0, host: str = "127.0.0.1") -> Self:
        """Start a process on this folder and wait until it listens. Raises NotStarted."""
        return cls(state_dir, port=port, smtp_port=smtp_port, host=host)

    def _spawn(self) -> subprocess.Popen[str]:
        port, smtp_port = self._ports
        command = [
            sys.executable, "-m", "simulators", "--state", str(self.state_dir), "--host", self.host,
            "--port", str(port), "--smtp-port", str(smtp_port),
        ]  # fmt: skip
        process = subprocess.Popen(command, cwd=SOURCE, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            process.wait()
            raise NotStarted(f"the simulator ended with exit code {process.returncode}")
        said = json.loads(line)
        self.http, self.smtp_port = said["http"], said["smtp"]
        # A restart must be found where clients already look.
        self._ports = (urlsplit(self.http).port or 0, self.smtp_port)
        return process

    def kill(self) -> None:
        """End it as kill -9 does: no farewell, no tidying."""
        self.process.kill()
        self._wait()

    def restart(self) -> None:
        """Start again on the same folder and ports, after `kill` or `stop`, or ending it cleanly first."""
        if self.process.poll() is None:
            self.process.terminate()
            self._wait()
        self.process = self._spawn()

    def stop(self) -> int:
        """End it cleanly; answers the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        self._wait()
        self._client.close()
        return self.process.returncode

    def _wait(self) -> None:
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.stop()

    def control(self, path: str, payload: object = None, *, method: str = "", **query: str | int) -> Any:
        """Call /control/PATH: GET, or POST when there is a payload. Raises httpx.HTTPStatusError for a refusal."""
        verb = method or ("GET" if payload is None else "POST")
        answer = self._client.request(verb, f"/control/{path}", json=payload, params=query or None)
        answer.raise_for_status()
        return answer.json()

    def merchant(self, name: str, **fields: object) -> None:
        """Make a merchant or change fields of one: security_key, tokenization_key, duplicate_seconds, cutoff ..."""
        self.control("merchants", {"name": name, **fields})

    def statement(self, merchant: str, *, summary: bool = False) -> dict[str, Any]:
        """The true money moved: {"transactions": [...], "totals": {...}}; with `summary` the totals only."""
        asked = {"merchant": merchant} | ({"summary": "1"} if summary else {})
        found: dict[str, Any] = self.control(f"statement?{urlencode(asked)}")
        return found

    def mail(self, to: str = "", *, subject: str = "") -> list[dict[str, Any]]:
        """Messages, oldest first, whose recipients and subject hold these words."""
        found: list[dict[str, Any]] = self.control("mail", to=to, subject=subject)["mail"]
        return found

    def clear_mail(self) -> None:
        """Forget all messages."""
        self.control("mail", method="DELETE")

    def set_clock(self, at: datetime | str | None) -> None:
        """Stop the clock at this instant (ISO text or an aware datetime); None gives the real time back."""
        now = at.isoformat() if isinstance(at, datetime) else at
        self.control("clock", {"real": True} if now is None else {"now": now})

    def advance(self, seconds: int) -> None:
        """Move the clock on; it stands still afterwards."""
        self.control("clock", {"advance_seconds": seconds})

    def settle(self, *, checks: bool = False) -> None:
        """Close the batches now; with `checks` bank payments settle at once too."""
        self.control("settle", {"checks": checks})

    def fault(self, fault: str, *, seconds: float | None = None, times: int | None = None, **match: object) -> None:
        """Script one fault; `match` takes path, type, order_id, every, probability, seed (see `faults`)."""
        limits = {"seconds": seconds, "times": times}
        self.faults([{"match": match, "fault": fault} | {k: v for k, v in limits.items() if v is not None}])

    def faults(self, specs: Iterable[dict[str, object]]) -> None:
        """Script several faults at once."""
        self.control("faults", list(specs))

    def clear_faults(self) -> None:
        """No faults any more."""
        self.control("faults", method="DELETE")

    def webhooks(self, merchant: str, url: str, *, secret: str = "", events: Iterable[str] = ("*",)) -> str:
        """Send a merchant's Stripe events to an address; answers the signing secret."""
        asked = {"merchant": merchant, "url": url, "secret": secret, "events": list(events)}
        return str(self.control("webhooks", asked)["secret"])

    def deliveries(self, merchant: str = "", *, send: bool = False) -> list[dict[str, Any]]:
        """What became of the webhooks; with `send` after all that is due now was sent."""
        if send:
            self.control("webhooks", {"send": True})
        found: list[dict[str, Any]] = self.control("webhooks", merchant=merchant)["deliveries"]
        return found

    def resend(self, event_id: str, *, times: int = 1) -> None:
        """Send an event again, so many times."""
        self.control("webhooks", {"resend": event_id, "times": times})

    def ways(self, merchant: str, vault_id: str, code: str) -> None:
        """What is stored answers from now on as `code` says ("202", "R01", "" for approval), in either dialect."""
        self.control("ways", {"merchant": merchant, "vault_id": vault_id, "code": code})

    def updater(self, merchant: str, vault_id: str, result: str, **card: str) -> None:
        """The card networks tell of a stored card: NED, NAN, ACL or CCH, with `exp` (MMYY) and `last4`."""
        self.control("updater", {"merchant": merchant, "vault_id": vault_id, "result": result, **card})

    def subscriber(self, bureau: str, code: str, secret: str) -> None:
        """A subscriber of a credit bureau ("transunion", "equifax"), known by this code and secret."""
        self.control("bureaus/subscribers", {"bureau": bureau, "code": code, "secret": secret})

    def consumer(self, first: str, last: str, score: int | None = None, flags: str = "") -> None:
        """Somebody with a file at every bureau; flags: no_hit, frozen, no_score, deceased."""
        self.control("bureaus/people", {"first": first, "last": last, "score": score, "flags": flags})

    def inquiries(self, code: str = "") -> list[dict[str, Any]]:
        """Whom a subscriber's inquiries were about, by the bureaus' own log, oldest first."""
        found: list[dict[str, Any]] = self.control("bureaus/log", code=code)["inquiries"]
        return found

    def latency(self, seconds: float) -> None:
        """How long the gateway takes for every answer."""
        self.control("settings", {"default_latency": seconds})

    def reset(self) -> None:
        """Forget everything, merchants too."""
        self.control("reset", {})
