"""What the pages' tests share: the dealer of shop.py and Rosa's browser."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from tests.payments_pages.shop import Shop


@pytest.fixture
def shop(world: Any) -> "Shop":
    # imported here: Django is set up after this file is read
    from tests.payments_pages.shop import make_shop

    return make_shop(world)


@pytest.fixture
def rosa(shop: "Shop") -> "Client":
    from tests.payments_pages.shop import signed_in

    return signed_in(shop.rosa)
