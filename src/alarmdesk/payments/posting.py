"""What was put off, and whose day has come? Refunds whose payment has settled, and scheduled payments whose Desired
Posting Date is here (D3, F55). Part of every night, and safe to do twice or by two at once.
"""

import datetime as dt
from collections.abc import Callable

from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.attempts import AlreadyUnderWay, Tally, refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.refunding import send_queued
from alarmdesk.payments.sending import send_many
from alarmdesk.payments.taking import InProgress, MethodUnusable, begin_scheduled, fail_scheduled, scheduled_for

Now = Callable[[], dt.datetime]


def post_due(company: Company, *, today: dt.date, now: Now, actor: Actor = SYSTEM) -> Tally:
    """Send queued refunds that can be sent, then charge what was scheduled for `today` or before. One that cannot be
    charged (its method was removed or has expired) has failed, with the reason. Called with no transaction open.

    Raises NoGateway (only when something is scheduled), BadCredentials.
    """
    tally = send_queued(company, now=now, actor=actor)
    tally.add(_charge_scheduled(company, today=today, now=now, actor=actor))
    return tally


def _charge_scheduled(company: Company, *, today: dt.date, now: Now, actor: Actor) -> Tally:
    refuse_inside_transaction()
    with inside(company, actor=actor):
        due = list(scheduled_for(today).values_list("pk", flat=True))
        if not due:
            return Tally()
        gateway = active_gateway()
    port = port_of(gateway)
    port.verify()
    prepared: list[int] = []
    for payment_id in due:
        try:
            with inside(company, actor=actor):
                attempt_id = begin_scheduled(gateway, payment_id, today=today, at=now())
        except MethodUnusable as error:
            with inside(company, actor=actor):
                fail_scheduled(payment_id, str(error))
        except (InProgress, AlreadyUnderWay):
            continue  # somebody pressed Process Now, or cancelled it
        else:
            prepared += [attempt_id] if attempt_id is not None else []
    return send_many(company, port, prepared, now=now, actor=actor)
