"""How do words come onto customers, one or many at once, and how are the words kept in order (F26, D11)?"""

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import Company
from alarmdesk.company.permissions import Grant
from alarmdesk.company.settings_pages import Setting, form_page, sent
from alarmdesk.customers import tagging
from alarmdesk.customers.fetching import check_may_see
from alarmdesk.customers.forms_tags import ChooseTagForm, PutTagForm, TagForm
from alarmdesk.customers.lists import CustomerList, LeadList
from alarmdesk.customers.models import Customer, Tag
from alarmdesk.customers.permissions import customers, leads, tags
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Column, Empty, Listing, Rows
from alarmdesk.lib.pages import go, is_htmx, show, show_form

STRIP = "customer-tags"
MERGE = "customers/tag_merge.html"


def _customer(request: StaffRequest, pk: int) -> Customer:
    customer = get_object_or_404(request.company.customers, pk=pk)
    check_may_see(request, customer)
    return customer


@staff(may=tags.create)
def put(request: StaffRequest, customer: int) -> HttpResponse:
    """Put a tag on the customer: free text, and it shows at once (D11)."""
    person = _customer(request, customer)
    form = PutTagForm(sent(request))
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            tag, is_new = tagging.tag_customer(
                person, said["name"], colour=said["colour"], at=clock.now(), by=acting().name
            )
        except (tagging.BadTag, tagging.TagGone) as refused:
            form.add_error("name", str(refused))
        else:
            told = f"{person.name} is tagged {tag}." if is_new else f"{person.name} has the tag {tag} already."
            return _answer(request, person, told)
    if form.is_bound and is_htmx(request, STRIP):
        return _strip(request, person, form, status=422)
    context = {"customer": person, "form": form, "offered": tagging.offered(person)}
    return show_form(request, "customers/tag_put.html", context, invalid=form.is_bound)


@staff(may=tags.delete)
def take_off(request: StaffRequest, customer: int, pk: int) -> HttpResponse:
    """Take a tag off the customer."""
    return require_POST(_take_off)(request, customer, pk)


def _take_off(request: StaffRequest, customer: int, pk: int) -> HttpResponse:
    person = _customer(request, customer)
    tag = get_object_or_404(request.company.tags, pk=pk)
    tagging.untag_many([person.pk], tag)
    return _answer(request, person, f"{person.name} is no longer tagged {tag}.")


def _answer(request: StaffRequest, person: Customer, told: str) -> HttpResponse:
    if not is_htmx(request, STRIP):
        return go(request, at("office:customer", pk=person.pk), told)
    answer = _strip(request, person)
    answer["HX-Trigger"] = json.dumps({"toast": {"text": told}})
    return answer


def _strip(request: StaffRequest, person: Customer, form: PutTagForm | None = None, status: int = 200) -> HttpResponse:
    """The tags in the customer's head, for htmx; the cursor stands where the next tag is added."""
    context = {"customer": person, "taggings": tagging.on_customer(person)}
    return show(request, "customers/tag_strip.html", {**context, "form": form, "is_answer": True}, status)


# --- many at once


@dataclass(frozen=True, slots=True)
class _Bulk:
    """A list whose rows are tagged: which it is, where its page stands, and who may see it."""

    listing: type[CustomerList]
    page: str
    noun: str
    may: Grant

    def rows(self, request: StaffRequest) -> Rows:
        """What was ticked, or all that match. Raises PermissionDenied."""
        if not request.may(self.may):
            raise PermissionDenied("Your group may not see this list.")
        return self.listing.chosen_of(request, request.company).order_by("pk")

    def some(self, count: int) -> str:
        return f"{count:,} {self.noun if count == 1 else self.noun + 's'}"

    def show(self, request: StaffRequest, form: Any, title: str, submit: str, **also: Any) -> HttpResponse:
        given = request.POST if request.method == "POST" else request.GET
        chosen = [("ids", pk) for pk in given.getlist("ids")]
        if given.get("all") == "1":
            chosen = [("all", "1"), ("matching", given.get("matching", ""))]
        count = self.rows(request).order_by().count()
        context = {"form": form, "submit": submit, "chosen": chosen, "count": count, "back": at(self.page), **also}
        context["title"] = title.format(self.some(count))
        return show_form(request, "customers/tag_many.html", context, invalid=form.is_bound)


ON_CUSTOMERS = _Bulk(CustomerList, "customers:list", "customer", customers.view)
ON_LEADS = _Bulk(LeadList, "customers:leads", "lead", leads.view)


@staff(may=tags.create)
def tag_customers(request: StaffRequest) -> HttpResponse:
    """Put a tag on the ticked customers."""
    return _tag_many(request, ON_CUSTOMERS)


@staff(may=tags.create)
def tag_leads(request: StaffRequest) -> HttpResponse:
    """Put a tag on the ticked leads."""
    return _tag_many(request, ON_LEADS)


