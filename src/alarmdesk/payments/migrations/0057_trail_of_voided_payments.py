"""The trail tells why a payment was voided; when and by whom its own line says."""

from django.db import migrations

from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [("payments", "0056_when_payments_were_voided")]

    operations = [
        RenewTrail(
            "Payment", trail="customer_id", untracked=("applied", "refunded", "batch_id", "voided_at", "voided_by")
        )
    ]
