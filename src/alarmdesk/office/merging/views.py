"""Which pages find records of one customer and make them one?"""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.customers import duplicates as alike
from alarmdesk.customers import merging
from alarmdesk.customers.fetching import check_may_see
from alarmdesk.customers.models import Customer
from alarmdesk.customers.permissions import customers, duplicates, leads
from alarmdesk.customers.queries import with_addresses
from alarmdesk.customers.search import find
from alarmdesk.lib import clock
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.office.merging import moving
from alarmdesk.office.merging.forms import MergeForm
from alarmdesk.office.merging.refusing import CannotMerge, refusals

FOUND = 10
MERGE = duplicates.may("merge")


@staff(may=duplicates.view)
def duplicate_list(request: StaffRequest) -> HttpResponse:
    """Records that share a phone number, an e-mail or an address."""
    asked = request.GET.get("by")
    kind = next((one for one in alike.KINDS if one.code == asked), alike.KINDS[0])
    text = request.GET.get("page", "")
    page = int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 6 else 1
    groups, has_more = alike.groups(kind, page=max(page, 1), stages=seen_stages(request))
    context = {
        "kinds": alike.KINDS,
        "kind": kind,
        "groups": groups,
        "previous": page - 1,
        "next": page + 1 if has_more else 0,
        "may_merge": request.may(MERGE),
    }
    return show(request, "office/merging/duplicates.html", context)


@staff(may=MERGE)
def choose_other(request: StaffRequest, customer: int) -> HttpResponse:
    """Which record is of the same customer? Those that look like it are offered; any other is searched for."""
    kept = _fetch(request, customer)
    words = request.GET.get("q", "")[:200]
    stages = seen_stages(request)
    found: list[Customer] = []
    if words.strip():
        ids = [pk for pk in find(words, at_most=FOUND + 1) if pk != kept.pk]
        rows = with_addresses(request.company.customers.filter(pk__in=ids[:FOUND]))
        rows = rows if stages is None else rows.filter(stage__in=stages)
        found = sorted(rows, key=lambda one: ids.index(one.pk))
    context = {
        "customer": kept,
        "q": words,
        "found": found,
        "alike": alike.alike_of(kept, stages=stages, at_most=FOUND),
        "back": at("office:customer", pk=kept.pk),
    }
    return show(request, "office/merging/choose.html", context)


@staff(may=MERGE)
def merge(request: StaffRequest, customer: int, other: int) -> HttpResponse:
    """Make one of two records: what differs is chosen, what moves is counted, and why it may not be is said."""
    kept, gone = _fetch(request, customer), _fetch(request, other)
    if kept == gone:  # it was merged, and its address leads here
        return HttpResponseRedirect(at("office:customer", pk=kept.pk))
    shown_as = merging.shown_as(kept, gone)
    form = MergeForm(request.POST or None, choices=merging.choices(kept, gone), shown_as=shown_as)
    back = at("office:customer", pk=kept.pk)
    if form.is_valid():
        try:
            moving.merge(
                kept_id=kept.pk, gone_id=gone.pk, of_gone=form.of_gone, shown_as=form.cleaned_data["shown_as"],
                at=clock.now(), by=acting().name,
            )  # fmt: skip
        except CannotMerge as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, back, f"{gone.name}, {gone.account_number}, was merged into this record")
    context = {
        "form": form,
        "kept": kept,
        "gone": gone,
        "back": back,
        "refusals": [] if form.is_bound else refusals(kept, gone),
        "moves": moving.hanging_on(gone),
        "notes": [*moving.notes(kept, gone), *moving.comes_along(kept, gone)],
        "can_swap": kept.is_lead or not gone.is_lead,
    }
    return show_form(request, "office/merging/merge.html", context, invalid=form.is_bound)


def seen_stages(request: StaffRequest) -> list[str] | None:
    """The kinds of record that the person's group may see; None for both."""
    seen = [resource.view for resource in (customers, leads) if request.may(resource.view)]
    if len(seen) == 2:
        return None
    return [Customer.Stage.CUSTOMER if grant == customers.view else Customer.Stage.LEAD for grant in seen]


def _fetch(request: StaffRequest, pk: int) -> Customer:
    """A record that the person may see. Raises Http404, PermissionDenied."""
    rows = with_addresses(request.company.customers.select_related("sales_rep"))
    customer: Customer = get_object_or_404(rows, pk=pk)
    check_may_see(request, customer)
    return customer
