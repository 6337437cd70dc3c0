"""A recurring invoice that is deleted before its first invoice takes its Auto Pay with it."""

import django.db.models.deletion
from django.db import migrations

import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0021_walls_of_rate_increases"),
        ("payments", "0008_declined_attempts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="autopay",
            name="recurring_invoice",
            field=alarmdesk.company.walls.Link(
                on_delete=django.db.models.deletion.CASCADE, related_name="auto_pays", to="invoicing.recurringinvoice"
            ),
        ),
    ]
