"""Walls around contacts and agencies; a customer's History tells of its call list and its permits."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("customers", "0030_call_list")]

    operations = [
        Wall("Contact", trail="customer_id"),
        Wall("ContactPhone", trail="customers_contact.contact_id"),
        Wall("Agency", trail=""),
        Wall("CustomerAgency", trail="customer_id"),
    ]
