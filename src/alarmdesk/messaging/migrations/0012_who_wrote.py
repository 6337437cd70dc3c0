from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0011_walls_of_mail_texts")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="by",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
    ]
