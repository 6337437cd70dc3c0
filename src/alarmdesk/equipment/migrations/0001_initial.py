"""The catalogue, packages, and the pieces at customers."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("company", "0003_trail_is_insert_only"),
        ("customers", "0005_fresh_figures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Equipment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("panel", "Panel"),
                            ("keypad", "Keypad"),
                            ("contact", "Door or window contact"),
                            ("motion", "Motion detector"),
                            ("glass", "Glass break detector"),
                            ("fire", "Smoke, heat or CO detector"),
                            ("environment", "Water or temperature sensor"),
                            ("panic", "Panic button or pendant"),
                            ("camera", "Camera"),
                            ("access", "Lock or access control"),
                            ("communicator", "Communicator"),
                            ("siren", "Siren or strobe"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=15,
                    ),
                ),
                (
                    "wire_type",
                    models.CharField(
                        blank=True,
                        choices=[("wireless", "Wireless"), ("hardwired", "Hardwired"), ("network", "Network")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("default_price", models.DecimalField(decimal_places=4, default=Decimal(0), max_digits=14)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="equipment",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "equipment",
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("description", models.CharField(blank=True, default="", max_length=300)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="packages",
                        to="company.company",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PackageLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.SmallIntegerField()),
                ("quantity", models.DecimalField(decimal_places=3, default=Decimal(1), max_digits=12)),
                ("charge", models.DecimalField(decimal_places=4, max_digits=14)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="package_lines",
                        to="company.company",
                    ),
                ),
                (
                    "equipment",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="package_lines",
                        to="equipment.equipment",
                    ),
                ),
                (
                    "package",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="equipment.package",
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="Piece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=500)),
                (
                    "came",
                    models.CharField(
                        choices=[("by_hand", "By hand"), ("package", "From a package"), ("invoice", "From an invoice")],
                        default="by_hand",
                        max_length=10,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, default=Decimal(1), max_digits=12)),
                ("zone_name", models.CharField(blank=True, default="", max_length=60, verbose_name="zone")),
                ("zone_number", models.IntegerField(blank=True, null=True)),
                (
                    "wire_type",
                    models.CharField(
                        blank=True,
                        choices=[("wireless", "Wireless"), ("hardwired", "Hardwired"), ("network", "Network")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("price", models.DecimalField(decimal_places=4, default=Decimal(0), max_digits=14)),
                ("added_at", models.DateTimeField()),
                ("added_by", models.CharField(max_length=120)),
                ("paid_on", models.DateField(blank=True, null=True)),
                ("paid_by", models.CharField(blank=True, default="", max_length=120, verbose_name="marked paid by")),
                ("installed_on", models.DateField(blank=True, null=True)),
                (
                    "installed_by",
                    models.CharField(blank=True, default="", max_length=120, verbose_name="marked installed by"),
                ),
                ("removed_on", models.DateField(blank=True, null=True)),
                ("removed_by", models.CharField(blank=True, default="", max_length=120)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        indexed=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="customers.customer",
                    ),
                ),
                (
                    "equipment",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="equipment.equipment",
                    ),
                ),
                (
                    "from_package",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pieces",
                        to="equipment.package",
                    ),
                ),
                (
                    "sold_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "pieces of equipment",
            },
        ),
        migrations.AddConstraint(
            model_name="equipment",
            constraint=models.UniqueConstraint(
                models.F("company"), django.db.models.functions.text.Lower("code"), name="equipment_code_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="equipment",
            constraint=models.CheckConstraint(
                condition=models.Q(("default_price__gte", 0)), name="equipment_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.UniqueConstraint(
                models.F("company"), django.db.models.functions.text.Lower("name"), name="equipment_package_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="packageline",
            constraint=models.UniqueConstraint(
                fields=("company", "package", "position"), name="equipment_package_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="packageline",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gte", 1)), name="equipment_package_at_least_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="packageline",
            constraint=models.CheckConstraint(
                condition=models.Q(("charge__gte", 0)), name="equipment_charge_not_negative"
            ),
        ),
        migrations.AddIndex(
            model_name="piece",
            index=models.Index(fields=["company", "customer", "-id"], name="equipment_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="piece",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="equipment_piece_quantity"),
        ),
        migrations.AddConstraint(
            model_name="piece",
            constraint=models.CheckConstraint(
                condition=models.Q(("price__gte", 0)), name="equipment_piece_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="piece",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("zone_number__isnull", True),
                    models.Q(("zone_number__gte", 1), ("zone_number__lte", 9999)),
                    _connector="OR",
                ),
                name="equipment_piece_zone_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="piece",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_on__isnull", True),
                    ("installed_on__isnull", True),
                    ("removed_on__gte", models.F("installed_on")),
                    _connector="OR",
                ),
                name="equipment_removed_after_installed",
            ),
        ),
    ]
