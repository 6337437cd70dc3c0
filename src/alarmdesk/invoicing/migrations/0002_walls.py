"""Walls around what is owed; lines and taxes of issued documents are a ledger, the document's face does not change."""

from django.db import migrations

from alarmdesk.company.walls import Frozen, InsertOnly, Wall

VOIDED_ONCE = """
create trigger voided_once before update of voided_at on invoicing_invoice for each row
    when (old.voided_at is not null and old.voided_at is distinct from new.voided_at)
    execute function alarmdesk_refuse('a voided document stays voided');
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial"), ("customers", "0002_walls")]

    operations = [
        Wall("BillableItem", trail=""),
        Wall("Term", trail=""),
        Wall("StateTax", trail=""),
        Wall("StateExemption", trail=""),
        Wall("CustomerTax", trail="customer_id"),
        Wall("RecurringInvoice", trail="customer_id", untracked=("next_seq", "next_on")),
        Wall("RecurringLine"),
        Wall("Invoice"),
        Frozen(
            "Invoice",
            free=("paid", "voided_at", "voided_by", "void_reason"),
            changing="an issued document does not change: void it and issue another",
            deleting="an issued document is not deleted: void it",
        ),
        migrations.RunSQL(VOIDED_ONCE),
        Wall("InvoiceLine"),
        InsertOnly("InvoiceLine"),
        Wall("LineTax"),
        InsertOnly("LineTax"),
        Wall("BillingPeriod"),
        InsertOnly("BillingPeriod"),
        Wall("ParkedAccount"),
    ]
