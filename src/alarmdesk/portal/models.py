"""Which tables say who may look at a customer's account from outside, and what was paid without an account?"""

from typing import ClassVar

from django.db import models

from alarmdesk.company.models import User
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import Invoice
from alarmdesk.payments.models import Payment


class AccountHolder(models.Model):
    """A person's access to a customer's account in the portal; `user` is set when the invitation is accepted."""

    company = CompanyKey(related_name="account_holders")
    customer = Link(Customer, models.CASCADE, related_name="account_holders", indexed=False)
    email = models.EmailField()
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="holdings")
    invited_at = models.DateTimeField()
    invited_by = models.CharField(max_length=120)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "customer", "email"],
                condition=models.Q(ended_at__isnull=True),
                name="portal_holder_once",
            )
        ]


class PayLinkWithdrawal(models.Model):
    """From here on no link to the invoice works that was given out before; without an invoice, none of the customer."""

    company = CompanyKey(related_name="pay_link_withdrawals")
    customer = Link(Customer, models.CASCADE, related_name="pay_link_withdrawals")
    invoice = Link(Invoice, models.CASCADE, null=True, blank=True, related_name="pay_link_withdrawals")
    at = models.DateTimeField()
    by = models.CharField(max_length=120)


class GuestPayment(models.Model):
    """One press of Pay by somebody with a link: what was agreed to, from where, and what came of it. `digest` is that
    of the gateway's one-off token, so that the same press is done once; the token itself is not kept.
    """

    company = CompanyKey(related_name="guest_payments")
    customer = Link(Customer, related_name="guest_payments")
    payment = Link(Payment, null=True, blank=True, related_name="guest_payments")
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=10)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    refused = models.CharField(max_length=300, blank=True, default="")
    consent_text = models.TextField(blank=True, default="")
    consent_ip = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "digest"], name="portal_pressed_once"),
        ]
