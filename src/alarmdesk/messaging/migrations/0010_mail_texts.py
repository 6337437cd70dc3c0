"""A company's own words for its letters, and the name that they leave under."""

import django.db.models.deletion
from django.db import migrations, models

import alarmdesk.company.entering
import alarmdesk.company.walls


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0010_paper_and_print_runs"),
        ("messaging", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="MailSender",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, default="", max_length=120, verbose_name="from name")),
                ("reply_to", models.EmailField(blank=True, default="", max_length=254, verbose_name="reply to")),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_senders",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company",), name="messaging_mail_sender_once")],
            },
        ),
        migrations.CreateModel(
            name="MailText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("letter", models.CharField(max_length=30)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField(max_length=8000)),
                (
                    "company",
                    alarmdesk.company.walls.CompanyKey(
                        db_index=False,
                        default=alarmdesk.company.entering.entered_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_texts",
                        to="company.company",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "letter"), name="messaging_mail_text_once")],
            },
        ),
    ]
