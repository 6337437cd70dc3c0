"""Who comes to the portal in these tests?"""

from typing import Any

from django.test import Client


def browser_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client
