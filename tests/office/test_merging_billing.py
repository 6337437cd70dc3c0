"""Does a merge bill nobody for a time in which they were no customer, and end nobody's billing or access unsaid?"""

import datetime as dt

import pytest

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.customers import merging
from alarmdesk.customers.actions import cancel
from alarmdesk.customers.models import Customer
from alarmdesk.customers.testing import make_customer
from alarmdesk.invoicing.models import CustomerTax
from alarmdesk.invoicing.testing import make_billed_customer, make_recurring
from alarmdesk.office.merging import moving
from alarmdesk.office.merging.refusing import CannotMerge, refusals
from alarmdesk.office.testing import make_merge as merge
from alarmdesk.office.testing import make_open_company
from alarmdesk.portal.models import AccountHolder
from alarmdesk.portal.testing import make_holder

JULY = dt.date(2026, 7, 15)


@pytest.fixture
def company() -> Company:
    return make_open_company()


def left_with_billing() -> Customer:
    """Cancelled in July; nobody ended what bills the account."""
    gone = make_billed_customer()
    make_recurring(gone)
    cancel(gone, on=JULY, by="Rosa")
    return gone


def test_a_cancelled_record_that_something_bills_is_not_made_an_active_one(company: Company) -> None:
    """Its months since July would be made that night, and drawn by Auto Pay."""
    with inside(company):
        kept, gone = make_customer(), left_with_billing()
        for one, other in ((kept, gone), (gone, kept)):
            assert "never ended" in refusals(one, other)[0]
            with pytest.raises(CannotMerge, match="End it first"):
                merge(one, other)


def test_who_is_a_customer_still_stays_one_and_is_billed_on(company: Company) -> None:
    with inside(company):
        kept, gone = make_customer(), make_billed_customer()
        cancel(kept, on=JULY, by="Rosa")
        recurring = make_recurring(gone)
        (status,) = [each for each in merging.choices(kept, gone) if each.code == "status"]
        assert status.prefers_gone
        with pytest.raises(CannotMerge, match="goes on"):
            merge(kept, gone)
        merge(kept, gone, "status")
        kept.refresh_from_db()
        recurring.refresh_from_db()
        assert (kept.is_cancelled, recurring.customer_id) == (False, kept.pk)


def test_who_uses_the_portal_already_does_so_afterwards(company: Company) -> None:
    with inside(company):
        kept, gone = make_customer(), make_customer()
        used = make_holder(gone, email="anna@example.com")
        invited = AccountHolder.objects.create(
            customer=kept, email="anna@example.com", invited_at=used.invited_at, invited_by="Rosa"
        )
        merge(kept, gone)
        used.refresh_from_db()
        invited.refresh_from_db()
        assert (used.customer_id, used.ended_at) == (kept.pk, None)
        assert invited.ended_at is not None


def test_a_tax_rate_that_comes_along_is_said_before(company: Company) -> None:
    with inside(company):
        kept, gone = make_customer(), make_customer()
        assert moving.comes_along(kept, gone) == []
        CustomerTax.objects.create(customer=gone, rate=0)
        (said,) = moving.comes_along(kept, gone)
        assert said.startswith(f"The tax rate of {gone.name}")
        assert moving.comes_along(gone, kept) == []
