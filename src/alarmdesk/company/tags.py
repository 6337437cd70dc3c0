"""What may a template say of the company? Where a page is, and whether the person may go there."""

from typing import Any

from django import template

from alarmdesk.company import addresses
from alarmdesk.company.permissions import Grant

register = template.Library()


@register.simple_tag
def at(name: str, **kwargs: Any) -> str:
    """The path of a page of the entered company: {% at "office:customer" pk=customer.pk %}."""
    return addresses.at(name, **kwargs)


@register.filter
def may(request: Any, grant: str) -> bool:
    """Does the person's group hold this grant? {% if request|may:"invoices.create" %}."""
    resource, _, verb = grant.partition(".")
    return bool(request.may(Grant(resource, verb)))
