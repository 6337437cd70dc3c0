"""Who gets which new price when many are raised at once, from when on, and who is left out and why?

Decided here, without writing, for the preview and for the applying alike (raises.py writes). The price of the chosen
items' lines goes up by percent or dollars and is rounded; it never falls. Old and new totals are both of the date of
the first invoice with the new price, so that their difference is the price's alone.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from alarmdesk.company.entering import entered_id
from alarmdesk.invoicing.actions import NotIssuable, refuse_negative
from alarmdesk.invoicing.batches import TAX_FACTS
from alarmdesk.invoicing.models import BillableItem, RateIncrease
from alarmdesk.invoicing.periods import Schedule
from alarmdesk.invoicing.pricing import LineInput, PricedLine, Unpriceable, price
from alarmdesk.invoicing.succession import NothingLeft, Turn, turn_of
from alarmdesk.invoicing.taxes import RuleBook, TaxRules, load_book, own_tax
from alarmdesk.lib.furniture import day
from alarmdesk.lib.money import HUNDRED, ZERO, Totals
from alarmdesk.lib.recurrence import add_months

CHOSEN = f"""
select r.id, r.number, r.customer_id, r.next_seq, c.status = 'cancelled', c.email,
    coalesce(c.customer_since, case when r.follows_id is null then coalesce(r.starts_on, r.anchor_on) end),
    coalesce(a.state, ''), x.rate, coalesce(e.shown, ''),
    exists (select from invoicing_parkedaccount p where p.company_id = r.company_id
        and p.recurring_invoice_id = r.id and p.released_at is null),
    exists (select from invoicing_recurringinvoice f where f.company_id = r.company_id and f.follows_id = r.id),
    r.anchor_on, r.every, r.unit, r.times, r.first_seq, r.starts_on, r.in_arrears, r.ended_on, r.prorates_end
from invoicing_recurringinvoice r
join customers_customer c on c.company_id = r.company_id and c.id = r.customer_id
{TAX_FACTS}
where r.company_id = %(company)s and r.id > %(after)s and r.next_on is not null
  and (%(state)s = '' or a.state = %(state)s) and (%(kind)s = '' or c.kind = %(kind)s)
  and (%(since)s::date is null or c.customer_since < %(since)s)
  and exists (
    select from invoicing_recurringline l
    where l.company_id = r.company_id and l.recurring_invoice_id = r.id and l.item_id = any(%(items)s)
      and l.unit_price >= coalesce(%(from)s::numeric, l.unit_price)
      and l.unit_price <= coalesce(%(to)s::numeric, l.unit_price)
  )
  and r.raised_by_id is distinct from %(increase)s
  and r.id <= coalesce(%(until)s, r.id)
order by r.id
"""  # noqa: S608  pieces of our own
LINES = """
select l.recurring_invoice_id, array_agg(l.id order by l.position), array_agg(
    concat_ws('|', l.item_id, i.item_class, i.taxable, l.quantity, l.unit_price, coalesce(l.tax_rate::text, ''))
    order by l.position
)
from invoicing_recurringline l join invoicing_billableitem i on i.company_id = l.company_id and i.id = l.item_id
where l.company_id = %(company)s and l.recurring_invoice_id = any(%(ids)s) group by l.recurring_invoice_id
"""
ENDINGS = {RateIncrease.Rounding.NINETY_FIVE: Decimal("0.95"), RateIncrease.Rounding.NINETY_NINE: Decimal("0.99")}
STEPS = {
    RateIncrease.Rounding.CENT: Decimal("0.01"),
    RateIncrease.Rounding.NICKEL: Decimal("0.05"),
    RateIncrease.Rounding.QUARTER: Decimal("0.25"),
    RateIncrease.Rounding.DOLLAR: Decimal(1),
}

# how reasons are counted that name a day or a number, by how they begin
KINDS = {
    "Signed on": "Signed lately",
    "It ends on": "Ends anyway",
    "It makes no": "Nothing left",
    "It cannot be": "Cannot be billed",
    "Another change": "Changing already",
}


def raised(unit_price: Decimal, increase: RateIncrease) -> Decimal:
    """The new unit price: rounded by the increase's rule, and never below the old one."""
    if increase.how == RateIncrease.How.PERCENT:
        new = unit_price * (HUNDRED + increase.value) / HUNDRED
    else:
        new = unit_price + increase.value
    return max(unit_price, rounded(new, RateIncrease.Rounding(increase.rounding)))


def rounded(price_: Decimal, rule: RateIncrease.Rounding) -> Decimal:
    """A price by a rule of rounding: to the nearest step, half up; or up to the next .95 or .99."""
    if ending := ENDINGS.get(rule):
        return (price_ - ending).quantize(Decimal(1), ROUND_CEILING) + ending
    step = STEPS[rule]
    return ((price_ / step).quantize(Decimal(1), ROUND_HALF_UP) * step).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Found:
    """A recurring invoice that an increase speaks of."""

    id: int
    number: int
    customer_id: int
    next_seq: int
    has_left: bool
    email: str
    signed_on: dt.date | None
    state: str
    customer_rate: Decimal | None
    certificates: str
    is_parked: bool
    has_successor: bool
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Raise:
    """What an increase does to one recurring invoice, or why it does nothing: `reason` "" where it is raised.

    `lines`: (the old line's id, new unit price, priced) in order; `old` and `new` are totals with tax.
    """

    found: Found
    reason: str = ""
    turn: Turn | None = None
    old: Decimal = ZERO
    new: Decimal = ZERO
    lines: Sequence[tuple[int, Decimal, PricedLine]] = ()

    @property
    def difference(self) -> Decimal:
        return self.new - self.old


