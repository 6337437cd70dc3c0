"""Walls around the catalogue, the packages and the pieces; a customer's History tells what came, changed and went."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("equipment", "0001_initial"), ("customers", "0002_walls")]

    operations = [
        Wall("Equipment", trail=""),
        Wall("Package", trail=""),
        Wall("PackageLine", trail=""),
        Wall("Piece", trail="customer_id"),
    ]
