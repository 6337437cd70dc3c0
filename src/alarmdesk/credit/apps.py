"""The room's name for Django."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    name = "alarmdesk.credit"
    default_auto_field = "django.db.models.BigAutoField"
