"""How does a company look that has a row of everything? For the tests that walk through every table and every page.

A table that is added must be filled here: `test_the_shop_has_a_row_in_every_tenant_table` says which one is missing.
"""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company, Run
from alarmdesk.company.testing import OPENED, make_staff, unique
from alarmdesk.customers.models import Import, ImportChunk, ImportProblem, Mapping, WaitingMethod
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.invoicing.models import CustomerTax, ParkedAccount, Printout, PrintoutPiece, StateExemption
from alarmdesk.invoicing.testing import make_invoice, make_recurring, make_state_tax
from alarmdesk.messaging.models import MailSender, MailText, Message
from alarmdesk.office.testing import make_open_company
from alarmdesk.payments.models import (
    Allocation,
    Attempt,
    AutoPay,
    BillingMethod,
    Deposit,
    Discrepancy,
    DunningPolicy,
    Gateway,
    GatewayEvent,
    InboundEvent,
    PlannedAllocation,
    Promise,
    SentForm,
)
from alarmdesk.payments.testing import make_cash_payment
from alarmdesk.portal.models import GuestPayment, PayLinkWithdrawal
from alarmdesk.portal.testing import make_holder

__all__ = ["Shop", "full_shop", "tenant_models"]
DAY = dt.date(2026, 1, 31)


@dataclass
class Shop:
    """A company and one row of every kind, by its model's name in lower case."""

    company: Company
    rows: dict[str, models.Model] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.rows[name]


def tenant_models() -> list[type[models.Model]]:
    """Every model whose rows belong to a company."""
    return [
        model
        for model in apps.get_models()
        if any(one.name == "company" and one.is_relation for one in model._meta.concrete_fields)
    ]


def full_shop() -> Shop:
    """A company that is open, with a row in every tenant table."""
    shop = Shop(make_open_company())
    make_staff(shop.company, customers.view)
    with inside(shop.company):
        _relations(shop)
        _billing(shop)
        _money(shop)
        for model in tenant_models():
            row = shop.rows.get(model._meta.model_name) or model.objects.filter(company=shop.company).first()
            if row is not None:
                shop.rows[model._meta.model_name] = row
    return shop


def _relations(shop: Shop) -> None:
    customer = make_customer(mmr=Decimal("39.95"))
    shop.rows |= {"customer": customer, "lead": make_lead()}
    run = Run.objects.create(kind="night", on=DAY, created_at=OPENED, started_by="AlarmDesk", state="finished")
    an_import = Import.objects.create(file_name="old.csv", created_at=OPENED, created_by="Rosa")
    shop.rows |= {"run": run, "import": an_import}
    ImportChunk.objects.create(of_import=an_import, position=0, content=b"name\n")
    ImportProblem.objects.create(of_import=an_import, line=2, message="Not a number")
    WaitingMethod.objects.create(of_import=an_import, customer=customer, line=2, kind="card")
    Mapping.objects.create(name=unique("mapping"))
    MailText.objects.create(letter="invoice", subject="Invoice", body="Hello")
    MailSender.objects.create(name="Northgate")
    Message.objects.create(customer=customer, kind="note", to="a@example.com", queued_at=OPENED, due_at=OPENED)
    make_holder(customer)


def _billing(shop: Shop) -> None:
    customer = shop["customer"]
    make_state_tax("OK")
    StateExemption.objects.create(state="TX", item_class="service")
    shop.rows["recurringinvoice"] = recurring = make_recurring(customer)
    shop.rows["invoice"] = invoice = make_invoice(customer)
    CustomerTax.objects.create(customer=customer, rate=Decimal("4.5"))
    printout = Printout.objects.create(
        run=shop["run"], size=4, created_at=OPENED, created_by="Rosa", kept_until=OPENED + dt.timedelta(days=36_500)
    )
    PrintoutPiece.objects.create(printout=printout, position=0, content=b"%PDF")
    ParkedAccount.objects.create(
        customer=customer, recurring_invoice=recurring, run=shop["run"], reason="No term", parked_at=OPENED
    )
    recurring.periods.create(seq=0, starts_on=DAY, ends_on=DAY + dt.timedelta(28), invoice=invoice)


def _money(shop: Shop) -> None:
    customer, invoice = shop["customer"], shop["invoice"]
    gateway = Gateway.objects.create(credentials={"security_key": "none"}, tokenization_key="none")
    method = BillingMethod.objects.create(
        customer=customer,
        kind="card",
        vault_id=unique("vault"),
        last_four="1111",
        gateway=gateway,
        created_at=OPENED,
        created_by="Rosa",
        is_default=True,
    )
    shop.rows |= {"gateway": gateway, "billingmethod": method}
    AutoPay.objects.create(
        recurring_invoice=shop["recurringinvoice"], billing_method=method, enrolled_at=OPENED, enrolled_by="Rosa"
    )
    shop.rows["payment"] = payment = make_cash_payment(customer, "25.00")
    Allocation.objects.create(payment=payment, invoice=invoice, amount=Decimal("5.00"), at=OPENED, by="Rosa")
    PlannedAllocation.objects.create(payment=payment, invoice=invoice, amount=Decimal("5.00"), is_live=False)
    attempt = Attempt.objects.create(
        payment=payment, gateway=gateway, key=unique("key"), amount=Decimal("5.00"), created_at=OPENED, state="declined"
    )
    GatewayEvent.objects.create(at=OPENED, attempt_id=attempt.pk, kind="sale", raw="response=2")
    InboundEvent.objects.create(
        gateway=gateway, event_id=unique("event"), kind="sale", at=OPENED, received_at=OPENED, body="{}"
    )
    Deposit.objects.create(
        gateway=gateway, batch_id=unique("batch"), settled_at=OPENED, count=1, amount=Decimal("5.00")
    )
    Discrepancy.objects.create(gateway=gateway, kind="extra", key=unique("key"), payment=payment, found_at=OPENED)
    DunningPolicy.objects.create(days=[3, 7, 14])
    GuestPayment.objects.create(
        customer=customer, payment=payment, digest=unique("digest"), kind="card", amount=Decimal("5.00"), at=OPENED
    )
    PayLinkWithdrawal.objects.create(customer=customer, invoice=invoice, at=OPENED, by="Rosa")
    Promise.objects.create(customer=customer, until=OPENED.date(), made_at=OPENED, made_by="Rosa")
    SentForm.objects.create(token=unique("form"), payment=payment, at=OPENED)
