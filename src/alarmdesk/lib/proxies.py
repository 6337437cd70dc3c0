"""Whose request is it, and how did it come, where proxies stand before AlarmDesk?

Each trusted proxy appends the address that it was asked from to X-Forwarded-For; what stands before those entries was
written by the visitor and is never believed. Without trusted proxies the headers are not looked at.
"""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

SCHEMES = frozenset(("http", "https"))


class BehindProxies:
    """Puts the visitor's address and scheme where Django, allauth and our own limits look for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers as if the visitor had come straight here."""
        if count := settings.TRUSTED_PROXIES:
            # a request that did not pass all proxies stays what it is: the one who sent it stands before us
            if address := _address(_listed(request, "HTTP_X_FORWARDED_FOR"), count):
                request.META["REMOTE_ADDR"] = address
            if scheme := _scheme(_listed(request, "HTTP_X_FORWARDED_PROTO"), count):
                request.META["wsgi.url_scheme"] = scheme
        return self.get_response(request)


def _listed(request: HttpRequest, name: str) -> list[str]:
    return [part.strip() for part in str(request.META.get(name, "")).split(",") if part.strip()]


def _address(listed: list[str], count: int) -> str:
    """The entry that the outermost trusted proxy has written, "" where it is no address."""
    if len(listed) < count:
        return ""
    try:
        return str(ipaddress.ip_address(listed[-count].strip("[]")))
    except ValueError:
        return ""


def _scheme(listed: list[str], count: int) -> str:
    """What the outermost proxy was asked by. Most proxies replace the header, some append to it."""
    found = listed[-min(count, len(listed))].lower() if listed else ""
    return found if found in SCHEMES else ""
