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
from alarmdesk.credit.testing import make_bureau, make_credit_settings, make_letter, make_report
from alarmdesk.customers.agencies import pick_agency
from alarmdesk.customers.models import FileQuota, Import, ImportChunk, ImportProblem, Mapping, Merge, WaitingMethod
from alarmdesk.customers.permissions import customers
from alarmdesk.customers.testing import (
    make_agency,
    make_contact,
    make_customer,
    make_file,
    make_lead,
    make_note,
    make_tagging,
    make_ticket,
)
from alarmdesk.customers.ticketing import comment
from alarmdesk.equipment.testing import make_equipment, make_package, make_piece
from alarmdesk.invoicing.applying import apply_credit
from alarmdesk.invoicing.correcting import supersede
from alarmdesk.invoicing.crediting import credit_invoice
from alarmdesk.invoicing.equipping import take_invoiced
from alarmdesk.invoicing.models import (
    CustomerTax,
    FindingDismissal,
    ParkedAccount,
    Printout,
    PrintoutPiece,
    QuoteSettings,
    RateImport,
    RateIncrease,
    StateExemption,
    StateTax,
    TaxCertificate,
)
from alarmdesk.invoicing.quotes import Reader, accept
from alarmdesk.invoicing.testing import line, make_draft, make_invoice, make_item, make_recurring, make_state_tax
from alarmdesk.messaging.models import MailSender, MailText, Message
from alarmdesk.monitoring.testing import make_block, make_system, make_test, make_zone
from alarmdesk.office.testing import make_open_company
from alarmdesk.office.ticketing.filters import save_filter
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
    MethodUpdate,
    PaidOut,
    PlannedAllocation,
    Promise,
    SentForm,
)
from alarmdesk.payments.statement_runs import Order
from alarmdesk.payments.statements import Period, make_statements
from alarmdesk.payments.testing import make_cash_payment
from alarmdesk.portal.models import GuestPayment, PayLinkWithdrawal
from alarmdesk.portal.testing import make_holder
from alarmdesk.scheduling.models import Notice
from alarmdesk.scheduling.technicians import take_off
from alarmdesk.scheduling.testing import make_appointment, make_technician

__all__ = ["Shop", "full_shop", "tenant_models"]
DAY = dt.date(2026, 1, 31)
GONE = 5_000_000  # nobody has that number any more


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
        _people(shop)
        _billing(shop)
        _work(shop)
        _credit(shop)
        _schedule(shop)
        _money(shop)
        _statements(shop)
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
    shop.rows["message"] = Message.objects.create(
        customer=customer, kind="note", to="a@example.com", queued_at=OPENED, due_at=OPENED
    )
    make_holder(customer)
    Merge.objects.create(
        customer=customer, merged_id=customer.pk + GONE, name="Dana Witfield", account_number="C-9", merged_at=OPENED,
        merged_by="Rosa",
    )  # fmt: skip


def _people(shop: Shop) -> None:
    customer = shop["customer"]
    shop.rows |= {"contact": make_contact(customer, passcode="maple"), "agency": make_agency()}
    make_agency("Tulsa Fire", kind="fire")
    shop.rows["ticket"] = ticket = make_ticket(customer)
    shop.rows["note"] = make_note(customer)
    comment(ticket, "Left a voice mail.", at=OPENED, by="Rosa")
    shop.rows["ticketfilter"] = save_filter(name="Stuck", query="state=waiting", owner=None, at=OPENED, by="Rosa")
    FileQuota.objects.create()
    shop.rows["customerfile"] = make_file(customer, b"%PDF-1.4\n", "plan.pdf")
    shop.rows["tag"] = make_tagging(customer).tag
    shop.rows["customeragency"] = pick_agency(customer=customer, agency=shop["agency"], at=OPENED, by="Rosa")


