"""What do the tests of credit share? Northgate in November, both bureaus set up, Rosa signed in, Dana a customer."""

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

NOW = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)


@pytest.fixture
def shop(world: Any) -> Iterator[SimpleNamespace]:
    """A furnished company with credit checks on, whose clock stands at noon of November 21, 2026."""
    from django.test import Client

    from alarmdesk.company.entering import inside
    from alarmdesk.company.testing import make_staff
    from alarmdesk.credit.models import Bureau
    from alarmdesk.credit.testing import make_bureau, make_credit_settings
    from alarmdesk.customers.testing import make_customer
    from alarmdesk.invoicing.testing import make_furnished_company
    from alarmdesk.lib import clock

    world.clear_faults()
    company = make_furnished_company()
    rosa = make_staff(company, administrator=True)
    with inside(company):
        dana = make_customer()
        make_credit_settings()
        transunion, equifax = (make_bureau(world, kind=kind, name=kind.title()) for kind in Bureau.Kind.values)
    client = Client()
    client.force_login(rosa.user)
    with clock.hold(NOW):
        yield SimpleNamespace(
            company=company,
            rosa=rosa,
            dana=dana,
            client=client,
            transunion=transunion,
            equifax=equifax,
            world=world,
            root=f"/{company.slug}",
            tab=f"/{company.slug}/customers/{dana.pk}/credit/",
            inside=lambda: inside(company),
            now=NOW,
        )
