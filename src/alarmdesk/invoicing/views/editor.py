"""What is on the page of a document being written? Its head, its lines and what they come to, from whichever source:
nothing yet, another document's lines, a draft, or what was just sent.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.actions import valid_through
from alarmdesk.invoicing.charges import copied_lines
from alarmdesk.invoicing.forms.document import DocumentForm, active_terms
from alarmdesk.invoicing.forms.drafting import (
    Content,
    content_typed,
    differences,
    id_typed,
    items_in,
    kind_typed,
    lines_in,
)
from alarmdesk.invoicing.forms.lines import Lines
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.models import Draft, DraftVersion, Invoice
from alarmdesk.invoicing.views.sheet import Sheet, billed_items, lines_of, open_sheet, sheet_url
from alarmdesk.lib import clock
from alarmdesk.lib.pages import UNPROCESSABLE, show_form

SAVED_SHOWN = 20


@dataclass
class Editor:
    """One document being written by one person: build it with `open_editor`."""

    request: StaffRequest
    customer: Customer
    draft: Draft | None
    form: DocumentForm
    lines: Lines
    key: str
    version: int
    focus: int | None = None
    beside: DraftVersion | None = None
    further: dict[str, Any] = field(default_factory=dict)

    def is_valid(self) -> bool:
        """Judge head and lines; what is bad is marked on the page."""
        return all([self.form.is_valid(), self.lines.check()])

    @cached_property
    def content(self) -> Content:
        """What was sent, word for word."""
        return content_typed(self.request.POST)

    @property
    def kind(self) -> str:
        """The type as typed: a lead's is a quote, a correction's that of what it corrects."""
        if self.draft and self.draft.corrects:
            return str(self.draft.corrects.type)
        return Invoice.Type.QUOTE if self.customer.is_lead else kind_typed(str(self.form["type"].value() or ""))

    @property
    def sheet(self) -> Sheet:
        on = day_typed(str(self.form["sale_on"].value() or "")) or _today(self.request)
        sheet = open_sheet(
            self.customer, self.lines, on=on, url=sheet_url(self.customer, self.draft), bills_equipment=True
        )
        sheet.focus = self.focus
        return sheet

    def page(self, *, invalid: bool = False) -> HttpResponse:
        """The page or dialog."""
        customer, draft = self.customer, self.draft
        context = {
            "form": self.form,
            "sheet": self.sheet,
            "customer": customer,
            "draft": draft,
            "kind": Invoice.Type(self.kind).label.lower(),
            "key": self.key,
            "draft_version": self.version,
            "beside": self._told_beside(),
            "versions": list(draft.versions.defer("content").order_by("-version")[:SAVED_SHOWN]) if draft else (),
            "also_email": "Save & Email" if customer.email else "",
            "is_typed": self.request.method == "POST",
            "cancel_url": at("invoicing:of_customer", customer=customer.pk),
            "recurring_url": "" if customer.is_lead else at("payments:recurring_new", customer=customer.pk),
            **self.further,
        }
        if self.beside is None:
            return show_form(self.request, "invoicing/new.html", context, invalid=invalid)
        answer = show_form(self.request, "invoicing/new.html", context)  # nothing is wrong with any box
        answer.status_code = UNPROCESSABLE
        return answer

    def _told_beside(self) -> dict[str, Any] | None:
        """Who saved what meanwhile, beside what is in the boxes now."""
        if self.beside is None or self.draft is None:
            return None
        names = {("item", key): item.code for key, item in self.lines.items.items()}
        names |= {("term", str(pk)): name for pk, name in self.request.company.terms.values_list("pk", "name")}
        return {
            "by": self.draft.saved_by,
            "at": self.draft.saved_at,
            "number": self.beside.version,
            "changes": differences(self.draft.content, self.beside.content, names),
        }


def open_editor(request: StaffRequest, customer: Customer, draft: Draft | None = None) -> Editor:
    """The editor of this request: as sent, else as the draft says (`?version=` an earlier one), else a new document
    (`?copy=` with another's lines, `?type=`).
    """
    corrects = draft.corrects if draft else None
    options: dict[str, Any] = {"customer": customer, "terms": _terms(corrects), "corrects": corrects}
    keep = frozenset(corrects.lines.values_list("item_id", flat=True)) if corrects else frozenset()
    if request.method == "POST":
        content = content_typed(request.POST)
        items = billed_items(request, items_in([content]))
        lines = Lines.typed(request.POST, items=items, keep=keep)
        pressed = "do" in request.POST  # a button of the table: the head is shown as typed, not judged yet
        form = DocumentForm(initial=content["head"], **options) if pressed else DocumentForm(request.POST, **options)
        version = id_typed(request.POST.get("draft_version", "")) or 0
        return Editor(request, customer, draft, form, lines, _key(request.POST.get("key", "")), version)
    if draft is not None:
        content = _saved(request, draft)
        lines = _lines(request, content, keep)
        form = DocumentForm(initial=content["head"], **options)
        return Editor(request, customer, draft, form, lines, str(draft.key), draft.version)
    lines = lines_of(request, copied(request, customer))
    return Editor(request, customer, None, DocumentForm(initial=_new(request, customer), **options), lines, _key(), 0)


def copied(request: StaffRequest, customer: Customer) -> Any:
    """The lines of the document to copy (`?copy=<id>`), if it is the customer's."""
    asked = id_typed(request.GET.get("copy", ""))
    source = customer.invoices.filter(pk=asked).first() if asked else None
    return copied_lines(source) if source else ()


def _new(request: StaffRequest, customer: Customer) -> dict[str, Any]:
    today = _today(request)
    asked = kind_typed(request.GET.get("type", ""))
    return {
        "type": Invoice.Type.QUOTE if customer.is_lead else asked,
        "sale_on": today,
        "term": active_terms().filter(is_default=True).values_list("pk", flat=True).first(),
        "valid_until": valid_through(today),
    }


def _lines(request: StaffRequest, content: Content, keep: Collection[int]) -> Lines:
    lines = Lines(lines_in(content), items=billed_items(request, items_in([content])), keep=keep)
    if not lines.rows:
        lines.add()
    return lines


def _saved(request: StaffRequest, draft: Draft) -> Content:
    """What the draft says, or said in the version that the address asks for."""
    asked = id_typed(request.GET.get("version", ""))
    earlier = draft.versions.filter(version=min(asked, 2**31 - 1)).first() if asked else None
    content: Content = earlier.content if earlier else draft.content
    return content


def _terms(corrects: Invoice | None) -> Any:
    """The active terms, and the one that stands on what is corrected."""
    return active_terms() | corrects.company.terms.filter(pk=corrects.term_id) if corrects else active_terms()


def _key(text: str = "") -> str:
    """The key of the form that was sent; a new one where it is none."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


def _today(request: StaffRequest) -> dt.date:
    return request.company.local_date(clock.now())