@dataclass(slots=True)
class Planner:
    """Decides for one increase; what is equal is priced once."""

    increase: RateIncrease
    book: RuleBook = field(default_factory=load_book)
    _rules: dict[dt.date, TaxRules] = field(default_factory=dict)
    _known: dict[tuple[object, ...], tuple[list[PricedLine], Totals]] = field(default_factory=dict)

    def plan(self, *, after: int = 0, until: int | None = None) -> list[Raise]:
        """Those whom the filters choose, ids above `after` up to `until`, each with its price or why not."""
        chosen = self._chosen(after, until)
        texts = {row[0]: row[1:] for row in _rows(LINES, ids=[found.id for found in chosen])}
        return [self._decide(found, *texts[found.id]) for found in chosen]

    def _chosen(self, after: int, until: int | None) -> list[Found]:
        increase = self.increase
        rows = _rows(
            CHOSEN,
            after=after,
            until=until,
            increase=increase.pk,
            state=increase.state,
            kind=increase.kind,
            since=increase.since_before,
            items=list(increase.items),
            **{"from": increase.price_from, "to": increase.price_to},
        )
        return [Found(*(*row[:12], Schedule(*row[12:]))) for row in rows]

    def _decide(self, found: Found, line_ids: Sequence[int], texts: Sequence[str]) -> Raise:
        if reason := self._refusal(found):
            return Raise(found, reason)
        try:
            turn = turn_of(found.schedule, found.next_seq, self.increase.effective_on, splits=self.increase.splits)
            return self._priced(found, turn, line_ids, [_line(text) for text in texts])
        except NothingLeft as error:
            return Raise(found, str(error))
        except (Unpriceable, NotIssuable) as error:
            return Raise(found, f"It cannot be billed: {error}")

    def _refusal(self, found: Found) -> str:
        spared_since = add_months(self.increase.effective_on, -self.increase.spares_months)
        is_new = self.increase.spares_months and found.signed_on is not None and found.signed_on > spared_since
        ended_on = found.schedule.ended_on
        told = (
            (found.has_left, "The customer has left."),
            (found.is_parked, "Parked: a run could not bill it."),
            (found.has_successor, "Another change of it is on its way."),
            (ended_on is not None, f"It ends on {day(ended_on)}."),
            (is_new, f"Signed on {day(found.signed_on)}, in the {self.increase.spares_months} months before."),
        )
        return next((reason for holds, reason in told if holds), "")

    def _priced(self, found: Found, turn: Turn, line_ids: Sequence[int], lines: Sequence[LineInput]) -> Raise:
        items, low, high = set(self.increase.items), self.increase.price_from, self.increase.price_to
        prices = [
            raised(line.unit_price, self.increase)
            if line.item.pk in items
            and line.unit_price > 0
            and (low is None or line.unit_price >= low)
            and (high is None or line.unit_price <= high)
            else line.unit_price
            for line in lines
        ]
        if all(new == line.unit_price for new, line in zip(prices, lines, strict=True)):
            return Raise(found, "Its price stays the same.")
        on = found.schedule.made_on(found.schedule.period(turn.seq)) if found.schedule.in_arrears else turn.on
        _, old = self._price(found, on, lines)
        priced, new = self._price(found, on, [_at(line, to) for line, to in zip(lines, prices, strict=True)])
        return Raise(found, "", turn, old.total, new.total, list(zip(line_ids, prices, priced, strict=True)))

    def _price(self, found: Found, on: dt.date, lines: Sequence[LineInput]) -> tuple[list[PricedLine], Totals]:
        facts = [(line.item.pk, line.quantity, line.unit_price, line.tax_rate) for line in lines]
        key = (on, found.state, found.customer_rate, found.certificates, *facts)
        if key not in self._known:
            rules = self._rules.setdefault(on, self.book.on(on))
            self._known[key] = price(lines, rules, found.state, own_tax(found.customer_rate, found.certificates))
            refuse_negative(self._known[key][1])
        return self._known[key]


def _at(line: LineInput, unit_price: Decimal) -> LineInput:
    return LineInput(line.item, line.quantity, line.description, unit_price, line.tax_rate)


def _line(text: str) -> LineInput:
    item_id, item_class, taxable, quantity, unit_price, rate = text.split("|")
    item = BillableItem(pk=int(item_id), item_class=item_class, taxable=taxable)
    return LineInput(item, Decimal(quantity), "", Decimal(unit_price), Decimal(rate) if rate else None)


@dataclass(frozen=True, slots=True)
class Sums:
    """What an increase comes to: how many are raised and left out, their totals before and after."""

    raised: int
    old: Decimal
    new: Decimal
    left_out: dict[str, int]

    @property
    def difference(self) -> Decimal:
        return self.new - self.old


def sums_of(plans: Iterable[Raise]) -> Sums:
    """Add up what was decided; those left out are counted by reason, dates aside."""
    good, left_out, old, new = 0, dict[str, int](), ZERO, ZERO
    for one in plans:
        if one.reason:
            kind = _kind(one.reason)
            left_out[kind] = left_out.get(kind, 0) + 1
        else:
            good, old, new = good + 1, old + one.old, new + one.new
    return Sums(good, old, new, left_out)


def _kind(reason: str) -> str:
    return next((kind for start, kind in KINDS.items() if reason.startswith(start)), reason.rstrip("."))


def _rows(sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"company": entered_id(), **parameters})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
