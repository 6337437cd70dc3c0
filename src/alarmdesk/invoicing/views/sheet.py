"""What does a document come to while somebody writes it? The server prices each keystroke, by the one function.

`open_sheet` builds the lines with their amounts and totals for a page; `answer_sheet` is the POST that htmx sends: a
line added or removed draws the table anew, anything else only amounts, totals and what the item or the date fills in,
so that nothing changes under the typing hands. The page queues these requests: they are answered in their order.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import HttpResponse

from alarmdesk.company.addresses import at
from alarmdesk.company.marks import StaffRequest
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.charges import own_charge, own_prices
from alarmdesk.invoicing.equipping import piece_lines
from alarmdesk.invoicing.forms.drafting import content_typed, items_in
from alarmdesk.invoicing.forms.lines import MOST_LINES, Lines, Row
from alarmdesk.invoicing.forms.numbers import day_typed, plain
from alarmdesk.invoicing.models import ACTIVATION_FEE_NUMBER, MMR_NUMBER, BillableItem, Draft
from alarmdesk.invoicing.pricing import LineInput, Unpriceable, price
from alarmdesk.invoicing.queries import is_activation_fee_open, tax_facts
from alarmdesk.invoicing.taxes import OwnTax, TaxRules, load_rules
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
    has_unpaid_equipment: bool = False
    focus: int | None = None
    problem: str = ""
    chosen: Row | None = None
    said: str = ""

    @property
    def customer_line(self) -> str:
        """For whom it is written."""
        return f"{self.customer.name} · {self.customer.account_number}"

    @property
    def needs_lines(self) -> bool:
        """Saving was tried and there is not a single line."""
        return self.lines.is_checked and not self.lines.written


def billed_items(request: StaffRequest, named: Collection[int] = ()) -> list[BillableItem]:
    """What may stand on a new line, by number, and what is `named` on one although it was turned off since."""
    wanted = Q(is_active=True) | Q(pk__in=named) if named else Q(is_active=True)
    return list(request.company.billable_items.filter(wanted).order_by("number"))


def sheet_url(customer: Customer, draft: Draft | None = None) -> str:
    """Where the lines of a document are priced while they are typed."""
    url = at("invoicing:sheet", customer=customer.pk)
    return f"{url}?draft={draft.pk}" if draft else url


def open_sheet(customer: Customer, lines: Lines, *, on: dt.date, url: str, bills_equipment: bool = False) -> Sheet:
    """The lines with amounts, the rates that the rules give, and totals. `on`: the date that decides the rates.
    `bills_equipment`: unpaid equipment may be added, which a recurring invoice would bill again and again.
    """
    rules = load_rules(on)
    state, own = tax_facts(customer)
    for row in lines.rows:
        item = lines.items.get(row.typed["item"])
        if item:
            ruled = rules.judge(
                item_class=item.item_class,
                taxable=item.taxable,
                state=state,
                own=own,
                override=None,
            )
            row.rate = plain(ruled.tax.rate if ruled.tax else Decimal(0))
            row.reason = ruled.reason
    totals, problem = _priced(lines, rules, state, own)
    has_unpaid_equipment = bills_equipment and bool(_unpaid_equipment(lines, customer))
    return Sheet(customer, lines, totals, url, _may_add_fee(lines, customer), has_unpaid_equipment, problem=problem)


def _priced(lines: Lines, rules: TaxRules, state: str, own: OwnTax) -> tuple[Totals, str]:
    """Write its amount on each valid row; the totals of those, or why they cannot be added up."""
    valid = lines.valid
    if lines.are_too_many:
        return Totals(ZERO, ZERO), f"A document has at most {MOST_LINES} lines. Remove some, or make two documents."
    try:
        priced, totals = price([row.form.line_input() for row in valid], rules, state, own)
    except Unpriceable as too_much:
        return Totals(ZERO, ZERO), str(too_much)
    for row, line in zip(valid, priced, strict=True):
        row.amount = line.amount
    return totals, ""


def _may_add_fee(lines: Lines, customer: Customer) -> bool:
    """The Activation Fee is neither on these lines nor on another invoice, nor marked paid (F41)."""
    items = (lines.items.get(row.typed["item"]) for row in lines.rows)
    return not any(item and item.number == ACTIVATION_FEE_NUMBER for item in items) and is_activation_fee_open(customer)


def _unpaid_equipment(lines: Lines, customer: Customer) -> list[LineInput]:
    """What is neither paid nor on an invoice, nor on these lines (F41)."""
    return piece_lines(customer, without=[row.piece for row in lines.rows if row.piece is not None])


def act(lines: Lines, do: str, customer: Customer) -> int | None:
    """Do what was pressed: add, fee, mmr, equipment, choose-KEY, remove-KEY, rates. The key of the row to go to."""
    verb, _, text = do.partition("-")
    key = int(text) if text.isdecimal() else -1
    if verb == "choose":
        lines.choose(key, own_prices(customer))
    if verb in ("choose", "rates"):  # the focus stays where it is
        return None
    if verb == "remove":
        following = lines.after(key)
        lines.remove(key)
        return following if following is not None else lines.rows[-1].key
    if verb == "add":
        lines.add()
    elif verb == "fee" and _may_add_fee(lines, customer):
        lines.add(own_charge(customer, ACTIVATION_FEE_NUMBER))
    elif verb == "mmr":
        lines.add(own_charge(customer, MMR_NUMBER))
    elif verb == "equipment":
        for line in _unpaid_equipment(lines, customer):
            lines.add(line)
    return lines.rows[-1].key if lines.rows else None


def told(do: str, before: int, lines: Lines) -> str:
    """What a press did, for who does not see it."""
    after = len(lines.rows)
    count = f"{after} line{'s' if after != 1 else ''}."
    if do.startswith("remove-"):
        return f"Line removed. {count}"
    if after > before:
        return f"Line {after} added. {count}"
    return f"Line {after} filled in." if do in ("fee", "mmr") else ""


def answer_sheet(request: StaffRequest, customer: Customer, url: str, *, keep: Collection[int] = ()) -> HttpResponse:
    """The part of the page that changed, for htmx. `keep`: turned-off items that may stay (forms/lines.py)."""
    today = request.company.local_date(clock.now())
    items = billed_items(request, items_in([content_typed(request.POST)]))
    lines = Lines.typed(request.POST, items=items, keep=keep)
    do, before = request.POST.get("do", ""), len(lines.rows)
    focus = act(lines, do, customer) if do else None
    has_new_rates = do == "rates" or do.startswith("choose-")
    dates = (request.POST.get(name) for name in ("sale_on", "anchor_on", "changes_on"))
    on = day_typed(next(filter(None, dates), "")) or today
    sheet = open_sheet(customer, lines, on=on, url=url, bills_equipment="sale_on" in request.POST)
    sheet.focus, sheet.said = focus, told(do, before, lines)
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
    if request.method == "POST":
        return Lines.typed(request.POST, items=billed_items(request, items_in([content_typed(request.POST)])))
    lines = Lines.of(inputs, items=billed_items(request, {line.item.pk for line in inputs}))
    if not lines.rows:
        lines.add()
    return lines
