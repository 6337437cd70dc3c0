"""Walls around print runs and their files; the pieces are too many and too short-lived for a trail."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0030_printouts"), ("company", "0010_paper_and_print_runs")]

    operations = [Wall("Printout", trail=""), Wall("PrintoutPiece")]
