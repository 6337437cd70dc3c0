"""The room's name for Django."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "alarmdesk.portal"
    default_auto_field = "django.db.models.BigAutoField"
