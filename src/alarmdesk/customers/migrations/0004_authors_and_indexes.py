"""Who made, converted and cancelled a customer, and the orders in which lists show them."""

import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from alarmdesk.company.walls import RenewTrail


class Migration(migrations.Migration):
    dependencies = [
        ("company", "0002_walls"),
        ("customers", "0003_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="customer",
            name="customers_by_name",
        ),
        migrations.AddField(
            model_name="customer",
            name="cancelled_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="customer",
            name="converted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="converted_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="customer",
            name="created_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("company"),
                models.F("stage"),
                django.db.models.functions.text.Lower(
                    django.db.models.functions.comparison.Coalesce(
                        django.db.models.functions.comparison.NullIf("business_name", models.Value("")),
                        django.db.models.functions.text.Concat("last_name", models.Value(" "), "first_name"),
                    ),
                    output_field=models.CharField(),
                ),
                models.F("id"),
                name="customers_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["company", "stage", "status", "-id"], name="customers_by_status"),
        ),
        RenewTrail("Customer", trail="id"),
    ]
