"""Walls around what lines and pieces know of each other. The bond is for ever: only the release may be written."""

from django.db import migrations

from alarmdesk.company.walls import Frozen, RenewTrail, Wall, WallLink


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0060_equipment"), ("equipment", "0002_walls")]

    operations = [
        WallLink("BillableItem", "equipment"),
        RenewTrail("BillableItem", trail=""),
        Wall("InvoicedPiece"),
        Frozen(
            "InvoicedPiece",
            free=("released_at",),
            changing="a line keeps the piece of equipment that it billed or brought",
            deleting="a line keeps the piece of equipment that it billed or brought",
        ),
    ]
