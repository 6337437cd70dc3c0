"""Who is called when the alarm goes off, and which agencies are sent."""

import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import alarmdesk.company.walls
import alarmdesk.lib.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0040_runs_of_statements"),
        ("customers", "0006_no_reminders"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("police", "Police"), ("fire", "Fire"), ("medical", "Medical"), ("guard", "Guard")],
                        default="police",
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("phone", models.CharField(max_length=20)),
                (
                    "zip_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=5),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="ZIP codes",
                    ),
                ),
                ("response_fee", models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agencies",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "agencies",
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField(verbose_name="place in the call list")),
                ("name", models.CharField(max_length=80)),
                ("relation", models.CharField(blank=True, default="", max_length=80, verbose_name="who they are")),
                ("email", models.EmailField(blank=True, default="", max_length=254, verbose_name="e-mail")),
                (
                    "language",
                    models.CharField(
                        choices=[
                            ("en", "English"),
                            ("es", "Spanish"),
                            ("fr", "French"),
                            ("zh", "Chinese"),
                            ("vi", "Vietnamese"),
                            ("ko", "Korean"),
                            ("tl", "Tagalog"),
                            ("pt", "Portuguese"),
                            ("ru", "Russian"),
                            ("ar", "Arabic"),
                            ("sgn", "Sign language"),
                        ],
                        default="en",
                        max_length=3,
                    ),
                ),
                ("passcode", alarmdesk.lib.sealed.SealedJSONField(blank=True, default=dict)),
                ("may_cancel", models.BooleanField(default=False, verbose_name="may cancel an alarm")),
                ("may_test", models.BooleanField(default=False, verbose_name="may place the system on test")),
                ("may_edit", models.BooleanField(default=False, verbose_name="may change this list")),
                ("may_ask", models.BooleanField(default=False, verbose_name="may be given information")),
                ("is_key_holder", models.BooleanField(default=False, verbose_name="key holder")),
                ("is_verifier", models.BooleanField(default=False, verbose_name="enhanced verification")),
                ("is_duress", models.BooleanField(default=False, verbose_name="duress")),
                ("passcode_shown_at", models.DateTimeField(blank=True, null=True, verbose_name="passcode shown")),
                (
                    "passcode_shown_by",
                    models.CharField(blank=True, default="", max_length=120, verbose_name="passcode shown to"),
                ),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactPhone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("mobile", "Mobile"), ("home", "Home"), ("work", "Work"), ("other", "Other")],
                        default="mobile",
                        max_length=10,
                    ),
                ),
                ("number", models.CharField(max_length=20)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_phones",
                        to="company.company",
                    ),
                ),
                (
                    "contact",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE, related_name="phones", to="customers.contact"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="CustomerAgency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("permit_number", models.CharField(blank=True, default="", max_length=40)),
                ("permit_expires_on", models.DateField(blank=True, null=True, verbose_name="permit expires")),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=120)),
                (
                    "agency",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT, related_name="customers", to="customers.agency"
                    ),
                ),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customer_agencies",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agencies",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "agency of the customer",
                "verbose_name_plural": "agencies of customers",
            },
        ),
        migrations.AddConstraint(
            model_name="agency",
            constraint=models.UniqueConstraint(
                models.F("company"),
                models.F("kind"),
                django.db.models.functions.text.Lower("name"),
                name="customers_agency_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="agency",
            constraint=models.CheckConstraint(
                condition=models.Q(("response_fee__isnull", True), ("response_fee__gte", 0), _connector="OR"),
                name="customers_agency_fee",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("company", "customer", "position"),
                name="customers_contact_place_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(condition=models.Q(("position__gte", 1)), name="customers_contact_place"),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_duress", False), models.Q(("passcode", ""), _negated=True), _connector="OR"),
                name="customers_duress_has_a_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="customeragency",
            constraint=models.UniqueConstraint(fields=("company", "customer", "agency"), name="customers_agency_once"),
        ),
    ]
