"""What the portal's tests share: a dealer, Nora who owes, and Nora's own browser."""

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
def nora(shop: "Shop") -> "Client":
    from alarmdesk.company.entering import inside
    from alarmdesk.portal.testing import make_holder
    from tests.portal.people import browser_of

    with inside(shop.company):
        holder = make_holder(shop.nora)
    return browser_of(holder.user)
