from django.db import migrations, models

from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [("payments", "0041_statements")]

    operations = [
        migrations.AddField(
            model_name="dunningpolicy",
            name="uses_credit",
            field=models.BooleanField(default=True, verbose_name="credit on account pays what falls due"),
        ),
        RenewTrail("DunningPolicy", trail=""),
    ]
