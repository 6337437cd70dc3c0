"""Walls around a company's words and its sender; who changed them stands in the trail."""

from django.db import migrations

from alarmdesk.company.walls import Wall


class Migration(migrations.Migration):
    dependencies = [("messaging", "0010_mail_texts")]

    operations = [Wall("MailText", trail=""), Wall("MailSender", trail="")]
