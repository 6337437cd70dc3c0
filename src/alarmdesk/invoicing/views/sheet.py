"""What does a document come to while somebody writes it? The server prices each keystroke, by the one function.

`open_sheet` builds the lines with their amounts and totals for a page; `answer_sheet` is the POST that htmx sends: a
line added or removed draws the table anew, anything else only amounts, totals and what the item or the date fills in,
so that nothing changes under the typing hands. The page queues these requests: they are answered in their order.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

from alarmdesk.company.marks import StaffRequest
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.charges import own_charge, own_prices
from alarmdesk.invoicing.forms.lines import Lines, Row
from alarmdesk.invoicing.forms.numbers import day_typed, plain
from alarmdesk.invoicing.models import ACTIVATION_FEE_NUMBER, MMR_NUMBER, BillableItem
from alarmdesk.invoicing.pricing import LineInput, Unpriceable, price
from alarmdesk.invoicing.queries import is_activation_fee_open, tax_facts
from alarmdesk.invoicing.taxes import TaxRules, load_rules
from alarmdesk.invoicing.views.ahead import schedule_ahead
from alarmdesk.lib import clock
from alarmdesk.lib.money import ZERO, Totals
from alarmdesk.lib.pages import show


@dataclass
class Sheet:
    """The lines of a document being written, priced."""

    customer: Customer
    lines: Lines
    totals: Totals
    url: str
    has_open_fee: bool
    focus: int | None = None
    problem: str = ""
    chosen: Row | None = None

    @property
    def customer_line(self) -> str:
        """For whom it is written."""
        return f"{self.customer.name} · {self.customer.account_number}"

    @property
    def needs_lines(self) -> bool:
        """Saving was tried and there is not a single line."""
        return self.lines.is_checked and not self.lines.written


def billed_items(request: StaffRequest) -> list[BillableItem]:
    """What may stand on a new line, by number."""
    return list(request.company.billable_items.filter(is_active=True).order_by("number"))


def open_sheet(customer: Customer, lines: Lines, *, on: dt.date, url: str) -> Sheet:
    """The lines with amounts, the rates that the rules give, and totals. `on`: the date that decides the rates."""
    rules = load_rules(on)
    state, customer_rate = tax_facts(customer)
    for row in lines.rows:
        item = lines.items.get(row.typed["item"])
        if item:
            tax = rules.tax_for(
                item_class=item.item_class,
                taxable=item.taxable,
                state=state,
                customer_rate=customer_rate,
                override=None,
            )
            row.rate = plain(tax.rate if tax else Decimal(0))
    totals, problem = _priced(lines, rules, state, customer_rate)
    return Sheet(customer, lines, totals, url, has_open_fee=_may_add_fee(lines, customer), problem=problem)


def _priced(lines: Lines, rules: TaxRules, state: str, customer_rate: Decimal | None) -> tuple[Totals, str]:
    """Write its amount on each valid row; the totals of those, or why they cannot be added up."""
    valid = lines.valid
    try:
        priced, totals = price([row.form.line_input() for row in valid], rules, state, customer_rate)
    except Unpriceable as too_much:
        return Totals(ZERO, ZERO), str(too_much)
    for row, line in zip(valid, priced, strict=True):
        row.amount = line.amount
    return totals, ""


def _may_add_fee(lines: Lines, customer: Customer) -> bool:
    """The Activation Fee is neither on these lines nor on another invoice, nor marked paid (F41)."""
    items = (lines.items.get(row.typed["item"]) for row in lines.rows)
    return not any(item and item.number == ACTIVATION_FEE_NUMBER for item in items) and is_activation_fee_open(customer)


def act(lines: Lines, do: str, customer: Customer) -> int | None:
    """Do what was pressed: add, fee, mmr, choose-KEY, remove-KEY, rates. The key of the row to go to, if any."""
    verb, _, text = do.partition("-")
    key = int(text) if text.isdecimal() else -1
    if verb == "choose":
        lines.choose(key, own_prices(customer))
    if verb in ("choose", "rates"):  # the focus stays where it is
        return None
    if verb == "remove":
        lines.remove(key)
    elif verb == "add":
        lines.add()
    elif verb == "fee" and _may_add_fee(lines, customer):
        lines.add(own_charge(customer, ACTIVATION_FEE_NUMBER))
    elif verb == "mmr":
        lines.add(own_charge(customer, MMR_NUMBER))
    return lines.rows[-1].key if lines.rows else None


def answer_sheet(request: StaffRequest, customer: Customer, url: str) -> HttpResponse:
    """The part of the page that changed, for htmx."""
    today = request.company.local_date(clock.now())
    lines = Lines.typed(request.POST, items=billed_items(request))
    do = request.POST.get("do", "")
    focus = act(lines, do, customer) if do else None
    has_new_rates = do == "rates" or do.startswith("choose-")
    dates = (request.POST.get(name) for name in ("sale_on", "anchor_on", "changes_on"))
    on = day_typed(next(filter(None, dates), "")) or today
    sheet = open_sheet(customer, lines, on=on, url=url)
    sheet.focus = focus
    for row in lines.rows:
        if do == f"choose-{row.key}":
            sheet.chosen = row
            for name in ("description", "unit_price"):
                row.shown.fields[name].widget.attrs["hx-swap-oob"] = "true"
    context: dict[str, Any] = {"sheet": sheet, "is_update": True, "has_new_rates": has_new_rates}
    if "anchor_on" in request.POST:
        context["schedule"] = schedule_ahead(customer, lines, request.POST.dict())
    return show(request, f"invoicing/pieces/{'lines' if do and not has_new_rates else 'changes'}.html", context)


def lines_of(request: StaffRequest, inputs: Sequence[LineInput] = ()) -> Lines:
    """The lines of a page: as sent, else to begin with these, else one blank row."""
    items = billed_items(request)
    if request.method == "POST":
        return Lines.typed(request.POST, items=items)
    lines = Lines.of(inputs, items=items)
    if not lines.rows:
        lines.add()
    return lines
