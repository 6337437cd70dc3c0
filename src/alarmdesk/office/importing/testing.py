"""What do tests of imports need? A desk at which files are brought in, and a vault in memory."""

import datetime as dt
from typing import Any

from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Import, ImportProblem
from alarmdesk.invoicing.testing import make_furnished_company
from alarmdesk.lib import clock
from alarmdesk.office.importing import carrying, checking, keeping, mapping, undoing, whole
from alarmdesk.payments.gateways.port import NoAnswer, Refused, StoredMethod, StoreRequest
from alarmdesk.payments.models import Gateway

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)
PLAIN = {"columns": {name: name for name in (
    "account_number", "last_name", "email", "phone_mobile", "service_street", "service_state", "service_zip", "mmr",
    "customer_since", "recurring_amount", "next_invoice_on", "billing_method", "auto_pay",
)}}  # fmt: skip


class Vault:
    """A gateway's vault in memory that counts; `silent` times it does not answer, `refuses` ids it refuses."""

    def __init__(self) -> None:
        self.stored: dict[str, StoreRequest] = {}
        self.calls = 0
        self.silent = 0
        self.refuses: set[str] = set()

    def store(self, request: StoreRequest) -> StoredMethod:
        self.calls += 1
        if self.silent:
            self.silent -= 1
            raise NoAnswer("The gateway did not answer.")
        if request.vault_id in self.refuses:
            raise Refused("The gateway would not.")
        self.stored[request.vault_id] = request
        return StoredMethod(request.vault_id, request.token.kind, "Visa", "1111", dt.date(2030, 1, 31))

    def forget(self, vault_id: str) -> None:
        self.stored.pop(vault_id, None)


class Desk:
    """One company at which files are brought in."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.vault = Vault()
        self.common: dict[str, Any] = {"actor": SYSTEM, "now": clock.now}

    def keep(self, content: bytes | str, rules: mapping.Rules | dict[str, Any] = PLAIN) -> Import:
        """A file that is kept and whose check is asked."""
        raw = content.encode() if isinstance(content, str) else content
        read = rules if isinstance(rules, mapping.Rules) else mapping.understood(rules)
        with inside(self.company):
            kept = keeping.keep_file([raw], file_name="customers.csv", at=NOW, by="Rosa")
            checking.ask_check(kept, read, today=TODAY, at=NOW, by="Rosa")
        return kept

    def check(self, content: bytes | str, rules: mapping.Rules | dict[str, Any] = PLAIN) -> Import:
        """A file that is checked."""
        kept = self.keep(content, rules)
        checking.check_file(self.company, kept.pk, **self.common)
        return self.fresh(kept)

    def problems(self, kept: Import) -> list[tuple[int, str, str, str]]:
        with inside(self.company):
            rows = ImportProblem.objects.filter(of_import=kept).order_by("line", "pk")
            return [(row.line, row.column, row.value, row.message) for row in rows]

    def start(self, kept: Import, *, skip_bad_rows: bool = False) -> None:
        with inside(self.company):
            carrying.start_import(kept, skip_bad_rows=skip_bad_rows, today=TODAY, at=NOW, by="Rosa")

    def carry(self, kept: Import) -> Import:
        whole.import_file(self.company, kept.pk, open_vault=lambda _: self.vault, **self.common)
        return self.fresh(kept)

    def bring(self, content: bytes | str, rules: mapping.Rules | dict[str, Any] = PLAIN) -> Import:
        """A file from its bytes to customers."""
        kept = self.check(content, rules)
        self.start(kept)
        return self.carry(kept)

    def undo(self, kept: Import) -> Import:
        with inside(self.company):
            undoing.start_undo(kept, at=NOW, by="Rosa")
        undoing.undo_import(self.company, kept.pk, open_vault=lambda _: self.vault, **self.common)
        return self.fresh(kept)

    def fresh(self, kept: Import) -> Import:
        with inside(self.company):
            found: Import = Import.objects.select_related("run").get(pk=kept.pk)
            return found

    def counts(self, kept: Import) -> dict[str, int]:
        with inside(self.company):
            return whole.counts_of(self.fresh(kept))


def make_desk() -> Desk:
    """A desk in a furnished company with a gateway."""
    company = make_furnished_company()
    with inside(company):
        Gateway.objects.create()
    return Desk(company)
