"""What does the office hand in with its sales tax return?"""

import csv
import datetime as dt
import io
from typing import Any

from django import forms
from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.tax_report import TaxReport, report
from alarmdesk.lib import clock
from alarmdesk.lib.fields import DateInput
from alarmdesk.lib.pages import show

HEADER = ("state", "rate", "not_taxed_because", "taxable_sales", "exempt_sales", "tax", "documents")
UNPROCESSABLE = 422


class Period(forms.Form):
    """The first and the last Sale Date that count."""

    first = forms.DateField(label="From", widget=DateInput)
    last = forms.DateField(label="To", widget=DateInput)

    def add_prefix(self, field_name: str) -> str:
        """The address says ?from=…&to=…"""
        return {"first": "from", "last": "to"}.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        """Refuses a period that ends before it begins."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("first") and said.get("last") and said["first"] > said["last"]:
            self.add_error("last", "This day is before the first one.")
        return said


def last_month(today: dt.date) -> tuple[dt.date, dt.date]:
    """The whole month before today's: what the next return is about."""
    last = today.replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1), last


def _period(request: StaffRequest) -> Period:
    first, last = last_month(request.company.local_date(clock.now()))
    asked = request.GET if "from" in request.GET or "to" in request.GET else None
    return Period(asked or {"from": first.isoformat(), "to": last.isoformat()})


@staff(may=billing_admin.view)
def page(request: StaffRequest) -> HttpResponse:
    """The sales tax of a period by state and rate."""
    form = _period(request)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return show(request, "invoicing/tax_report.html", context, UNPROCESSABLE)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    found = report(first, last)
    context |= {
        "report": found,
        "first": first,
        "last": last,
        "csv_url": f"{at('invoicing:tax_report_csv')}?from={first.isoformat()}&to={last.isoformat()}",
    }
    return show(request, "invoicing/tax_report.html", context)


@staff(may=billing_admin.view)
def csv_file(request: StaffRequest) -> HttpResponse:
    """The same as a CSV file, its sums left out: a spreadsheet makes its own."""
    form = _period(request)
    if not form.is_valid():
        return show(request, "invoicing/tax_report.html", {"form": form}, UNPROCESSABLE)
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    answer = HttpResponse(as_csv(report(first, last)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{request.company.slug}-sales-tax-{first}-{last}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def as_csv(found: TaxReport) -> str:
    """The rows of a report as CSV with a header; rates in percent."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(HEADER)
    for row in found.rows:
        rate = "" if row.rate is None else f"{row.rate.normalize():f}"
        writer.writerow([row.state, rate, row.reason, row.taxable, row.exempt, row.tax, row.documents])
    return buffer.getvalue()
