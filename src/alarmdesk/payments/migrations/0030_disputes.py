"""A dispute takes a payment back, or a part of it, and may be won: by what, and when."""

from django.db import migrations, models

from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [("payments", "0020_auto_pay_goes_with_it")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="disputed_by",
            field=models.CharField(blank=True, default="", max_length=60),
        ),
        migrations.AddField(
            model_name="payment",
            name="dispute_won_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("disputed_by", ""), _negated=True),
                fields=["company", "disputed_by"],
                name="payments_disputed",
            ),
        ),
        RenewTrail("Payment", trail="customer_id", untracked=("applied", "refunded", "batch_id")),
    ]
