"""How does everything that hangs on one record come to hang on another? By its links, of whatever room.

The walk is over the models: a room that is built tomorrow is moved without a line here. PostgreSQL holds that nothing
was left behind, for the record that went is deleted, and a link to it would be a broken key.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import BigIntegerField, F, Model, QuerySet, Value
from django.db.models.functions import Coalesce
from psycopg import errors

from alarmdesk.company.entering import entered
from alarmdesk.customers import merging
from alarmdesk.customers.models import Address, Customer, Merge, Phone, SearchEntry
from alarmdesk.invoicing.models import CustomerTax, TaxCertificate
from alarmdesk.office.merging.colliding import RULES, Behind, Ended, Remembered, StaysBehind, clashes, pointing, shift
from alarmdesk.office.merging.refusing import CannotMerge, refusals, would_stop

# a merge gives way: it waits shorter than PostgreSQL waits before it looks for a deadlock (a second)
PATIENCE = "600ms"
BUSY = "Somebody is working on one of the two right now. Nothing was merged; try again in a moment."
# the record's own face, not what hangs on it: the customers' room moves these itself
OF_THE_RECORD = frozenset({Address, Phone, SearchEntry})


class Gone(CannotMerge):
    """One of the two was merged or removed meanwhile."""


class Changed(CannotMerge):
    """Somebody changed one of the two since they were compared."""


class Busy(CannotMerge):
    """Somebody works on one of the two at this moment."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """A link of some room's table to a customer."""

    model: type[Model]
    link: str

    def label(self, count: int) -> str:
        """What so many of its rows are called."""
        return str(self.model._meta.verbose_name if count == 1 else self.model._meta.verbose_name_plural)

    def of(self, customer: Customer) -> QuerySet[Any]:
        """The rows that hang on the customer."""
        return self.model._default_manager.filter(**{self.link: customer})


def links() -> Iterator[Hanging]:
    """Every link to a customer, of all rooms, but those of the record's own face."""
    for model, link in pointing():
        if model not in OF_THE_RECORD:
            yield Hanging(model, link)


def hanging_on(customer: Customer) -> dict[str, int]:
    """How many rows of each kind hang on the customer, the kinds that there are: a query for each table."""
    counts = [(each, each.of(customer).order_by().count()) for each in links()]
    return dict(sorted((each.label(count), count) for each, count in counts if count))


def notes(kept: Customer, gone: Customer) -> list[str]:
    """What will be said of things that both have: sentences, for the preview."""
    said = []
    for clash in clashes():
        rule = RULES.get(clash.constraint.name)
        if isinstance(rule, StaysBehind | Ended) and clash.rows(gone, kept).exists():
            said.append(rule.says.format(kept=kept.name, gone=gone.name))
    return said


def comes_along(kept: Customer, gone: Customer) -> list[str]:
    """What only the second has, and what changes what the kept record is billed: sentences, for the preview."""
    return [
        f"The {what} of {gone.name} ({gone.account_number}) count for all invoices to come"
        for model, what in ((CustomerTax, "tax rate"), (TaxCertificate, "exemption certificates"))
        if _has(model, gone) and not _has(model, kept)
    ]


def _has(model: type[Model], customer: Customer) -> bool:
    return model._default_manager.filter(customer=customer).exists()


def merge(*, kept_id: int, gone_id: int, of_gone: frozenset[str], shown_as: str, at: dt.datetime, by: str) -> Merge:
    """Make two records of the entered company one: everything that hangs on the second moves to the first, which keeps
    its own fields but those named in `of_gone` (codes of customers.merging.QUESTIONS). It cannot be undone.

    `shown_as` is customers.merging.shown_as of what was compared. All or nothing; of two merges at once the second
    finds the first's. Raises CannotMerge: Gone, Changed, Busy, or what refusing.py refuses.
    """
    try:
        with transaction.atomic():
            _be_patient(PATIENCE)
            kept, gone = _both(kept_id, gone_id)
            if merging.shown_as(kept, gone) != shown_as:
                raise Changed("One of the two was changed meanwhile. Look at them again, and choose.")
            if reasons := refusals(kept, gone) or would_stop(kept, gone, of_gone=of_gone):
                raise CannotMerge(" ".join(reasons))
            made = merging.begin(kept, gone, moved=hanging_on(gone), at=at, by=by)
            _move_all(kept, gone, at=at)
            merging.close(kept, gone, of_gone=of_gone)
            _be_patient("0")
    except OperationalError as error:
        if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
            raise
        raise Busy(BUSY) from error
    return made


def _be_patient(wait: str) -> None:
    """How long this transaction waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, true)", [wait])


def _both(kept_id: int, gone_id: int) -> tuple[Customer, Customer]:
    """The two, locked in the order of their numbers: two merges never wait for each other.

    Whoever writes a row that points to the one that goes waits from here on, and finds it gone.
    """
    found: dict[int, Customer] = {}
    for pk in sorted({kept_id, gone_id}):
        rows = entered().customers.select_for_update(of=("self",), no_key=pk == kept_id)
        if (row := rows.filter(pk=pk).first()) is not None:
            found[pk] = row
    if kept_id not in found or gone_id not in found or kept_id == gone_id:
        raise Gone("One of the two is not there any more: it was merged or removed meanwhile.")
    return found[kept_id], found[gone_id]


def _move_all(kept: Customer, gone: Customer, *, at: dt.datetime) -> None:
    remembering = _settle(kept, gone, at=at)
    for each in links():
        changes: dict[str, Any] = {each.link: kept}
        if column := remembering.get(each.model):
            changes[column] = Coalesce(F(column), Value(gone.pk), output_field=BigIntegerField())
        rows = each.of(gone)
        if kept.imported_by_id != gone.imported_by_id and _is_imported(each.model):
            # undoing the import must not take from the kept record what is its own now
            changes["imported_by"] = None
        rows.update(**changes)


def _settle(kept: Customer, gone: Customer, *, at: dt.datetime) -> dict[type[Model], str]:
    """Let everything have room beside what the kept record has; which tables remember where their rows come from."""
    remembering: dict[type[Model], str] = {}
    for clash in clashes():
        match RULES[clash.constraint.name]:
            case StaysBehind():
                rows = clash.rows(gone, kept)
                rows._raw_delete(rows.db)
            case Ended() as rule:
                if rule.better:
                    clash.rows(kept, gone).exclude(rule.better).update(**rule.filled(at=at))
                clash.rows(gone, kept).update(**rule.filled(at=at))
            case Behind() as rule:
                mine = Hanging(clash.model, clash.link).of(gone)
                shift(mine, rule, rule.amount(clash.model, clash.link, kept))
            case Remembered() as rule:
                remembering[clash.model] = rule.column
    return remembering


def _is_imported(model: type[Model]) -> bool:
    return any(field.name == "imported_by" for field in model._meta.get_fields())
