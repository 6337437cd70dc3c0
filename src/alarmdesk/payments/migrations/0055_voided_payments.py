"""When a good payment was taken back whole, by whom and why: voided at the gateway, or entered by mistake."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0052_paid_out")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="voided_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="payment",
            name="voided_by",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="payment",
            name="void_reason",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
    ]
