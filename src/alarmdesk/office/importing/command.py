"""How are customers imported from the command line? `alarmdesk import customers FILE --company SLUG --mapping FILE`.

Exit code 0: done, or nothing to do; 1: the file has bad rows, or the import was refused or stopped; 2: a wrong call.
A run that was killed is gone on with by the same command; a file that is in is not imported again.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Import, ImportProblem
from alarmdesk.invoicing.bulk import NoMonitoringItem
from alarmdesk.lib import clock
from alarmdesk.office.importing.carrying import Overtaken, start_import
from alarmdesk.office.importing.checking import Found, NotNow, ask_check, check_file, check_pieces, prepared
from alarmdesk.office.importing.keeping import CHUNK, TooLarge, discard, keep_file
from alarmdesk.office.importing.mapping import BadMapping, Rules, understood
from alarmdesk.office.importing.reading import UnreadableFile
from alarmdesk.office.importing.rows import Problem
from alarmdesk.office.importing.watching import watched
from alarmdesk.office.importing.whole import counts_of, import_file

BY = Actor("system", "Command line")
SHOWN = 50
REFUSALS = (UnreadableFile, NoMonitoringItem, NotNow, TooLarge, Overtaken)


class WrongCall(Exception):
    """The command was given something that is not there or not understood."""


@dataclass(slots=True)
class Report:
    """What is said at the end, to a person or as JSON."""

    file: str
    company: str
    outcome: str = ""  # checked | bad rows | imported | already imported | stopped
    error: str = ""
    counts: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return int(self.outcome in ("bad rows", "stopped"))


def run(
    file: Path,
    *,
    company: str,
    mapping: Path,
    dry_run: bool = False,
    as_json: bool = False,
    skip_bad_rows: bool = False,
    constants: Mapping[str, str] | None = None,
) -> int:
    """Import a CSV file, or with `dry_run` only say what is wrong with it. `constants` beat the mapping's own."""
    errors = Console(stderr=True, highlight=False)
    report = Report(file.name, company)
    try:
        rules = read_mapping(mapping, constants or {})
        place = _company(company)
        _refuse_missing(file)
        _try(report, file, place, rules, dry_run=dry_run, skip_bad_rows=skip_bad_rows, quiet=as_json)
    except (WrongCall, BadMapping) as error:
        errors.print(str(error), markup=False, style="red")
        return 2
    if as_json:
        print(json.dumps(asdict(report), indent=1, ensure_ascii=False))  # noqa: T201  (the command's answer)
    else:
        _say(report, Console(highlight=False))
    return report.exit_code


def _refuse_missing(file: Path) -> None:
    if not file.is_file():
        raise WrongCall(f"There is no file {file}.")


