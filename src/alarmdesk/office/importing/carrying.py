"""How do the good rows of a checked file become customers? Some hundreds in a transaction, with the position.

`through_line` is committed together with the rows up to it, and a batch is written only from where the last one
ended: killed, run twice or by two workers, each row comes in once. A row is known by its account number and import.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers import bulk as customers
from alarmdesk.customers.models import Address, Customer, Import, ImportProblem, Phone, SearchEntry, WaitingMethod
from alarmdesk.invoicing import bulk as invoicing
from alarmdesk.invoicing.models import RecurringInvoice, RecurringLine
from alarmdesk.lib.inserting import take_figures
from alarmdesk.office.importing.checking import NotNow, Now, Outcome, prepared, read_rows, save_problems
from alarmdesk.office.importing.keeping import pieces_of
from alarmdesk.office.importing.mapping import understood
from alarmdesk.office.importing.reading import Record
from alarmdesk.office.importing.rows import Problem, Subscriber
from alarmdesk.payments import bulk as payments
from alarmdesk.payments.models import AutoPay, BillingMethod, Gateway

BATCH = 500
IMPORTING = "Importing"
FIGURES_AFTER = frozenset((1, 4, 16, 64, 256))
"""Batches after which PostgreSQL is made to look how large the tables have become."""
GROWN = (Customer, Address, Phone, SearchEntry, RecurringInvoice, RecurringLine, BillingMethod, AutoPay)
State = Import.State


class BadRows(NotNow):
    """The file has bad rows and nobody said that the good ones shall come in without them."""


class Overtaken(Exception):
    """Another worker has gone on with this import; nothing is to be done here."""


def start_import(kept: Import, *, skip_bad_rows: bool, today: dt.date, at: dt.datetime, by: str) -> Run:
    """Let a checked file be imported. Raises NotNow, BadRows. The work is `carry_rows`."""
    held = Import.objects.select_for_update(of=("self",)).get(pk=kept.pk)
    if held.state != State.CHECKED:
        raise NotNow("This file is not checked, or it was imported before.")
    if held.as_of != today:
        raise NotNow("This file was checked on another day. Check it again: dates are judged by the day.")
    if held.bad_rows and not skip_bad_rows:
        raise BadRows(f"{held.bad_rows:,} of {held.rows:,} rows are bad. Import the good ones, or cancel.")
    if held.bad_rows == held.rows:
        raise BadRows("No row of the file is good.")
    run = runs.open_run(kind=Run.Kind.IMPORT, on=today, at=at, started_by=by)
    held.state, held.skips_bad_rows, held.run = State.IMPORTING, skip_bad_rows, run
    held.save(update_fields=["state", "skips_bad_rows", "run"])
    kept.refresh_from_db()
    return run


def carry_rows(company: Company, import_id: int, *, actor: Actor, now: Now) -> None:
    """Bring in the rows that are not in yet. Called outside any transaction; raises Overtaken, NotNow."""
    with inside(company, actor=actor):
        kept = company.imports.select_related("run").get(pk=import_id)
        run = kept.run
        if run is None or kept.state != State.IMPORTING or kept.as_of is None:
            raise NotNow("This import was not started.")
        runs.start(run, at=now())
        runs.enter_stage(run, IMPORTING, kept.rows, at=now())
        runs.advance(run, kept.imported_rows + kept.bad_rows, at=now())
        rules = understood(kept.rules)
        terms, seen = prepared(rules, kept.as_of, but_of=kept)
        gateway = Gateway.objects.filter(is_active=True).values_list("pk", flat=True).first()
    rows = read_rows(pieces_of(company, kept), rules, terms, seen)
    todo = ((record, outcome) for record, outcome in rows if record.line > kept.through_line)
    for count, batch in enumerate(_batches(todo), start=1):
        with inside(company, actor=actor):
            _write(kept, batch, gateway, at=now(), by=actor.name)
            runs.advance(run, len(batch), at=now())
        if count in FIGURES_AFTER:
            with inside(company, actor=actor):
                take_figures(*GROWN)
    seen.close()


def _batches(rows: Iterator[tuple[Record, Outcome]]) -> Iterator[list[tuple[Record, Outcome]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _write(kept: Import, batch: list[tuple[Record, Outcome]], gateway: int | None, *, at: dt.datetime, by: str) -> None:
    """One batch in the entered company, and how far the import is. Raises Overtaken."""
    held = Import.objects.select_for_update(of=("self",)).get(pk=kept.pk)
    if held.state != State.IMPORTING or held.through_line != kept.through_line:
        raise Overtaken("Another worker has gone on with this import.")
    good = [outcome for _, outcome in batch if isinstance(outcome, Subscriber)]
    ids = customers.add_customers([_customer(row) for row in good], imported_by=kept.pk, at=at, by=by)
    taken = [row for row in good if row.account_number not in ids]
    problems = [problem for _, outcome in batch if isinstance(outcome, list) for problem in outcome]
    problems += [
        Problem(row.line, "", row.account_number, "A customer with this account number was added meanwhile.")
        for row in taken
    ]
    _save_new(kept, problems)
    _write_billing([row for row in good if row.account_number in ids], ids, kept, gateway, at=at, by=by)
    kept.through_line = held.through_line = batch[-1][0].line
    kept.imported_rows = held.imported_rows = held.imported_rows + len(ids)
    held.bad_rows += len(taken)
    held.save(update_fields=["through_line", "imported_rows", "bad_rows"])


def _save_new(kept: Import, problems: list[Problem]) -> None:
    """Keep the problems of rows that the check had found good."""
    lines = {problem.line for problem in problems}
    known = set(ImportProblem.objects.filter(of_import=kept, line__in=lines).values_list("line", flat=True))
    save_problems(kept, [problem for problem in problems if problem.line not in known])


def _customer(row: Subscriber) -> customers.NewCustomer:
    return customers.NewCustomer(
        account_number=row.account_number, addresses=row.addresses, phones=row.phones, **row.facts
    )


def _write_billing(
    rows: list[Subscriber], ids: dict[str, int], kept: Import, gateway: int | None, *, at: dt.datetime, by: str
) -> None:
    recurring = invoicing.add_recurring(
        [_recurring(row, ids[row.account_number]) for row in rows if row.recurring], imported_by=kept.pk, at=at, by=by
    )
    known = [row for row in rows if row.method and not row.method.is_test]
    methods = payments.add_methods(
        [_method(row, ids[row.account_number], gateway) for row in known], imported_by=kept.pk, at=at, by=by
    )
    enrolled = [ids[row.account_number] for row in known if row.auto_pay]
    payments.enrol_in_auto_pay([(recurring[each], methods[each]) for each in enrolled], at=at, by=by)
    WaitingMethod.objects.bulk_create(
        WaitingMethod(
            of_import=kept,
            customer_id=ids[row.account_number],
            line=row.line,
            kind=row.method.kind,
            auto_pay=row.auto_pay,
        )
        for row in rows
        if row.method and row.method.is_test
    )


def _recurring(row: Subscriber, customer_id: int) -> invoicing.NewRecurring:
    assert row.recurring  # noqa: S101  (the caller's condition)
    asked = row.recurring
    states = {kind: parts[3] for kind, parts in row.addresses.items()}
    return invoicing.NewRecurring(
        customer_id=customer_id,
        state=states.get("service") or states.get("billing") or "",
        amount=asked.amount,
        every=asked.every,
        unit=asked.unit,
        times=asked.times,
        anchor_on=asked.anchor_on,
        term_id=asked.term_id,
        email_on_generation=asked.email_on_generation,
    )


def _method(row: Subscriber, customer_id: int, gateway: int | None) -> payments.NewMethod:
    assert row.method  # noqa: S101  (the caller's condition)
    is_manual = row.method.kind == "manual"
    return payments.NewMethod(
        customer_id=customer_id,
        kind=row.method.kind,
        gateway_id=None if is_manual else gateway,
        vault_id=row.method.vault_id,
        brand=row.method.brand,
        last_four=row.method.last_four,
        expires_on=row.method.expires_on,
    )
