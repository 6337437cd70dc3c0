"""How does a dealer's company open its doors? With groups, an owner, and what billing needs from the first day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction

from alarmdesk.company.actions import appoint, found_company, found_group
from alarmdesk.company.entering import SYSTEM, inside
from alarmdesk.company.models import Company, User
from alarmdesk.company.permissions import Grant, runs
from alarmdesk.credit.permissions import credit_of_customers, credit_of_leads
from alarmdesk.customers.permissions import (
    contacts,
    customers,
    duplicates,
    exports,
    files,
    history,
    imports,
    leads,
    notes,
    tags,
    tickets,
)
from alarmdesk.customers.pipeline import furnish_stages
from alarmdesk.equipment.permissions import equipment
from alarmdesk.invoicing.furnishing import furnish
from alarmdesk.invoicing.permissions import billing_admin, invoices, recurring
from alarmdesk.messaging.permissions import messages
from alarmdesk.monitoring.permissions import systems
from alarmdesk.office.permissions import whole
from alarmdesk.payments.permissions import billing_methods, payments, processing
from alarmdesk.scheduling.permissions import OWN, appointments

OFFICE: Sequence[Grant] = (
    *whole([customers, leads, history, messages, equipment, systems, appointments]),
    *whole([contacts, tags, notes, tickets, files, duplicates]),
    *(credit_of_customers.view, credit_of_customers.create, credit_of_customers.modify),
    *(credit_of_leads.view, credit_of_leads.create, credit_of_leads.modify),
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
    *(equipment.view, systems.view, appointments.view, contacts.view, tags.view, tags.create),
    *whole([notes, tickets, files]),
    *whole([invoices, recurring, payments, processing, billing_methods, billing_admin, runs]),
)
SALES: Sequence[Grant] = (
    *whole([leads]),
    duplicates.view,
    *(credit_of_leads.view, credit_of_leads.create),
    *(customers.view, customers.create),
    *(contacts.view, contacts.create, contacts.modify),
    *(tags.view, tags.create, tags.delete),
    *(notes.view, notes.create, *tickets.grants(), files.view, files.create),
    *(equipment.view, equipment.create),
    *(invoices.view, invoices.create),
    recurring.view,
    *(appointments.view, appointments.create),
    *(messages.view, messages.create),
)
# not equipment: its tab shows prices
TECHNICIANS: Sequence[Grant] = (
    *(customers.view, messages.view, systems.view, systems.modify, OWN),
    *(contacts.view, tags.view, notes.view, notes.create, files.view, files.create),
    *tickets.grants(),
)

GROUPS: Mapping[str, tuple[str, Sequence[Grant]]] = MappingProxyType(
    {
        "Office": ("Answers the phone: customers, leads, invoices, and taking payments", OFFICE),
        "Accounting": ("Everything about money, the nightly runs and billing settings", ACCOUNTING),
        "Sales": ("Leads and quotes, and turning a lead into a customer", SALES),
        "Technicians": ("Their own appointments, customers, and placing systems on test", TECHNICIANS),
    }
)


class BadName(ValueError):
    """A dealer cannot be opened under such a name, short name, time zone or owner's address."""


def open_for(
    *, name: str, slug: str, time_zone: str, email: str, owner_name: str, at: dt.datetime
) -> tuple[Company, User]:
    """A company from what somebody typed, and its owner: a new account where the address has none, without a password
    until the link is used. Raises BadName, company.actions.SlugTaken.
    """
    owner = User.objects.filter(email__iexact=email).first() or User(email=email.strip().lower(), name=owner_name)
    company = Company(name=name.strip(), slug=slug, time_zone=time_zone, opened_at=at)
    try:
        company.clean_fields()
        owner.clean_fields(exclude=["password"])
    except ValidationError as wrong:
        said = "; ".join(f"{field}: {' '.join(each)}" for field, each in wrong.message_dict.items())
        raise BadName(f"The company cannot be opened. {said}") from None
    if time_zone not in available_timezones():
        raise BadName(f"There is no time zone “{time_zone}”. Write it like America/Denver.")
    with transaction.atomic():
        if owner.pk is None:
            owner = User.objects.create_user(email=owner.email, name=owner.name)
        return open_company(name=company.name, slug=slug, time_zone=time_zone, at=at, owner=owner), owner


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
        furnish_stages()
    return company
