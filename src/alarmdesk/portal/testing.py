"""What do tests need of the portal? Somebody who holds an account."""

from typing import Any

from alarmdesk.company.models import User
from alarmdesk.company.testing import OPENED, make_user
from alarmdesk.customers.models import Customer
from alarmdesk.portal.models import AccountHolder


def make_holder(customer: Customer, user: User | None = None, **fields: Any) -> AccountHolder:
    """A person with access to the account of a customer of the entered company."""
    person = user or make_user(name="Nora Whitfield")
    fields = {"email": person.email, "invited_at": OPENED, "accepted_at": OPENED, **fields}
    fields.setdefault("invited_by", "Rosa Calderon")
    holder: AccountHolder = AccountHolder.objects.create(customer=customer, user=person, **fields)
    return holder
