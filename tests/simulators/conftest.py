"""What do the tests of the simulator start from? A real process of its own, with one merchant called Shop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.client import World
from tests.simulators.shop import Query, Transact, ask, furnish, post


@pytest.fixture(scope="session")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One process for all tests that do not kill it."""
    with World.start(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def world(process: World) -> World:
    """An empty world on Friday noon in which Shop may take payments."""
    process.reset()
    furnish(process)
    return process


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    """A process of the test's own, to be killed."""
    with World.start(tmp_path / "state") as world:
        furnish(world)
        yield world


@pytest.fixture
def transact(world: World) -> Transact:
    """Post to the gateway as Shop; answers the variables."""
    return lambda **form: post(world, **form)


@pytest.fixture
def query(world: World) -> Query:
    """Query the gateway as Shop; answers the transaction elements."""
    return lambda **form: ask(world, **form)
