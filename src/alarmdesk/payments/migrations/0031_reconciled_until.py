"""Until when were a gateway's books compared, and what did it say of a difference?"""

from django.db import migrations, models

from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [("payments", "0030_disputes")]

    operations = [
        migrations.AddField(
            model_name="gateway",
            name="reconciled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        RenewTrail("Gateway", trail="", untracked=("reconciled_at",)),
        migrations.AddField(
            model_name="discrepancy",
            name="lines",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="discrepancy",
            name="sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        RenewTrail("Discrepancy", trail="", untracked=("lines",)),
    ]
