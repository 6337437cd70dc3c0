"""Who is sent to a customer: police, fire, medical, a guard (F28)? From the company's directory, found by ZIP."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Agency, Customer, CustomerAgency

WHOLE, BEGINNING = 5, 3  # digits of a ZIP code, and of the area that it lies in


class AgencyTaken(ValueError):
    """Another agency of that kind has the name."""


class AgencyInUse(ValueError):
    """Customers have the agency."""


class AlreadyPicked(ValueError):
    """The customer has the agency."""


def save_agency(agency: Agency) -> None:
    """Add or change an agency of the directory. Raises AgencyTaken."""
    try:
        with transaction.atomic():
            agency.save()
    except IntegrityError as error:
        if "customers_agency_name" not in str(error):
            raise
        kind = agency.get_kind_display().lower()
        raise AgencyTaken(f"There is a {kind} agency called “{agency.name}” already.") from error


def delete_agency(agency: Agency) -> None:
    """Take an agency out of the directory. Raises AgencyInUse."""
    count = agency.customers.count()
    if count:
        raise AgencyInUse(f"{agency.name} is sent to {count} {'customer' if count == 1 else 'customers'}. It stays.")
    agency.delete()


def serving(customer: Customer) -> QuerySet[Agency]:
    """The directory's agencies for the ZIP code of the service address that the customer does not have yet."""
    address = customer.service_address
    zip_code = address.zip_code[:WHOLE] if address else ""
    rows = entered().agencies.exclude(customers__customer=customer).order_by("kind", "name")
    return rows.filter(zip_codes__overlap=[zip_code, zip_code[:BEGINNING]]) if len(zip_code) == WHOLE else rows.none()


def pick_agency(
    *, customer: Customer, agency: Agency, permit_number: str = "", permit_expires_on: dt.date | None = None,
    at: dt.datetime, by: str,
) -> CustomerAgency:  # fmt: skip
    """Let this agency be sent to the customer. Raises AlreadyPicked."""
    try:
        with transaction.atomic():
            return CustomerAgency.objects.create(
                customer=customer, agency=agency, permit_number=permit_number.strip(),
                permit_expires_on=permit_expires_on, added_at=at, added_by=by,
            )  # fmt: skip
    except IntegrityError as error:
        if "customers_agency_once" not in str(error):
            raise
        raise AlreadyPicked(f"{customer.name} has {agency.name} already.") from error


def save_permit(row: CustomerAgency, *, permit_number: str, permit_expires_on: dt.date | None) -> None:
    """The number of the alarm permit that the agency issued, and its last day."""
    row.permit_number, row.permit_expires_on = permit_number.strip(), permit_expires_on
    row.save(update_fields=["permit_number", "permit_expires_on"])


def drop_agency(row: CustomerAgency) -> None:
    """The agency is not sent to the customer any more; it stays in the directory."""
    row.delete()
