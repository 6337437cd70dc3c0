"""How does the office set up what it bills: items, terms, and the tax rates of states?

Each of the three is one row of a table (`Noun`): its form, its verbs and its words. New, change and delete are the same
for all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, ModelForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, View, staff
from alarmdesk.company.models import Company
from alarmdesk.invoicing import catalogue, rates
from alarmdesk.invoicing.forms.settings import ItemForm, StateTaxForm, TermForm
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.views.asking import confirmed
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of row of the settings. Its pages are called `code`, `code_new`, `code_delete`; its list `page`.

    `rows` are the company's; `beside` is the field at which a refusal of the rules stands; `asked` a field that the
    address may fill in. In the sentences {name} is the row's, and `gone` says what deleting it does.
    """

    code: str
    page: str
    rows: str
    form: type[ModelForm]  # type: ignore[type-arg]
    save: Callable[[Any], None]
    delete: Callable[[Any], None]
    beside: str
    name: Callable[[Any], str]
    new: str
    title: str
    added: str
    saved: str
    gone: Callable[[Any], str]
    asks: str = "Delete {name}"
    deleted: str = "{name} is deleted."
    asked: str = ""
    stays: Callable[[Any], bool] = lambda _: False

    def of(self, company: Company) -> Any:
        """The company's rows."""
        return getattr(company, self.rows).all()

    def says(self, sentence: str, row: Any) -> str:
        return sentence.format(name=self.name(row))


ITEM = Noun(
    "item", "invoicing:items", "billable_items", ItemForm, catalogue.save_item, catalogue.delete_item, "code",
    name=lambda item: item.code,
    new="New item",
    title="Item {name}",
    added="The item is added.",
    saved="{name} is saved.",
    gone=lambda item: f"Item {item.number}, {item.code}, is removed from the list.",
    stays=lambda item: bool(item.is_predefined),
)  # fmt: skip
TERM = Noun(
    "term", "invoicing:terms", "terms", TermForm, catalogue.save_term, catalogue.delete_term, "name",
    name=lambda term: term.name,
    new="New term",
    title="{name}",
    added="The term is added.",
    saved="{name} is saved. Invoices made before keep their due dates.",
    gone=lambda term: f"The term {term.name} is removed from the list.",
)  # fmt: skip
TAX = Noun(
    "tax", "invoicing:taxes", "state_taxes", StateTaxForm, rates.save_state_tax, rates.delete_state_tax,
    "effective_on",
    name=lambda tax: str(tax.state),
    new="New tax rate",
    title="Tax rate of {name}",
    added="The rate is added. It counts for sale dates from that day on.",
    saved="The rate of {name} is saved.",
    asks="Delete the rate of {name}",
    deleted="The rate of {name} is deleted.",
    asked="state",
    gone=lambda tax: (
        f"Invoices dated from {tax.effective_on:%B %-d, %Y} are taxed by the rate before it, if there is one."
    ),
)  # fmt: skip


def adding(noun: Noun) -> View:
    """The page on which one more of the noun is written. What the address names of it is filled in."""

    @staff(may=billing_admin.modify)
    def add(request: StaffRequest) -> HttpResponse:
        row = noun.form._meta.model()
        initial = {noun.asked: request.GET.get(noun.asked, "")} if noun.asked else None
        form = noun.form(sent(request), instance=row, initial=initial)
        return form_page(
            request, form, lambda: noun.save(row),
            title=noun.new, back=at(noun.page), done=noun.added, beside=noun.beside,
        )  # fmt: skip

    return add


def changing(noun: Noun) -> View:
    """The page on which one of the noun is changed."""

    @staff(may=billing_admin.modify)
    def change(request: StaffRequest, pk: int) -> HttpResponse:
        return change_row(request, noun, pk)

    return change


def change_row(request: StaffRequest, noun: Noun, pk: int) -> HttpResponse:
    """One of the noun, shown to be changed, or saved."""
    rows = noun.of(request.company)
    row = get_object_or_404(rows.select_for_update(no_key=True) if request.method == "POST" else rows, pk=pk)
    version = Version({"": noun.form(instance=row)}, request.POST)
    if version.changes:
        version.by = last_author(of_row(row._meta.db_table, pk))
    # before the form writes into the row what was typed
    title, delete_url = noun.says(noun.title, row), at(f"invoicing:{noun.code}_delete", pk=pk)
    return form_page(
        request, noun.form(sent(request), instance=row), lambda: noun.save(row),
        title=title, back=at(noun.page), done=lambda: noun.says(noun.saved, row),
        beside=noun.beside, version=version, delete_url="" if noun.stays(row) else delete_url,
    )  # fmt: skip


def deleting(noun: Noun) -> View:
    """The question whether one of the noun is to go."""

    @staff(may=billing_admin.modify)
    def delete(request: StaffRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(noun.of(request.company), pk=pk)
        back = at(noun.page)
        return confirmed(
            request, lambda: noun.delete(row),
            title=noun.says(noun.asks, row), says=noun.gone(row), action="Delete", back=back,
            done=(back, noun.says(noun.deleted, row)),
        )  # fmt: skip

    return delete


def form_page(
    request: StaffRequest,
    form: BaseForm,
    save: Callable[[], None],
    *,
    title: str,
    back: str,
    done: str | Callable[[], str],
    beside: str | None = None,
    delete_url: str = "",
    delete_label: str = "Delete",
    version: Version | None = None,
) -> HttpResponse:
    """One small form, shown or saved. `beside`: the field at which a refusal of the rules stands; `done` is said
    once it is saved.
    """
    is_overtaken = version is not None and version.is_overtaken
    if request.method == "POST" and form.is_valid() and not is_overtaken:
        try:
            save()
        except ValueError as refused:
            form.add_error(beside, str(refused))
        else:
            return go(request, back, done if isinstance(done, str) else done())
    context: dict[str, Any] = {
        "form": form, "title": title, "back": back, "delete_url": delete_url, "delete_label": delete_label,
        "version": version,
    }  # fmt: skip
    return show_form(request, "invoicing/settings/form.html", context, invalid=form.is_bound)


def sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


@staff(may=billing_admin.view)
def items(request: StaffRequest) -> HttpResponse:
    """The billable items."""
    return show(request, "invoicing/settings/items.html", {"items": request.company.billable_items.order_by("number")})


@staff(may=billing_admin.view)
def terms(request: StaffRequest) -> HttpResponse:
    """The terms of payment."""
    return show(request, "invoicing/settings/terms.html", {"terms": request.company.terms.order_by("days", "name")})
