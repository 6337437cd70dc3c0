"""What the filters of the list of payments ask for is found without reading all of a company's payments."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0058_moved_by_a_merge")]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["company", "status", "-id"], name="payments_by_status"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["company", "-id"], condition=Q(kind="refund"), name="payments_refunds"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                fields=["company", "-id"],
                condition=Q(kind="sale", status__in=["pending", "complete"], amount__gt=F("applied") + F("refunded")),
                name="payments_unapplied",
            ),
        ),
    ]
