"""Where is a page of the entered company? Under its slug."""

from typing import Any

from django.urls import reverse

from alarmdesk.company.entering import entered


def at(name: str, **kwargs: Any) -> str:
    """The path of a named page inside the entered company. Raises NobodyEntered, NoReverseMatch."""
    return reverse(name, kwargs={"company": entered().slug, **kwargs})
