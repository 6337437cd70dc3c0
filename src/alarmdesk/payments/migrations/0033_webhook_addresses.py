"""Every gateway has an address for its webhooks from the beginning. It is no business of the
trail. Payments are found by the gateway's number."""

from django.db import migrations, models

import alarmdesk.payments.models.methods
from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [("payments", "0032_account_updater")]

    operations = [
        migrations.AlterField(
            model_name="gateway",
            name="webhook_code",
            field=models.CharField(
                blank=True, default=alarmdesk.payments.models.methods.new_webhook_code, max_length=40
            ),
        ),
        RenewTrail("Gateway", trail="", untracked=("reconciled_at", "methods_read_at", "webhook_code")),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=["company", "external_id"],
                name="payments_attempt_transaction",
            ),
        ),
    ]
