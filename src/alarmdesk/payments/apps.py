"""The room's name for Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "alarmdesk.payments"
    default_auto_field = "django.db.models.BigAutoField"
