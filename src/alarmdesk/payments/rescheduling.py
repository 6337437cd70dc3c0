"""How does a scheduled payment get another day (F54)?"""

import datetime as dt

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.models import Payment


class NotScheduled(Exception):
    """The payment does not wait for its day any more."""


def change_day(company: Company, payment_id: int, post_on: dt.date, *, actor: Actor) -> Payment:
    """Move a scheduled payment to another Desired Posting Date. Raises NotScheduled. Joins an open transaction."""
    with inside(company, actor=actor):
        waiting = Payment.objects.select_for_update(no_key=True).filter(pk=payment_id, status=Payment.Status.SCHEDULED)
        payment = waiting.first()
        if payment is None:
            raise NotScheduled("This payment is not scheduled any more. Look at what came of it.")
        payment.post_on = post_on
        payment.save(update_fields=["post_on"])
        return payment
