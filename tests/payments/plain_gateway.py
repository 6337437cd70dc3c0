"""What is the least that a gateway can be? One that lives in memory and does at once what a test tells it.

It keeps its own books, for the statement is the judge here too. `loses` makes the next call lose its answer, before or
after it was carried out; `answers_next` is what the next sale gets instead of a yes.
"""

import datetime as dt
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from alarmdesk.payments.gateways.port import Answer, ChargeRequest, MethodChange, NoAnswer, Outcome, StatementLine

AT = dt.datetime(2026, 3, 2, 19, tzinfo=dt.UTC)
REFUNDED = (Outcome.APPROVED, Outcome.SETTLED)


@dataclass
class PlainGateway:
    """Operations by key; of them those that moved money make the statement."""

    lines: dict[str, StatementLine] = field(default_factory=dict)
    later: list[StatementLine] = field(default_factory=list)
    loses: str = ""
    answers_next: Outcome | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> "PlainGateway":
        """Be every company's gateway until the end of the test."""
        for name, module in list(sys.modules.items()):
            if name.startswith("alarmdesk.payments") and hasattr(module, "port_of"):
                monkeypatch.setattr(module, "port_of", lambda _: self)
        return self

    def verify(self) -> None:
        return None

    def sale(self, request: ChargeRequest) -> Answer:
        return self._charge("sale", request)

    def credit(self, request: ChargeRequest) -> Answer:
        return self._charge("credit", request)

    def refund(self, *, key: str, external_id: str, amount: Decimal) -> Answer:
        original = self._sale(external_id)
        given = sum(
            (line.amount for line in self.lines.values()
             if line.of_external_id == external_id and line.outcome in REFUNDED), Decimal(0)
        )  # fmt: skip
        fits = original.outcome is Outcome.SETTLED and given + amount <= original.amount
        return self._do(key, "refund", amount, Outcome.APPROVED if fits else Outcome.DECLINED, of=external_id)

    def void(self, *, key: str, external_id: str) -> Answer:  # noqa: ARG002
        self._lose("before")
        original = self._sale(external_id)
        if original.outcome is not Outcome.APPROVED:
            self._lose("after")
            return self._answer(replace(original, outcome=Outcome.DECLINED))
        self.change(original.key, Outcome.VOIDED)
        self._lose("after")
        return self._answer(self.lines[original.key])

    def look_up(self, key: str, *, since: dt.datetime | None = None) -> Answer | None:  # noqa: ARG002
        line = self.lines.get(key)
        return self._answer(line) if line else None

    def statement(self, since: dt.datetime, until: dt.datetime) -> Iterator[StatementLine]:  # noqa: ARG002
        moved = [line for line in self.lines.values() if line.outcome not in (Outcome.DECLINED, Outcome.HELD)]
        return iter([*moved, *self.later])

    def tells_of_methods(self, kind: str) -> bool:  # noqa: ARG002
        return False

    def changed_methods(self, since: dt.datetime, until: dt.datetime) -> Iterator[MethodChange]:  # noqa: ARG002
        return iter(())

    def settle(self) -> None:
        for line in list(self.lines.values()):
            if line.outcome is Outcome.APPROVED:
                self.lines[line.key] = replace(line, outcome=Outcome.SETTLED, batch_id="batch")

    def change(self, key: str, outcome: Outcome, reason: str = "") -> None:
        self.lines[key] = replace(self.lines[key], outcome=outcome, reason=reason)

    def take_back(self, key: str, outcome: Outcome, reason: str) -> None:
        """As a new transaction that names the old one, which stays as it is."""
        old = self.lines[key]
        self.later.append(
            replace(old, key="", external_id=f"x{next(self.numbers)}", outcome=outcome, reason=reason,
                    of_external_id=old.external_id)
        )  # fmt: skip

    def _charge(self, verb: str, request: ChargeRequest) -> Answer:
        outcome, self.answers_next = self.answers_next or Outcome.APPROVED, None
        return self._do(request.key, verb, request.amount, outcome)

    def _do(self, key: str, verb: str, amount: Decimal, outcome: Outcome, of: str = "") -> Answer:
        self._lose("before")
        line = StatementLine(f"t{next(self.numbers)}", key, verb, amount, outcome, "", AT, of_external_id=of)
        self.lines[key] = line
        self._lose("after")
        return self._answer(line)

    def _lose(self, when: str) -> None:
        if self.loses == when:
            self.loses = ""
            raise NoAnswer("The gateway did not answer.")

    def _sale(self, external_id: str) -> StatementLine:
        return next(line for line in self.lines.values() if line.external_id == external_id)

    @staticmethod
    def _answer(line: StatementLine) -> Answer:
        said: dict[str, Any] = {"code": "", "message": f"{line.verb} is {line.outcome}", "raw": ""}
        return Answer(line.outcome, line.external_id, **said)
