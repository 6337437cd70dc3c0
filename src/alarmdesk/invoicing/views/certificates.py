"""Which exemption certificates are there, of the company and of a customer, and how are they kept (D13)?"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import DateField, F, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.search import find
from alarmdesk.invoicing import certificates
from alarmdesk.invoicing.forms.settings import CertificateForm, WithdrawForm
from alarmdesk.invoicing.models import TaxCertificate
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.views.settings import form_page, sent
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version

Rows = QuerySet[TaxCertificate, Any]
SOON = dt.timedelta(days=certificates.SOON)


class CertificateList(Listing):
    """The certificates of the company that nobody has withdrawn, those that end first, first."""

    name, title = "certificates", "Exemption certificates"
    row = "invoicing/certificate_row.html"
    search_label = "Find by number or customer"
    default_sort = "valid_until"
    columns: ClassVar[Sequence[Column]] = (
        Column("Customer"),
        Column("Number", "number"),
        Column("States"),
        Column("For"),
        Column("From", "valid_from"),
        Column("Last day", "valid_until"),
        Column("Status"),
    )
    chips = (
        Chip("expiring", "Expire in 60 days", lambda rows: rows.filter(valid_until__range=(F("today"), F("soon")))),
        Chip("expired", "Expired", lambda rows: rows.filter(valid_until__lt=F("today"))),
    )

    def __init__(self, request: HttpRequest, rows: Rows, *, today: dt.date, **options: Any) -> None:
        """`today`: the company's local date, by which certificates have expired."""
        dated = rows.annotate(
            today=Value(today, output_field=DateField()), soon=Value(today + SOON, output_field=DateField())
        )
        super().__init__(request, certificates.in_force(dated).select_related("customer"), **options)

    def search(self, rows: Rows, words: str) -> Rows:
        """By the certificate's number, or by anything that finds its customer."""
        return rows.filter(Q(number__icontains=words) | Q(customer_id__in=find(words)))


@staff(may=billing_admin.view)
def of_company(request: StaffRequest) -> HttpResponse:
    """All certificates, those that end first, first."""
    today = request.company.local_date(clock.now())
    listing = CertificateList(
        request,
        request.company.tax_certificates.all(),
        today=today,
        empty=Empty(
            "No certificates yet",
            "Open a customer and choose Tax exemptions to enter the first one.",
            "shield-off",
            "Go to customers",
            at("customers:list"),
            dialog=False,
        ),
    )
    return listing.answer("invoicing/settings/certificates.html", {"today": today})


@staff(may=billing_admin.view)
def of_customer(request: StaffRequest, customer: int) -> HttpResponse:
    """A customer's certificates and own rate, on the customer's page."""
    person = get_object_or_404(request.company.customers, pk=customer)
    request.customer, request.tab = person, ""  # type: ignore[attr-defined]
    context = {
        "customer": person,
        "own": person.customer_taxes.first(),
        "certificates": person.tax_certificates.order_by(F("withdrawn_at").desc(nulls_first=True), "valid_until", "pk"),
        "today": request.company.local_date(clock.now()),
    }
    return show(request, "invoicing/certificates_of_customer.html", context)


@staff(may=billing_admin.modify)
def new(request: StaffRequest, customer: int) -> HttpResponse:
    """One more certificate of a customer."""
    person = get_object_or_404(request.company.customers, pk=customer)
    now = clock.now()
    row = TaxCertificate(
        customer=person, entered_at=now, entered_by=acting().name, valid_from=request.company.local_date(now)
    )
    form = CertificateForm(sent(request), instance=row)
    return form_page(
        request,
        form,
        lambda: certificates.save(row),
        title=f"Exemption certificate of {person.name}",
        back=at("invoicing:certificates_of_customer", customer=person.pk),
        done="The certificate is entered. It counts for documents of its days.",
    )


@staff(may=billing_admin.modify)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct a certificate."""
    rows = request.company.tax_certificates
    row = get_object_or_404(rows.select_for_update(no_key=True) if request.method == "POST" else rows, pk=pk)
    version = Version({"": CertificateForm(instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(row._meta.db_table, pk))
    return form_page(
        request,
        CertificateForm(sent(request), instance=row),
        lambda: certificates.save(row),
        title=str(row),
        back=at("invoicing:certificates_of_customer", customer=row.customer_id),
        done="The certificate is saved. Issued documents keep their tax.",
        version=version,
        delete_url=at("invoicing:certificate_withdraw", pk=pk),
        delete_label="Withdraw",
    )


@staff(may=billing_admin.modify)
def withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a certificate exempt nothing any more, with a reason."""
    row = get_object_or_404(request.company.tax_certificates.select_related("customer"), pk=pk)
    form = WithdrawForm(sent(request))
    back = at("invoicing:certificates_of_customer", customer=row.customer_id)
    if request.method == "POST" and form.is_valid():
        try:
            certificates.withdraw(row, reason=form.cleaned_data["reason"], at=clock.now(), by=acting().name)
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, back, f"{row} is withdrawn.")
    context = {"form": form, "certificate": row, "back": back}
    return show_form(request, "invoicing/certificate_withdraw.html", context, invalid=form.is_bound)
