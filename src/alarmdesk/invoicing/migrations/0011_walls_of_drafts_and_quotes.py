"""Walls around drafts and quotes; what was saved, answered and replaced is a ledger."""

from django.db import migrations

from alarmdesk.company.walls import InsertOnly, Wall


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0010_drafts_and_quotes"), ("customers", "0002_walls")]

    operations = [
        Wall("Draft"),
        Wall("DraftVersion"),
        InsertOnly("DraftVersion"),
        Wall("Succession"),
        InsertOnly("Succession"),
        Wall("Offer"),
        InsertOnly("Offer"),
        Wall("QuoteAnswer", trail="customer_id", untracked=("document", "digest", "signature", "agreed_text")),
        InsertOnly("QuoteAnswer"),
        Wall("QuoteSettings", trail=""),
    ]
