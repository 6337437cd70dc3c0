"""Technicians with their hours, appointments, who is on them, and the mails about them."""

import django.contrib.postgres.constraints
import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
import alarmdesk.scheduling.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0040_runs_of_statements"),
        ("customers", "0006_no_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Appointment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("install", "Install"), ("service", "Service"), ("removal", "Removal")],
                        default="service",
                        max_length=10,
                    ),
                ),
                ("work", models.CharField(max_length=160, verbose_name="what is to be done")),
                (
                    "note",
                    models.TextField(blank=True, default="", max_length=2000, verbose_name="note for the technician"),
                ),
                ("starts_at", models.DateTimeField(blank=True, null=True, verbose_name="start")),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="end")),
                ("expected_minutes", models.IntegerField(default=60, verbose_name="expected to take, in minutes")),
                ("mails_customer", models.BooleanField(default=False, verbose_name="mails to the customer")),
                ("on_my_way_at", models.DateTimeField(blank=True, null=True, verbose_name="on my way")),
                ("on_my_way_by", models.CharField(blank=True, default="", max_length=120)),
                ("on_site_at", models.DateTimeField(blank=True, null=True, verbose_name="on site")),
                ("on_site_by", models.CharField(blank=True, default="", max_length=120)),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done")),
                ("done_by", models.CharField(blank=True, default="", max_length=120)),
                ("done_work", models.TextField(blank=True, default="", max_length=2000, verbose_name="what was done")),
                ("spent_minutes", models.IntegerField(blank=True, null=True, verbose_name="time spent, in minutes")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True, verbose_name="cancelled")),
                ("cancelled_by", models.CharField(blank=True, default="", max_length=120)),
                ("cancel_reason", models.CharField(blank=True, default="", max_length=200, verbose_name="reason")),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointments",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("told", "Confirmation"), ("reminder", "Reminder"), ("called_off", "Called off")],
                        max_length=10,
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("made_at", models.DateTimeField()),
                (
                    "appointment",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="scheduling.appointment"
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appointment_notices",
                        to="company.company",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Technician",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "colour",
                    models.CharField(
                        choices=[
                            ("blue", "Blue"),
                            ("green", "Green"),
                            ("amber", "Amber"),
                            ("red", "Red"),
                            ("violet", "Violet"),
                            ("teal", "Teal"),
                            ("pink", "Pink"),
                            ("slate", "Slate"),
                        ],
                        default="blue",
                        max_length=10,
                    ),
                ),
                ("trade", models.CharField(blank=True, default="", max_length=40, verbose_name="what they do")),
                ("is_active", models.BooleanField(default=True, verbose_name="can be scheduled")),
                ("feed_serial", models.IntegerField(default=0)),
                ("feed_since", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="technicians",
                        to="company.company",
                    ),
                ),
                (
                    "staff",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="technicians",
                        to="company.staff",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DayOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_on", models.DateField(verbose_name="first day")),
                ("last_on", models.DateField(verbose_name="last day")),
                ("reason", models.CharField(blank=True, default="", max_length=80)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="days_off",
                        to="company.company",
                    ),
                ),
                (
                    "technician",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days_off", to="scheduling.technician"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "days off",
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_lead", models.BooleanField(default=False, verbose_name="leads")),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "appointment",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assignments",
                        to="scheduling.appointment",
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="company.company",
                    ),
                ),
                (
                    "technician",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="scheduling.technician",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WorkingHours",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("weekday", models.SmallIntegerField()),
                ("starts", models.TimeField()),
                ("ends", models.TimeField()),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="working_hours",
                        to="company.company",
                    ),
                ),
                (
                    "technician",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hours",
                        to="scheduling.technician",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "working hours",
            },
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["company", "starts_at"], name="scheduling_by_start"),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["company", "customer", "-starts_at"], name="scheduling_of_customer"),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("cancelled_at", None), ("done_at", None), ("starts_at", None)),
                fields=["company", "created_at"],
                name="scheduling_queue",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.UniqueConstraint(
                fields=("company", "id", "starts_at", "ends_at"), name="scheduling_times"
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ends_at", None), ("starts_at", None)),
                    ("ends_at__gt", models.F("starts_at")),
                    _connector="OR",
                ),
                name="scheduling_span",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("done_at", None), ("cancelled_at", None), _connector="OR"),
                name="scheduling_one_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(("done_at", None), models.Q(("done_work", ""), _negated=True), _connector="OR"),
                name="scheduling_done_says_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cancelled_at", None), models.Q(("cancel_reason", ""), _negated=True), _connector="OR"
                ),
                name="scheduling_cancelled_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "reminder")),
                fields=("company", "appointment", "starts_at"),
                name="scheduling_reminded_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="technician",
            constraint=models.UniqueConstraint(fields=("company", "staff"), name="scheduling_technician_once"),
        ),
        migrations.AddConstraint(
            model_name="dayoff",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_on__gte", models.F("first_on"))), name="scheduling_day_off_span"
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["company", "technician", "starts_at"], name="scheduling_of_technician"),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                fields=("company", "appointment", "technician"), name="scheduling_assigned_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_lead", True)), fields=("company", "appointment"), name="scheduling_one_lead"
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("released_at", None)),
                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                expressions=[
                    ("company", "="),
                    ("technician", "="),
                    (alarmdesk.scheduling.models.TimeRange("starts_at", "ends_at"), "&&"),
                ],
                name="scheduling_no_double_booking",
            ),
        ),
        migrations.AddConstraint(
            model_name="workinghours",
            constraint=models.UniqueConstraint(
                fields=("company", "technician", "weekday"), name="scheduling_hours_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="workinghours",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekday__gte", 0), ("weekday__lte", 6)), name="scheduling_hours_weekday"
            ),
        ),
        migrations.AddConstraint(
            model_name="workinghours",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends__gt", models.F("starts"))), name="scheduling_hours_span"
            ),
        ),
    ]
