"""The room's name for Django; it is the first room to start, and lets all forms speak plainly."""

from django.apps import AppConfig

from alarmdesk.lib.sentences import speak_plainly


class CompanyConfig(AppConfig):
    name = "alarmdesk.company"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        speak_plainly()
