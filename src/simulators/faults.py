"""What shall go wrong, for which requests, how often?

A fault is a JSON object, posted as a list to /control/faults and durable with its counters:
  {"match": {"path": "transact|query|stripe|stripe-query|transunion|equifax|webhook|smtp", "type": "sale",
             "order_id": "INV-*", "every": 10, "probability": 0.1, "seed": 7},
   "fault": "drop_after", "seconds": 2.5, "times": 3}
Every part of `match` may be missing; `order_id` and `type` may hold * and ?. `every` fires on each nth matching
request, `probability` on a seeded, repeatable share of them. `times` is how often it fires at most.

  delay             answer `seconds` later (commit after the delay)
  drop_before       close the connection without an answer, nothing done
  drop_after        do it, commit, then close the connection without an answer
  error_500_before  HTTP 500, nothing done
  error_500_after   do it, commit, then HTTP 500
  hang              do it, commit, then give no answer for `seconds` (an hour when not given)
  reject_temporarily  (smtp) 451 to the message
  late, twice, reordered, forged, lost  (webhook) see `stripe.delivering`

Delays add up; of the others the oldest that fires wins.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from simulators.memory import Memory

KINDS = {
    "delay", "drop_before", "drop_after", "error_500_before", "error_500_after", "hang", "reject_temporarily",
    "late", "twice", "reordered", "forged", "lost",
}  # fmt: skip
MATCHES = {"path", "type", "order_id", "every", "probability", "seed"}
AN_HOUR = 3600.0
NO_LATENCY = {"smtp", "webhook"}


@dataclass(frozen=True)
class Plan:
    """What happens to one request: wait so many seconds, then `fault` (empty: nothing)."""

    delay: float = 0.0
    fault: str = ""
    seconds: float = AN_HOUR


class Faults:
    """The faults of one simulated world."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.refresh()

    def refresh(self) -> None:
        """Read the durable list again."""
        rows = self._memory.all("SELECT * FROM fault ORDER BY id")
        self._specs: list[tuple[int, dict[str, Any]]] = [(row["id"], json.loads(row["spec"])) for row in rows]
        self._latency = float(self._memory.setting("default_latency") or 0)

    def add(self, specs: list[Any]) -> None:
        """Append faults. Raises ValueError for one that says something unknown."""
        for spec in specs:
            _check(spec)
        with self._memory.transaction():
            for spec in specs:
                self._memory.run("INSERT INTO fault (spec) VALUES (?)", json.dumps(spec))
        self.refresh()

    def clear(self) -> None:
        """No faults any more; the default latency stays."""
        self._memory.run("DELETE FROM fault")
        self.refresh()

    def set_default_latency(self, seconds: float) -> None:
        """How long the gateway takes to answer any request."""
        self._memory.remember(default_latency=seconds)
        self.refresh()

    def listing(self) -> list[dict[str, Any]]:
        """The faults with how many requests matched (`seen`) and how often each fired."""
        rows = self._memory.all("SELECT * FROM fault ORDER BY id")
        return [json.loads(row["spec"]) | {"seen": row["seen"], "fired": row["fired"]} for row in rows]

    def plan(self, path: str, *, kind: str = "", order_id: str = "") -> Plan:
        """Count this request at every fault that matches it, and say what shall happen to it."""
        delay, chosen = (self._latency if path not in NO_LATENCY else 0.0), Plan()
        for number, spec in self._specs:
            if not (_matches(spec.get("match", {}), path, kind, order_id) and self._fires(number, spec)):
                continue
            if spec["fault"] == "delay":
                delay += float(spec.get("seconds", 1))
            elif not chosen.fault:
                chosen = Plan(fault=spec["fault"], seconds=float(spec.get("seconds", AN_HOUR)))
        return Plan(delay, chosen.fault, chosen.seconds)

    def _fires(self, number: int, spec: dict[str, Any]) -> bool:
        row = self._memory.one("SELECT seen, fired FROM fault WHERE id = ?", number)
        if row is None:
            return False
        match, seen = spec.get("match", {}), int(row["seen"]) + 1
        fires = int(row["fired"]) < int(spec.get("times", seen)) and seen % int(match.get("every", 1)) == 0
        if fires and "probability" in match:
            fires = _chance(match.get("seed", 0), seen) < float(match["probability"])
        self._memory.run("UPDATE fault SET seen = ?, fired = fired + ? WHERE id = ?", seen, int(fires), number)
        return fires


def _chance(seed: object, turn: int) -> float:
    """A repeatable number from 0 to 1 for the nth matching request."""
    digest = hashlib.sha256(f"{seed}/{turn}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def _matches(match: dict[str, Any], path: str, kind: str, order_id: str) -> bool:
    said = {"path": path, "type": kind, "order_id": order_id}
    return all(fnmatchcase(value, str(match.get(name, "*"))) for name, value in said.items())


def _check(spec: Any) -> None:
    if not isinstance(spec, dict) or spec.get("fault") not in KINDS:
        raise ValueError(f"unknown fault: {spec!r}")
    strange = set(spec) - {"match", "fault", "seconds", "times"} | set(spec.get("match", {})) - MATCHES
    if strange:
        raise ValueError(f"unknown words in a fault: {', '.join(sorted(strange))}")
    if int(spec.get("match", {}).get("every", 1)) < 1:
        raise ValueError("every must be 1 or more")
