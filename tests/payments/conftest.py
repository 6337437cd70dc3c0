"""A dealer with a gateway at the simulator: Northgate Security, its customer and what they owe."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from alarmdesk.lib import clock

NOON = dt.datetime(2026, 3, 2, 19, tzinfo=dt.UTC)


@pytest.fixture
def held_clock(world: Any) -> Iterator[None]:
    """Noon of March 2, 2026, in Denver: for us and for the outside world."""
    world.set_clock(NOON)
    with clock.hold(NOON):
        yield
    world.set_clock(None)
    world.clear_faults()
    world.latency(0)


@pytest.fixture
def dialect() -> str:
    """Whose words the shop's gateway speaks. What must hold at every gateway is marked `both_dialects`."""
    return "nmi"


@pytest.fixture
def shop(world: Any, held_clock: None, dialect: str) -> Any:
    """A furnished company with a merchant account of its own."""
    from alarmdesk.invoicing.testing import make_furnished_company
    from alarmdesk.payments.testing import make_gateway

    company = make_furnished_company()
    make_gateway(company, world, kind=dialect)
    return company
