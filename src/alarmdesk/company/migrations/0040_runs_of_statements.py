"""Statements of many customers are made by a run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("company", "0003_trail_is_insert_only")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[("night", "Nightly run"), ("import", "Import"), ("statements", "Statements")], max_length=10
            ),
        )
    ]
