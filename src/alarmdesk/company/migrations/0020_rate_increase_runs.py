"""A run can apply a rate increase."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0003_trail_is_insert_only"),
    ]

    operations = [
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[("night", "Nightly run"), ("import", "Import"), ("increase", "Rate increase")], max_length=10
            ),
        ),
    ]
