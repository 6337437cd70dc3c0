"""Where is a page of the entered company? Under its slug."""

from typing import Any

from django.urls import reverse

from alarmdesk.company.entering import entered
from alarmdesk.company.permissions import Grant


def at(name: str, **kwargs: Any) -> str:
    """The path of a named page inside the entered company. Raises NobodyEntered, NoReverseMatch."""
    return reverse(name, kwargs={"company": entered().slug, **kwargs})


def way_back(request: Any, *ways: tuple[Grant, str]) -> str:
    """Where a page leads when it is done or left: the first of these that the person may see, else the start."""
    return next((url for grant, url in ways if request.may(grant)), at("office:home"))
