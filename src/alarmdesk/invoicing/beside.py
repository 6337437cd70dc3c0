"""What do invoices add to a customer's equipment? A context processor: the tab sets `request.customer` and
`request.tab`, and its template shows what is here.
"""

from functools import cached_property
from typing import Any

from django.http import HttpRequest

from alarmdesk.invoicing.equipping import invoices_of_pieces, untaken_lines
from alarmdesk.lib import clock


class EquipmentInvoicing:
    """What was invoiced of a customer's equipment; each property asks once, and only when the page draws it."""

    def __init__(self, request: Any) -> None:
        self._request = request

    @cached_property
    def untaken(self) -> int:
        """How many invoiced lines are not on the customer yet (F31)."""
        return untaken_lines(self._request.customer).count()

    @property
    def untaken_words(self) -> str:
        """The same as a sentence."""
        lines = "1 line" if self.untaken == 1 else f"{self.untaken} lines"
        return f"{lines} of invoiced equipment {'is' if self.untaken == 1 else 'are'} not on this customer yet."

    @cached_property
    def invoices(self) -> Any:
        """The invoice in force of each piece, by the piece's id."""
        return invoices_of_pieces(self._request.customer)

    @cached_property
    def today(self) -> Any:
        return self._request.company.local_date(clock.now())


def beside(request: HttpRequest) -> dict[str, Any]:
    """`equipment_invoicing` on the equipment tab of a customer; else nothing."""
    is_tab = getattr(request, "tab", "") == "equipment" and getattr(request, "customer", None) is not None
    return {"equipment_invoicing": EquipmentInvoicing(request)} if is_tab else {}
