"""How does a dealer's company open its doors? With groups, an owner, and what billing needs from the first day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from alarmdesk.company.actions import appoint, found_company, found_group
from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company, User
from alarmdesk.company.permissions import Grant, runs
from alarmdesk.customers.permissions import customers, exports, history, imports, leads
from alarmdesk.invoicing.furnishing import furnish
from alarmdesk.invoicing.permissions import billing_admin, invoices, recurring
from alarmdesk.messaging.permissions import messages
from alarmdesk.office.permissions import whole
from alarmdesk.payments.permissions import billing_methods, payments, processing

OFFICE: Sequence[Grant] = (
    *whole([customers, leads, history, messages]),
    imports.view,
    *(invoices.view, invoices.create),
    *(recurring.view, recurring.create),
    payments.view,
    processing.create,
    *(billing_methods.view, billing_methods.create, billing_methods.modify),
)
ACCOUNTING: Sequence[Grant] = (
    *(customers.view, customers.modify, leads.view),
    *whole([history, messages, imports, exports]),
    *whole([invoices, recurring, payments, processing, billing_methods, billing_admin, runs]),
)
SALES: Sequence[Grant] = (
    *whole([leads]),
    *(customers.view, customers.create),
    *(invoices.view, invoices.create),
    recurring.view,
    *(messages.view, messages.create),
)
TECHNICIANS: Sequence[Grant] = (customers.view, messages.view)

GROUPS: Mapping[str, tuple[str, Sequence[Grant]]] = MappingProxyType(
    {
        "Office": ("Answers the phone: customers, leads, invoices, and taking payments", OFFICE),
        "Accounting": ("Everything about money, the nightly runs and billing settings", ACCOUNTING),
        "Sales": ("Leads and quotes, and turning a lead into a customer", SALES),
        "Technicians": ("Looks customers up, changes nothing", TECHNICIANS),
    }
)


def open_company(*, name: str, slug: str, time_zone: str, at: dt.datetime, owner: User, **fields: object) -> Company:
    """A company that can work at once: five groups, the owner among the Administrators, billable items and terms.

    `fields` are further columns of Company (phone, street, colour …). Raises company.actions.SlugTaken.
    """
    company = found_company(name=name, slug=slug, time_zone=time_zone, at=at, **fields)
    with inside(company, actor=SYSTEM):
        administrators = found_group(
            name="Administrators", description="May do everything, settings and people too", administrator=True
        )
        for group, (description, grants) in GROUPS.items():
            found_group(name=group, description=description, grants=grants)
        appoint(user=owner, group=administrators, title="Owner", at=at)
        furnish()
    return company
