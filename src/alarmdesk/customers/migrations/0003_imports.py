"""How far an import is, and the methods that still wait for the gateway."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
from alarmdesk.company.walls import RenewTrail, Wall

STATES = [
    ("uploaded", "Uploaded"),
    ("checked", "Checked"),
    ("importing", "Importing"),
    ("imported", "Imported"),
    ("undoing", "Being undone"),
    ("undone", "Undone"),
]


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_walls")]

    operations = [
        migrations.AlterField("Import", "state", models.CharField(max_length=10, choices=STATES, default="uploaded")),
        migrations.AddField("Import", "size", models.BigIntegerField("size in bytes", default=0)),
        migrations.AddField(
            "Import", "digest", models.CharField("SHA-256 of the file", max_length=64, blank=True, default="")
        ),
        migrations.AddField("Import", "as_of", models.DateField(null=True, blank=True)),
        migrations.AddField(
            "Import", "skips_bad_rows", models.BooleanField("import the good rows only", default=False)
        ),
        migrations.AddField("Import", "through_line", models.BigIntegerField(default=0)),
        migrations.AddField("Import", "imported_rows", models.BigIntegerField(default=0)),
        migrations.CreateModel(
            name="WaitingMethod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.BigIntegerField()),
                ("kind", models.CharField(choices=[("card", "Card"), ("ach", "Bank account")], max_length=10)),
                ("auto_pay", models.BooleanField(default=False)),
                ("failure", models.CharField(blank=True, default="", max_length=300)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        default=alarmdesk.company.entering.entered_id,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waiting_methods",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_methods",
                        to="customers.customer",
                    ),
                ),
                (
                    "of_import",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_methods",
                        to="customers.import",
                    ),
                ),
            ],
        ),
        Wall("WaitingMethod"),
        RenewTrail("Import", trail="", untracked=("through_line", "imported_rows")),
    ]
