"""What do drafts come to as they stand? By the one pricing function, in a fixed number of queries however many."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Address
from alarmdesk.invoicing.forms.drafting import items_in, lines_in
from alarmdesk.invoicing.forms.lines import Lines
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.models import BillableItem, CustomerTax, Draft
from alarmdesk.invoicing.pricing import Unpriceable, price
from alarmdesk.invoicing.taxes import RuleBook, load_book
from alarmdesk.lib.money import Totals


def priced_drafts(drafts: Sequence[Draft]) -> list[Totals | None]:
    """The totals of each draft's valid lines by its customer's taxes; None where they cannot be added up."""
    if not drafts:
        return []
    book = load_book()
    items = list(BillableItem.objects.filter(company=entered(), pk__in=items_in(draft.content for draft in drafts)))
    facts = _tax_facts({draft.customer_id for draft in drafts})
    return [_total(draft, items, book, *facts[draft.customer_id]) for draft in drafts]


def _total(
    draft: Draft, items: Sequence[BillableItem], book: RuleBook, state: str, customer_rate: Decimal | None
) -> Totals | None:
    lines = Lines(lines_in(draft.content), items=items, keep=[item.pk for item in items])
    on = day_typed(draft.content["head"].get("sale_on", "")) or dt.date.max
    try:
        return price([row.form.line_input() for row in lines.valid], book.on(on), state, customer_rate)[1]
    except Unpriceable:
        return None


def _tax_facts(customers: set[int]) -> dict[int, tuple[str, Decimal | None]]:
    """What `queries.tax_facts` says of each customer."""
    rows = Address.objects.filter(company=entered(), customer_id__in=customers)
    states = {(customer, kind): state for customer, kind, state in rows.values_list("customer_id", "kind", "state")}
    own = dict(CustomerTax.objects.filter(customer_id__in=customers).values_list("customer_id", "rate"))
    return {
        pk: (states.get((pk, Address.Kind.SERVICE)) or states.get((pk, Address.Kind.BILLING)) or "", own.get(pk))
        for pk in customers
    }
