"""How does a form ask for a sum, a date, a phone number, one of a few things, or a file? (widgets with our look)"""

from __future__ import annotations

from typing import Any

from django import forms


class MoneyInput(forms.TextInput):
    """A sum: numeric keyboard, the currency sign before it. What was typed stays as typed."""

    template_name = "django/forms/widgets/money.html"
    sign = "$"

    def __init__(self, attrs: dict[str, Any] | None = None, sign: str = "$") -> None:
        """`sign` stands before the box and is not part of the value."""
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})
        self.sign = sign

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Adds the sign."""
        context = super().get_context(name, value, attrs)
        context["widget"]["sign"] = self.sign
        return context


class PercentInput(forms.TextInput):
    """A rate in percent, with the sign behind it."""

    template_name = "django/forms/widgets/percent.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """The numeric keyboard on phones."""
        super().__init__({"inputmode": "decimal", "autocomplete": "off", **(attrs or {})})


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """The browser wants ISO dates."""
        super().__init__(attrs, format="%Y-%m-%d")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own calendar and clock; the value is wall time in the current time zone."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """The browser wants ISO without a zone."""
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class TimeInput(forms.TimeInput):
    """The browser's own clock."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Minutes are enough."""
        super().__init__(attrs, format="%H:%M")


class PhoneInput(forms.TextInput):
    """A phone number: the telephone keyboard."""

    input_type = "tel"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Browsers may fill it in."""
        super().__init__({"autocomplete": "tel", **(attrs or {})})


class Switch(forms.CheckboxInput):
    """A yes or no that takes effect like a light switch."""

    template_name = "django/forms/widgets/switch.html"


class Segmented(forms.RadioSelect):
    """Two to five choices side by side."""

    template_name = "django/forms/widgets/segmented.html"


class DropZone(forms.ClearableFileInput):
    """A file, dropped or chosen. Without JavaScript it is the browser's own control."""

    template_name = "django/forms/widgets/drop_zone.html"
