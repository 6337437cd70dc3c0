"""The recurring invoices that have nothing left to make are found without reading those that have."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0071_voids_have_an_index")]

    operations = [
        migrations.AddIndex(
            model_name="recurringinvoice",
            index=models.Index(
                fields=["company", "-id"], condition=Q(next_on__isnull=True), name="invoicing_recurring_over"
            ),
        ),
    ]
