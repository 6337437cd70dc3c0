"""Forms that move money are sent once, and receipts have a default of the company's."""

from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls
from alarmdesk.company.walls import RenewTrail, Wall


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_walls_of_every_verb")]

    operations = [
        migrations.AddField(
            model_name="gateway",
            name="emails_receipts",
            field=models.BooleanField(default=True, verbose_name="email receipts"),
        ),
        RenewTrail("Gateway", trail=""),
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=models.PROTECT,
                        related_name="sent_forms",
                        to="company.company",
                    ),
                ),
                (
                    "payment",
                    alarmdesk.company.walls.Link(
                        blank=True,
                        null=True,
                        on_delete=models.SET_NULL,
                        related_name="sent_forms",
                        to="payments.payment",
                    ),
                ),
                ("token", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["company", "token"], name="payments_form_sent_once")],
            },
        ),
        Wall("SentForm"),
    ]
