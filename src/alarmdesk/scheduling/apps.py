"""The room's name for Django."""

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "alarmdesk.scheduling"
    default_auto_field = "django.db.models.BigAutoField"
