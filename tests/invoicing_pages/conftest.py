"""What do the tests of the billing pages share? A furnished shop and a person of its office."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace

import pytest

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def shop() -> Iterator[SimpleNamespace]:
    """Northgate Security on November 21, 2026: Rosa is signed in, Dana Whitfield of Oklahoma is a customer."""
    from django.test import Client

    from alarmdesk.company.entering import inside
    from alarmdesk.company.testing import make_staff
    from alarmdesk.customers.testing import make_customer
    from alarmdesk.invoicing.testing import make_furnished_company, make_state_tax
    from alarmdesk.lib import clock

    company = make_furnished_company()
    rosa = make_staff(company, administrator=True)
    with inside(company):
        make_state_tax("OK", "8.517")
        dana = make_customer(mmr=Decimal("49.95"), activation_fee=Decimal("99.00"))
    client = Client()
    client.force_login(rosa.user)
    with clock.hold(NOW):
        yield SimpleNamespace(
            company=company,
            rosa=rosa,
            dana=dana,
            client=client,
            root=f"/{company.slug}",
            inside=lambda: inside(company),
        )


@pytest.fixture
def queries():
    """`with queries() as made:` collects the statements of the body."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)
