"""How fast do customers come in from a CSV file? `python -m bench.import_customers [--rows 100000]`.

In a database of its own, by the embedded PostgreSQL (with fsync). The file has names, addresses, phones, recurring
invoices and a mix of manual methods, vault references and test methods. Rows and test methods are measured apart; the
gateway of the second figure is a fake that takes 50 ms. Undoing is measured last. Memory is this process's peak.
"""

import argparse
import csv
import datetime as dt
import os
import resource
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COLUMNS = (
    "Account", "First", "Last", "Email", "Cell", "Street", "City", "ST", "Zip", "RMR", "Since", "Next bill", "Pay by",
    "Vault",
)  # fmt: skip
MAPPING: dict[str, Any] = {
    "columns": {
        "Account": "account_number", "First": "first_name", "Last": "last_name", "Email": "email",
        "Cell": "phone_mobile", "Street": "service_street", "City": "service_city", "ST": "service_state",
        "Zip": "service_zip", "RMR": ["mmr", "recurring_amount"], "Since": "customer_since",
        "Next bill": "next_invoice_on", "Pay by": ["billing_method", "auto_pay"], "Vault": "vault_id",
    },
    "values": {
        "billing_method": {"Card": "card", "Bank": "ach", "Check": "manual", "Test card": "test-card"},
        "auto_pay": {"Card": "yes", "Bank": "yes", "Check": "no", "Test card": "yes"},
    },
}  # fmt: skip


def write_file(path: Path, rows: int, next_bill: dt.date) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for n in range(rows):
            pay = ("Card", "Bank", "Check", "Check", "Card", "Bank", "Check", "Check", "Card", "Test card")[n % 10]
            writer.writerow(
                (
                    f"B-{n:07}", ("Rosa", "Nora", "Theo", "Iris")[n % 4], f"Calderon {n % 997}",
                    f"p{n}@example.com", f"(918) 555-{n % 10000:04}", f"{n % 9000 + 1} E 15th St", "Tulsa", "OK",
                    "74104", f"{20 + n % 40}.95", "03/15/2021", next_bill.isoformat(), pay,
                    f"v{n}" if pay in ("Card", "Bank") else "",
                )
            )  # fmt: skip


class FakeVault:
    """Stores after 50 ms, as a gateway across the country would."""

    def store(self, request: Any) -> Any:
        from alarmdesk.payments.gateways.port import StoredMethod

        threading.Event().wait(0.05)
        return StoredMethod(request.vault_id, request.token.kind, "Visa", "1111", dt.date(2030, 1, 31))

    def forget(self, vault_id: str) -> None:  # noqa: ARG002  (the port's)
        threading.Event().wait(0.05)


def backend_seconds() -> float:
    """CPU seconds of our connection's own PostgreSQL process."""
    from django.db import connection

    connection.ensure_connection()
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(what: str, count: Callable[[], int], work: Callable[[], object]) -> None:
    """Do it, and print how many a second by the clock, and the CPU time of each in us and in PostgreSQL."""
    begun, ours, theirs = time.perf_counter(), time.process_time(), backend_seconds()
    work()
    seconds = time.perf_counter() - begun
    ours, theirs = time.process_time() - ours, backend_seconds() - theirs
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = count()
    cpu = f"CPU ms each {1000 * ours / done:.2f} + {1000 * theirs / done:.2f}"
    print(
        f"{what:<26}{done:>9,} in {seconds:7.1f} s = {done / seconds:8,.0f}/s   {cpu}   peak {peak:4.0f} MB", flush=True
    )


def measure(path: Path) -> None:
    """Check, import, store test methods and undo one file in a company of its own."""
    from alarmdesk.company.entering import SYSTEM, inside
    from alarmdesk.invoicing.testing import make_furnished_company
    from alarmdesk.lib import clock
    from alarmdesk.office.importing import carrying, checking, keeping, mapping, undoing, whole
    from alarmdesk.payments.models import Gateway

    company, now = make_furnished_company(), clock.now()
    today = company.local_date(now)
    with inside(company):
        Gateway.objects.create()
        with path.open("rb") as stream:
            kept = keeping.keep_file(iter(lambda: stream.read(65536), b""), file_name=path.name, at=now, by="Bench")
        checking.ask_check(kept, mapping.understood(MAPPING), today=today, at=now, by="Bench")

    def counted(name: str) -> Callable[[], int]:
        def count() -> int:
            with inside(company):
                kept.refresh_from_db()
                return int(kept.rows if name == "rows" else getattr(kept, name).count())

        return count

    common: dict[str, Any] = {"actor": SYSTEM, "now": clock.now}
    timed("check (dry run)", counted("rows"), lambda: checking.check_file(company, kept.pk, **common))
    with inside(company):
        carrying.start_import(kept, skip_bad_rows=False, today=today, at=now, by="Bench")
    timed("rows", counted("customers"), lambda: carrying.carry_rows(company, kept.pk, **common))
    waiting = counted("waiting_methods")()
    vault = {**common, "open_vault": lambda _: FakeVault()}
    timed("test methods (50 ms each)", lambda: waiting, lambda: whole.store_waiting(company, kept.pk, **vault))
    with inside(company):
        kept.refresh_from_db()
        undoing.start_undo(kept, at=now, by="Bench")
    timed("undo", counted("rows"), lambda: undoing.undo_import(company, kept.pk, **vault))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    sys.path.insert(0, str(ROOT / "src"))
    from alarmdesk.deployment import database, embedded

    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="alarmdesk.settings", ALARMDESK_ENV="test", ALARMDESK_SECRET_KEY="bench",  # noqa: S106

            ALARMDESK_SEALING_KEYS="bench:mJ3s8yT0hFZr0V8k0x5cGm2m8m1Zb2a9h7k3d6f5Q1E=", ALARMDESK_LOG_LEVEL="WARNING",
        )  # fmt: skip
        server = embedded.start(ROOT / "var" / "bench-postgres")
        name = f"bench_import_{secrets.token_hex(4)}"
        try:
            roles = {"owner": database.OWNER, "app": database.APP}
            urls = database.prepare(
                server.url(), name, **{role: database.Role(each, server.password(each)) for role, each in roles.items()}
            )
            database.migrate(urls)
            os.environ.update(urls.environment)
            import django

            django.setup()
            path = Path(folder, "subscribers.csv")
            write_file(path, rows, dt.date.today() + dt.timedelta(days=10))  # noqa: DTZ011
            print(f"{rows:,} rows, {path.stat().st_size / 2**20:.1f} MB")
            measure(path)
            from django.db import connection

            connection.close()
        finally:
            database.drop(server.url(), name)
            server.stop()


if __name__ == "__main__":
    main()
