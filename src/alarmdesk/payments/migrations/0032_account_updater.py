"""What the card networks change of cards on file, and when we asked last."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
from alarmdesk.company.walls import InsertOnly, RenewTrail, Wall

KINDS = [
    ("NED", "New expiration date"),
    ("NAN", "New number"),
    ("ACL", "Account closed"),
    ("CCH", "Contact the cardholder"),
]


class Migration(migrations.Migration):
    dependencies = [("payments", "0031_reconciled_until")]

    operations = [
        migrations.AddField(
            model_name="billingmethod",
            name="contact_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        RenewTrail(
            "BillingMethod",
            trail="customer_id",
            untracked=("initial_transaction_id", "expiry_told_for", "expiry_told_days"),
        ),
        migrations.AddField(
            model_name="gateway",
            name="methods_read_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        RenewTrail("Gateway", trail="", untracked=("reconciled_at", "methods_read_at")),
        migrations.CreateModel(
            name="MethodUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=3)),
                ("before", models.CharField(max_length=80)),
                ("after", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "billing_method",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="payments.billingmethod",
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="method_updates",
                        to="company.company",
                    ),
                ),
            ],
        ),
        Wall("MethodUpdate"),
        InsertOnly("MethodUpdate"),
    ]
