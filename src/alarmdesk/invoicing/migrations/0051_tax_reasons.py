"""Each issued line keeps in which state it was taxed and why."""

from django.db import migrations, models

BASES = [
    ("state", "State rate"),
    ("line", "Rate on the line"),
    ("own", "Customer's own rate"),
    ("never", "Item never taxed"),
    ("certificate", "Exemption certificate"),
    ("own_exempt", "Customer exempt"),
    ("class", "Class exempt in the state"),
    ("no_rate", "State without a rate"),
    ("no_state", "No state known"),
]


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0050_certificates_and_rate_imports")]

    operations = [
        migrations.AddField(
            "invoiceline", "tax_state", models.CharField(blank=True, db_default="", default="", max_length=2)
        ),
        migrations.AddField(
            "invoiceline",
            "tax_basis",
            models.CharField(blank=True, choices=BASES, db_default="", default="", max_length=12),
        ),
        migrations.AddField(
            "invoiceline", "tax_reason", models.CharField(blank=True, db_default="", default="", max_length=200)
        ),
    ]
