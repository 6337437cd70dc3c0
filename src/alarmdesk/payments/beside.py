"""What do payments add to the pages of the room below? A context processor: the page of an invoice sets
`request.invoice`, that of a recurring invoice `request.recurring_invoice`, and its template shows what is here.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from alarmdesk.lib import clock
from alarmdesk.payments.queries import of_invoice, of_recurring


def beside(request: HttpRequest) -> dict[str, Any]:
    """`invoice_payments` beside an invoice, `recurring_billing` beside a recurring invoice; else nothing."""
    context: dict[str, Any] = {}
    invoice = getattr(request, "invoice", None)
    if invoice is not None:
        today = request.company.local_date(clock.now())  # type: ignore[attr-defined]
        context["invoice_payments"] = SimpleLazyObject(lambda: of_invoice(invoice, today=today))
    recurring = getattr(request, "recurring_invoice", None)
    if recurring is not None:
        context["recurring_billing"] = SimpleLazyObject(lambda: of_recurring(recurring))
    return context
