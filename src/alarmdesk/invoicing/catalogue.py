"""What may the office change about billable items, terms and taxes (domain.md B7, D13)?

Issued documents keep what they say: a change counts for what is written from now on.
"""

from decimal import Decimal

from django.db.models import Max

from alarmdesk.company.entering import entered
from alarmdesk.company.models import Company
from alarmdesk.invoicing.models import BillableItem, CustomerTax, ParkedAccount, StateExemption, Term


class NameTaken(ValueError):
    """Another item or term is called that."""


class InUse(ValueError):
    """Documents refer to it; it can be turned off, not deleted."""


class Predefined(ValueError):
    """Every company has it; rules hang on it."""


def save_item(item: BillableItem) -> None:
    """Add or change a billable item; a new one gets the next number. Raises NameTaken."""
    company = entered()
    if company.billable_items.filter(code__iexact=item.code).exclude(pk=item.pk).exists():
        raise NameTaken(f"Another item is called “{item.code}”.")
    if item._state.adding:
        Company.objects.select_for_update(no_key=True).defer("logo").get(pk=company.pk)  # one number at a time
        item.number = (company.billable_items.aggregate(last=Max("number"))["last"] or 0) + 1
    item.save()


def delete_item(item: BillableItem) -> None:
    """Remove an item that nothing refers to. Raises Predefined, InUse."""
    if item.is_predefined:
        raise Predefined(f"{item.code} belongs to every company. Turn it off instead.")
    if item.invoice_lines.exists() or item.recurring_lines.exists():
        raise InUse(f"{item.code} is on invoices. Turn it off instead.")
    if entered().drafts.filter(closed_at=None, content__lines__contains=[{"item": str(item.pk)}]).exists():
        raise InUse(f"{item.code} is on drafts. Turn it off instead.")
    item.delete()


def save_term(term: Term) -> None:
    """Add or change a term; when it is the default, the former default no longer is. Raises NameTaken."""
    company = entered()
    if company.terms.filter(name__iexact=term.name).exclude(pk=term.pk).exists():
        raise NameTaken(f"Another term is called “{term.name}”.")
    if term.is_default:
        for former in company.terms.filter(is_default=True).exclude(pk=term.pk):
            former.is_default = False
            former.save(update_fields=["is_default"])
    term.save()


def delete_term(term: Term) -> None:
    """Remove a term that no document has. Raises Predefined for the default, InUse."""
    if term.is_default:
        raise Predefined(f"{term.name} is the default. Make another term the default first.")
    if term.invoices.exists() or term.recurring_invoices.exists():
        raise InUse(f"{term.name} is on invoices. Turn it off instead.")
    term.delete()


def exempt(*, state: str, item_classes: set[str]) -> None:
    """On exactly these classes of items the state charges nothing."""
    rows = entered().state_exemptions.filter(state=state)
    for gone in rows.exclude(item_class__in=item_classes):
        gone.delete()
    there = set(rows.values_list("item_class", flat=True))
    StateExemption.objects.bulk_create(
        StateExemption(state=state, item_class=item_class) for item_class in sorted(item_classes - there)
    )


def set_customer_tax(*, customer_id: int, rate: Decimal | None, reason: str) -> None:
    """The customer's own rate in percent, 0 for an exemption; None gives the customer back to the state's rate."""
    if rate is None:
        for own in CustomerTax.objects.filter(customer_id=customer_id):
            own.delete()
        return
    CustomerTax.objects.update_or_create(customer_id=customer_id, defaults={"rate": rate, "reason": reason})


def parked_now() -> list[ParkedAccount]:
    """The recurring invoices that runs leave alone, the longest parked first."""
    waiting = entered().parked_accounts.filter(released_at=None).select_related("customer", "recurring_invoice")
    return list(waiting.order_by("parked_at", "pk"))
