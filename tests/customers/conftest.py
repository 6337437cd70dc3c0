"""A shop with an administrator at a browser, for the pages of this room."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # a conftest is read before Django is set up
    from tests.customers.desk import Office


@pytest.fixture
def office() -> "Office":
    from alarmdesk.company.testing import make_bare_company, make_staff
    from tests.customers.desk import Office

    company = make_bare_company()
    return Office(company, make_staff(company, administrator=True))


@pytest.fixture
def equally_many_questions() -> Callable[..., None]:
    """`equally_many_questions(office, path, other)`: both pages ask the database equally often."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(office: "Office", path: str) -> int:
        office.get(path)  # what is asked once per process is not the page's
        with CaptureQueriesContext(connection) as captured:
            assert office.get(path).status_code == 200
        return len(captured)

    def same(office: "Office", path: str, other: str) -> None:
        assert asked(office, path) == asked(office, other)

    return same


@pytest.fixture
def questions_of() -> Callable[..., int]:
    """`questions_of(office, path)`: how many statements the answer takes; the answer must be 200."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(office: "Office", path: str) -> int:
        office.get(path)  # what is asked once per process is not the page's
        with CaptureQueriesContext(connection) as captured:
            assert office.get(path).status_code == 200
        return len(captured)

    return asked
