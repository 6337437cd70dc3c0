"""Files that are kept on customers, and how much room a company has for them."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0040_runs_of_statements"),
        ("customers", "0035_walls_of_tickets"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=100)),
                ("size", models.BigIntegerField(verbose_name="size in bytes")),
                ("digest", models.CharField(max_length=64, verbose_name="SHA-256")),
                ("media_type", models.CharField(max_length=120)),
                ("kept_at", models.DateTimeField(verbose_name="kept")),
                ("kept_by", models.CharField(max_length=120, verbose_name="kept by")),
                ("removed_at", models.DateTimeField(blank=True, null=True, verbose_name="deleted")),
                ("removed_by", models.CharField(blank=True, default="", max_length=120, verbose_name="deleted by")),
                ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="erased")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customer_files",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "indexes": [models.Index(fields=["company", "customer", "-id"], name="customers_files_newest")],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "key"), name="customers_file_key_once"),
                    models.CheckConstraint(condition=models.Q(("size__gte", 0)), name="customers_file_size"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FileQuota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("most", models.BigIntegerField(blank=True, null=True, verbose_name="bytes at most")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file_quotas",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company",), name="customers_file_quota_once"),
                    models.CheckConstraint(
                        condition=models.Q(("most__isnull", True), ("most__gte", 0), _connector="OR"),
                        name="customers_file_quota",
                    ),
                ],
            },
        ),
    ]
