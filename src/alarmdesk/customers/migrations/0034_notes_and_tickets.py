"""Notes on customers, and the tickets that some of them become."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0040_runs_of_statements"),
        ("customers", "0033_walls_of_tags"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=8000, verbose_name="note")),
                ("written_at", models.DateTimeField(verbose_name="written")),
                ("written_by", models.CharField(max_length=120, verbose_name="written by")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.BigIntegerField()),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="due")),
                ("priority", models.SmallIntegerField(choices=[(1, "High"), (2, "Medium"), (3, "Low")], default=2)),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                ("opened_by", models.CharField(max_length=120, verbose_name="opened by")),
                ("waiting_at", models.DateTimeField(blank=True, null=True, verbose_name="waiting since")),
                ("waiting_by", models.CharField(blank=True, default="", max_length=120, verbose_name="let wait by")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                ("done_by", models.CharField(blank=True, default="", max_length=120, verbose_name="done by")),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tickets", to="customers.customer"
                    ),
                ),
                (
                    "note",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ticket_rows",
                        to="customers.note",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TicketComment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=8000, verbose_name="comment")),
                ("written_at", models.DateTimeField(verbose_name="written")),
                ("written_by", models.CharField(max_length=120, verbose_name="written by")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticket_comments",
                        to="company.company",
                    ),
                ),
                (
                    "ticket",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE, related_name="comments", to="customers.ticket"
                    ),
                ),
            ],
            options={
                "verbose_name": "comment",
            },
        ),
        migrations.CreateModel(
            name="TicketFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(blank=True, default="", max_length=500)),
                ("saved_at", models.DateTimeField()),
                ("saved_by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ticket_filters",
                        to="company.company",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="note",
            index=models.Index(fields=["company", "customer", "-id"], name="customers_notes_newest"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)),
                fields=["company", "assignee", "due_on"],
                name="customers_tickets_open",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["company", "-id"], name="customers_tickets_newest"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(fields=("company", "note"), name="customers_one_ticket_of_a_note"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(fields=("company", "number"), name="customers_ticket_number_once"),
        ),
        migrations.AddConstraint(
            model_name="ticketfilter",
            constraint=models.UniqueConstraint(
                models.F("company"),
                models.F("owner"),
                django.db.models.functions.text.Lower("name"),
                name="customers_filter_name",
                nulls_distinct=False,
            ),
        ),
    ]
