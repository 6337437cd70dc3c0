"""A customer's own wish to get no payment reminders."""

from django.db import migrations, models

from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_fresh_figures")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="no_reminders",
            field=models.BooleanField(db_default=False, default=False, verbose_name="no payment reminders"),
        ),
        RenewTrail("Customer", trail="id"),
    ]
