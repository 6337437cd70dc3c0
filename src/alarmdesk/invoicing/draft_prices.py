"""What do drafts come to as they stand? By the one pricing function, in a fixed number of queries however many."""

import datetime as dt
from collections.abc import Sequence

from alarmdesk.company.entering import entered
from alarmdesk.invoicing.forms.drafting import items_in, lines_in
from alarmdesk.invoicing.forms.lines import Lines
from alarmdesk.invoicing.forms.numbers import day_typed
from alarmdesk.invoicing.models import BillableItem, Draft
from alarmdesk.invoicing.pricing import Unpriceable, price
from alarmdesk.invoicing.queries import tax_facts_of
from alarmdesk.invoicing.taxes import OwnTax, RuleBook, load_book
from alarmdesk.lib.money import Totals


def priced_drafts(drafts: Sequence[Draft]) -> list[Totals | None]:
    """The totals of each draft's valid lines by its customer's taxes; None where they cannot be added up."""
    if not drafts:
        return []
    book = load_book()
    items = list(BillableItem.objects.filter(company=entered(), pk__in=items_in(draft.content for draft in drafts)))
    facts = tax_facts_of({draft.customer_id for draft in drafts})
    return [_total(draft, items, book, *facts[draft.customer_id]) for draft in drafts]


def _total(draft: Draft, items: Sequence[BillableItem], book: RuleBook, state: str, own: OwnTax) -> Totals | None:
    lines = Lines(lines_in(draft.content), items=items, keep=[item.pk for item in items])
    on = day_typed(draft.content["head"].get("sale_on", "")) or dt.date.max
    try:
        return price([row.form.line_input() for row in lines.valid], book.on(on), state, own)[1]
    except Unpriceable:
        return None
