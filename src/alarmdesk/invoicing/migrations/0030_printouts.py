"""Print runs: which documents were asked for, and the file in pieces."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0021_walls_of_rate_increases"),
        ("company", "0010_paper_and_print_runs"),
        ("customers", "0005_fresh_figures"),
    ]

    operations = [
        migrations.CreateModel(
            name="Printout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "form",
                    models.CharField(
                        choices=[("pdf", "One PDF"), ("zip", "A zip with a PDF for each")], default="pdf", max_length=10
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        blank=True,
                        choices=[("invoice", "Invoice"), ("quote", "Quote"), ("credit", "Credit")],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("in_force", "All but void"),
                            ("owing", "Open"),
                            ("past_due", "Past due"),
                            ("paid", "Paid"),
                            ("void", "Void"),
                        ],
                        default="in_force",
                        max_length=10,
                    ),
                ),
                ("from_on", models.DateField(blank=True, null=True)),
                ("to_on", models.DateField(blank=True, null=True)),
                ("size", models.BigIntegerField(default=0, verbose_name="size in bytes")),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=120)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_by", models.CharField(blank=True, default="", max_length=120)),
                ("kept_until", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="printouts",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="printouts",
                        to="customers.customer",
                    ),
                ),
                (
                    "run",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE, related_name="printouts", to="company.run"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PrintoutPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField()),
                ("content", models.BinaryField()),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="printout_pieces",
                        to="company.company",
                    ),
                ),
                (
                    "printout",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pieces",
                        to="invoicing.printout",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "printout", "position"), name="invoicing_printout_piece_once"
                    )
                ],
            },
        ),
    ]
