"""Who plays the gateway, the mail server and the rest of the outside world in tests? One process of `simulators`."""

import importlib.util
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The running outside world of this worker (`simulators.client.World`); the settings lead to it."""
    if importlib.util.find_spec("simulators") is None or importlib.util.find_spec("simulators.client") is None:
        pytest.skip("There is no simulators.client yet.")
    from django.conf import settings

    from simulators.client import World

    world = World.start(tmp_path_factory.mktemp("world"))
    settings.NMI_URL = settings.STRIPE_API_URL = settings.STRIPE_SCRIPTS_URL = world.http
    settings.TRANSUNION_URL = settings.EQUIFAX_URL = world.http
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", world.smtp_port
    try:
        yield world
    finally:
        world.stop()
