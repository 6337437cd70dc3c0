"""Bureaus, credit reports, what a bureau said until it is forgotten, adverse action letters, and the company's rules."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
import alarmdesk.lib.sealed


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0040_runs_of_statements"),
        ("customers", "0006_no_reminders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Bureau",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("transunion", "TransUnion"), ("equifax", "Equifax")],
                        max_length=12,
                        verbose_name="bureau",
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("account", models.JSONField(default=dict)),
                ("secrets", alarmdesk.lib.sealed.SealedJSONField(default=dict)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("consumer_name", models.CharField(max_length=120, verbose_name="bureau's name in letters")),
                ("consumer_address", models.CharField(max_length=200, verbose_name="its address for consumers")),
                ("consumer_phone", models.CharField(max_length=30, verbose_name="its toll-free phone")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bureaus",
                        to="company.company",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CreditReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(blank=True, default="", max_length=80, verbose_name="where it comes from")),
                ("form_token", models.CharField(blank=True, max_length=40, null=True)),
                ("our_reference", models.CharField(blank=True, default="", max_length=24)),
                (
                    "pull",
                    models.CharField(
                        blank=True, choices=[("soft", "Soft"), ("hard", "Hard")], default="", max_length=4
                    ),
                ),
                ("first_name", models.CharField(blank=True, default="", max_length=80)),
                ("last_name", models.CharField(blank=True, default="", max_length=80)),
                ("is_cosigner", models.BooleanField(default=False, verbose_name="co-signer")),
                (
                    "address",
                    models.CharField(blank=True, default="", max_length=320, verbose_name="address asked about"),
                ),
                (
                    "previous_address",
                    models.CharField(blank=True, default="", max_length=320, verbose_name="previous address"),
                ),
                ("place_key", models.CharField(blank=True, default="", max_length=200)),
                (
                    "purpose",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("credit", "They apply for credit: installments, or service that is billed afterwards"),
                            ("transaction", "They began a transaction with us"),
                            ("instruction", "They instructed us in writing"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="permissible purpose",
                    ),
                ),
                ("consent_by", models.CharField(blank=True, default="", max_length=161, verbose_name="who agreed")),
                (
                    "consent_how",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("paper", "Signed on paper"),
                            ("screen", "Signed on a screen"),
                            ("email", "By e-mail"),
                            ("call", "On a recorded call"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="how",
                    ),
                ),
                ("consent_on", models.DateField(blank=True, null=True, verbose_name="agreed on")),
                ("consent_text", models.TextField(blank=True, default="", verbose_name="agreed to")),
                (
                    "override_reason",
                    models.CharField(
                        blank=True, default="", max_length=300, verbose_name="why the guard was overridden"
                    ),
                ),
                ("override_of", models.TextField(blank=True, default="", verbose_name="what the guard said")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("asked_by", models.CharField(max_length=120, verbose_name="asked by")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Being asked"),
                            ("scored", "Scored"),
                            ("no_score", "No score"),
                            ("no_hit", "Not found"),
                            ("frozen", "File frozen"),
                            ("failed", "Failed"),
                            ("unknown", "No answer"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered")),
                ("external_id", models.CharField(blank=True, default="", max_length=40, verbose_name="transaction ID")),
                ("score", models.SmallIntegerField(blank=True, null=True)),
                (
                    "grade",
                    models.CharField(
                        blank=True,
                        choices=[("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("E", "E")],
                        default="",
                        max_length=1,
                    ),
                ),
                ("applied_at", models.DateTimeField(blank=True, null=True, verbose_name="applied to the customer")),
                ("applied_by", models.CharField(blank=True, default="", max_length=120, verbose_name="applied by")),
                (
                    "asked_by_user",
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
                    "bureau",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="credit.bureau",
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_reports",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_reports",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AdverseLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dated_on", models.DateField(verbose_name="date")),
                ("decision", models.CharField(max_length=300)),
                ("said", alarmdesk.lib.sealed.SealedJSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adverse_letters",
                        to="company.company",
                    ),
                ),
                (
                    "report",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="credit.creditreport"
                    ),
                ),
            ],
            options={
                "verbose_name": "adverse action letter",
            },
        ),
        migrations.CreateModel(
            name="CreditSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("turned_on_at", models.DateTimeField(blank=True, null=True, verbose_name="turned on")),
                ("turned_on_by", models.CharField(blank=True, default="", max_length=120)),
                ("grade_a", models.SmallIntegerField(default=720, verbose_name="grade A from")),
                ("grade_b", models.SmallIntegerField(default=660, verbose_name="grade B from")),
                ("grade_c", models.SmallIntegerField(default=600, verbose_name="grade C from")),
                ("grade_d", models.SmallIntegerField(default=540, verbose_name="grade D from")),
                (
                    "passing",
                    models.CharField(
                        choices=[("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("E", "E")],
                        default="C",
                        max_length=1,
                        verbose_name="lowest grade that passes",
                    ),
                ),
                ("keep_days", models.SmallIntegerField(default=60, verbose_name="days that a result is kept")),
                (
                    "guard_days",
                    models.SmallIntegerField(default=90, verbose_name="days that a failed check is remembered"),
                ),
                ("daily_limit", models.SmallIntegerField(default=15, verbose_name="checks per person and day")),
                (
                    "consent_text",
                    models.TextField(
                        default="I authorize {company} to obtain my credit report from a consumer reporting agency, to decide about the service that I have asked for.",
                        max_length=1000,
                        verbose_name="what the consumer agrees to",
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_settings",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "credit settings",
            },
        ),
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("said", alarmdesk.lib.sealed.SealedJSONField(default=dict)),
                ("forget_on", models.DateField()),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_answers",
                        to="company.company",
                    ),
                ),
                (
                    "report",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept",
                        to="credit.creditreport",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="bureau",
            constraint=models.UniqueConstraint(
                models.F("company"), django.db.models.functions.text.Lower("name"), name="credit_bureau_name"
            ),
        ),
        migrations.AddIndex(
            model_name="creditreport",
            index=models.Index(fields=["company", "place_key", "-asked_at"], name="credit_by_place"),
        ),
        migrations.AddIndex(
            model_name="creditreport",
            index=models.Index(fields=["company", "asked_by_user", "-asked_at"], name="credit_by_asker"),
        ),
        migrations.AddConstraint(
            model_name="creditreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("applied_at__isnull", False)),
                fields=("company", "customer"),
                name="credit_one_applied",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")), fields=("company", "customer"), name="credit_one_under_way"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("form_token__isnull", False)),
                fields=("company", "form_token"),
                name="credit_form_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "scored"),
                        ("score__gte", 300),
                        ("score__lte", 850),
                        models.Q(("grade", ""), _negated=True),
                    ),
                    models.Q(models.Q(("state", "scored"), _negated=True), ("grade", ""), ("score", None)),
                    _connector="OR",
                ),
                name="credit_scored_has_score",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("applied_at", None), ("state", "scored"), _connector="OR"),
                name="credit_applied_has_score",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bureau", None), ("state", "scored"), models.Q(("source", ""), _negated=True)),
                    models.Q(
                        ("bureau__isnull", False),
                        ("consent_on__isnull", False),
                        models.Q(("purpose", ""), _negated=True),
                        models.Q(("consent_by", ""), _negated=True),
                        models.Q(("consent_how", ""), _negated=True),
                        models.Q(("consent_text", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="credit_inquiry_has_consent",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditsettings",
            constraint=models.UniqueConstraint(fields=("company",), name="credit_settings_once"),
        ),
        migrations.AddConstraint(
            model_name="creditsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("grade_a__gt", models.F("grade_b")),
                    ("grade_a__lte", 850),
                    ("grade_b__gt", models.F("grade_c")),
                    ("grade_c__gt", models.F("grade_d")),
                    ("grade_d__gt", 300),
                ),
                name="credit_grades_descend",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditsettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("daily_limit__gte", 1), ("guard_days__gte", 1), ("keep_days__gte", 1)),
                name="credit_limits_positive",
            ),
        ),
        migrations.AddIndex(
            model_name="keptanswer",
            index=models.Index(fields=["company", "forget_on"], name="credit_to_forget"),
        ),
        migrations.AddConstraint(
            model_name="keptanswer",
            constraint=models.UniqueConstraint(fields=("company", "report"), name="credit_answer_once"),
        ),
    ]
