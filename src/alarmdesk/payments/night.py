"""What happens in the night? Invoices are generated, credit on account pays what has fallen due, what is due still is
charged, then the letters leave; before that, whatever is unknown is asked about, what has settled is noted, what was
put off until then is posted and cards that the networks changed are written down; at last the gateway's books are held
against ours.

Each part finds its own work in the tables, so a night that was stopped or killed is simply started again, by one
worker or two, and ends the same. Source: F46, D10; architecture, section 9.
"""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection

from alarmdesk.company import runs
from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing import letters as invoice_letters
from alarmdesk.invoicing.generation import generate_due
from alarmdesk.payments import letters, once
from alarmdesk.payments.account_updating import follow_updates
from alarmdesk.payments.attempts import Tally
from alarmdesk.payments.charging import charge_due
from alarmdesk.payments.expiring import tell_expiring
from alarmdesk.payments.gateways.choosing import NoGateway
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer
from alarmdesk.payments.janitor import resolve_unknown
from alarmdesk.payments.on_account import pay_from_account
from alarmdesk.payments.posting import post_due
from alarmdesk.payments.reconciling import reconcile
from alarmdesk.payments.settling import settle

Now = Callable[[], dt.datetime]
STARTS_AT = dt.time(2)


@dataclass(slots=True)
class Night:
    """What one night came to: numbers of rows, money in the company's currency, and what went wrong."""

    invoices: int = 0
    invoiced: Decimal = Decimal("0.00")
    parked: int = 0
    from_account: Decimal = Decimal("0.00")
    charges: Tally = field(default_factory=Tally)
    resolved: int = 0
    settled: int = 0
    cards_changed: int = 0
    differences: int = 0
    mails: int = 0
    problems: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, Any]:
        """For the run's row and for --json."""
        return {
            "invoices": self.invoices,
            "invoiced": str(self.invoiced),
            "parked": self.parked,
            "from_account": str(self.from_account),
            "charged": self.charges.charged,
            "collected": str(self.charges.amount),
            "declined": self.charges.declined,
            "unknown": self.charges.unknown,
            "given_back": self.charges.given_back,
            "resolved": self.resolved,
            "settled": self.settled,
            "cards_changed": self.cards_changed,
            "differences": self.differences,
            "mails": self.mails,
            "problems": self.problems,
        }


def open_night(company: Company, *, on: dt.date, at: dt.datetime, by: str) -> Run:
    """The run row of a night that is to be worked on."""
    with inside(company):
        return runs.open_run(kind=Run.Kind.NIGHT, on=on, at=at, started_by=by)


def night(company: Company, *, on: dt.date, now: Now, run: Run, actor: Actor = SYSTEM) -> Night:
    """Work through a night up to the company's local date `on`.

    A gateway that is out of reach or does not know us stops the charging, not the invoicing; the reason is among the
    problems.
    """
    done = Night()
    with inside(company, actor=actor):
        runs.start(run, at=now())
    try:
        _charging(done, "asking about payments without an answer", lambda: _resolve(company, done, now, actor))
        _charging(done, "reading settlements", lambda: _settle(company, done, now, actor))
        _charging(done, "posting what was put off", lambda: _post(company, done, on, now, actor))
        _charging(done, "asking for changed cards", lambda: _update_cards(company, done, now, actor))
        generated = generate_due(company, today=on, at=now(), run=run, actor=actor)
        done.invoices, done.invoiced, done.parked = generated.invoices, generated.amount, generated.parked
        done.from_account = pay_from_account(company, today=on, at=now(), actor=actor)
        _charging(
            done, "charging", lambda: done.charges.add(charge_due(company, today=on, now=now, run=run, actor=actor))
        )
        done.mails = _mail(company, run, now, actor)
        once.forget(company, at=now(), actor=actor)
        _charging(done, "comparing the books", lambda: _reconcile(company, done, run, now, actor))
    except Exception as error:
        _note_failure(company, run, error, now, actor)
        raise
    with inside(company, actor=actor):
        runs.finish(run, done.counts(), at=now())
    return done


def _note_failure(company: Company, run: Run, error: Exception, now: Now, actor: Actor) -> None:
    """Write down why the run stopped; where the database itself failed, nothing can be, and the run falls silent."""
    with suppress(DatabaseError):
        connection.close_if_unusable_or_obsolete()
        with inside(company, actor=actor):
            runs.fail(run, f"{type(error).__name__}: {error}", at=now())


def _resolve(company: Company, done: Night, now: Now, actor: Actor) -> None:
    tally = resolve_unknown(company, now=now, actor=actor)
    done.resolved = tally.charged + tally.declined + tally.aborted + tally.given_back


def _settle(company: Company, done: Night, now: Now, actor: Actor) -> None:
    done.settled = settle(company, at=now(), actor=actor)


def _update_cards(company: Company, done: Night, now: Now, actor: Actor) -> None:
    done.cards_changed = follow_updates(company, at=now(), actor=actor)


def _post(company: Company, done: Night, on: dt.date, now: Now, actor: Actor) -> None:
    done.charges.add(post_due(company, today=on, now=now, actor=actor))


def _reconcile(company: Company, done: Night, run: Run, now: Now, actor: Actor) -> None:
    with inside(company, actor=actor):
        runs.enter_stage(run, "Comparing the books", None, at=now())
    done.differences = reconcile(company, at=now(), actor=actor).standing


def _charging(done: Night, doing: str, part: Callable[[], None]) -> None:
    """One part that needs the gateway; what the gateway does to it is noted and the night goes on."""
    try:
        part()
    except (NoGateway, BadCredentials, NoAnswer) as error:
        problem = f"While {doing}: {error}"
        if not any(str(error) in known for known in done.problems):
            done.problems.append(problem)


def _mail(company: Company, run: Run, now: Now, actor: Actor) -> int:
    with inside(company, actor=actor):
        runs.enter_stage(run, "Mailing", None, at=now())
    tell_expiring(company, today=run.on, at=now(), actor=actor)
    return invoice_letters.deliver_all(company, now=now, actor=actor) + letters.deliver_all(
        company, now=now, actor=actor
    )


def starts(on: dt.date, company: Company) -> dt.datetime:
    """02:00 of a local date as an instant, or the first moment after it that exists (D10)."""
    wall = dt.datetime.combine(on, STARTS_AT, company.zone)
    return wall.astimezone(dt.UTC)
