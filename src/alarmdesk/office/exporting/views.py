"""Which pages let data out? One that offers the exports, and the files themselves."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse

from alarmdesk.company.entering import inside
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.permissions import exports
from alarmdesk.lib import clock, pages
from alarmdesk.lib.fields import DateInput
from alarmdesk.office.exporting.nouns import NOUNS
from alarmdesk.office.exporting.streaming import csv_of


class Span(forms.Form):
    """The first and the last day of an export; either may be left open."""

    first = forms.DateField(label="From", required=False, widget=DateInput)
    last = forms.DateField(label="To", required=False, widget=DateInput)

    def add_prefix(self, field_name: str) -> str:
        """The address says ?from=…&to=…"""
        return {"first": "from", "last": "to"}.get(field_name, field_name)

    def clean(self) -> dict[str, Any]:
        """Refuses a span that ends before it begins: an empty file would look like an answer."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = said.get("first"), said.get("last")
        if first and last and first > last:
            self.add_error("last", "This day is before the first one.")
        return said


@staff(may=exports.create)
def choose(request: StaffRequest) -> HttpResponse:
    """What can be exported, and of which days."""
    return _choice(request, Span())


@staff(may=exports.create, outside=True)
def export(request: StaffRequest, noun: str) -> HttpResponseBase:
    """A noun's rows as a CSV file, streamed from a transaction of its own."""
    chosen = NOUNS.get(noun)
    if chosen is None:
        raise Http404
    if not request.may(chosen.view):
        raise PermissionDenied(
            f"Your group may not see these rows. An administrator can give it the grant “{chosen.view}”."
        )
    span = Span(request.GET)
    if not span.is_valid():
        with inside(request.company, actor=request.staff.actor()):
            return _choice(request, span)
    day = request.company.local_date(clock.now())
    pieces = csv_of(request.company, chosen, actor=request.staff.actor(), bom=True, **span.cleaned_data)
    answer = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{request.company.slug}-{noun}-{day}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


def _choice(request: StaffRequest, span: Span) -> HttpResponse:
    nouns = [noun for noun in NOUNS.values() if request.may(noun.view)]
    return pages.show(
        request, "office/exports/choose.html", {"nouns": nouns, "form": span}, 422 if span.is_bound else 200
    )
