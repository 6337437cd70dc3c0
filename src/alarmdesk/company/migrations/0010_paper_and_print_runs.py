"""On what sheet a company prints and whether invoices carry a slip; runs that print, and runs that were cancelled."""

from django.db import migrations, models

from alarmdesk.company.walls import RenewTrail

SHEETS = [("us-letter", "US Letter"), ("a4", "A4")]
KINDS = [("night", "Nightly run"), ("import", "Import"), ("print", "Print run")]
STATES = [
    ("waiting", "Waiting"),
    ("running", "Running"),
    ("finished", "Finished"),
    ("failed", "Stopped by an error"),
    ("cancelled", "Cancelled"),
]


class Migration(migrations.Migration):
    dependencies = [("company", "0003_trail_is_insert_only")]

    operations = [
        migrations.AddField(
            "Company", "sheet", models.CharField("paper size", max_length=10, choices=SHEETS, default="us-letter")
        ),
        migrations.AddField(
            "Company",
            "has_remittance_slip",
            models.BooleanField("remittance slip on invoices", default=False),
        ),
        RenewTrail("Company", trail="", untracked=("logo",)),
        migrations.AlterField("Run", "kind", models.CharField(max_length=10, choices=KINDS)),
        migrations.AlterField("Run", "state", models.CharField(max_length=10, choices=STATES, default="waiting")),
    ]
