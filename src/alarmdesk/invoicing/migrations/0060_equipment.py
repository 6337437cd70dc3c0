"""Which billable item bills which equipment, and which line and which piece are the same thing."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0053_dismissals"),
        ("company", "0003_trail_is_insert_only"),
        ("equipment", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="billableitem",
            name="equipment",
            field=alarmdesk.company.walls.Link(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="billable_items",
                to="equipment.equipment",
            ),
        ),
        migrations.CreateModel(
            name="InvoicedPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "way",
                    models.CharField(
                        choices=[
                            ("taken", "The piece came from the line"),
                            ("billed", "The line was written for the piece"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoiced_pieces",
                        to="company.company",
                    ),
                ),
                (
                    "line",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoiced_pieces",
                        to="invoicing.invoiceline",
                    ),
                ),
                (
                    "piece",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoiced_pieces",
                        to="equipment.piece",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "line"), name="invoicing_line_has_one_piece"),
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("company", "piece"),
                        name="invoicing_piece_on_one_invoice",
                    ),
                ],
            },
        ),
    ]
