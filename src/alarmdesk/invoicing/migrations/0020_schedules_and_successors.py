"""Periods that begin or stop inside an interval, billing in arrears, successors, and increases of many prices."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0011_walls_of_drafts_and_quotes"),
        ("company", "0020_rate_increase_runs"),
        ("customers", "0005_fresh_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="recurringinvoice",
            name="first_seq",
            field=models.IntegerField(db_default=0, default=0, verbose_name="first period"),
        ),
        migrations.AddField(
            model_name="recurringinvoice",
            name="follows",
            field=alarmdesk.company.walls.Link(
                blank=True,
                indexed=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successors",
                to="invoicing.recurringinvoice",
            ),
        ),
        migrations.AddField(
            model_name="recurringinvoice",
            name="in_arrears",
            field=models.BooleanField(db_default=False, default=False, verbose_name="billed in arrears"),
        ),
        migrations.AddField(
            model_name="recurringinvoice",
            name="prorates_end",
            field=models.BooleanField(db_default=False, default=False, verbose_name="last period prorated"),
        ),
        migrations.AddField(
            model_name="recurringinvoice",
            name="starts_on",
            field=models.DateField(blank=True, null=True, verbose_name="first day billed"),
        ),
        migrations.AddField(
            model_name="recurringline",
            name="tax",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True),
        ),
        migrations.CreateModel(
            name="RateIncrease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "progress",
                    models.CharField(
                        choices=[
                            ("draft", "Not applied"),
                            ("applying", "Being applied"),
                            ("applied", "Applied"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[("percent", "Percent"), ("amount", "Dollars")], default="percent", max_length=10
                    ),
                ),
                ("value", models.DecimalField(decimal_places=4, max_digits=9)),
                (
                    "rounding",
                    models.CharField(
                        choices=[
                            ("cent", "To the cent"),
                            ("nickel", "To 5 cents"),
                            ("quarter", "To 25 cents"),
                            ("dollar", "To whole dollars"),
                            ("95", "Up to .95"),
                            ("99", "Up to .99"),
                        ],
                        default="cent",
                        max_length=10,
                    ),
                ),
                ("items", models.JSONField(default=list)),
                ("state", models.CharField(blank=True, default="", max_length=2)),
                (
                    "kind",
                    models.CharField(
                        blank=True,
                        choices=[("person", "Residential"), ("business", "Commercial")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("price_from", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ("price_to", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ("since_before", models.DateField(blank=True, null=True, verbose_name="customers since before")),
                ("spares_months", models.SmallIntegerField(default=12)),
                ("effective_on", models.DateField()),
                ("splits", models.BooleanField(default=False, verbose_name="a period under way is split")),
                ("tells", models.BooleanField(default=True, verbose_name="write to the customers")),
                ("letter", models.TextField(blank=True, default="", max_length=4000)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=120)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("applied_by", models.CharField(blank=True, default="", max_length=120)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undone_by", models.CharField(blank=True, default="", max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rate_increases",
                        to="company.company",
                    ),
                ),
                (
                    "run",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        indexed=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="rate_increases",
                        to="company.run",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="recurringinvoice",
            name="raised_by",
            field=alarmdesk.company.walls.Link(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="successors",
                to="invoicing.rateincrease",
            ),
        ),
        migrations.AddConstraint(
            model_name="recurringinvoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("follows__isnull", False)),
                fields=("company", "follows"),
                name="invoicing_recurring_one_successor",
            ),
        ),
        migrations.AddConstraint(
            model_name="rateincrease",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gt", Decimal(0))), name="invoicing_increase_goes_up"
            ),
        ),
        migrations.AddConstraint(
            model_name="rateincrease",
            constraint=models.CheckConstraint(
                condition=models.Q(("spares_months__gte", 0), ("spares_months__lte", 120)),
                name="invoicing_increase_spares",
            ),
        ),
    ]
