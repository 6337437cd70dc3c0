"""How is a whole import taken back? Everything that it made goes, unless somebody has built on one of its accounts."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import models, transaction

from alarmdesk.company import runs
from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company, Run
from alarmdesk.customers import bulk as customers
from alarmdesk.customers.models import Customer, Import, WaitingMethod
from alarmdesk.invoicing import bulk as invoicing
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.schedules import next_date
from alarmdesk.office.importing.checking import NotNow, Now
from alarmdesk.office.importing.keeping import forget_file
from alarmdesk.office.importing.vaulting import beginning, forget_methods
from alarmdesk.office.importing.whole import OpenVault
from alarmdesk.payments import bulk as payments
from alarmdesk.payments.gateways.choosing import NoGateway, active_gateway, port_of

BATCH = 500
AHEAD = 50_000
NAMED = 10
REMOVING = "Removing"
# what goes with a customer and holds nobody's work: derived, or a part of the customer itself
PARTS = frozenset(("Address", "Phone", "SearchEntry", "Opportunity", "WaitingMethod", "CustomerTax", "ParkedAccount"))
State = Import.State


class BuiltUpon(NotNow):
    """Accounts of the import have invoices, payments or other things that it did not make."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An account that cannot be removed, and what stands on it: "invoices", "payments" …"""

    account_number: str
    what: str


def obstacles(kept: Import, among: list[int] | None = None, *, most: int = 200) -> list[Obstacle]:
    """What stands on the accounts of an import of the entered company that it did not make; of some customers only,
    or of all. Every table that points at a customer is asked, of whatever room.
    """
    found: list[Obstacle] = []
    for relation in Customer._meta.related_objects:
        model = relation.related_model
        if model.__name__ in PARTS:
            continue
        rows: models.QuerySet[models.Model] = model._default_manager.order_by()
        customer = relation.field.name
        if among is None:
            rows = rows.filter(**{f"{customer}__imported_by": kept})
        else:
            rows = rows.filter(**{f"{customer}__in": among})
        if any(field.name == "imported_by" for field in model._meta.fields):
            rows = rows.exclude(imported_by=kept)
        built_on = list(rows.values_list(f"{customer}_id", flat=True).distinct()[:most])
        numbers = Customer.objects.filter(pk__in=built_on).values_list("account_number", flat=True) if built_on else ()
        found += [Obstacle(number, str(model._meta.verbose_name_plural)) for number in numbers]
    return found


def refusal(standing: list[Obstacle]) -> str:
    """Why an import stays, in a sentence that names the accounts."""
    by_account: dict[str, list[str]] = {}
    for each in sorted(standing, key=lambda obstacle: obstacle.account_number):
        by_account.setdefault(each.account_number, []).append(each.what)
    named = [f"{account} ({', '.join(whats)})" for account, whats in list(by_account.items())[:NAMED]]
    more = f" and {len(by_account) - NAMED:,} more" if len(by_account) > NAMED else ""
    return f"This import cannot be undone: something was added since to {', '.join(named)}{more}."


def start_undo(kept: Import, *, at: dt.datetime, by: str) -> Run:
    """Let a whole import be taken back; from now on no run bills it. The work is `undo_import`.

    Raises NotNow, BuiltUpon.
    """
    held = Import.objects.select_for_update(of=("self",)).get(pk=kept.pk)
    if held.state not in (State.IMPORTING, State.IMPORTED):
        raise NotNow("There is nothing to undo: this file has not been imported, or it was undone.")
    with transaction.atomic():  # a refusal takes the pause back
        invoicing.pause_recurring(imported_by=held.pk)
        if standing := obstacles(held):
            raise BuiltUpon(refusal(standing))
    run = runs.open_run(kind=Run.Kind.IMPORT, on=held.company.local_date(at), at=at, started_by=by)
    held.state, held.run = State.UNDOING, run
    held.save(update_fields=["state", "run"])
    kept.refresh_from_db()
    return run


