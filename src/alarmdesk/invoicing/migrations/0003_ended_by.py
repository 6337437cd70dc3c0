from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0002_walls")]

    operations = [
        migrations.AddField(
            model_name="recurringinvoice",
            name="ended_by",
            field=models.CharField(blank=True, default="", max_length=120),
        )
    ]
