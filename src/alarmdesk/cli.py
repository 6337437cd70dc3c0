"""What can be done from the command line? `alarmdesk --help` lists it; every command says what it did and exits 0 only
when it is done.
"""

import datetime as dt
import json
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from alarmdesk.deployment.beside import demo_folder, join_demo

if TYPE_CHECKING:
    from alarmdesk.company.models import Company
    from alarmdesk.payments.night import Night

Result = TypeVar("Result")
cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The open back office for alarm dealers.",
)
importing = typer.Typer(no_args_is_help=True, help="Bring in data of another system.")
cli.add_typer(importing, name="import")
companies = typer.Typer(no_args_is_help=True, help="The dealers of this installation.")
cli.add_typer(companies, name="company")

Slug = Annotated[str, typer.Option("--company", help="The company's short name, as in its address.")]
AsJSON = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
DAY = ["%Y-%m-%d"]


def main() -> None:
    """The script `alarmdesk`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alarmdesk.settings")
    cli()


def _set_up(*, owner: bool = False) -> None:
    """Load Django: as the role that the walls bind, or as the owner for migrations alone."""
    if owner and (url := os.environ.get("DATABASE_OWNER_URL")):
        os.environ["DATABASE_URL"] = url
    if not owner and join_demo(demo_folder()):
        typer.echo("Speaking to the demo that runs here; DATABASE_URL would name another installation.", err=True)
    import django

    django.setup()
    if not owner:
        from django.db import OperationalError

        from alarmdesk.deployment.database import UnwalledRole, assert_walled_role

        try:
            assert_walled_role()
        except UnwalledRole as error:
            _stop(str(error))
        except OperationalError as error:
            _stop(f"No database answers: set DATABASE_URL, or start a demo with `make demo`. ({error})", 3)


def _stop(sentence: str, code: int = 1) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(code)


def _companies(slug: str | None) -> "list[Company]":
    """The named company, or all open ones."""
    from alarmdesk.company.models import Company

    found = Company.objects.filter(closed_at=None).order_by("pk")
    if slug is not None:
        found = found.filter(slug=slug)
        if not found:
            _stop(f"There is no company “{slug}”.", 2)
    return list(found)


@cli.command()
def demo(
    port: Annotated[int | None, typer.Option(envvar="PORT", help="Where the demo listens (8000).")] = None,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what an earlier demo left.")] = False,
    smoke: Annotated[bool, typer.Option("--smoke", help="Run the whole main job once, unattended, and end.")] = False,
) -> None:
    """Run everything on this machine: database, web, worker, an outside world in a box, sample dealers."""
    if smoke:
        from alarmdesk.deployment import smoke as rehearsal

        raise typer.Exit(rehearsal.run())
    from alarmdesk.deployment import demo as show

    raise typer.Exit(show.run(port, fresh))


@cli.command()
def migrate() -> None:
    """Bring the database up to this version, as its owner (DATABASE_OWNER_URL)."""
    _set_up(owner=True)
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)


@cli.command("check-migrations")
def check_migrations() -> None:
    """Say whether the models have changes that no migration carries."""
    _set_up(owner=True)
    from django.core.management import call_command

    warnings.filterwarnings("ignore", message="Got an error checking a consistent migration history")  # no database
    call_command("makemigrations", check=True, dry_run=True, interactive=False)


@cli.command()
def worker() -> None:
    """Work on jobs until told to stop: nights, imports, letters."""
    _set_up()
    from django.core.management import call_command

    jobs = os.environ.get("ALARMDESK_WORKER_JOBS", "4")
    # what went well is not kept: there are two thousand of them a day
    call_command("procrastinate", "worker", "--concurrency", jobs, "--delete-jobs", "successful")


def _reaching_database(act: Callable[[], Result]) -> Result:
    """What `act` answers; when the database goes away meanwhile or a key is missing, a sentence and exit code 3."""
    from django.db import InterfaceError, OperationalError

    from alarmdesk.lib.sealed import Unsealable

    try:
        return act()
    except Unsealable as error:
        _stop(f"The gateway's credentials do not open. {error} Put the key back into ALARMDESK_SEALING_KEYS.", 3)
        raise
    except (OperationalError, InterfaceError) as error:
        _stop(f"The database went away. Run the command again: it goes on where it stopped. ({error})", 3)
        raise


def _one_night(company: "Company", on: dt.date) -> "Night":
    """The night of a date; of another date than today's, with the clock held at 02:00 of that date."""
    from alarmdesk.lib import clock
    from alarmdesk.payments.night import night as work
    from alarmdesk.payments.night import open_night, starts

    at = clock.now()
    # opened at the true time: a demo's night ahead of its day must not pass for that day's night
    run = open_night(company, on=on, at=at, by="command line")
    with nullcontext() if on == company.local_date(at) else clock.hold(starts(on, company)):
        return work(company, on=on, now=clock.now, run=run)


@cli.command()
def night(
    on: Annotated[dt.datetime, typer.Option("--on", formats=DAY, help="The local date up to which is billed.")],
    company: Annotated[str | None, typer.Option("--company", help="One company only; all without it.")] = None,
    *,
    as_json: AsJSON = False,
) -> None:
    """Run the night of a date: generate what is due, charge it, send the letters. Running it again changes nothing."""
    _set_up()
    from django.conf import settings

    from alarmdesk.lib import clock

    results: dict[str, Any] = {}
    for each in _reaching_database(lambda: _companies(company)):
        local = each.local_date(clock.now())
        if on.date() > local and settings.ENVIRONMENT == "production":
            _stop(f"{on.date()} is in the future for {each.name}, where it is {local}. Nothing was billed.", 2)
        results[each.slug] = _reaching_database(lambda: _one_night(each, on.date())).counts()  # noqa: B023
    if as_json:
        typer.echo(json.dumps(results))
    else:
        for slug, counts in results.items():
            typer.echo(f"{slug}: " + ", ".join(f"{name} {value}" for name, value in counts.items() if value))
    if any(counts["problems"] for counts in results.values()):
        raise typer.Exit(1)


