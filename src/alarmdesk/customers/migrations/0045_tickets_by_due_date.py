"""The queue of tickets is read in the order in which they are due, without sorting all that are open."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("customers", "0043_pipelines_of_the_companies")]

    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                fields=["company", "due_on", "id"], condition=Q(done_at__isnull=True), name="customers_tickets_due"
            ),
        ),
    ]
