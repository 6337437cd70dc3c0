"""Which numbers stand around a page, in the sidebar and on a customer's tabs? All of them asked in one question."""

from typing import Any

from alarmdesk.customers.models import Ticket
from alarmdesk.equipment.queries import on_site
from alarmdesk.invoicing.models import ParkedAccount
from alarmdesk.lib.counting import counts
from alarmdesk.scheduling.queries import upcoming


def page_counts(request: Any) -> dict[str, int]:
    """`parked` accounts, tickets that are not done and are `mine` or `nobodys`; on a customer's page also what hangs on
    the customer, by the code of its tab. Asked once for a request, when the first of them is drawn.
    """
    if not hasattr(request, "page_counts"):
        request.page_counts = counts(**_of_the_company(request), **_of_the_customer(request))
    found: dict[str, int] = request.page_counts
    return found


def _of_the_company(request: Any) -> dict[str, Any]:
    work = Ticket.objects.filter(company=request.company, done_at=None)
    return {
        "parked": ParkedAccount.objects.filter(company=request.company, released_at=None),
        "mine": work.filter(assignee=request.user),
        "nobodys": work.filter(assignee=None),
    }


def _of_the_customer(request: Any) -> dict[str, Any]:
    customer = getattr(request, "customer", None)
    if customer is None:
        return {}
    return {
        "appointments": upcoming(customer),
        "equipment": on_site(customer.pieces.all()),
        "contacts": customer.contacts.all(),
        "notes": customer.notes.all(),
        "files": customer.files.filter(removed_at=None),
    }
