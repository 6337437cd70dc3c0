"""Statements of account, as they were given: insert-only, behind their wall."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
from alarmdesk.company.walls import CompanyKey, InsertOnly, Link, Wall

PROTECT = django.db.models.deletion.PROTECT


def _money() -> "models.DecimalField[Any, Any]":
    return models.DecimalField(decimal_places=2, max_digits=12)


class Migration(migrations.Migration):
    dependencies = [("payments", "0040_no_credit_under_way"), ("company", "0040_runs_of_statements")]

    operations = [
        migrations.CreateModel(
            name="Statement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField(verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("open_item", "Open item"), ("forward", "Balance forward")], max_length=10
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="to")),
                ("includes_paid", models.BooleanField(default=False, verbose_name="include paid invoices")),
                ("includes_credits", models.BooleanField(default=True, verbose_name="include unapplied credits")),
                ("due", _money()),
                ("credit", _money()),
                ("balance", _money()),
                ("snapshot", models.JSONField()),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=120)),
                (
                    "company",
                    CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=PROTECT,
                        related_name="statements",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    Link(indexed=False, on_delete=PROTECT, related_name="statements", to="customers.customer"),
                ),
                (
                    "run",
                    Link(
                        blank=True,
                        indexed=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="statements",
                        to="company.run",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "customer", "-id"], name="payments_statement_of")],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="payments_statement_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("run__isnull", False)),
                        fields=("company", "run", "customer"),
                        name="payments_statement_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "balance",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("due"), "-", models.F("credit")
                                ),
                            )
                        ),
                        name="payments_statement_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="payments_statement_period"
                    ),
                ],
            },
        ),
        Wall("Statement"),
        InsertOnly("Statement"),
    ]
