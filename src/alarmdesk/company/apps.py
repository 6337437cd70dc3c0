"""The room's name for Django."""

from django.apps import AppConfig


class CompanyConfig(AppConfig):
    name = "alarmdesk.company"
    default_auto_field = "django.db.models.BigAutoField"