def undo_import(company: Company, import_id: int, *, actor: Actor, now: Now, open_vault: OpenVault = port_of) -> None:
    """Remove what an import made, batch by batch; again goes on where it stood. Called outside any transaction.

    An account on which something was built after the start stays, and the run names it.
    """
    with inside(company, actor=actor):
        kept = company.imports.select_related("run").get(pk=import_id)
        run = kept.run
        if kept.state != State.UNDOING or run is None:
            raise NotNow("Nobody asked to undo this import.")
        runs.start(run, at=now())
        runs.enter_stage(run, REMOVING, kept.customers.count(), at=now())
    removal = _Removal(company, kept, actor, now, open_vault)
    last = 0
    while ids := removal.batch(after=last):
        last = ids[-1]
        removal.forget(ids)
        removal.remove(ids, run)
    removal.finish(run)


class _Removal:
    """The steps of an undo, each in a transaction of its own."""

    def __init__(self, company: Company, kept: Import, actor: Actor, now: Now, open_vault: OpenVault) -> None:
        self.company, self.kept, self.actor, self.now, self.open_vault = company, kept, actor, now, open_vault
        self.left_in_vault = 0
        self.ahead: list[int] = []
        self.standing: list[Obstacle] = []

    def batch(self, *, after: int) -> list[int]:
        """The next accounts. Asked for by the ten thousands: removed rows lie about, and each look passes over them."""
        if not self.ahead:
            with inside(self.company, actor=self.actor):
                rows = Customer.objects.filter(imported_by=self.kept, pk__gt=after).order_by("pk")
                self.ahead = list(rows.values_list("pk", flat=True)[:AHEAD])
        taken, self.ahead = self.ahead[:BATCH], self.ahead[BATCH:]
        return taken

    def forget(self, ids: list[int]) -> None:
        """Out of the vault first: once the rows are gone nobody knows its ids."""
        with inside(self.company, actor=self.actor):
            vault_ids = payments.vault_ids_of(ids, beginning=beginning(self.company.pk, self.kept.pk))
            try:
                gateway = active_gateway() if vault_ids else None
            except NoGateway:
                gateway = None
        if gateway is None:
            self.left_in_vault += len(vault_ids)
            return
        vault = self.open_vault(gateway)
        self.left_in_vault += forget_methods(vault, vault_ids, in_flight=settings.GATEWAY_CALLS_IN_FLIGHT)

    def remove(self, ids: list[int], run: Run) -> None:
        with inside(self.company, actor=self.actor):
            # locked, so that nobody builds on them between the look and the removal
            list(Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
            standing = obstacles(self.kept, ids)
            self.standing += standing
            staying = {each.account_number for each in standing}
            gone = list(
                Customer.objects.filter(pk__in=ids).exclude(account_number__in=staying).values_list("pk", flat=True)
            )
            payments.remove_methods(gone)
            invoicing.remove_recurring(gone)
            customers.remove_customers(gone)
            runs.advance(run, len(ids), at=self.now())

    def finish(self, run: Run) -> None:
        with inside(self.company, actor=self.actor):
            for recurring in RecurringInvoice.objects.filter(imported_by=self.kept, next_on=None):
                recurring.next_on = next_date(recurring, recurring.next_seq)
                recurring.save(update_fields=["next_on"])
            WaitingMethod.objects.filter(of_import=self.kept).delete()
            forget_file(self.kept)
            self.kept.state, self.kept.undone_at = State.UNDONE, self.now()
            self.kept.save(update_fields=["state", "undone_at"])
            note = f"These stay: {refusal(self.standing).partition('since to ')[2]}" if self.standing else ""
            counts = {
                "left_in_vault": self.left_in_vault,
                "stay": len({each.account_number for each in self.standing}),
                "note": note,
            }
            runs.finish(run, counts, at=self.now())
