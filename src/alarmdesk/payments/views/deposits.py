"""Which deposits should have reached the bank, and where do the gateway's books and ours differ?"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at, way_back
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Chip, Column, Empty, Listing
from alarmdesk.lib.pages import go, show_form
from alarmdesk.payments import reconciling
from alarmdesk.payments.models import Deposit, Discrepancy
from alarmdesk.payments.permissions import payments, processing

ADVICE = {
    Discrepancy.Kind.MISSING: "Our books say that it was approved; the gateway's report does not have it.",
    Discrepancy.Kind.EXTRA: "The gateway has it; no payment here carries its key. It may have been made elsewhere.",
    Discrepancy.Kind.AMOUNT: "The gateway moved another amount than our books say.",
    Discrepancy.Kind.STATUS: "What became of it is told differently.",
    Discrepancy.Kind.TWICE: "The gateway made the charge more than once. Refund the other one at the gateway.",
}


def sections(request: StaffRequest, current: str) -> list[dict[str, Any]]:
    """The tabs above the pages about the gateway's books."""
    standing = Discrepancy.objects.filter(company=request.company, settled_at=None)[:100].count()
    pages = (
        ("deposits", "Deposits", ""),
        ("differences", "Differences", standing or ""),
        ("returns", "Bank returns", ""),
        ("events", "Webhooks", ""),
    )
    return [
        {"label": label, "url": at(f"payments:{name}"), "count": count, "current": name == current}
        for name, label, count in pages
    ]


class DepositList(Listing):
    """The batches that the gateway settled."""

    name, title = "deposits", "Deposits"
    row = "payments/deposit_row.html"
    default_sort = "-settled_at"
    columns = (
        Column("Settled", "settled_at"),
        Column("Batch"),
        Column("Gateway"),
        Column("Transactions", "count", "end"),
        Column("Amount", "amount", "end"),
        Column("In our books", "matched_amount", "end"),
        Column("Difference", "difference", "end"),
    )
    chips = (Chip("differing", "With a difference", lambda rows: rows.exclude(difference=0, count=F("matched_count"))),)


@staff(may=payments.view)
def deposits(request: StaffRequest) -> HttpResponse:
    """The list of deposits, the latest first."""
    rows = Deposit.objects.filter(company=request.company).select_related("gateway")
    empty = Empty(
        "No deposits yet",
        "Every night the gateway is asked what it settled, and each batch stands here with what our books know of it.",
        "landmark",
    )
    listing = DepositList(request, rows.annotate(difference=F("amount") - F("matched_amount")), empty=empty)
    return listing.answer("payments/deposits.html", {"sections": sections(request, "deposits"), "title": "Deposits"})


class DifferenceList(Listing):
    """Where the two books differ."""

    name, title = "differences", "Differences"
    row = "payments/difference_row.html"
    default_sort = "-found_at"
    has_menu = True
    columns: ClassVar[Sequence[Column]] = (
        Column("Found", "found_at"),
        Column("What"),
        Column("Payment"),
        Column("Transaction"),
        Column("Our books"),
        Column("The gateway"),
        Column("State"),
    )
    chips = (
        Chip("open", "Open", lambda rows: rows.filter(settled_at=None)),
        Chip("closed", "Closed", lambda rows: rows.exclude(settled_at=None)),
    )

    def __init__(self, request: StaffRequest, rows: "QuerySet[Discrepancy]", **more: Any) -> None:
        super().__init__(request, rows, **more)
        self.may_close = request.may(processing.modify)

    @property
    def rows(self) -> list[Discrepancy]:
        """Each with what may be done about it."""
        found = super().rows
        for each in found:
            each.advice = ADVICE[Discrepancy.Kind(each.kind)]
            each.close_url = (
                at("payments:difference_close", pk=each.pk) if self.may_close and not each.settled_at else ""
            )
        return found


@staff(may=payments.view)
def differences(request: StaffRequest) -> HttpResponse:
    """The list of differences, the latest first."""
    rows = Discrepancy.objects.filter(company=request.company).select_related("payment")
    empty = Empty("No differences", "The gateway's books and ours agree.", "circle-check")
    context = {"sections": sections(request, "differences"), "title": "Differences"}
    return DifferenceList(request, rows, empty=empty).answer("payments/deposits.html", context)


class CloseForm(forms.Form):
    """What somebody found out about a difference."""

    note = forms.CharField(label="What was it?", max_length=300, help_text="For whoever asks later.")


@staff(may=processing.modify)
def close(request: StaffRequest, pk: int) -> HttpResponse:
    """Close a difference by hand, with a note. It comes back only when one side says something new."""
    difference = get_object_or_404(Discrepancy, company=request.company, pk=pk)
    back = way_back(request, (payments.view, at("payments:differences")))
    form = CloseForm(request.POST or None)
    if form.is_valid():
        closed = reconciling.close(difference, note=form.cleaned_data["note"], at=clock.now(), actor=acting())
        return go(request, back, "The difference was closed." if closed else "It was closed already.")
    context = {
        "form": form,
        "difference": difference,
        "advice": ADVICE[Discrepancy.Kind(difference.kind)],
        "back": back,
    }
    return show_form(request, "payments/difference_close.html", context, invalid=form.is_bound)
