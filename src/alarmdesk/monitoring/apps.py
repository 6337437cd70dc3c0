"""The room's name for Django."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    name = "alarmdesk.monitoring"
    default_auto_field = "django.db.models.BigAutoField"
