"""Which shop do the browser's tests look at? The one with a row of everything, and enough of it to fill pages."""

import datetime as dt
from typing import Any

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Run
from alarmdesk.company.testing import OPENED, unique
from alarmdesk.customers.models import Customer
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.invoicing.testing import line, make_invoice, make_recurring, net
from alarmdesk.messaging.models import Message
from alarmdesk.payments.testing import make_cash_payment, make_gateway, make_method
from tests.architecture.shop import Shop, full_shop

LONG = "The Honourable Company of Alarm Installers & Locksmiths of Greater Northeastern Oklahoma"


def make_furnished_shop(world: Any) -> Shop:
    """Everything once, a gateway that answers, some rows of each kind, and a name that is too long."""
    shop = full_shop()
    with inside(shop.company):
        old = shop["gateway"]
        old.is_active = False
        old.save()
    shop.rows["gateway"] = make_gateway(shop.company, world)
    with inside(shop.company):
        make_lead(first_name="Theo", last_name="Okafor")
        long = make_customer(
            kind=Customer.Kind.BUSINESS, business_name=LONG, email=f"{'accounts-payable.' * 3}@example.com"
        )
        shop.rows["long"] = long
        make_recurring(long, times=None)
        for customer in (shop["customer"], long, *(make_customer() for _ in range(4))):
            _bill(customer)
        shop.rows["billingmethod"] = make_method(shop["customer"])
        for state in ("running", "failed"):
            Run.objects.create(
                kind="night", on=dt.date(2026, 2, 1 if state == "failed" else 2), state=state, stage="Charging",
                done=2, total=9, created_at=OPENED, started_at=OPENED, started_by="AlarmDesk",
                error="The database went away." if state == "failed" else "",
            )  # fmt: skip
    return shop


def _bill(customer: Any) -> None:
    """A year of a customer's in a few rows: paid, late, a quote, a credit, mails."""
    paid = make_invoice(customer, term=net(0))
    make_invoice(customer, lines=[line(), line("12.50", "4")], po_number=unique("PO"))
    for kind in ("quote", "credit"):
        make_invoice(customer, type=kind)
    make_cash_payment(customer, str(paid.total))
    for state in ("sent", "failed"):
        Message.objects.create(
            customer=customer, kind="invoice", subject="Invoice 7", to="a@example.com", queued_at=OPENED,
            due_at=OPENED, state=state, error="550 no such mailbox" if state == "failed" else "",
        )  # fmt: skip
