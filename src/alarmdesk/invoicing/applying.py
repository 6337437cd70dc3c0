"""How does a credit get to invoices, and back? By rows that are inserted, never edited.

PostgreSQL moves the sums of both documents and refuses more than is left of the credit or due on the invoice; the room
of payments lets it refuse while a charge of the invoice is under way.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import acting
from alarmdesk.invoicing.models import CreditApplication, Invoice


class NotApplicable(ValueError):
    """The credit cannot be applied to the invoice like this; the sentence says why."""


class MoreThanLeft(NotApplicable):
    """More than is left of the credit, or due on the invoice."""


class ChargedMeanwhile(NotApplicable):
    """A charge of the invoice is under way: what it draws must not be credited too."""


def lock(*groups: Iterable[int]) -> dict[int, Invoice]:
    """Lock documents by id, in the house's order; as they are now."""
    ids = {pk for group in groups for pk in group}
    locked = Invoice.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {invoice.pk: invoice for invoice in locked}


def apply_credit(credit: Invoice, invoice: Invoice, amount: Decimal, *, at: dt.datetime) -> CreditApplication:
    """Take `amount` off the invoice by the credit, both of one customer. Raises NotApplicable, with nothing written."""
    lock([credit.pk, invoice.pk])
    try:
        with transaction.atomic():
            return CreditApplication.objects.create(
                credit=credit, invoice=invoice, amount=amount, at=at, by=acting().name
            )
    except IntegrityError as error:
        raise why(error, f"{amount} is more than is left of {credit} or due on {invoice}.") from error


def why(error: IntegrityError, otherwise: str) -> NotApplicable:
    """What PostgreSQL's refusal of an application means."""
    if "charge of the invoice is under way" in str(error):
        return ChargedMeanwhile("A payment of this invoice is under way. Look again in a minute.")
    return MoreThanLeft(otherwise)


def take_back(application: CreditApplication, *, at: dt.datetime) -> CreditApplication:
    """Take an application back by a row of its own: the invoice is due again, the credit is left."""
    return CreditApplication.objects.create(
        credit_id=application.credit_id,
        invoice_id=application.invoice_id,
        amount=-application.amount,
        at=at,
        by=acting().name,
        reverses=application,
    )


def take_back_all(credit: Invoice, *, at: dt.datetime) -> None:
    """Take the credit back from every invoice, under all their locks."""
    paid = CreditApplication.objects.filter(credit=credit).values_list("invoice_id", flat=True)
    lock([credit.pk], paid)
    for application in standing(credit):
        take_back(application, at=at)


def standing(credit: Invoice) -> list[CreditApplication]:
    """The applications of a credit that were not taken back, the oldest first."""
    rows = CreditApplication.objects.filter(credit=credit, reverses=None, reversals=None)
    return list(rows.select_related("invoice").order_by("pk"))
