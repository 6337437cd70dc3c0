"""Under which words are leads, customers and their tickets found?"""

from collections.abc import Callable, Collection, Iterable

from django.db.models import QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.company.palette import Asked, Findable, Hit
from alarmdesk.customers.models import Customer, Ticket
from alarmdesk.customers.permissions import customers, leads, tickets
from alarmdesk.customers.search import find

LEAST_OF_TEXT = 3
# LIKE is asked behind the wall, row by row: of so many at most
LOOKED_THROUGH = 500
GRANTS = {Customer.Stage.CUSTOMER: customers.view, Customer.Stage.LEAD: leads.view}


def may_see(asked: Asked, customer: Customer) -> bool:
    """Whether the person may see this lead or customer at all."""
    return asked.may(GRANTS[Customer.Stage(customer.stage)])


def of_stage(stage: Customer.Stage) -> Callable[[Asked], Iterable[Hit]]:
    def people(asked: Asked) -> Iterable[Hit]:
        return _people(stage, find(asked.words, stage=stage, at_most=asked.most))

    return people


def again(stage: Customer.Stage) -> Callable[[Asked, Collection[int]], Iterable[Hit]]:
    return lambda asked, pks: _people(stage, pks)  # noqa: ARG005  (the palette's)


def _people(stage: Customer.Stage, pks: Collection[int]) -> list[Hit]:
    """In the order of their keys as given."""
    found = entered().customers.filter(stage=stage).prefetch_related("addresses").in_bulk(list(pks)) if pks else {}
    return [_person(found[pk]) for pk in pks if pk in found]


def _person(customer: Customer) -> Hit:
    address = customer.service_address or next(iter(customer.addresses.all()), None)
    told = customer.account_number, address.one_line if address else ""
    return Hit(customer.pk, customer.name, " · ".join(part for part in told if part))


def find_tickets(asked: Asked) -> Iterable[Hit]:
    """By their number, or by words of their text, of those that are not done: the first that are due."""
    rows = entered().tickets.all()
    if (number := asked.number_of("ticket")) is not None:
        return _tickets(asked, rows.filter(number=number))
    if len(asked.words) < LEAST_OF_TEXT:
        return []
    waiting = rows.filter(done_at=None).order_by("due_on", "pk").values("pk")[:LOOKED_THROUGH]
    return _tickets(asked, rows.filter(pk__in=waiting, note__text__icontains=asked.words))


def recall_tickets(asked: Asked, pks: Collection[int]) -> Iterable[Hit]:
    return _tickets(asked, entered().tickets.filter(pk__in=pks))


def _tickets(asked: Asked, rows: QuerySet[Ticket]) -> list[Hit]:
    stages = [stage for stage, grant in GRANTS.items() if asked.may(grant)]
    seen = rows.filter(customer__stage__in=stages).select_related("customer", "note")
    found = seen.order_by("-pk")[: asked.most]
    return [Hit(one.pk, f"{one}: {one.note.title}", f"{one.customer.name} · {one.state}") for one in found]


FINDABLE = (
    Findable(
        "Customers", customers.view, "office:customer", of_stage(Customer.Stage.CUSTOMER),
        again(Customer.Stage.CUSTOMER), listed="customers:list",
    ),
    Findable(
        "Leads", leads.view, "office:customer", of_stage(Customer.Stage.LEAD),
        again(Customer.Stage.LEAD), listed="customers:leads",
    ),
    Findable("Tickets", tickets.view, "tickets:ticket", find_tickets, recall_tickets, "ticket", "tickets:list"),
)  # fmt: skip
