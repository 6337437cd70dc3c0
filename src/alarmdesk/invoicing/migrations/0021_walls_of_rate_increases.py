"""Walls around rate increases and the new links of recurring invoices; the trail knows their new columns."""

from django.db import migrations

from alarmdesk.company.walls import RenewTrail, Wall, WallLink


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0020_schedules_and_successors")]

    operations = [
        Wall("RateIncrease", trail=""),
        WallLink("RecurringInvoice", "follows"),
        WallLink("RecurringInvoice", "raised_by"),
        RenewTrail("RecurringInvoice", trail="customer_id", untracked=("next_seq", "next_on")),
    ]
