"""Links to pay without an account: when they were withdrawn, and what was paid with them."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0003_trail_is_insert_only"),
        ("customers", "0005_fresh_figures"),
        ("invoicing", "0002_walls"),
        ("payments", "0006_walls_of_every_verb"),
        ("portal", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayLinkWithdrawal",
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
                        related_name="pay_link_withdrawals",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pay_link_withdrawals",
                        to="customers.customer",
                    ),
                ),
                (
                    "invoice",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pay_link_withdrawals",
                        to="invoicing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="GuestPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=10)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=12)),
                ("refused", models.CharField(blank=True, default="", max_length=300)),
                ("consent_text", models.TextField(blank=True, default="")),
                ("consent_ip", models.GenericIPAddressField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guest_payments",
                        to="company.company",
                    ),
                ),
                (
                    "customer",
                    alarmdesk.company.walls.Link(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guest_payments",
                        to="customers.customer",
                    ),
                ),
                (
                    "payment",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guest_payments",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "digest"), name="portal_pressed_once")],
            },
        ),
        Wall("PayLinkWithdrawal", trail="customer_id"),
        Wall("GuestPayment"),
    ]
