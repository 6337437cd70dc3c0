"""A credit report follows its customer into the record that it was merged into: it is still of the same person."""

from django.db import migrations

from alarmdesk.company.walls import Frozen, MovedByMerge

OUTCOME = ("state", "answered_at", "external_id", "score", "grade", "applied_at", "applied_by")
NEVER = "Who was asked about, and why, never changes."
KEPT = "A credit report is the log of an inquiry: it is never deleted."
THAW = """
drop trigger frozen on credit_creditreport;
drop trigger kept on credit_creditreport;
"""


class Migration(migrations.Migration):
    dependencies = [("credit", "0002_walls"), ("customers", "0041_merges")]

    operations = [
        migrations.RunSQL(THAW),
        Frozen("CreditReport", free=(*OUTCOME, "customer_id"), changing=NEVER, deleting=KEPT),
        MovedByMerge("CreditReport", NEVER),
    ]
