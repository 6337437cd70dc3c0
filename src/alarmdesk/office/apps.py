"""The room's name for Django."""

from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "alarmdesk.office"
    default_auto_field = "django.db.models.BigAutoField"
