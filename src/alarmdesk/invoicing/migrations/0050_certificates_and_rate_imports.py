"""Exemption certificates of customers, and state rates that come from a file and have a name of their own."""

import django.db.models.deletion
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q

from alarmdesk.company.entering import entered_id
from alarmdesk.company.walls import CompanyKey, Link, RenewTrail, Wall, WallLink

KINDS = [
    ("resale", "Resale"),
    ("government", "Government"),
    ("nonprofit", "Charity or church"),
    ("school", "School"),
    ("farm", "Agriculture"),
    ("manufacturer", "Manufacturing"),
    ("other", "Other"),
]
CLASSES = [("product", "Product"), ("labor", "Labor"), ("service", "Service")]


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0041_walls_of_credits"), ("customers", "0005_fresh_figures")]

    operations = [
        migrations.CreateModel(
            name="RateImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", CompanyKey(
                    db_index=False, default=entered_id, editable=False,
                    on_delete=django.db.models.deletion.PROTECT, related_name="rate_imports", to="company.company",
                )),
                ("file_name", models.CharField(max_length=200)),
                ("rows", models.IntegerField()),
                ("imported_at", models.DateTimeField()),
                ("imported_by", models.CharField(max_length=120)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_by", models.CharField(blank=True, default="", max_length=120)),
            ],
        ),
        migrations.AddField(
            "statetax", "name", models.CharField(blank=True, db_default="", default="", max_length=40)
        ),
        migrations.AddField(
            "statetax",
            "imported_by",
            Link(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="rates",
                to="invoicing.rateimport",
            ),
        ),
        migrations.CreateModel(
            name="TaxCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("company", CompanyKey(
                    db_index=False, default=entered_id, editable=False,
                    on_delete=django.db.models.deletion.PROTECT, related_name="tax_certificates", to="company.company",
                )),
                ("customer", Link(
                    on_delete=django.db.models.deletion.CASCADE, related_name="tax_certificates",
                    to="customers.customer",
                )),
                ("kind", models.CharField(choices=KINDS, default="resale", max_length=12)),
                ("number", models.CharField(max_length=60, verbose_name="certificate number")),
                ("states", ArrayField(models.CharField(max_length=2), blank=True, default=list, size=None)),
                ("item_classes", ArrayField(
                    models.CharField(choices=CLASSES, max_length=10), blank=True, default=list, size=None
                )),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(blank=True, null=True)),
                ("entered_at", models.DateTimeField()),
                ("entered_by", models.CharField(max_length=120)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_by", models.CharField(blank=True, default="", max_length=120)),
                ("withdrawn_reason", models.CharField(blank=True, default="", max_length=200)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                        name="invoicing_certificate_ends_after_it_begins",
                    )
                ],
            },
        ),
        Wall("RateImport", trail=""),
        Wall("TaxCertificate", trail="customer_id"),
        WallLink("StateTax", "imported_by"),
        RenewTrail("StateTax", trail=""),
    ]  # fmt: skip
