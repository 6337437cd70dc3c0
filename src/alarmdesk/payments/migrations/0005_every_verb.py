"""Credits, refunds and voids beside sales; payments that are scheduled, held, returned or charged back."""

from decimal import Decimal

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_books_and_collecting")]

    operations = [
        migrations.RemoveConstraint(
            model_name="attempt",
            name="payments_one_live_attempt",
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payments_applied_within_amount",
        ),
        migrations.RemoveIndex(
            model_name="attempt",
            name="payments_attempt_open",
        ),
        migrations.RemoveIndex(
            model_name="payment",
            name="payments_unsettled",
        ),
        migrations.AddField(
            model_name="allocation",
            name="for_refund",
            field=alarmdesk.company.walls.Link(
                blank=True,
                indexed=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="freed",
                to="payments.payment",
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="is_hard",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="attempt",
            name="verb",
            field=models.CharField(
                choices=[("sale", "Sale"), ("credit", "Credit"), ("refund", "Refund"), ("void", "Void")],
                default="sale",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="billingmethod",
            name="customer_reference",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AddField(
            model_name="billingmethod",
            name="expiry_told_days",
            field=models.SmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="billingmethod",
            name="expiry_told_for",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="billingmethod",
            name="refused_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="billingmethod",
            name="refused_code",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="gateway",
            name="webhook_code",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="payment",
            name="batch_id",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AddField(
            model_name="payment",
            name="post_on",
            field=models.DateField(blank=True, null=True, verbose_name="desired posting date"),
        ),
        migrations.AddField(
            model_name="payment",
            name="refunded",
            field=models.DecimalField(decimal_places=2, default=Decimal("0.00"), max_digits=12),
        ),
        migrations.AddField(
            model_name="payment",
            name="return_code",
            field=models.CharField(blank=True, default="", max_length=10),
        ),
        migrations.AddField(
            model_name="payment",
            name="returned_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="state",
            field=models.CharField(
                choices=[
                    ("created", "Not sent"),
                    ("sent", "Sent"),
                    ("unknown", "Unknown"),
                    ("approved", "Approved"),
                    ("declined", "Declined"),
                    ("aborted", "Never sent"),
                    ("held", "Held for review"),
                ],
                default="created",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="gateway",
            name="kind",
            field=models.CharField(choices=[("nmi", "NMI"), ("stripe", "Stripe")], default="nmi", max_length=10),
        ),
        migrations.AlterField(
            model_name="payment",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("complete", "Complete"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                    ("unknown", "Unknown"),
                    ("scheduled", "Scheduled"),
                    ("queued", "Queued until settlement"),
                    ("held", "Held for review"),
                    ("returned", "Returned"),
                    ("disputed", "Charged back"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("state__in", ["created", "sent", "unknown", "held"])),
                fields=["company", "check_at"],
                name="payments_attempt_open",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("status__in", ["pending", "unknown", "scheduled", "queued", "held"])),
                fields=["company", "status", "id"],
                name="payments_unsettled",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["created", "sent", "unknown", "held"])),
                fields=("company", "payment"),
                name="payments_one_live_attempt",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("applied", 0), ("refunded", 0)),
                    models.Q(
                        (
                            "amount__gte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("applied"), "+", models.F("refunded")
                            ),
                        ),
                        ("applied__gte", 0),
                        ("refunded__gte", 0),
                    ),
                    _connector="OR",
                ),
                name="payments_applied_and_refunded_within_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "refund"), _negated=True), ("original__isnull", False), _connector="OR"
                ),
                name="payments_refund_has_original",
            ),
        ),
    ]
