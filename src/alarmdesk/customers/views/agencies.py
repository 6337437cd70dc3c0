"""Which agencies has the company's directory, and which of them are sent to a customer (F28)?"""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.settings_pages import Setting, confirmed, form_page, sent
from alarmdesk.customers import agencies as verbs
from alarmdesk.customers.fetching import check_may_see
from alarmdesk.customers.forms_contacts import AgencyForm, OtherAgencyForm, PermitForm
from alarmdesk.customers.models import Agency, Customer, CustomerAgency
from alarmdesk.customers.permissions import agencies, contacts
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import go
from alarmdesk.lib.versions import Version

AGENCY = Setting(
    "customers", "agency", "customers:agencies", "agencies", agencies.modify, AgencyForm, verbs.save_agency,
    verbs.delete_agency, "name",
    new="New agency",
    added="The agency is added.",
    saved="{name} is saved.",
    gone=lambda row: f"{row} is taken out of the directory.",
)  # fmt: skip
FORM = "customers/agency_form.html"


class AgencyList(Listing):
    """The company's directory."""

    name, title = "agencies", "Agencies"
    row = "customers/agency_row.html"
    search_label = "Name or ZIP code"
    default_sort = "name"
    columns = (
        Column("Name", "name"), Column("Kind", "kind"), Column("Phone"), Column("ZIP codes"),
        Column("Response fee", "response_fee", "end"),
    )  # fmt: skip
    chips = tuple(
        Chip(kind.value, kind.label, lambda rows, kind=kind: rows.filter(kind=kind))  # type: ignore[misc]
        for kind in Agency.Kind
    )

    def search(self, rows: Rows, words: str) -> Rows:
        found = rows.filter(name__icontains=words)
        if words.isdecimal():
            found |= rows.filter(zip_codes__overlap=[words[: verbs.WHOLE], words[: verbs.BEGINNING]])
        return found


@staff(may=agencies.view)
def directory(request: StaffRequest) -> HttpResponse:
    """Police, fire, medical and guard agencies, with the ZIP codes that they serve."""
    new_url = at("customers:agency_new") if request.may(agencies.modify) else ""
    empty = Empty(
        "No agencies yet",
        "Add who is sent to the places that you protect. A customer's ZIP code then finds them.",
        "siren",
        "New agency" if new_url else "",
        new_url,
    )
    return AgencyList(request, request.company.agencies.all(), empty=empty).answer("customers/agencies.html")


def _customer(request: StaffRequest, pk: int) -> Customer:
    customer = get_object_or_404(request.company.customers, pk=pk)
    check_may_see(request, customer)
    return customer


def _row(request: StaffRequest, pk: int) -> CustomerAgency:
    rows = request.company.customer_agencies.select_related("customer", "agency")
    row = get_object_or_404(rows.select_for_update(of=("self",)) if request.method == "POST" else rows, pk=pk)
    check_may_see(request, row.customer)
    return row


@staff(may=contacts.create)
def pick(request: StaffRequest, customer: int) -> HttpResponse:
    """Let an agency be sent to the customer: with one click, where its ZIP code is served."""
    person = _customer(request, customer)
    form = OtherAgencyForm(sent(request), customer=person)
    back = at("customers:contacts", customer=customer)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            row = verbs.pick_agency(customer=person, **said, at=clock.now(), by=acting().name)
        except verbs.AlreadyPicked as refused:
            form.add_error("agency", str(refused))
        else:
            return go(request, back, f"{row} is sent to {person.name}.")
    return form_page(
        request, form, lambda: None, title="Add an agency", back=back, done="", template=FORM, customer=person,
        may_write=request.may(agencies.modify),
    )  # fmt: skip


@staff(may=contacts.modify)
def permit(request: StaffRequest, pk: int) -> HttpResponse:
    """The permit that the agency asks for."""
    row = _row(request, pk)
    drop_url = at("customers:agency_drop", pk=pk) if request.may(contacts.delete) else ""
    version = _version(request, row)  # before the form writes into the row what was typed
    form = PermitForm(sent(request), instance=row)
    return form_page(
        request, form, lambda: verbs.save_permit(row, **form.cleaned_data), title=f"Permit at {row}",
        back=at("customers:contacts", customer=row.customer_id), done=f"The permit at {row} is saved.",
        template=FORM, customer=row.customer, delete_url=drop_url, version=version,
    )  # fmt: skip


def _version(request: StaffRequest, row: CustomerAgency) -> Version:
    version = Version({"": PermitForm(instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(row._meta.db_table, row.pk))
    return version


@staff(may=contacts.delete)
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """An agency that is not sent to the customer any more."""
    row = _row(request, pk)
    back = at("customers:contacts", customer=row.customer_id)
    says = f"{row} is not sent to {row.customer.name} any more. The monitoring company must be told by you."
    return confirmed(
        request, lambda: verbs.drop_agency(row),
        title=f"Remove {row}", says=says, action="Remove", back=back, done=(back, f"{row} is removed."),
    )  # fmt: skip
