"""What does the billing audit show, and how is a finding answered for?"""

import csv
import datetime as dt
import io
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers.search import find
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.lib import clock
from alarmdesk.lib.cells import cell
from alarmdesk.lib.fields import DateInput
from alarmdesk.lib.findings import Kind, Stake
from alarmdesk.lib.furniture import money
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.office import billing_audit
from alarmdesk.office.billing_audit import BY_CODE, KINDS, Tally

PAGE_SIZE = 50
DEEPEST_PAGE = 2000
PAGE = "office:billing_audit"
A_QUARTER = dt.timedelta(days=90)
FIGURES = {
    Stake.UNBILLED: ("Not billed", "a month that nobody is asked for"),
    Stake.OVERBILLED: ("Billed in error", "a month too much, or to who has left"),
    Stake.AT_RISK: ("Auto Pay at risk", "a month that cannot be charged"),
    Stake.UNTAXED: ("Sold without tax", "a month of taxable items"),
}
HEADER = (
    "finding",
    "account_number",
    "customer",
    "what",
    "since",
    "monthly",
    "dismissed_until",
    "reason",
    "dismissed_by",
)


class DismissForm(forms.Form):
    """Why a finding is all right, and until when. `facts` are those that were looked at."""

    reason = forms.CharField(max_length=200, label="Why it is all right")
    until = forms.DateField(
        label="Until", widget=DateInput, help_text="Its last day. It comes back sooner if the facts change."
    )
    facts = forms.CharField(required=False, max_length=300, strip=False, widget=forms.HiddenInput)


def _today(request: StaffRequest) -> dt.date:
    return request.company.local_date(clock.now())


def _asked(request: StaffRequest) -> tuple[Kind | None, bool, str]:
    """The kind, whether dismissed ones are wanted, and the words of a customer: all in the address."""
    kind = BY_CODE.get(request.GET.get("kind", ""))
    return kind, request.GET.get("show") == "dismissed", request.GET.get("q", "").strip()[:200]


def _wanted(request: StaffRequest) -> dict[str, Any]:
    """What the address asks of the audit."""
    kind, is_dismissed, words = _asked(request)
    return {
        "today": _today(request),
        "kinds": [kind] if kind else KINDS,
        "is_dismissed": is_dismissed,
        "customer_ids": find(words) if words else None,
    }


@staff(may=billing_admin.view)
def page(request: StaffRequest) -> HttpResponse:
    """The findings, the most money first, with sums and counts of all."""
    text = request.GET.get("page", "")
    number = min(max(int(text), 1), DEEPEST_PAGE) if text.isdecimal() and len(text) < 6 else 1
    found = billing_audit.audit(**_wanted(request), start=(number - 1) * PAGE_SIZE, most=PAGE_SIZE + 1)
    rows, tallies = found.rows, found.tallies
    kind, is_dismissed, words = _asked(request)
    context = {
        "rows": rows[:PAGE_SIZE],
        "figures": _figures(tallies),
        "chips": _chips(request, tallies, kind, is_dismissed=is_dismissed),
        "kind": kind,
        "is_dismissed": is_dismissed,
        "dismissed": sum(tally.dismissed for tally in tallies),
        "is_clean": not any(tally.open for tally in tallies),
        "q": words,
        "number": number,
        "previous": number - 1 if number > 2 else None,
        "has_next": len(rows) > PAGE_SIZE,
    }
    return show(request, "office/billing_audit.html", context)


def _figures(tallies: list[Tally]) -> list[dict[str, Any]]:
    """The sums at the top, each with how many findings it is made of."""
    sums = billing_audit.at_stake(tallies)
    shown = []
    for stake, (label, note) in FIGURES.items():
        count = sum(tally.open for tally in tallies if tally.kind.stake == stake)
        findings = "1 finding" if count == 1 else f"{count:,} findings"
        figure: dict[str, Any] = {"label": label, "value": money(sums[stake]), "note": f"{findings}, {note}"}
        shown.append(figure if count else {**figure, "note": "Nothing found"})
    return shown


def _chips(
    request: StaffRequest, tallies: list[Tally], kind: Kind | None, *, is_dismissed: bool
) -> list[dict[str, Any]]:
    """All, then each kind that was found, then what was dismissed."""

    def url(**changes: str) -> str:
        asked = request.GET.copy()
        for name in ("page", "kind", "show"):
            asked.pop(name, None)
        asked.update({name: value for name, value in changes.items() if value})
        return f"{request.path}?{asked.urlencode()}" if asked else request.path

    def count(tally: Tally) -> int:
        return tally.dismissed if is_dismissed else tally.open

    show_ = "dismissed" if is_dismissed else ""
    chips = [{"label": "All", "url": url(show=show_), "count": sum(map(count, tallies)), "current": kind is None}]
    return chips + [
        {
            "label": tally.kind.title,
            "url": url(kind=tally.kind.code, show=show_),
            "count": count(tally),
            "current": tally.kind is kind,
        }
        for tally in tallies
        if count(tally) or tally.kind is kind
    ]


@staff(may=billing_admin.view)
def csv_file(request: StaffRequest) -> HttpResponse:
    """What the page shows, all of it, as a CSV file."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(HEADER)
    for one in billing_audit.findings(**_wanted(request)):
        values = (one.kind.title, one.account_number, one.customer, one.what, one.since, one.monthly)
        writer.writerow([cell(value) for value in (*values, one.until, one.reason, one.dismissed_by)])
    answer = HttpResponse("\ufeff" + buffer.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{request.company.slug}-billing-audit-{_today(request)}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer


@staff(may=billing_admin.modify)
def dismiss(request: StaffRequest) -> HttpResponse:
    """Say that a finding is all right, why and until when."""
    kind, about = BY_CODE.get(request.GET.get("kind", "")), request.GET.get("about", "")
    today = _today(request)
    one = billing_audit.finding(kind=kind, about=about, today=today) if kind else None
    if one is None:
        return go(request, at(PAGE), "That finding is gone: it was mended, or somebody has dismissed it.")
    form = DismissForm(
        request.POST if request.method == "POST" else None, initial={"facts": one.facts, "until": today + A_QUARTER}
    )
    if form.is_valid():
        said = form.cleaned_data
        try:
            made = billing_audit.dismiss(one, **said, today=today, at=clock.now(), by=acting().name)
        except billing_audit.UntilWhen as refused:
            form.add_error("until", str(refused))
        except billing_audit.Changed as refused:
            form = DismissForm({**request.POST.dict(), "facts": one.facts})
            form.add_error(None, str(refused))
        else:
            undo = at("office:finding_lift", pk=made.pk)
            return go(request, at(PAGE), f"Dismissed until {said['until']:%b %-d, %Y}.", undo=undo)
    context = {"form": form, "one": one, "back": at(PAGE)}
    return show_form(request, "office/finding_dismiss.html", context, invalid=form.is_bound)


@staff(may=billing_admin.modify)
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a dismissed finding stand again."""
    return require_POST(_lift)(request, pk)


def _lift(request: StaffRequest, pk: int) -> HttpResponse:
    dismissal = get_object_or_404(request.company.finding_dismissals, pk=pk)
    billing_audit.lift(dismissal, at=clock.now(), by=acting().name)
    return go(request, at(PAGE), "The finding stands again.")
