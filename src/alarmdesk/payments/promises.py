"""When does the office hold off, because a customer promised to pay? Nothing is charged by itself and no reminder is
written through the day of the promise.
"""

import datetime as dt

from alarmdesk.customers.models import Customer
from alarmdesk.payments.dunning import standing_promises
from alarmdesk.payments.models import Promise

LONGEST = dt.timedelta(days=90)


class NotAPromise(Exception):
    """The day cannot be that of a promise."""


def make_promise(customer: Customer, *, until: dt.date, note: str, today: dt.date, at: dt.datetime, by: str) -> Promise:
    """The customer will pay by the end of that day. A promise that stood before is replaced. Raises NotAPromise."""
    if until < today:
        raise NotAPromise("This day is over. Choose today or a later day.")
    if until - today > LONGEST:
        raise NotAPromise(f"Choose a day within {LONGEST.days} days: until then nothing is collected.")
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer.pk)
    Promise.objects.filter(customer=customer, ended_at=None).update(ended_at=at)
    return Promise.objects.create(customer=customer, until=until, note=note, made_at=at, made_by=by)


def end_promise(customer: Customer, *, at: dt.datetime) -> None:
    """Collections go on with the next night."""
    Promise.objects.filter(customer=customer, ended_at=None).update(ended_at=at)


def standing_promise(customer: Customer, *, today: dt.date) -> Promise | None:
    """The promise that holds today, if there is one."""
    return standing_promises(today).filter(customer=customer).first()
