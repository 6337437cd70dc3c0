"""How does the office set up what it bills: items and terms?"""

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing import catalogue
from alarmdesk.invoicing.forms.settings import ItemForm, TermForm
from alarmdesk.invoicing.models import BillableItem, Term
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.views.asking import confirmed
from alarmdesk.lib.pages import go, show, show_form


def form_page(
    request: StaffRequest,
    form: BaseForm,
    save: Callable[[], None],
    *,
    title: str,
    back: str,
    done: str,
    beside: str | None = None,
    delete_url: str = "",
) -> HttpResponse:
    """One small form, shown or saved. `beside`: the field at which a refusal of the rules stands."""
    if request.method == "POST" and form.is_valid():
        try:
            save()
        except ValueError as refused:
            form.add_error(beside, str(refused))
        else:
            return go(request, back, done)
    context: dict[str, Any] = {"form": form, "title": title, "back": back, "delete_url": delete_url}
    return show_form(request, "invoicing/settings/form.html", context, invalid=form.is_bound)


def sent(request: StaffRequest) -> Any:
    return request.POST if request.method == "POST" else None


@staff(may=billing_admin.view)
def items(request: StaffRequest) -> HttpResponse:
    """The billable items."""
    return show(request, "invoicing/settings/items.html", {"items": request.company.billable_items.order_by("number")})


@staff(may=billing_admin.modify)
def item_new(request: StaffRequest) -> HttpResponse:
    item = BillableItem()
    form = ItemForm(sent(request), instance=item)
    back = at("invoicing:items")
    return form_page(
        request,
        form,
        lambda: catalogue.save_item(item),
        title="New item",
        back=back,
        done="The item is added.",
        beside="code",
    )


@staff(may=billing_admin.modify)
def item_edit(request: StaffRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(request.company.billable_items, pk=pk)
    form = ItemForm(sent(request), instance=item)
    return form_page(
        request,
        form,
        lambda: catalogue.save_item(item),
        title=f"Item {item.number}",
        back=at("invoicing:items"),
        done=f"{item.code} is saved.",
        beside="code",
        delete_url="" if item.is_predefined else at("invoicing:item_delete", pk=pk),
    )


@staff(may=billing_admin.modify)
def item_delete(request: StaffRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(request.company.billable_items, pk=pk)
    back = at("invoicing:items")
    return confirmed(
        request,
        lambda: catalogue.delete_item(item),
        title=f"Delete {item.code}",
        says=f"Item {item.number}, {item.code}, is removed from the list.",
        action="Delete",
        back=back,
        done=(back, f"{item.code} is deleted."),
    )


@staff(may=billing_admin.view)
def terms(request: StaffRequest) -> HttpResponse:
    """The terms of payment."""
    return show(request, "invoicing/settings/terms.html", {"terms": request.company.terms.order_by("days", "name")})


@staff(may=billing_admin.modify)
def term_new(request: StaffRequest) -> HttpResponse:
    term = Term()
    form = TermForm(sent(request), instance=term)
    back = at("invoicing:terms")
    return form_page(
        request,
        form,
        lambda: catalogue.save_term(term),
        title="New term",
        back=back,
        done="The term is added.",
        beside="name",
    )


@staff(may=billing_admin.modify)
def term_edit(request: StaffRequest, pk: int) -> HttpResponse:
    term = get_object_or_404(request.company.terms, pk=pk)
    form = TermForm(sent(request), instance=term)
    return form_page(
        request,
        form,
        lambda: catalogue.save_term(term),
        title=term.name,
        back=at("invoicing:terms"),
        done=f"{term.name} is saved. Invoices made before keep their due dates.",
        beside="name",
        delete_url=at("invoicing:term_delete", pk=pk),
    )


@staff(may=billing_admin.modify)
def term_delete(request: StaffRequest, pk: int) -> HttpResponse:
    term = get_object_or_404(request.company.terms, pk=pk)
    back = at("invoicing:terms")
    return confirmed(
        request,
        lambda: catalogue.delete_term(term),
        title=f"Delete {term.name}",
        says=f"The term {term.name} is removed from the list.",
        action="Delete",
        back=back,
        done=(back, f"{term.name} is deleted."),
    )
