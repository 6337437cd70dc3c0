"""Who is who in these tests: a dealer with a gateway, Nora who owes an invoice, Rosa of the office, and a rival."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Staff
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_billed_customer, make_furnished_company, make_invoice
from alarmdesk.payments.models import Gateway
from alarmdesk.payments.testing import make_gateway


@dataclass
class Shop:
    company: Company
    gateway: Gateway
    nora: Customer
    invoice: Invoice
    rosa: Staff

    def url(self, path: str) -> str:
        return f"/{self.company.slug}/{path}"

    def of_nora(self, path: str = "") -> str:
        return self.url(f"customers/{self.nora.pk}/{path}")


def make_shop(world: Any) -> Shop:
    company = make_furnished_company()
    gateway = make_gateway(company, world)
    with inside(company):
        nora = make_billed_customer()
        invoice = make_invoice(nora)
    return Shop(company, gateway, nora, invoice, make_staff(company, administrator=True))


def signed_in(place: Staff) -> Client:
    client = Client()
    client.force_login(place.user)
    return client
