"""How far the selling to a lead has come, in the company's own stages."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0040_runs_of_statements"),
        ("customers", "0041_merges"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeadStage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")], default="open", max_length=4
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lead_stages",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "verbose_name": "lead stage",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("company"),
                        django.db.models.functions.text.Lower("name"),
                        name="customers_lead_stage_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "open"), _negated=True),
                        fields=("company", "outcome"),
                        name="customers_one_end_of_each_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="customers_lead_stage_has_a_name"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Opportunity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("staged_at", models.DateTimeField(verbose_name="in this stage since")),
                ("source", models.CharField(blank=True, default="", max_length=60)),
                (
                    "expected_mmr",
                    models.DecimalField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=10, verbose_name="expected MMR"
                    ),
                ),
                ("next_step", models.CharField(blank=True, default="", max_length=160)),
                ("next_step_on", models.DateField(blank=True, null=True, verbose_name="date of the next step")),
                (
                    "lost_reason",
                    models.CharField(blank=True, default="", max_length=200, verbose_name="why it was lost"),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opportunities",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opportunities",
                        to="customers.customer",
                    ),
                ),
                (
                    "stage",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opportunities",
                        to="customers.leadstage",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "opportunities",
                "indexes": [models.Index(fields=["company", "stage", "next_step_on"], name="customers_board")],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "customer"), name="customers_one_opportunity"),
                    models.CheckConstraint(
                        condition=models.Q(("expected_mmr__gte", 0)), name="customers_expected_mmr_not_negative"
                    ),
                ],
            },
        ),
        Wall("LeadStage", trail=""),
        Wall("Opportunity", trail="customer_id"),
    ]
