"""The room's name for Django."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "alarmdesk.customers"
    default_auto_field = "django.db.models.BigAutoField"
