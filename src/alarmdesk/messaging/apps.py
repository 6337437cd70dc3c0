"""The room's name for Django."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "alarmdesk.messaging"
    default_auto_field = "django.db.models.BigAutoField"