def read_mapping(path: Path, constants: Mapping[str, str]) -> Rules:
    """The rules of a TOML file with some constants of the call. Raises WrongCall, BadMapping."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"The mapping {path} cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadMapping(f"The mapping {path} is not TOML: {error}.") from None
    rules = understood(table)
    return understood(replace(rules, constants={**rules.constants, **constants}).as_json()) if constants else rules


def _company(slug: str) -> Company:
    found = Company.objects.defer("logo").filter(slug=slug, closed_at=None).first()
    if found is None:
        raise WrongCall(f"There is no company “{slug}”.")
    return found


def _try(
    report: Report, file: Path, company: Company, rules: Rules, *, dry_run: bool, skip_bad_rows: bool, quiet: bool
) -> None:
    try:
        if dry_run:
            _check_only(report, file, company, rules)
        else:
            _import(report, file, company, rules, skip_bad_rows=skip_bad_rows, quiet=quiet)
    except REFUSALS as error:
        report.outcome, report.error = "stopped", _where(error)


def _where(error: Exception) -> str:
    return f"Line {error.line:,}: {error}" if isinstance(error, UnreadableFile) else str(error)


def _check_only(report: Report, file: Path, company: Company, rules: Rules) -> None:
    with inside(company, actor=BY):
        terms, seen = prepared(rules, company.local_date(clock.now()))
    found = Found()
    try:
        for found in check_pieces(_pieces(file), rules, terms, seen):
            report.problems += found.problems
            found.problems = []
    finally:
        seen.close()
    report.counts = found.counts()
    report.outcome = "bad rows" if found.bad_rows else "checked"


def _import(report: Report, file: Path, company: Company, rules: Rules, *, skip_bad_rows: bool, quiet: bool) -> None:
    with inside(company, actor=BY):
        kept = keep_file(_pieces(file), file_name=file.name, at=clock.now(), by=BY.name)
        earlier = _earlier(company, kept)
        if earlier is not None:
            discard(kept)
    if earlier is None:
        if not _checked(report, company, kept, rules, skip_bad_rows=skip_bad_rows, quiet=quiet):
            return
    else:
        kept = earlier
    if kept.state == Import.State.IMPORTED:
        report.outcome = "already imported"
    else:
        with watched(company, kept, quiet=quiet):
            import_file(company, kept.pk, actor=BY, now=clock.now)
        report.outcome = "imported"
    with inside(company, actor=BY):
        kept = Import.objects.select_related("run").get(pk=kept.pk)
        report.counts = {**counts_of(kept), "note": (kept.run.counts if kept.run else {}).get("note", "")}
        report.problems = _problems(kept)


def _earlier(company: Company, kept: Import) -> Import | None:
    """An import of the very same file that was killed or is done."""
    states = (Import.State.IMPORTING, Import.State.IMPORTED)
    same = company.imports.filter(digest=kept.digest, state__in=states).exclude(pk=kept.pk)
    found: Import | None = same.order_by("-pk").first()
    return found


def _checked(report: Report, company: Company, kept: Import, rules: Rules, *, skip_bad_rows: bool, quiet: bool) -> bool:
    """Check the kept file and start its import; False, and nothing stays, where its bad rows forbid it."""
    now = clock.now()
    today = company.local_date(now)
    try:
        with inside(company, actor=BY):
            ask_check(kept, rules, today=today, at=now, by=BY.name)
        with watched(company, kept, quiet=quiet):
            found = check_file(company, kept.pk, actor=BY, now=clock.now)
        with inside(company, actor=BY):
            kept.refresh_from_db()
            if found.bad_rows and not skip_bad_rows:
                report.outcome, report.counts, report.problems = "bad rows", found.counts(), _problems(kept)
                discard(kept)
                return False
            start_import(kept, skip_bad_rows=skip_bad_rows, today=today, at=now, by=BY.name)
    except REFUSALS:
        with inside(company, actor=BY):
            kept.refresh_from_db()
            discard(kept)
        raise
    return True


def _problems(kept: Import) -> list[Problem]:
    rows = ImportProblem.objects.filter(of_import=kept).order_by("line", "pk")
    return [Problem(row.line, row.column, row.value, row.message) for row in rows.iterator()]


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(CHUNK):
            yield piece


def _problem_table(problems: list[Problem]) -> Table:
    table = Table("Line", "Column", "Value", "What is wrong", box=None, pad_edge=False)
    for each in problems:
        # a cell may hold what rich takes for markup
        table.add_row(f"{each.line:,}", Text(each.column), Text(each.value), Text(each.message))
    return table


def _say(report: Report, console: Console) -> None:
    words = {
        "checked": "Every row is good. Nothing was imported: this was a dry run.",
        "bad rows": "Nothing was imported: some rows are bad. Mend them, or import the others with --skip-bad-rows.",
        "imported": "Imported.",
        "already imported": "This file was imported before; nothing was done.",
        "stopped": f"Stopped. {report.error}",
    }
    if report.problems:
        console.print(_problem_table(report.problems[:SHOWN]))
        if len(report.problems) > SHOWN:
            console.print(f"… and {len(report.problems) - SHOWN:,} more; --json lists all.")
    console.print(words[report.outcome], markup=False, style="red" if report.exit_code else "green")
    for name, count in report.counts.items():
        if count:
            told = f"{name.replace('_', ' '):<18}{count:,}" if isinstance(count, int) else count
            console.print(f"  {told}", markup=False)
