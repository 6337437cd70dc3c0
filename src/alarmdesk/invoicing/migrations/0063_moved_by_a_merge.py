"""An issued document and an answer to a quote follow their customer into the record that it was merged into."""

from django.db import migrations

from alarmdesk.company.walls import Frozen, MovedByMerge

THAW = """
drop trigger frozen on invoicing_invoice;
drop trigger kept on invoicing_invoice;
drop trigger insert_only on invoicing_quoteanswer;
"""
LEDGER = "invoicing_quoteanswer is insert-only: its rows are never changed or removed"


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0062_waived_periods"), ("customers", "0041_merges")]

    operations = [
        migrations.RunSQL(THAW),
        Frozen(
            "Invoice",
            free=("paid", "credited", "used", "voided_at", "voided_by", "void_reason", "customer_id"),
            changing="an issued document does not change: void it and issue another",
            deleting="an issued document is not deleted: void it",
        ),
        MovedByMerge("Invoice", "an issued document does not change: void it and issue another"),
        Frozen("QuoteAnswer", free=("customer_id",), changing=LEDGER, deleting=LEDGER),
        MovedByMerge("QuoteAnswer", LEDGER),
    ]
