from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0040_no_credit_under_way")]

    operations = [
        migrations.AddField(
            model_name="dunningpolicy",
            name="uses_credit",
            field=models.BooleanField(default=True, verbose_name="credit on account pays what falls due"),
        ),
    ]
