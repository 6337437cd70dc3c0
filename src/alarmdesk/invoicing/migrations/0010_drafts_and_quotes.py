"""What somebody is still writing, what took the place of what, and how quotes are answered."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0003_trail_is_insert_only"),
        ("customers", "0005_fresh_figures"),
        ("invoicing", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4)),
                (
                    "type",
                    models.CharField(
                        choices=[("invoice", "Invoice"), ("quote", "Quote"), ("credit", "Credit")], max_length=10
                    ),
                ),
                ("content", models.JSONField(default=dict)),
                ("version", models.IntegerField(default=1)),
                ("saved_at", models.DateTimeField()),
                ("saved_by", models.CharField(max_length=120)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("closed_by", models.CharField(blank=True, default="", max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="company.company",
                    ),
                ),
                (
                    "corrects",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        indexed=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="invoicing.invoice",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to="customers.customer"
                    ),
                ),
                (
                    "issued_as",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        indexed=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="invoicing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DraftVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.IntegerField()),
                ("content", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                ("saved_by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draft_versions",
                        to="company.company",
                    ),
                ),
                (
                    "draft",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="invoicing.draft",
                    ),
                ),
            ],
            options={
                "ordering": ["version"],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_until", models.DateField()),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
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
                        related_name="offers",
                        to="company.company",
                    ),
                ),
                (
                    "quote",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="invoicing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="QuoteAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "verdict",
                    models.CharField(choices=[("accepted", "Accepted"), ("declined", "Declined")], max_length=10),
                ),
                ("name", models.CharField(blank=True, default="", max_length=120)),
                ("signature", models.TextField(blank=True, default="")),
                ("typed_signature", models.CharField(blank=True, default="", max_length=120)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("agreed_text", models.TextField(blank=True, default="")),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("ip", models.GenericIPAddressField(blank=True, null=True)),
                ("user_agent", models.CharField(blank=True, default="", max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quote_answers",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quote_answers",
                        to="customers.customer",
                    ),
                ),
                (
                    "quote",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="answers",
                        to="invoicing.invoice",
                    ),
                ),
            ],
            options={
                "verbose_name": "answer to a quote",
                "verbose_name_plural": "answers to quotes",
            },
        ),
        migrations.CreateModel(
            name="QuoteSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_days", models.SmallIntegerField(default=30, verbose_name="valid for (days)")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="quote_settings",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "quote settings",
            },
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successions",
                        to="company.company",
                    ),
                ),
                (
                    "predecessor",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successions",
                        to="invoicing.invoice",
                    ),
                ),
                (
                    "successor",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="precessions",
                        to="invoicing.invoice",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="draft",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)), fields=["company", "-id"], name="invoicing_open_drafts"
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(fields=("company", "key"), name="invoicing_draft_once"),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("company", "corrects"),
                name="invoicing_one_correction",
            ),
        ),
        migrations.AddConstraint(
            model_name="draft",
            constraint=models.UniqueConstraint(fields=("company", "issued_as"), name="invoicing_draft_issued_once"),
        ),
        migrations.AddConstraint(
            model_name="draftversion",
            constraint=models.UniqueConstraint(
                fields=("company", "draft", "version"), name="invoicing_draft_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(fields=("company", "quote"), name="invoicing_offer_once"),
        ),
        migrations.AddConstraint(
            model_name="quoteanswer",
            constraint=models.UniqueConstraint(fields=("company", "quote"), name="invoicing_one_answer"),
        ),
        migrations.AddConstraint(
            model_name="quoteanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verdict", "declined"),
                    models.Q(
                        models.Q(("name", ""), _negated=True),
                        models.Q(("agreed_text", ""), _negated=True),
                        models.Q(
                            models.Q(("signature", ""), _negated=True),
                            models.Q(("typed_signature", ""), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="invoicing_accepted_is_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="quotesettings",
            constraint=models.UniqueConstraint(fields=("company",), name="invoicing_one_quote_settings"),
        ),
        migrations.AddConstraint(
            model_name="quotesettings",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_days__gte", 1), ("valid_days__lte", 365)), name="invoicing_quote_valid_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.UniqueConstraint(fields=("company", "predecessor"), name="invoicing_one_successor"),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.UniqueConstraint(fields=("company", "successor"), name="invoicing_one_predecessor"),
        ),
        migrations.AddConstraint(
            model_name="succession",
            constraint=models.CheckConstraint(
                condition=models.Q(("predecessor", models.F("successor")), _negated=True), name="invoicing_not_its_own"
            ),
        ),
    ]
