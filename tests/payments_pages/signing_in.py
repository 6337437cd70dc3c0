"""How does a browser test come in without typing a password each time? With a session cookie of the server's."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client

if TYPE_CHECKING:
    from playwright.sync_api import Page


def sign_in(page: "Page", user: Any, site: str) -> None:
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])


def type_into_frames(page: "Page", **values: str) -> None:
    """Type into the gateway's frames by their labels: Card_number="4111…"."""
    for title, value in values.items():
        label = title.replace("_", " ")
        page.frame_locator(f'iframe[title="{label}"]').get_by_label(label).press_sequentially(value)


def keep(page: "Page", name: str) -> None:
    """Leave a picture in the folder that SCREENSHOTS names, for people to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)