@cli.command()
def audit(
    company: Annotated[str | None, typer.Option("--company", help="One company only; all without it.")] = None,
    *,
    as_json: AsJSON = False,
) -> None:
    """Recompute every derived number, and compare the books with the gateway's statement. Exit 1 on a difference."""
    _set_up()
    from alarmdesk.lib import clock
    from alarmdesk.payments.audit import audit as check

    findings = _reaching_database(lambda: {each.slug: check(each, now=clock.now()) for each in _companies(company)})
    count = sum(len(finding.differences) for finding in findings.values())
    if as_json:
        typer.echo(json.dumps({"differences": count, "companies": {k: v.as_dict() for k, v in findings.items()}}))
    else:
        for slug, finding in findings.items():
            typer.echo(f"{slug}: {finding}")
            for difference in finding.differences:
                typer.echo(f"  {difference}")
        typer.echo(f"{count} differences")
    raise typer.Exit(1 if count else 0)


@companies.command("open")
def open_dealer(
    name: Annotated[str, typer.Argument(help="What the dealer is called on invoices and mails.")],
    slug: Annotated[str, typer.Option("--slug", help="Its short name, the first part of its pages' addresses.")],
    zone: Annotated[str, typer.Option("--zone", help="Its time zone, such as America/Denver.")],
    owner: Annotated[str, typer.Option("--owner", help="The owner's e-mail address.")],
    owner_name: Annotated[str, typer.Option("--owner-name", help="The owner's name.")] = "",
    *,
    mail: Annotated[bool, typer.Option("--mail", help="Mail the owner the link, too.")] = False,
) -> None:
    """Open a dealer's company: groups, items, terms, and a link by which the owner comes in for the first time."""
    _set_up()
    from alarmdesk.company.actions import SlugTaken
    from alarmdesk.lib import clock
    from alarmdesk.office.accounts import send_invitation, way_in
    from alarmdesk.office.opening import BadName, open_for

    try:
        company, person = _reaching_database(
            lambda: open_for(name=name, slug=slug, time_zone=zone, email=owner, owner_name=owner_name, at=clock.now())
        )
    except (SlugTaken, BadName) as error:
        _stop(str(error), 2)
    typer.echo(f"{company.name} is open. Its owner, {person.email}, comes in here; the link is good once, for 3 days:")
    typer.echo(way_in(person))
    if mail:
        try:
            send_invitation(person, company, invited_by="AlarmDesk")
        except OSError as error:
            _stop(f"The mail server did not take the invitation; hand the link over yourself. ({error})", 1)


@cli.command()
def reseal(
    company: Annotated[str | None, typer.Option("--company", help="One company only; all without it.")] = None,
) -> None:
    """Seal every secret again with the newest of ALARMDESK_SEALING_KEYS. Exit 1 when one does not open."""
    _set_up()
    from alarmdesk.company.models import Company
    from alarmdesk.deployment.resealing import reseal as seal_again

    everybody = list(Company.objects.order_by("pk"))  # closed ones too: their secrets are kept
    found = _reaching_database(lambda: seal_again(_companies(company) if company else everybody))
    typer.echo(f"{found.again} sealed again, {found.already} already with the newest key, {len(found.closed)} closed")
    for sentence in found.closed:
        typer.echo(f"  {sentence}")
    raise typer.Exit(1 if found.closed else 0)


@importing.command("customers")
def import_customers(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.")],
    company: Slug,
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="A TOML file: column -> field.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row and write nothing.")] = False,
    skip_bad_rows: Annotated[bool, typer.Option("--skip-bad-rows", help="Import the good rows, list the bad.")] = False,
    constant: Annotated[list[str] | None, typer.Option(help="FIELD=VALUE for every row; beats the mapping.")] = None,
    as_json: AsJSON = False,
) -> None:
    """Import customers with their billing. Exit 1 when a row is bad."""
    _set_up()
    from alarmdesk.office.importing import command

    if bad := [pair for pair in constant or [] if "=" not in pair]:
        _stop(f"“{bad[0]}” is no constant: write --constant FIELD=VALUE.", 2)
    code = command.run(
        file,
        company=company,
        mapping=mapping,
        dry_run=dry_run,
        as_json=as_json,
        skip_bad_rows=skip_bad_rows,
        constants=dict(pair.split("=", 1) for pair in constant or []),
    )
    raise typer.Exit(code)


@cli.command()
def export(
    noun: Annotated[str, typer.Argument(help="customers, invoices, payments, equipment or systems")],
    company: Slug,
    since: Annotated[dt.datetime | None, typer.Option("--from", formats=DAY)] = None,
    until: Annotated[dt.datetime | None, typer.Option("--to", formats=DAY)] = None,
) -> None:
    """Write a CSV to standard output; docs/exports.md says what its columns are."""
    _set_up()
    from alarmdesk.office.exporting import command

    (here,) = _companies(company)
    code = command.run(
        noun,
        company=here,
        since=since.date() if since else None,
        until=until.date() if until else None,
        out=sys.stdout,
    )
    raise typer.Exit(code)
