"""The trail tells of a void as of any other change of a payment."""

from django.db import migrations

from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [("payments", "0056_when_payments_were_voided")]

    operations = [RenewTrail("Payment", trail="customer_id", untracked=("applied", "refunded", "batch_id"))]
