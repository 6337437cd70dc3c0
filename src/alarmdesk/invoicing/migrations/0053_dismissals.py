"""What somebody has answered for in the billing audit."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from alarmdesk.company.entering import entered_id
from alarmdesk.company.walls import CompanyKey, Link, Wall


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_fresh_figures"), ("invoicing", "0052_states_of_old_lines")]

    operations = [
        migrations.CreateModel(
            name="FindingDismissal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", CompanyKey(
                    db_index=False, default=entered_id, editable=False,
                    on_delete=django.db.models.deletion.PROTECT, related_name="finding_dismissals", to="company.company",
                )),
                ("customer", Link(
                    blank=True, null=True, on_delete=django.db.models.deletion.CASCADE,
                    related_name="finding_dismissals", to="customers.customer",
                )),
                ("kind", models.CharField(max_length=30)),
                ("about", models.CharField(max_length=40)),
                ("facts", models.CharField(max_length=300)),
                ("reason", models.CharField(max_length=200)),
                ("until", models.DateField()),
                ("dismissed_at", models.DateTimeField()),
                ("dismissed_by", models.CharField(max_length=120)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("lifted_by", models.CharField(blank=True, default="", max_length=120)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(lifted_at__isnull=True), fields=("company", "kind", "about"),
                        name="invoicing_dismissed_once",
                    )
                ],
            },
        ),
        Wall("FindingDismissal", trail="customer_id"),
    ]  # fmt: skip
