"""The trail is a ledger: what it says of somebody's act is never changed or removed, whatever the application does."""

from django.db import migrations

from alarmdesk.company.walls import InsertOnly


class Migration(migrations.Migration):
    dependencies = [("company", "0002_walls")]

    operations = [InsertOnly("TrailEntry")]
