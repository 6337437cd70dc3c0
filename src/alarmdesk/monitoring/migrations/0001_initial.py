"""Monitoring companies, blocks of account numbers, systems with zones and tests."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0003_trail_is_insert_only"),
        ("customers", "0005_fresh_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="MonitoringCompany",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("phone", models.CharField(blank=True, default="", max_length=20)),
                ("is_in_house", models.BooleanField(default=False, verbose_name="in-house")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="monitoring_companies",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "monitoring companies",
            },
        ),
        migrations.CreateModel(
            name="AccountBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(blank=True, default="", max_length=12)),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("digits", models.SmallIntegerField()),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="account_blocks",
                        to="company.company",
                    ),
                ),
                (
                    "monitoring_company",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="blocks",
                        to="monitoring.monitoringcompany",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="System",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_number", models.CharField(max_length=24)),
                ("receiver_number", models.CharField(blank=True, default="", max_length=24)),
                ("panel_type", models.CharField(blank=True, default="", max_length=80, verbose_name="panel")),
                ("communicator", models.CharField(blank=True, default="", max_length=80)),
                ("online_on", models.DateField(blank=True, null=True, verbose_name="online since")),
                ("out_of_service_on", models.DateField(blank=True, null=True, verbose_name="out of service since")),
                ("connected_at", models.DateTimeField()),
                ("connected_by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="systems",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="systems",
                        to="customers.customer",
                    ),
                ),
                (
                    "monitoring_company",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="systems",
                        to="monitoring.monitoringcompany",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Test",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_at", models.DateTimeField(verbose_name="from")),
                ("until_at", models.DateTimeField(verbose_name="until")),
                ("reason", models.CharField(max_length=200)),
                ("asked_by", models.CharField(blank=True, default="", max_length=80, verbose_name="asked for by")),
                ("placed_by", models.CharField(max_length=120)),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("ended_by", models.CharField(blank=True, default="", max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tests",
                        to="company.company",
                    ),
                ),
                (
                    "system",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tests", to="monitoring.system"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Zone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("zone_number", models.IntegerField(verbose_name="zone number")),
                ("name", models.CharField(max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("entry_exit", "Entry/exit"),
                            ("perimeter", "Perimeter"),
                            ("interior", "Interior"),
                            ("day_night", "24-hour burglary"),
                            ("fire", "Fire"),
                            ("co", "Carbon monoxide"),
                            ("holdup", "Hold-up or panic"),
                            ("medical", "Medical"),
                            ("water", "Water or temperature"),
                            ("tamper", "Tamper"),
                            ("other", "Other"),
                        ],
                        default="perimeter",
                        max_length=12,
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="zones",
                        to="company.company",
                    ),
                ),
                (
                    "system",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="zones",
                        to="monitoring.system",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="monitoringcompany",
            constraint=models.UniqueConstraint(
                models.F("company"), django.db.models.functions.text.Lower("name"), name="monitoring_company_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="accountblock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first__gte", 0),
                    ("last__gte", models.F("first")),
                    (
                        "last__lt",
                        django.db.models.expressions.CombinedExpression(models.F("first"), "+", models.Value(100000)),
                    ),
                ),
                name="monitoring_block_span",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountblock",
            constraint=models.CheckConstraint(
                condition=models.Q(("digits__gte", 1), ("digits__lte", 12)), name="monitoring_block_digits"
            ),
        ),
        migrations.AddIndex(
            model_name="system",
            index=models.Index(
                models.F("company"),
                django.db.models.functions.text.Lower("account_number"),
                name="monitoring_by_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="system",
            constraint=models.UniqueConstraint(fields=("company", "customer"), name="monitoring_one_system"),
        ),
        migrations.AddConstraint(
            model_name="system",
            constraint=models.UniqueConstraint(
                models.F("company"),
                models.F("monitoring_company"),
                django.db.models.functions.text.Lower("account_number"),
                name="monitoring_account_number_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="test",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_at__gt", models.F("from_at"))), name="monitoring_test_span"
            ),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.UniqueConstraint(
                fields=("company", "system", "zone_number"), name="monitoring_zone_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="zone",
            constraint=models.CheckConstraint(
                condition=models.Q(("zone_number__gte", 1), ("zone_number__lte", 9999)), name="monitoring_zone_number"
            ),
        ),
    ]
