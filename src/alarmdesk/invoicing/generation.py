"""How does the nightly run make invoices from recurring ones? Batch by batch, each its own transaction (D10).

Due is what has its next date reached in the company's zone. A missed night is caught up: one invoice per period, each
with its own sale date. What was committed stands: stopping, killing or starting twice changes nothing in the result,
for a period is invoiced once by a unique key, and the schedule advances in the same transaction.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import DataError, InterfaceError, OperationalError, connection, transaction

from alarmdesk.company import runs
from alarmdesk.company.entering import SYSTEM, Actor, acting, entered, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing.actions import NotIssuable
from alarmdesk.invoicing.batches import Written, count_due, next_day, park, take, take_one, write
from alarmdesk.invoicing.models import ParkedAccount
from alarmdesk.invoicing.monthly_rates import follow_prices
from alarmdesk.invoicing.planning import Due, Pricer, ScheduleBroken
from alarmdesk.invoicing.pricing import Unpriceable
from alarmdesk.invoicing.taxes import load_book
from alarmdesk.lib.money import ZERO

STAGE = "Making invoices"


class TransactionOpen(RuntimeError):
    """The run commits batch by batch, so it cannot be a part of another transaction."""


class AlreadyReleased(ValueError):
    """Somebody has released it before."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What a run made: invoices, the sum of their totals, recurring invoices that it had to park."""

    invoices: int = 0
    amount: Decimal = ZERO
    parked: int = 0

    def __add__(self, other: "Generated") -> "Generated":
        return Generated(self.invoices + other.invoices, self.amount + other.amount, self.parked + other.parked)

    @property
    def handled(self) -> int:
        return self.invoices + self.parked


def generate_due(
    company: Company,
    *,
    today: dt.date,
    at: dt.datetime,
    run: Run | None = None,
    actor: Actor = SYSTEM,
    batch: int = 1000,
) -> Generated:
    """Make every invoice that is due on or before the company's local `today`. Raises TransactionOpen.

    A recurring invoice that cannot be billed is parked with the reason, and the rest goes on. Any number of these may
    run at once: they share the work.
    """
    if connection.in_atomic_block:
        raise TransactionOpen("Making invoices commits batch by batch: call it outside of any transaction.")
    with inside(company, actor=actor):
        pricer = Pricer(load_book())
        if run:
            runs.enter_stage(run, STAGE, count_due(today), at=at)
    job = _Job(company, today, at, run, actor, batch, pricer)
    made = Generated()
    while True:  # until a whole round finds nothing: what another worker held and gave back comes up again
        this_round = job.go_round()
        made += this_round
        if not this_round.handled:
            break
    follow_prices(company, actor=actor)
    return made


@dataclass(frozen=True, slots=True)
class _Job:
    company: Company
    today: dt.date
    at: dt.datetime
    run: Run | None
    actor: Actor
    batch: int
    pricer: Pricer

    def go_round(self) -> Generated:
        """Once through all due dates, oldest first."""
        made = Generated()
        day = dt.date.min
        while found := self._day_after(day):
            day = found
            last, full = 0, True
            while full:
                taken, written = self._one_batch(day, last)
                made += written
                full = len(taken) == self.batch
                last = taken[-1].id if taken else last
        return made

    def _day_after(self, day: dt.date) -> dt.date | None:
        with inside(self.company, actor=self.actor):
            return next_day(self.today, day)

    def _one_batch(self, day: dt.date, last: int) -> tuple[Sequence[Due], Generated]:
        with inside(self.company, actor=self.actor):
            taken = take(day, last, self.batch)
            made = self._write(taken) if taken else Generated()
            if self.run and made.handled:
                runs.advance(self.run, made.handled, at=self.at)
            return taken, made

    def _write(self, taken: Sequence[Due]) -> Generated:
        """The whole batch at once; where that fails, one by one, to find who is to blame."""
        written, error = self._try(taken)
        if written:
            return Generated(written.invoices, written.amount)
        if len(taken) == 1 and error:
            return self._park(taken[0], error)
        return sum((self._write([due]) for due in taken), Generated())

    def _try(self, batch: Sequence[Due]) -> tuple[Written | None, Exception | None]:
        try:
            with transaction.atomic():
                return write(batch, self.pricer, self.at), None
        except (OperationalError, InterfaceError):  # the server's trouble, no row's: the run stops and is started again
            raise
        except Exception as error:  # noqa: BLE001  whatever is wrong with one row must not stop the others
            return None, error

    def _park(self, due: Due, error: Exception) -> Generated:
        return Generated(parked=park(due, self.run, reason_for(error)[:500], self.at))

    def bill(self, recurring_id: int) -> Generated:
        """All that is due of one recurring invoice, in the open transaction; it is parked again where that fails."""
        made = Generated()
        while not made.parked and (due := take_one(recurring_id, self.today)):
            made += self._write([due])
        return made


def reason_for(error: Exception) -> str:
    """What was wrong, for the person who will put it right."""
    if isinstance(error, (NotIssuable, Unpriceable, ScheduleBroken)):
        return str(error)
    if isinstance(error, DataError):
        return "An amount or a text of it is too large for an invoice."
    said = str(error).strip().partition("\n")[0]
    return f"It could not be billed: {said or type(error).__name__}"


def release(parked: ParkedAccount, *, by: str, at: dt.datetime) -> None:
    """Let the next run bill it again, from the period at which it was parked. Raises AlreadyReleased."""
    held = entered().parked_accounts.select_for_update().get(pk=parked.pk)
    if held.released_at is not None:
        raise AlreadyReleased(f"{held.released_by} has released it before.")
    for row in (held, parked):
        row.released_at, row.released_by = at, by
    held.save(update_fields=["released_at", "released_by"])


def run_again(parked: ParkedAccount, *, today: dt.date, at: dt.datetime) -> Generated:
    """Release it and make what is due of it at once, in the open transaction; what fails again is parked again.

    Raises AlreadyReleased.
    """
    release(parked, by=acting().name, at=at)
    job = _Job(entered(), today, at, None, acting(), 1, Pricer(load_book()))
    return job.bill(parked.recurring_invoice_id)
