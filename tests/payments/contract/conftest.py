"""Both gateways for every story of the contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.client import World
from tests.payments.contract.counters import Counter, open_counter


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A simulated world of the contract's own: its stories move the clock and forget everything."""
    with World.start(tmp_path_factory.mktemp("contract")) as world:
        yield world


@pytest.fixture(params=["nmi", "stripe"])
def counter(request: pytest.FixtureRequest, outside: World) -> Counter:
    """Shop's account at each gateway in turn."""
    outside.reset()
    return open_counter(outside, request.param)
