"""Which tables hold what only a quote has: until when it is good, and how it was answered?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.models import User
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models.documents import Invoice


class Offer(models.Model):
    """Until which day, included, a quote can be accepted, and who is told of the answer."""

    company = CompanyKey(related_name="offers")
    quote = Link(Invoice, related_name="offers", indexed=False)
    valid_until = models.DateField()
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "quote"], name="invoicing_offer_once")]


class QuoteAnswer(models.Model):
    """The customer's answer to a quote: a record for ever. `document` is what stood on the quote, word for word, and
    `digest` its SHA-256; `signature` is an SVG path on a sheet of 600 x 200, empty where the name was typed instead.
    """

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"

    company = CompanyKey(related_name="quote_answers")
    customer = Link(Customer, related_name="quote_answers")
    quote = Link(Invoice, related_name="answers", indexed=False)
    verdict = models.CharField(max_length=10, choices=Verdict)
    name = models.CharField(max_length=120, blank=True, default="")
    signature = models.TextField(blank=True, default="")
    typed_signature = models.CharField(max_length=120, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    agreed_text = models.TextField(blank=True, default="")
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        verbose_name = "answer to a quote"
        verbose_name_plural = "answers to quotes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "quote"], name="invoicing_one_answer"),
            models.CheckConstraint(
                condition=Q(verdict="declined")
                | (~Q(name="") & ~Q(agreed_text="") & (~Q(signature="") | ~Q(typed_signature=""))),
                name="invoicing_accepted_is_signed",
            ),
        ]

    @property
    def is_accepted(self) -> bool:
        return self.verdict == self.Verdict.ACCEPTED


class QuoteSettings(models.Model):
    """How long a quote is good unless its writer says otherwise."""

    company = CompanyKey(related_name="quote_settings")
    valid_days = models.SmallIntegerField("valid for (days)", default=30)

    class Meta:
        verbose_name_plural = "quote settings"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company"], name="invoicing_one_quote_settings"),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1) & Q(valid_days__lte=365), name="invoicing_quote_valid_days"
            ),
        ]
