"""Walls around files; a customer's History tells which came, were deleted and put back."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("customers", "0036_files")]

    operations = [Wall("CustomerFile", trail="customer_id"), Wall("FileQuota", trail="")]
