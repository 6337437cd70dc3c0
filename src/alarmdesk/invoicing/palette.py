"""Under which words are invoices, quotes, credits and recurring invoices found? Under their number, however typed."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db.models import QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.company.palette import Asked, Findable, Hit
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.invoicing.permissions import invoices, recurring
from alarmdesk.lib.furniture import money


def of_types(*types: Invoice.Type) -> Callable[[Asked], Iterable[Hit]]:
    """Documents of that very number, of the type that is named where one is."""

    def documents(asked: Asked) -> Iterable[Hit]:
        nouns = {type_: type_.label.lower() for type_ in types}
        number = asked.number_of(*nouns.values())
        if number is None:
            return []
        named = [type_ for type_, noun in nouns.items() if asked.number_of(noun) is not None]
        rows = entered().invoices.filter(type__in=named, number=number)
        return _documents(rows.order_by("type")[: asked.most])

    return documents


def again(*types: Invoice.Type) -> Callable[[Asked, Collection[int]], Iterable[Hit]]:
    return lambda asked, pks: _documents(entered().invoices.filter(type__in=types, pk__in=pks)[: asked.most])


def _documents(rows: QuerySet[Invoice, Any]) -> list[Hit]:
    found = rows.select_related("customer").defer("bill_to", "note")
    return [Hit(one.pk, str(one), f"{one.customer.name} · {money(one.total)}") for one in found]


def find_recurring(asked: Asked) -> Iterable[Hit]:
    number = asked.number_of("recurring invoice")
    return [] if number is None else _recurring(entered().recurring_invoices.filter(number=number)[: asked.most])


def recall_recurring(asked: Asked, pks: Collection[int]) -> Iterable[Hit]:
    return _recurring(entered().recurring_invoices.filter(pk__in=pks)[: asked.most])


def _recurring(rows: QuerySet[RecurringInvoice, Any]) -> list[Hit]:
    found = rows.select_related("customer")
    return [Hit(one.pk, str(one), f"{one.customer.name} · {money(one.amount)}") for one in found]


BILLS, QUOTES = (Invoice.Type.INVOICE, Invoice.Type.CREDIT), (Invoice.Type.QUOTE,)
PAGE, LIST = "invoicing:invoice", "invoicing:list"
FINDABLE = (
    Findable("Invoices", invoices.view, PAGE, of_types(*BILLS), again(*BILLS), "file-text", LIST),
    Findable("Quotes", invoices.view, PAGE, of_types(*QUOTES), again(*QUOTES), "file-pen", LIST),
    Findable(
        "Recurring invoices", recurring.view, "invoicing:recurring", find_recurring, recall_recurring,
        "repeat", "invoicing:recurring_list",
    ),
)  # fmt: skip