@staff(may=tags.delete)
def untag_customers(request: StaffRequest) -> HttpResponse:
    """Take a tag off the ticked customers."""
    return _untag_many(request, ON_CUSTOMERS)


@staff(may=tags.delete)
def untag_leads(request: StaffRequest) -> HttpResponse:
    """Take a tag off the ticked leads."""
    return _untag_many(request, ON_LEADS)


def _tag_many(request: StaffRequest, bulk: _Bulk) -> HttpResponse:
    ids = bulk.rows(request).values_list("pk", flat=True)
    form = PutTagForm(sent(request))
    if form.is_bound and form.is_valid():
        now, by, said, chosen = clock.now(), acting().name, form.cleaned_data, list(ids)
        try:
            tag = tagging.tag_named(said["name"], colour=said["colour"], at=now, by=by)
            added = tagging.tag_many(chosen, tag, at=now, by=by)
        except (tagging.BadTag, tagging.TagGone) as refused:
            form.add_error("name", str(refused))
        else:
            told = f"{bulk.some(added)} tagged {tag}."
            if had := len(chosen) - added:
                told += f" {bulk.some(had)} had it before."
            return go(request, at(bulk.page), told)
    names = list(tagging.in_use().values_list("name", flat=True)[: tagging.OFFERED])
    return bulk.show(request, form, "Put a tag on {}", "Put it on", offered=names)


def _untag_many(request: StaffRequest, bulk: _Bulk) -> HttpResponse:
    ids = bulk.rows(request).values_list("pk", flat=True)
    form = ChooseTagForm(sent(request))
    if form.is_bound and form.is_valid():
        tag, chosen = form.cleaned_data["tag"], list(ids)
        removed = tagging.untag_many(chosen, tag)
        told = f"{tag} is taken off {bulk.some(removed)}."
        if had_not := len(chosen) - removed:
            told += f" {bulk.some(had_not)} did not have it."
        return go(request, at(bulk.page), told)
    return bulk.show(request, form, "Take a tag off {}", "Take it off")


# --- the company's words


class TagSetting(Setting):
    """The tags in use; the retired ones are kept for History alone."""

    def of(self, company: Company) -> Any:
        return company.tags.filter(retired_at=None)


def _delete(tag: Tag) -> None:
    tagging.delete_tag(tag, at=clock.now(), by=acting().name)


TAG = TagSetting(
    "customers", "tag", "customers:tags", "tags", tags.modify, TagForm, tagging.save_tag,
    _delete, "name",
    new="New tag",
    added="The tag is added.",
    saved="{name} is saved.",
    gone=lambda row: f"{row} is taken off {_holders(row)} and out of use. History keeps who had it.",
)  # fmt: skip


def _holders(tag: Tag) -> str:
    count = tag.taggings.count()
    return f"{count:,} {'account' if count == 1 else 'accounts'}"


class TagList(Listing):
    """The company's tags."""

    name, title = "tags", "Tags"
    row = "customers/tag_row.html"
    search_label = "Find a tag"
    has_menu = True
    default_sort = "name"
    columns = (Column("Tag", "name"), Column("Accounts", "accounts", "end"), Column("Since", "created_at"))

    def search(self, rows: Rows, words: str) -> Rows:
        return rows.filter(name__icontains=words)


@staff(may=tags.modify)
def tag_list(request: StaffRequest) -> HttpResponse:
    """The company's words, and how many accounts have each."""
    rows = tagging.in_use().annotate(accounts=Count("taggings"))
    empty = Empty("No tags yet", "A tag is made by putting it on a customer, or here.", "tag", "New tag",
                  at("customers:tag_new"))  # fmt: skip
    return TagList(request, rows, empty=empty).answer("customers/tag_list.html")


@staff(may=tags.modify)
def new_tag(request: StaffRequest) -> HttpResponse:
    """One more word."""
    tag = Tag(created_at=clock.now(), created_by=acting().name)
    form = TagForm(sent(request), instance=tag)
    return form_page(
        request, form, lambda: tagging.save_tag(tag), title=TAG.new, back=at(TAG.page), done=TAG.added, beside="name"
    )


@staff(may=tags.modify)
def merge(request: StaffRequest, pk: int) -> HttpResponse:
    """Make two tags one."""
    tag = get_object_or_404(TAG.of(request.company), pk=pk)
    form = ChooseTagForm(sent(request), without=tag)
    form.fields["tag"].label = "Into"
    form.fields["tag"].help_text = f"{_holders(tag).capitalize()} with {tag} will have that tag instead."
    back = at(TAG.page)
    if form.is_bound and form.is_valid():
        into = form.cleaned_data["tag"]
        try:
            tagging.merge_tags(tag, into, at=clock.now(), by=acting().name)
        except tagging.TagGone as refused:
            form.add_error("tag", str(refused))
        else:
            return go(request, back, f"{tag} is {into} now.")
    return form_page(request, form, lambda: None, title=f"Merge {tag}", back=back, done="", template=MERGE)
