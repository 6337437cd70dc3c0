"""Walls around monitoring; a customer's History tells of the system, its zones and its tests."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial"), ("customers", "0002_walls")]

    operations = [
        Wall("MonitoringCompany", trail=""),
        Wall("AccountBlock", trail=""),
        Wall("System", trail="customer_id"),
        Wall("Zone", trail="monitoring_system.system_id"),
        Wall("Test", trail="monitoring_system.system_id"),
    ]
