"""What a credit takes back and which invoices it pays; what is credited of an invoice, and used of a credit."""

from decimal import Decimal
from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
from alarmdesk.company.walls import CompanyKey, Link

PROTECT = django.db.models.deletion.PROTECT


def _id() -> tuple[str, Any]:
    return "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _company(related_name: str) -> tuple[str, CompanyKey]:
    return "company", CompanyKey(
        db_index=False,
        default=alarmdesk.company.entering.entered_id,
        editable=False,
        on_delete=PROTECT,
        related_name=related_name,
        to="company.company",
    )


def _sum() -> Any:
    return models.DecimalField(
        db_default=Decimal("0.00"), decimal_places=2, default=Decimal("0.00"), editable=False, max_digits=12
    )


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0031_walls_of_printouts"),
        ("company", "0003_trail_is_insert_only"),
        ("customers", "0005_fresh_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditApplication",
            fields=[
                _id(),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                _company("credit_applications"),
                ("credit", Link(on_delete=PROTECT, related_name="applications", to="invoicing.invoice")),
                ("invoice", Link(on_delete=PROTECT, related_name="credit_applications", to="invoicing.invoice")),
                (
                    "reverses",
                    Link(
                        blank=True,
                        indexed=False,
                        null=True,
                        on_delete=PROTECT,
                        related_name="reversals",
                        to="invoicing.creditapplication",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reverses__isnull", False)),
                        fields=("company", "reverses"),
                        name="invoicing_reversed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("reverses__isnull", True)),
                            models.Q(("amount__lt", 0), ("reverses__isnull", False)),
                            _connector="OR",
                        ),
                        name="invoicing_application_sign",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LineReversal",
            fields=[
                _id(),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("tax", models.DecimalField(decimal_places=2, max_digits=12)),
                _company("line_reversals"),
                ("credit", Link(on_delete=PROTECT, related_name="reversals", to="invoicing.invoice")),
                ("invoice", Link(on_delete=PROTECT, related_name="reversed_by", to="invoicing.invoice")),
                (
                    "credit_line",
                    Link(indexed=False, on_delete=PROTECT, related_name="takes_back", to="invoicing.invoiceline"),
                ),
                ("line", Link(on_delete=PROTECT, related_name="taken_back", to="invoicing.invoiceline")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "credit_line"), name="invoicing_one_reversal_of_a_line")
                ],
            },
        ),
        migrations.AddField(model_name="invoice", name="credited", field=_sum()),
        migrations.AddField(model_name="invoice", name="used", field=_sum()),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("type", "credit"), ("used__lt", models.F("total")), ("voided_at__isnull", True)),
                fields=["company", "customer"],
                name="invoicing_credit_left",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("credited", 0),
                    models.Q(("credited__gte", 0), ("credited__lte", models.F("paid"))),
                    _connector="OR",
                ),
                name="invoicing_credited_within_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("used", 0),
                    models.Q(
                        ("type", "credit"),
                        ("used__gte", 0),
                        ("used__lte", models.F("total")),
                        ("voided_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="invoicing_used_within_credit",
            ),
        ),
    ]
