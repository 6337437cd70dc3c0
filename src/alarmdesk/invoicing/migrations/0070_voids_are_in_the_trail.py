"""That a document was voided, by whom and why, stands in the customer's History, however it was done."""

from django.db import migrations

from alarmdesk.company.walls import TrailOfFacts


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0063_moved_by_a_merge")]

    operations = [
        TrailOfFacts("Invoice", trail="customer_id", facts=("voided_at", "voided_by", "void_reason")),
    ]
