"""How does an import go from its first row to its last test method? In stages that can be killed and gone on with."""

import datetime as dt
from collections.abc import Callable

from django.conf import settings

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers.models import Import, ImportProblem
from alarmdesk.invoicing.bulk import NoMonitoringItem
from alarmdesk.office.importing import vaulting
from alarmdesk.office.importing.carrying import Overtaken, carry_rows
from alarmdesk.office.importing.checking import NotNow, Now
from alarmdesk.office.importing.keeping import forget_file
from alarmdesk.office.importing.reading import UnreadableFile
from alarmdesk.office.importing.vaulting import GatewaySilent, Vault
from alarmdesk.payments.gateways.choosing import NoGateway, active_gateway, port_of
from alarmdesk.payments.gateways.port import BadCredentials
from alarmdesk.payments.models import Gateway

STOPS = (UnreadableFile, NoMonitoringItem, NotNow)
OpenVault = Callable[[Gateway], Vault]


def import_file(company: Company, import_id: int, *, actor: Actor, now: Now, open_vault: OpenVault = port_of) -> None:
    """Bring in what is not in yet, store the test methods that wait, and finish the run. Again goes on where it
    stood. Called outside any transaction. Raises Overtaken and what stops it, after the run was told.
    """
    try:
        carry_rows(company, import_id, actor=actor, now=now)
    except STOPS as error:
        _fail(company, import_id, str(error), actor, now)
        raise
    store_waiting(company, import_id, actor=actor, now=now, open_vault=open_vault)


def store_waiting(company: Company, import_id: int, *, actor: Actor, now: Now, open_vault: OpenVault = port_of) -> None:
    """Store the test methods of an import that still wait, and say in the run how it ended.

    A gateway that is missing, silent or locked is no failure of the import: its rows are in, the methods wait.
    """
    note = ""
    with inside(company, actor=actor):
        kept = company.imports.select_related("run").get(pk=import_id)
        some = kept.waiting_methods.exists()
        if kept.run is not None and kept.run.state != Run.State.RUNNING:
            runs.start(kept.run, at=now())
    if some:
        try:
            with inside(company, actor=actor):
                gateway = active_gateway()
            vaulting.store_methods(
                company, import_id, open_vault(gateway), gateway_id=gateway.pk,
                in_flight=settings.GATEWAY_CALLS_IN_FLIGHT, actor=actor, now=now,
            )  # fmt: skip
        except (NoGateway, BadCredentials, GatewaySilent) as error:
            note = str(error)
    _finish(company, import_id, note, actor, now)


def _finish(company: Company, import_id: int, note: str, actor: Actor, now: Now) -> None:
    with inside(company, actor=actor):
        kept = Import.objects.select_related("run").select_for_update(of=("self",)).get(pk=import_id)
        if kept.state not in (Import.State.IMPORTING, Import.State.IMPORTED):
            raise Overtaken("The import has been undone meanwhile.")
        kept.state = Import.State.IMPORTED
        kept.imported_at = kept.imported_at or now()
        kept.save(update_fields=["state", "imported_at"])
        if not ImportProblem.objects.filter(of_import=kept).exists():
            forget_file(kept)
        if kept.run is not None:
            runs.finish(kept.run, {**counts_of(kept), "note": note}, at=now())


def counts_of(kept: Import) -> dict[str, int]:
    """What an import of the entered company has made that is still there."""
    return {
        "rows": kept.rows,
        "bad_rows": kept.bad_rows,
        "customers": kept.customers.count(),
        "recurring": kept.recurring_invoices.count(),
        "methods": kept.billing_methods.count(),
        "methods_waiting": kept.waiting_methods.filter(failure="").count(),
        "methods_refused": kept.waiting_methods.exclude(failure="").count(),
    }


def ask_storing(kept: Import, *, at: dt.datetime, by: str) -> Run:
    """A new run for storing the test methods that still wait. Raises NotNow. The work is `store_waiting`."""
    held = Import.objects.select_for_update(of=("self",)).get(pk=kept.pk)
    if held.state != Import.State.IMPORTED or not held.waiting_methods.exists():
        raise NotNow("No test method of this import waits to be stored.")
    run = runs.open_run(kind=Run.Kind.IMPORT, on=held.company.local_date(at), at=at, started_by=by)
    held.run = run
    held.save(update_fields=["run"])
    return run


def _fail(company: Company, import_id: int, error: str, actor: Actor, now: Now) -> None:
    with inside(company, actor=actor):
        kept = company.imports.select_related("run").get(pk=import_id)
        if kept.run is not None and kept.run.state != Run.State.FINISHED:
            runs.fail(kept.run, error, at=now())
