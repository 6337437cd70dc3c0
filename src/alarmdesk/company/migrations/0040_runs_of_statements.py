"""Statements of many customers are made by a run."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("company", "0020_rate_increase_runs")]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("night", "Nightly run"),
                    ("import", "Import"),
                    ("print", "Print run"),
                    ("increase", "Rate increase"),
                    ("statements", "Statements"),
                ],
                max_length=10,
            ),
        )
    ]
