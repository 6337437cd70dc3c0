"""A period that was not billed while the account was cancelled, and never will be."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from alarmdesk.company.walls import Link


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0061_walls_of_equipment")]

    operations = [
        migrations.AlterField(
            model_name="billingperiod",
            name="invoice",
            field=Link(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="periods",
                to="invoicing.invoice",
            ),
        ),
        migrations.AddField("billingperiod", "waived_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "billingperiod", "waived_by", models.CharField(blank=True, db_default="", default="", max_length=120)
        ),
        migrations.AddConstraint(
            "billingperiod",
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, waived_at__isnull=True)
                | Q(invoice__isnull=True, waived_at__isnull=False),
                name="invoicing_period_billed_or_waived",
            ),
        ),
    ]  # fmt: skip
