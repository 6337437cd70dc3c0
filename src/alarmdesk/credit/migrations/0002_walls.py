"""Walls around credit; a customer's History tells of reports and letters, never of what a bureau said beyond the score.

Of a report only what came of it may change, and nobody can delete one: it is the log of whom we asked about, and why.
A letter is sealed again when a key goes out of use; nothing else of it changes.
"""

from django.db import migrations

from alarmdesk.company.walls import Frozen, Wall

OUTCOME = ("state", "answered_at", "external_id", "score", "grade", "applied_at", "applied_by")
KEPT = "A credit report is the log of an inquiry: it is never deleted."


class Migration(migrations.Migration):
    dependencies = [("credit", "0001_initial"), ("customers", "0002_walls")]

    operations = [
        Wall("CreditSettings", trail=""),
        Wall("Bureau", trail=""),
        Wall("CreditReport", trail="customer_id"),
        Wall("KeptAnswer"),
        Wall("AdverseLetter", trail="credit_creditreport.report_id", untracked=("said",)),
        Frozen("CreditReport", free=OUTCOME, changing="Who was asked about, and why, never changes.", deleting=KEPT),
        Frozen(
            "AdverseLetter",
            free=("said",),
            changing="A letter that was made never changes.",
            deleting="A letter that was made is never deleted.",
        ),
    ]
