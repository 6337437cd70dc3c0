"""The room's name for Django."""

from django.apps import AppConfig


class EquipmentConfig(AppConfig):
    name = "alarmdesk.equipment"
    default_auto_field = "django.db.models.BigAutoField"
