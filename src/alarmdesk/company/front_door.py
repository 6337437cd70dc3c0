"""Who lets a request in? Nobody without a mark.

The mark does the admitting (marks.py); this middleware makes sure that there is one.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

WELL_KNOWN = ("allauth.", "django.views.static", "django.contrib.staticfiles")


class FrontDoor:
    """Refuse views without a mark, apart from the accounts library's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:  # noqa: ARG002
        if not is_admitted(view):
            raise ImproperlyConfigured(f"The view {view.__module__}.{view.__name__} carries no mark.")


def is_admitted(view: Callable[..., Any]) -> bool:
    """Does the view carry a mark, or belong to a library that guards itself?"""
    return hasattr(view, "mark") or view.__module__.startswith(WELL_KNOWN)
