"""The few documents of a company that are void are found without reading the many that are not."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0070_voids_are_in_the_trail")]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["company", "-id"], condition=Q(voided_at__isnull=False), name="invoicing_void"),
        ),
    ]
