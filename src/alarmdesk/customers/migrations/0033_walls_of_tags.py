"""Walls around tags; a customer's History tells which were put on and taken off."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("customers", "0032_tags")]

    operations = [Wall("Tag", trail=""), Wall("Tagging", trail="customer_id")]
