"""What would an import do? The dry run: it reads every row, writes no customer, and names every bad cell."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, entered, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers.models import Import, ImportProblem
from alarmdesk.invoicing.bulk import NoMonitoringItem, monitoring_item
from alarmdesk.office.importing.keeping import pieces_of
from alarmdesk.office.importing.mapping import Rules, understood
from alarmdesk.office.importing.reading import Record, UnreadableFile, open_sheet
from alarmdesk.office.importing.rows import Problem, Reader, Subscriber, Terms
from alarmdesk.office.importing.seen import Seen

Now = Callable[[], dt.datetime]
Outcome = Subscriber | list[Problem]
FLUSH_ROWS = 2_000
FLUSH_PROBLEMS = 500
READING = "Reading"


class NotNow(Exception):
    """The import is not in a state in which this can be done; the text says why."""


@dataclass(slots=True)
class Found:
    """What a check found: rows that hold something, bad ones among them, and what the good ones would make."""

    rows: int = 0
    bad_rows: int = 0
    customers: int = 0
    recurring: int = 0
    methods: int = 0
    test_methods: int = 0
    auto_pays: int = 0
    problems: list[Problem] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.rows += 1
        if isinstance(outcome, list):
            self.bad_rows += 1
            self.problems += outcome
            return
        self.customers += 1
        self.recurring += outcome.recurring is not None
        self.methods += outcome.method is not None
        self.test_methods += outcome.method is not None and outcome.method.is_test
        self.auto_pays += outcome.auto_pay

    def counts(self) -> dict[str, int]:
        return {
            name: getattr(self, name)
            for name in ("rows", "bad_rows", "customers", "recurring", "methods", "test_methods", "auto_pays")
        }


def terms_of(today: dt.date) -> Terms:
    """What a row of the entered company can name, on a date."""
    terms = list(entered().terms.filter(is_active=True))
    default = next((term.pk for term in terms if term.is_default), None)
    return Terms(today, {term.name.lower(): term.pk for term in terms}, default)


def taken_accounts(*, but_of: Import | None) -> Iterator[str]:
    """The entered company's account numbers, without those that the import itself made."""
    customers = entered().customers.order_by()
    if but_of is not None:
        customers = customers.exclude(imported_by=but_of)
    numbers: Iterator[str] = customers.values_list("account_number", flat=True).iterator(chunk_size=5_000)
    return numbers


def read_rows(pieces: Iterable[bytes], rules: Rules, terms: Terms, seen: Seen) -> Iterator[tuple[Record, Outcome]]:
    """Every row of a file with what it says. Raises UnreadableFile where reading must stop."""
    sheet = open_sheet(pieces, encoding=rules.encoding, delimiter=rules.delimiter)
    return iter(Reader(sheet, rules, terms, seen))


def check_pieces(pieces: Iterable[bytes], rules: Rules, terms: Terms, seen: Seen) -> Iterator[Found]:
    """Read a whole file; what was found so far every now and then, the caller takes the problems out, and at the end.

    Raises UnreadableFile where reading must stop, for an empty file and for one with a header only.
    """
    found = Found()
    for _, outcome in read_rows(pieces, rules, terms, seen):
        found.add(outcome)
        if found.rows % FLUSH_ROWS == 0 or len(found.problems) >= FLUSH_PROBLEMS:
            yield found
    if not found.rows:
        raise UnreadableFile("The file has a header and no rows.")
    yield found


def prepared(rules: Rules, today: dt.date, *, but_of: Import | None = None) -> tuple[Terms, Seen]:
    """What reading by the rules needs of the entered company. Raises NoMonitoringItem."""
    if "recurring_amount" in {*rules.constants, *(code for codes in rules.columns.values() for code in codes)}:
        monitoring_item()
    return terms_of(today), Seen(taken_accounts(but_of=but_of))


def ask_check(kept: Import, rules: Rules, *, today: dt.date, at: dt.datetime, by: str) -> Run:
    """Let a kept file be checked by a mapping, as of a local date. Raises NotNow. The work is `check_file`."""
    held = Import.objects.select_for_update(of=("self",)).get(pk=kept.pk)
    if held.state not in (Import.State.UPLOADED, Import.State.CHECKED):
        raise NotNow("This file has been imported. Bring it again as a new import.")
    run = runs.open_run(kind=Run.Kind.IMPORT, on=today, at=at, started_by=by)
    held.rules, held.as_of, held.run, held.state = rules.as_json(), today, run, Import.State.UPLOADED
    held.rows = held.bad_rows = 0
    held.save(update_fields=["rules", "as_of", "run", "state", "rows", "bad_rows"])
    kept.refresh_from_db()
    return run


def check_file(company: Company, import_id: int, *, actor: Actor, now: Now) -> Found:
    """Do the dry run of a kept file whose check was asked. Safe to run again; called outside any transaction.

    Raises UnreadableFile and NoMonitoringItem, after the run was told.
    """
    with inside(company, actor=actor):
        kept = company.imports.select_related("run").get(pk=import_id)
        run = kept.run
        if run is None or kept.state != Import.State.UPLOADED or kept.as_of is None:
            raise NotNow("Nobody asked for a check of this file.")
        ImportProblem.objects.filter(of_import=kept).delete()
        runs.start(run, at=now())
        runs.enter_stage(run, READING, kept.size, at=now())
    try:
        return _check(company, kept, run, actor=actor, now=now)
    except (UnreadableFile, NoMonitoringItem) as error:
        with inside(company, actor=actor):
            line = getattr(error, "line", 1)
            ImportProblem.objects.create(of_import=kept, line=line, message=str(error)[:300])
            runs.fail(run, f"Line {line:,}: {error}", at=now())
        raise


def _check(company: Company, kept: Import, run: Run, *, actor: Actor, now: Now) -> Found:
    rules = understood(kept.rules)
    with inside(company, actor=actor):
        terms, seen = prepared(rules, kept.as_of or run.on, but_of=kept)
    told = 0
    meter = Meter(pieces_of(company, kept))
    for found in check_pieces(meter, rules, terms, seen):
        with inside(company, actor=actor):
            save_problems(kept, found.problems)
            runs.advance(run, meter.bytes - told, at=now())
        found.problems, told = [], meter.bytes
    with inside(company, actor=actor):
        kept.rows, kept.bad_rows, kept.state = found.rows, found.bad_rows, Import.State.CHECKED
        kept.save(update_fields=["rows", "bad_rows", "state"])
        runs.finish(run, found.counts(), at=now())
    seen.close()
    return found


def save_problems(kept: Import, problems: list[Problem]) -> None:
    ImportProblem.objects.bulk_create(
        ImportProblem(of_import=kept, line=each.line, column=each.column[:120], value=each.value, message=each.message)
        for each in problems
    )


class Meter:
    """Counts the bytes of the pieces that pass."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces, self.bytes = pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.bytes += len(piece)
            yield piece
