"""Walls around notes and tickets; a customer's History tells of them and of what was said about them."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("customers", "0034_notes_and_tickets")]

    operations = [
        Wall("Note", trail="customer_id"),
        Wall("Ticket", trail="customer_id"),
        Wall("TicketComment", trail="customers_ticket.ticket_id"),
        Wall("TicketFilter", trail=""),
    ]
