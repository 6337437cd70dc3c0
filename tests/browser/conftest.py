"""What the browser's tests share: the furnished shop and the eyes that look at it, each made once for a file."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # a conftest is read before Django is set up
    from playwright.sync_api import Browser

    from tests.architecture.shop import Shop
    from tests.house.looking import Eye


@pytest.fixture(scope="module")
def shop(world: Any) -> "Shop":
    from tests.browser.shop import make_furnished_shop

    return make_furnished_shop(world)


@pytest.fixture(scope="module")
def owner(browser: "Browser", site: str, shop: "Shop") -> Iterator["Eye"]:
    from alarmdesk.office.testing import office_of
    from tests.house.looking import Eye

    eye = Eye(browser, site, office_of(shop.company))
    yield eye
    eye.close()


@pytest.fixture(scope="module")
def holder(browser: "Browser", site: str, shop: "Shop") -> Iterator["Eye"]:
    from alarmdesk.office.testing import signed_in
    from tests.house.looking import Eye

    eye = Eye(browser, site, signed_in(shop["accountholder"].user))
    yield eye
    eye.close()


@pytest.fixture(scope="module")
def stranger(browser: "Browser", site: str) -> Iterator["Eye"]:
    from tests.house.looking import Eye

    eye = Eye(browser, site)
    yield eye
    eye.close()
