"""Where is a page of a company, if there is such a page? The frame draws no door that leads nowhere."""

from typing import Any

from django.urls import NoReverseMatch, reverse

from alarmdesk.company.models import Company


def door(company: Company, page: str, query: str = "", **kwargs: Any) -> str:
    """The path of a named page inside the company, "" where no room has it."""
    try:
        return reverse(page, kwargs={"company": company.slug, **kwargs}) + query
    except NoReverseMatch:
        return ""
