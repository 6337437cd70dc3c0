"""A run can apply a rate increase."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("company", "0010_paper_and_print_runs")]

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
                ],
                max_length=10,
            ),
        ),
    ]