def _billing(shop: Shop) -> None:
    customer = shop["customer"]
    make_state_tax("OK")
    StateExemption.objects.create(state="TX", item_class="service")
    shop.rows["recurringinvoice"] = recurring = make_recurring(customer)
    shop.rows["invoice"] = invoice = make_invoice(customer)
    shop.rows["quote"] = quote = make_invoice(customer, type="quote", valid_until=dt.date(2099, 12, 31))
    old, new = make_invoice(customer, type="quote"), make_invoice(customer, type="quote")
    supersede(old, new, reason="", at=OPENED, by="Rosa")
    reader = Reader("203.0.113.7", "Phone")
    accept(new, name="Dana", signature="", typed_signature="Dana", reader=reader, today=quote.sale_on, at=OPENED)
    shop.rows["draft"] = make_draft(customer)
    QuoteSettings.objects.create(valid_days=30)
    CustomerTax.objects.create(customer=customer, rate=Decimal("4.5"))
    made = RateImport.objects.create(file_name="rates.csv", rows=1, imported_at=OPENED, imported_by="Rosa")
    StateTax.objects.create(state="TX", rate=Decimal("6.25"), effective_on=DAY, imported_by=made)
    TaxCertificate.objects.create(
        customer=customer, number="R-123", valid_from=DAY, valid_until=DAY, entered_at=OPENED, entered_by="Rosa"
    )
    FindingDismissal.objects.create(
        customer=customer, kind="billed_less", about=str(customer.pk), facts="", reason="A gift", until=DAY,
        dismissed_at=OPENED, dismissed_by="Rosa",
    )  # fmt: skip
    printout = Printout.objects.create(
        run=shop["run"], size=4, created_at=OPENED, created_by="Rosa", kept_until=OPENED + dt.timedelta(days=36_500)
    )
    PrintoutPiece.objects.create(printout=printout, position=0, content=b"%PDF")
    ParkedAccount.objects.create(
        customer=customer, recurring_invoice=recurring, run=shop["run"], reason="No term", parked_at=OPENED
    )
    RateIncrease.objects.create(value=5, effective_on=DAY, created_at=OPENED, created_by="Rosa")
    recurring.periods.create(seq=0, starts_on=DAY, ends_on=DAY + dt.timedelta(28), invoice=invoice)


def _work(shop: Shop) -> None:
    customer = shop["customer"]
    motion = make_equipment()
    shop.rows |= {"equipment": motion, "package": make_package(), "piece": make_piece(customer, motion, zone_number=1)}
    make_invoice(customer, lines=[line("45.00", item=make_item(item_class="product", equipment=motion))])
    take_invoiced(customer=customer, sold_by=None, at=OPENED, by="Rosa")
    shop.rows["system"] = system = make_system(customer)
    shop.rows |= {"zone": make_zone(system), "test": make_test(system)}
    shop.rows |= {"monitoringcompany": system.monitoring_company, "accountblock": make_block(system.monitoring_company)}


def _credit(shop: Shop) -> None:
    make_credit_settings()
    shop.rows["bureau"] = bureau = make_bureau()
    shop.rows["creditreport"] = report = make_report(shop["customer"], bureau)
    shop.rows["adverseletter"] = make_letter(report)
    shop.rows["leadreport"] = report = make_report(shop["lead"], bureau)
    shop.rows["leadletter"] = make_letter(report)


def _schedule(shop: Shop) -> None:
    luis = make_technician()
    shop.rows |= {"technician": luis, "dayoff": take_off(luis, first_on=DAY, last_on=DAY)}
    shop.rows["appointment"] = appointment = make_appointment(shop["customer"], luis)
    Notice.objects.create(appointment=appointment, kind="told", starts_at=appointment.starts_at, made_at=OPENED)


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
    MethodUpdate.objects.create(billing_method=method, kind="NED", before="Visa", after="Visa, 10/30", at=OPENED)
    GuestPayment.objects.create(
        customer=customer, payment=payment, digest=unique("digest"), kind="card", amount=Decimal("5.00"), at=OPENED
    )
    PayLinkWithdrawal.objects.create(customer=customer, invoice=invoice, at=OPENED, by="Rosa")
    Promise.objects.create(customer=customer, until=OPENED.date(), made_at=OPENED, made_by="Rosa")
    SentForm.objects.create(token=unique("form"), payment=payment, at=OPENED)


def _statements(shop: Shop) -> None:
    customer, invoice = shop["customer"], shop["invoice"]
    given = credit_invoice(invoice, sale_on=DAY, at=OPENED, by="Rosa")
    apply_credit(given, invoice, Decimal("2.00"), at=OPENED)
    payout = make_cash_payment(customer, "-1.00", kind="credit")
    PaidOut.objects.create(payout=payout, credit=given, amount=Decimal("1.00"), at=OPENED, by="Rosa")
    period = Period("open_item", DAY.replace(day=1), DAY)
    run = Run.objects.create(
        kind="statements", on=DAY, created_at=OPENED, started_by="Rosa", counts={"order": Order(period).as_json()}
    )
    (statement,) = make_statements([customer], period, today=DAY, at=OPENED, run=run)
    shop.rows |= {"credit": given, "statementrun": run, "statement": statement}
