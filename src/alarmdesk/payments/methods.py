"""How does a customer's way to pay get on file? A token of the hosted fields goes into the gateway's vault; we keep the
reference, brand, last four and expiry. No number ever passes here (F33, F77).
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import RecurringInvoice
from alarmdesk.invoicing.succession import chain_of
from alarmdesk.payments.attempts import refuse_inside_transaction
from alarmdesk.payments.gateways.choosing import active_gateway, port_of
from alarmdesk.payments.gateways.port import StoreRequest, Token
from alarmdesk.payments.models import AutoPay, BillingMethod


class MethodInUse(Exception):
    """The method cannot be removed while Auto Pay draws on it or it is the default beside others."""


class NotProcessable(Exception):
    """The method cannot be charged automatically."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What the payer agreed to, when and from where (domain.md F5)."""

    text: str
    at: dt.datetime
    ip: str | None


def add_method(
    company: Company, *, customer: Customer, token: Token, consent: Consent | None, nickname: str = "",
    default: bool = False, at: dt.datetime, actor: Actor,
) -> BillingMethod:  # fmt: skip
    """Put a card or bank account on file. Called with no transaction open, for the vault is asked first.

    Raises Refused (the gateway would not keep it), NoAnswer, BadCredentials, NoGateway.
    """
    refuse_inside_transaction()
    with inside(company, actor=actor):
        gateway = active_gateway()
    stored = port_of(gateway).store(
        StoreRequest(token, vault_id=f"ad{secrets.token_hex(12)}", name=customer.name, email=customer.email)
    )
    with inside(company, actor=actor):
        _take_turns(customer.pk)
        first = not customer.billing_methods.filter(removed_at=None).exists()
        method = BillingMethod.objects.create(
            customer=customer,
            kind=stored.kind,
            gateway=gateway,
            vault_id=stored.vault_id,
            brand=stored.brand,
            last_four=stored.last_four,
            expires_on=stored.expires_on,
            nickname=nickname,
            consent_text=consent.text if consent else "",
            consent_at=consent.at if consent else None,
            consent_ip=consent.ip if consent else None,
            created_at=at,
            created_by=actor.name,
        )
        if first or default:
            make_default(method)
    return method


def add_manual(*, customer: Customer, nickname: str, at: dt.datetime, by: str) -> BillingMethod:
    """Manual billing: the customer pays invoices by themselves (F33)."""
    _take_turns(customer.pk)
    first = not customer.billing_methods.filter(removed_at=None).exists()
    return BillingMethod.objects.create(
        customer=customer, kind=BillingMethod.Kind.MANUAL, nickname=nickname, is_default=first, created_at=at,
        created_by=by,
    )  # fmt: skip


def make_default(method: BillingMethod) -> None:
    """The method that is pre-selected, and used by a payment that names none (D2). One that was removed meanwhile is
    not.
    """
    _take_turns(method.customer_id)
    method.refresh_from_db(fields=["removed_at"])
    if method.removed_at is not None:
        return
    BillingMethod.objects.filter(customer_id=method.customer_id, is_default=True).exclude(pk=method.pk).update(
        is_default=False
    )
    method.is_default = True
    method.save(update_fields=["is_default"])


def _take_turns(customer_id: int) -> None:
    """One change of a customer's methods and Auto Pay at a time: two at once would both find no default, or one would
    remove what the other enrols. Held to the end of the transaction.
    """
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)


def remove(method: BillingMethod, *, at: dt.datetime) -> None:
    """Take a method off the file. The row stays for History. Raises MethodInUse."""
    _take_turns(method.customer_id)
    method.refresh_from_db(fields=["is_default"])
    if method.auto_pays.filter(ended_at=None).exists():
        raise MethodInUse(f"Auto Pay draws on {method}. Change or end Auto Pay first.")
    others = BillingMethod.objects.filter(customer_id=method.customer_id, removed_at=None).exclude(pk=method.pk)
    if method.is_default and others.exists():
        raise MethodInUse(f"{method} is the default. Make another method the default first.")
    method.removed_at, method.is_default = at, False
    method.save(update_fields=["removed_at", "is_default"])


def enrol(
    *, recurring_invoice: RecurringInvoice, method: BillingMethod, email_on_attempt: bool, at: dt.datetime, by: str
) -> AutoPay:
    """Charge the template's invoices to this method when they fall due (F50), ending an earlier enrolment. What it
    followed and what follows it are charged to it too: Auto Pay belongs to the whole chain (decision 23).

    Raises NotProcessable.
    """
    _take_turns(recurring_invoice.customer_id)
    method.refresh_from_db(fields=["removed_at", "blocked_at"])
    if not method.is_processable or method.customer_id != recurring_invoice.customer_id:
        raise NotProcessable(f"{method} cannot be charged automatically.")
    chain = chain_of(recurring_invoice)
    _end_all(chain, at=at, by=by)
    made = AutoPay.objects.bulk_create(
        AutoPay(
            recurring_invoice=each,
            billing_method=method,
            email_on_attempt=email_on_attempt,
            enrolled_at=at,
            enrolled_by=by,
        )
        for each in chain
    )
    return next(each for each in made if each.recurring_invoice_id == recurring_invoice.pk)


def end_auto_pay(recurring_invoice: RecurringInvoice, *, at: dt.datetime, by: str) -> None:
    """Stop charging the template's invoices automatically, and those of its whole chain (D4)."""
    _end_all(chain_of(recurring_invoice), at=at, by=by)


def _end_all(chain: Sequence[RecurringInvoice], *, at: dt.datetime, by: str) -> None:
    AutoPay.objects.filter(recurring_invoice__in=chain, ended_at=None).update(ended_at=at, ended_by=by)
