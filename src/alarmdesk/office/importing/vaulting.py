"""How do imported customers get their test card or test account? The gateway stores one of its public test tokens for
each, under an id of our choosing that is the same at every try; then the method and its Auto Pay are written.

Many calls are in flight while no transaction is open. What is killed in between is asked again: the vault knows the id.
"""

from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers.models import Import, WaitingMethod
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.office.importing.checking import Now
from alarmdesk.payments import bulk as payments
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Refused, StoredMethod, StoreRequest, Token
from alarmdesk.payments.wire import Wire

STORING = "Storing test methods"
TOKENS = {
    # NMI's public test tokens, which any account in test mode takes as often as it likes
    "card": "00000000-000000-000000-000000000000",
    "ach": "11111111-111111-111111-111111111111",
}
PAGE = 1_000
WRITE = 200
SILENCES = 20


class Vault(Protocol):
    """What this module asks of a gateway: payments.gateways.port.GatewayPort has it."""

    def store(self, request: StoreRequest) -> StoredMethod: ...

    def forget(self, vault_id: str) -> None: ...


class GatewaySilent(Exception):
    """The gateway did not answer so often that trying on makes no sense now; nothing is lost."""


@dataclass(slots=True)
class _Answers:
    """What the gateway said since the last writing, by waiting method."""

    stored: dict[int, StoredMethod] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    silences: int = 0

    def take(self, pk: int, answer: "Future[StoredMethod]") -> None:
        """Raises BadCredentials and GatewaySilent."""
        try:
            self.stored[pk] = answer.result()
            self.silences = 0
        except Refused as refusal:
            self.refused[pk] = str(refusal)
        except NoAnswer as silence:
            self.silences += 1
            if self.silences >= SILENCES:
                raise GatewaySilent(
                    f"The gateway does not answer ({silence}) The methods that it has not stored still wait."
                ) from None

    @property
    def count(self) -> int:
        return len(self.stored) + len(self.refused)


def beginning(company_id: int, import_id: int) -> str:
    """How the vault ids of an import's test methods begin."""
    return f"ad-{company_id}-{import_id}-"


def store_methods(
    company: Company, import_id: int, vault: Vault, *, gateway_id: int, in_flight: int, actor: Actor, now: Now
) -> None:
    """Store what waits, with `in_flight` calls at once. Called outside any transaction.

    Raises BadCredentials and GatewaySilent; what was stored until then is written.
    """
    with inside(company, actor=actor):
        kept = company.imports.select_related("run").get(pk=import_id)
        waiting = WaitingMethod.objects.filter(of_import=kept)
        waiting.exclude(failure="").update(failure="")
        total = waiting.count()
        assert kept.run is not None  # noqa: S101  (an import that is under way has its run)
        runs.enter_stage(kept.run, STORING, total, at=now())
    answers = _Answers()
    writer = _Writer(company, kept, kept.run, gateway_id, actor, now)
    with Wire[int, StoredMethod](in_flight) as wire:
        last = 0
        while page := _page(company, kept, last):
            last = page[-1].pk
            try:
                _ask(wire, vault, page, answers, writer)
            finally:
                writer.write(answers)


def _page(company: Company, kept: Import, last: int) -> list[WaitingMethod]:
    with inside(company):
        waiting = WaitingMethod.objects.select_related("customer").filter(of_import=kept, pk__gt=last, failure="")
        return list(waiting.order_by("pk")[:PAGE])


def _ask(
    wire: "Wire[int, StoredMethod]", vault: Vault, page: list[WaitingMethod], answers: _Answers, writer: "_Writer"
) -> None:
    todo = iter(page)
    asked = next(todo, None)
    while asked is not None or not wire.is_idle:
        while asked is not None and wire.room:
            request = writer.request(asked)
            wire.call(asked.pk, partial(vault.store, request))
            asked = next(todo, None)
        for pk, answer in wire.finished():
            answers.take(pk, answer)
        if answers.count >= WRITE:
            writer.write(answers)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes what the gateway stored: a method for each that still waits, and its Auto Pay."""

    company: Company
    kept: Import
    run: Run
    gateway_id: int
    actor: Actor
    now: Now

    def request(self, waiting: WaitingMethod) -> StoreRequest:
        return StoreRequest(
            Token(TOKENS[waiting.kind], waiting.kind),
            vault_id=f"{beginning(self.company.pk, self.kept.pk)}{waiting.line}",
            name=waiting.customer.name,
            email=waiting.customer.email,
        )

    def write(self, answers: _Answers) -> None:
        if not answers.count:
            return
        with inside(self.company, actor=self.actor):
            for pk, reason in answers.refused.items():
                WaitingMethod.objects.filter(pk=pk).update(failure=reason[:300])
            # another worker may have written some of them: what still waits is ours
            locked = WaitingMethod.objects.select_for_update().filter(pk__in=answers.stored).order_by("pk")
            self._write([(each, answers.stored[each.pk]) for each in locked])
            locked.order_by().delete()
            runs.advance(self.run, answers.count, at=self.now())
        answers.stored, answers.refused = {}, {}

    def _write(self, stored: list[tuple[WaitingMethod, StoredMethod]]) -> None:
        at, by = self.now(), self.actor.name
        methods = payments.add_methods(
            [
                payments.NewMethod(
                    customer_id=waiting.customer_id,
                    kind=method.kind,
                    gateway_id=self.gateway_id,
                    vault_id=method.vault_id,
                    brand=method.brand,
                    last_four=method.last_four,
                    expires_on=method.expires_on,
                )
                for waiting, method in stored
            ],
            imported_by=self.kept.pk,
            at=at,
            by=by,
        )
        enrolled = [waiting.customer_id for waiting, _ in stored if waiting.auto_pay]
        recurring = RecurringInvoice.objects.filter(
            imported_by=self.kept, customer_id__in=enrolled, ended_on=None
        ).values_list("pk", "customer_id")
        payments.enrol_in_auto_pay([(pk, methods[customer]) for pk, customer in recurring], at=at, by=by)


def forget_methods(vault: Vault, vault_ids: list[str], *, in_flight: int) -> int:
    """Take test methods out of the vault: how many it did not answer for. They can move no money; nothing waits."""
    left = 0
    todo = iter(vault_ids)
    with Wire[str, None](in_flight) as wire:
        asked = next(todo, None)
        while asked is not None or not wire.is_idle:
            while asked is not None and wire.room:
                wire.call(asked, partial(vault.forget, asked))
                asked = next(todo, None)
            for _, answer in wire.finished():
                left += isinstance(answer.exception(), (NoAnswer, BadCredentials, Refused))
    return left
