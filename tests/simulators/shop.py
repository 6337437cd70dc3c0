"""Who is Shop, the merchant of these tests, and how does it talk to the gateway?"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import httpx

from simulators.client import World

Transact = Callable[..., dict[str, str]]
Query = Callable[..., list[ET.Element]]
KEY = "shop-security-key"
PUBLIC_KEY = "shop-public-key"
FRIDAY_NOON = "2027-01-15T12:00:00+00:00"
CARD = {"ccnumber": "4111111111111111", "ccexp": "1030", "cvv": "999"}
CHECK = {"payment": "check", "checkname": "Ann Lee", "checkaba": "490000018", "checkaccount": "24413815"}
wire = httpx.Client(trust_env=False, timeout=30)


def furnish(world: World) -> None:
    """Shop, on Friday noon."""
    world.merchant("Shop", security_key=KEY, tokenization_key=PUBLIC_KEY)
    world.set_clock(FRIDAY_NOON)


def post(world: World, **form: str) -> dict[str, str]:
    """One Direct Post request of Shop."""
    answer = wire.post(f"{world.http}/api/transact.php", data={"security_key": KEY, **form})
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return dict(parse_qsl(answer.text, keep_blank_values=True))


def ask(world: World, **form: str) -> list[ET.Element]:
    """The transactions that one query of Shop finds."""
    answer = wire.post(f"{world.http}/api/query.php", data={"security_key": KEY, **form})
    return ET.fromstring(answer.text).findall("transaction")  # noqa: S314 (our own process)
