"""How is money asked for that did not come, and which form was sent already?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.lib.furniture import day
from alarmdesk.payments.models.money import Payment


class DunningPolicy(models.Model):
    """What pays an invoice that falls due, when a declined automatic payment is tried again, and what is written to the
    customer meanwhile.
    """

    company = CompanyKey(related_name="dunning_policies")
    days = models.JSONField(default=list)  # days after the first try: [3, 7, 14]
    writes = models.BooleanField("write to the customer after each decline", default=True)
    tells_expiry = models.BooleanField("write to the customer before a card expires", default=True)
    uses_credit = models.BooleanField("credit on account pays what falls due", default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company"], name="payments_one_dunning_policy")]


class Promise(models.Model):
    """A promise to pay: until its day nothing is charged by itself and no reminder is written."""

    company = CompanyKey(related_name="promises")
    customer = Link(Customer, related_name="promises")
    until = models.DateField()
    note = models.CharField(max_length=300, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=120)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "customer"], condition=Q(ended_at__isnull=True), name="payments_one_promise"
            )
        ]

    def __str__(self) -> str:
        return f"Promise to pay by {day(self.until)}"


class SentForm(models.Model):
    """A form that moves money, by the token it carried: the same POST twice is one payment."""

    company = CompanyKey(related_name="sent_forms")
    token = models.CharField(max_length=40)
    payment = Link(Payment, models.SET_NULL, null=True, blank=True, related_name="sent_forms")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "token"], name="payments_form_sent_once")]
