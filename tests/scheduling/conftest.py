"""What do the tests of the schedule share? Northgate in November, Rosa signed in, Dana a customer, two who go out."""

import datetime as dt
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)


@pytest.fixture
def shop() -> Iterator[SimpleNamespace]:
    """A furnished company whose clock stands at noon of Saturday, November 21, 2026, in Tulsa."""
    from django.test import Client

    from alarmdesk.company.entering import inside
    from alarmdesk.company.testing import make_staff
    from alarmdesk.customers.testing import make_customer
    from alarmdesk.invoicing.testing import make_furnished_company
    from alarmdesk.lib import clock
    from alarmdesk.scheduling.testing import make_technician

    company = make_furnished_company(time_zone="America/Chicago")
    rosa = make_staff(company, administrator=True)
    with inside(company):
        dana = make_customer()
        luis, priya = make_technician("Luis Ferrer"), make_technician("Priya Nair", colour="green")
    client = Client()
    client.force_login(rosa.user)
    with clock.hold(NOW):
        yield SimpleNamespace(
            company=company,
            rosa=rosa,
            dana=dana,
            luis=luis,
            priya=priya,
            client=client,
            root=f"/{company.slug}",
            tab=f"/{company.slug}/customers/{dana.pk}/appointments/",
            inside=lambda: inside(company),
            now=NOW,
        )


@pytest.fixture
def questions() -> Callable[..., int]:
    """`questions(client, path)`: how many statements the answer takes; the answer must be 200."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(client, path: str) -> int:
        client.get(path)  # what is asked once per process is not the page's
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, answer.content[:500]
        return len(captured)

    return count
