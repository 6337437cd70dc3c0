"""A wall around the outbox."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("customers", "0002_walls")]

    operations = [Wall("Message")]
