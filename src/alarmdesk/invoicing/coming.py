"""What will a night make? The steps of the night itself, without its writing: what `take` would find, what `plan` makes
of it, one period after another (planning.py). So a preview cannot say anything else than what the night then does.

A night that lies ahead is seen as if the nights before it had run.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered, entered_id
from alarmdesk.invoicing.batches import Seen, look, texts_of
from alarmdesk.invoicing.generation import reason_for
from alarmdesk.invoicing.planning import Due, Planned, Pricer, Texts, plan
from alarmdesk.invoicing.taxes import load_book
from alarmdesk.lib.money import ZERO
from alarmdesk.lib.recurrence import add_months

AT_ONCE = 5_000
LAST = """
select i.customer_id, i.recurring_invoice_id, i.total from invoicing_invoice i
where i.company_id = %(company)s and i.type = 'invoice' and i.voided_at is null and i.recurring_invoice_id is not null
  and i.sale_on between %(first)s and %(last)s
"""
FOLLOWS = """
select r.id, r.follows_id from invoicing_recurringinvoice r
where r.company_id = %(company)s and r.follows_id is not null
"""


@dataclass(frozen=True, slots=True)
class Making:
    """An invoice to come: of which recurring invoice and customer, its date, when it falls due, and its total."""

    recurring_id: int
    customer_id: int
    seq: int
    sale_on: dt.date
    due_on: dt.date
    total: Decimal


@dataclass(frozen=True, slots=True)
class Parking:
    """A recurring invoice that the night will have to park, and why."""

    recurring_id: int
    customer_id: int
    reason: str


@dataclass(slots=True)
class Coming:
    """What a night will make and park, and what the nights before it will have made."""

    on: dt.date
    makes: list[Making] = field(default_factory=list)
    parks: list[Parking] = field(default_factory=list)
    before: list[Making] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """The sum of what it makes."""
        return sum((making.total for making in self.makes), ZERO)


def coming(on: dt.date, *, first: dt.date) -> Coming:
    """What the night of `on` makes in the entered company; `first` is the next night, which also makes what is late."""
    seen = {one.due.id: one for one in look(on)}
    days: dict[dt.date, list[Due]] = {}
    for one in seen.values():
        days.setdefault(one.due.next_on, []).append(one.due)
    texts: dict[int, Any] = {}
    everything = [one.due for one in seen.values()]
    for start in range(0, len(everything), AT_ONCE):
        texts.update(texts_of(everything[start : start + AT_ONCE]))
    terms = dict(entered().terms.values_list("pk", "days"))
    pricer = Pricer(load_book())
    found = Coming(on)
    while days:
        day = min(days)
        is_its_own = max(day, first) == on
        planned, failed = _planned(days.pop(day), texts, pricer)
        if is_its_own:
            found.parks += failed
        makes = found.makes if is_its_own else found.before
        for bill in planned:
            due = bill.due
            due_on = day + dt.timedelta(days=terms[seen[due.id].term_id])
            makes.append(Making(due.id, due.customer_id, due.seq, day, due_on, bill.total))
            following = due.following()
            if following is not None and _is_billed(following, seen[following.id], on):
                days.setdefault(following.next_on, []).append(following)
    return found


def _is_billed(due: Due, seen: Seen, on: dt.date) -> bool:
    return due.next_on <= on and (seen.left_on is None or due.next_on < seen.left_on)


def _planned(batch: Sequence[Due], texts: Texts, pricer: Pricer) -> tuple[list[Planned], list[Parking]]:
    """All at once; where that fails, one by one, as the night does."""
    try:
        return plan(batch, texts, pricer), []
    except Exception as error:  # noqa: BLE001  whatever is wrong with one row must not hide the others
        if len(batch) == 1:
            return [], [Parking(batch[0].id, batch[0].customer_id, reason_for(error)[:500])]
    planned, failed = [], []
    for due in batch:
        good, bad = _planned([due], texts, pricer)
        planned += good
        failed += bad
    return planned, failed


def comparable(on: dt.date) -> tuple[dt.date, dt.date]:
    """The days of the last month that a night is compared with: the same day; at a month's end all that is left of the
    month before, for it bills those as well whose day the month does not have.
    """
    same = add_months(on, -1)
    is_last = (on + dt.timedelta(days=1)).day == 1
    return same, on.replace(day=1) - dt.timedelta(days=1) if is_last else same


@dataclass(frozen=True, slots=True)
class Compared:
    """What one chain of recurring invoices was billed then and is billed now; None: nothing."""

    customer_id: int
    then: Decimal | None
    now: Decimal | None


@dataclass(slots=True)
class Difference:
    """A night beside the last comparable one, by chain: the first recurring invoice's id of each."""

    first: dt.date
    last: dt.date
    chains: dict[int, Compared] = field(default_factory=dict)
    roots: dict[int, int] = field(default_factory=dict)

    def of(self, recurring_id: int) -> Compared | None:
        """What is compared for a recurring invoice."""
        return self.chains.get(self.roots.get(recurring_id, recurring_id))

    @property
    def new(self) -> list[Compared]:
        return [one for one in self.chains.values() if one.then is None]

    @property
    def gone(self) -> list[Compared]:
        return [one for one in self.chains.values() if one.now is None]

    @property
    def changed(self) -> list[Compared]:
        return [one for one in self.chains.values() if None not in (one.then, one.now) and one.then != one.now]

    @property
    def then(self) -> Decimal:
        """The sum of the last one."""
        return sum((one.then or ZERO for one in self.chains.values()), ZERO)

    @property
    def count_then(self) -> int:
        return sum(one.then is not None for one in self.chains.values())


def compare(found: Coming) -> Difference:
    """A coming night beside what was billed on the same day of the last month, chain by chain."""
    answer = Difference(*comparable(found.on))
    with connection.cursor() as cursor:
        cursor.execute(FOLLOWS, {"company": entered_id()})
        follows = dict(cursor.fetchall())
        cursor.execute(LAST, {"company": entered_id(), "first": answer.first, "last": answer.last})
        last = cursor.fetchall()
    answer.roots = {pk: _root(pk, follows) for pk in follows}
    then: dict[int, Decimal] = {}
    now: dict[int, Decimal] = {}
    whose: dict[int, int] = {}
    for customer_id, recurring_id, total in last:
        root = answer.roots.get(recurring_id, recurring_id)
        then[root], whose[root] = then.get(root, ZERO) + total, customer_id
    for making in found.makes:
        root = answer.roots.get(making.recurring_id, making.recurring_id)
        now[root], whose[root] = now.get(root, ZERO) + making.total, making.customer_id
    answer.chains = {root: Compared(whose[root], then.get(root), now.get(root)) for root in whose}
    return answer


def _root(pk: int, follows: dict[int, int]) -> int:
    while pk in follows:
        pk = follows[pk]
    return pk
