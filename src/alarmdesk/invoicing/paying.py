"""Where can a customer pay, or sign a quote, without signing in? The rooms above know; the settings name whom the
letters of the rooms below ask (settings.PAY_LINKS), as they name who furnishes the pages.
"""

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice


def invoice_link(invoice: Invoice, *, today: dt.date) -> str:
    """The whole address under which the invoice can be paid (D5), good from the company's `today`, inside its company;
    "" when nothing is due on it or the company takes no payments online.
    """
    return str(_named("invoice")(invoice, today=today))


def invoice_links(invoices: list[Invoice], *, today: dt.date) -> dict[int, str]:
    """The same for many at once, by the invoice's id; those without a link are not in it."""
    found: dict[int, str] = _named("invoices")(invoices, today=today)
    return found


def balance_link(customer: Customer, *, today: dt.date) -> str:
    """The same for all that a customer owes."""
    return str(_named("balance")(customer, today=today))


def quote_link(quote: Invoice, *, today: dt.date) -> str:
    """The whole address under which the quote can be read, signed and declined, inside its company."""
    return str(_named("quote")(quote, today=today))


@cache
def _named(what: str) -> Callable[..., Any]:
    maker: Callable[..., Any] = import_string(settings.PAY_LINKS[what])
    return maker
