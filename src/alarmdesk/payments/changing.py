"""How does Auto Pay go on when a price changes? The successor is enrolled with the method of the one before it.

The dated change itself belongs to invoicing (succession.py); here it is done together with the enrolment, in the one
transaction. From then on whoever changes or ends Auto Pay changes it for the whole chain (methods.py, decision 23).
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from alarmdesk.invoicing import succession
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.pricing import LineInput
from alarmdesk.lib.inserting import insert_rows
from alarmdesk.payments.models import AutoPay


def change_price(
    recurring: RecurringInvoice,
    *,
    on: dt.date,
    lines: Iterable[LineInput],
    splits: bool = False,
    today: dt.date,
    at: dt.datetime,
    by: str,
) -> RecurringInvoice:
    """The successor that bills these lines from `on` on, charged as the one before it. Raises as succession does."""
    made = succession.change_price(recurring, on=on, lines=lines, splits=splits, today=today, at=at, by=by)
    carry_over({recurring.pk: made.pk}, at=at, by=by)
    return made


def carry_over(successors: Mapping[int, int], *, at: dt.datetime, by: str) -> int:
    """Enrol successors (ids by the id of the one before) in its running Auto Pay, if it has one: how many."""
    running = AutoPay.objects.filter(recurring_invoice__in=list(successors), ended_at=None)
    rows = [
        (successors[before], method, mails)
        for before, method, mails in running.values_list(
            "recurring_invoice_id", "billing_method_id", "email_on_attempt"
        )
    ]
    insert_rows(
        AutoPay,
        ("recurring_invoice_id", "billing_method_id", "email_on_attempt"),
        rows,
        same={"enrolled_at": at, "enrolled_by": by},
    )
    return len(rows)
