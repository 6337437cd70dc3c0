"""The room's name for Django."""

from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "alarmdesk.invoicing"
    default_auto_field = "django.db.models.BigAutoField"
