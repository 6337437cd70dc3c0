"""Who is called when the alarm goes off, and what may each of them do (F28)?"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Deferrable, Q
from django.db.models.functions import Lower

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models.people import Customer
from alarmdesk.lib import phones
from alarmdesk.lib.sealed import SealedJSONField


class Contact(models.Model):
    """Somebody on a customer's call list. `position` counts from 1 without gaps; `passcode` is {"code": …} or {},
    ciphertext at rest and in the trail. Who looked at it last stands on the row, and each look in the trail.
    """

    class Language(models.TextChoices):
        ENGLISH = "en", "English"
        SPANISH = "es", "Spanish"
        FRENCH = "fr", "French"
        CHINESE = "zh", "Chinese"
        VIETNAMESE = "vi", "Vietnamese"
        KOREAN = "ko", "Korean"
        TAGALOG = "tl", "Tagalog"
        PORTUGUESE = "pt", "Portuguese"
        RUSSIAN = "ru", "Russian"
        ARABIC = "ar", "Arabic"
        SIGN = "sgn", "Sign language"

    company = CompanyKey(related_name="contacts")
    customer = Link(Customer, models.CASCADE, related_name="contacts", indexed=False)
    position = models.IntegerField("place in the call list")
    name = models.CharField(max_length=80)
    relation = models.CharField("who they are", max_length=80, blank=True, default="")
    email = models.EmailField("e-mail", blank=True, default="")
    language = models.CharField(max_length=3, choices=Language, default=Language.ENGLISH)
    passcode = SealedJSONField(blank=True, default=dict)
    may_cancel = models.BooleanField("may cancel an alarm", default=False)
    may_test = models.BooleanField("may place the system on test", default=False)
    may_edit = models.BooleanField("may change this list", default=False)
    may_ask = models.BooleanField("may be given information", default=False)
    is_key_holder = models.BooleanField("key holder", default=False)
    is_verifier = models.BooleanField("enhanced verification", default=False)
    is_duress = models.BooleanField("duress", default=False)
    passcode_shown_at = models.DateTimeField("passcode shown", null=True, blank=True)
    passcode_shown_by = models.CharField("passcode shown to", max_length=120, blank=True, default="")
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "customer", "position"],
                name="customers_contact_place_once",
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="customers_contact_place"),
            models.CheckConstraint(condition=Q(is_duress=False) | ~Q(passcode=""), name="customers_duress_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rights(self) -> list[str]:
        """What they may do, a word for each."""
        allowed = {"Cancel": self.may_cancel, "Test": self.may_test, "Edit": self.may_edit, "Information": self.may_ask}
        return [word for word, may in allowed.items() if may]


class ContactPhone(models.Model):
    """A number of a contact's, as E.164; they are called in the order in which they were typed."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", "Mobile"
        HOME = "home", "Home"
        WORK = "work", "Work"
        OTHER = "other", "Other"

    company = CompanyKey(related_name="contact_phones")
    contact = Link(Contact, models.CASCADE, related_name="phones")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MOBILE)
    number = models.CharField(max_length=20)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return phones.shown(self.number)


class Agency(models.Model):
    """Who is sent: police, fire, medical or a guard service, in the company's directory. `zip_codes` says where it is
    the one: ZIP codes of five digits, or the first three digits of all that begin so.
    """

    class Kind(models.TextChoices):
        POLICE = "police", "Police"
        FIRE = "fire", "Fire"
        MEDICAL = "medical", "Medical"
        GUARD = "guard", "Guard"

    company = CompanyKey(related_name="agencies")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.POLICE)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=20)
    zip_codes = ArrayField(models.CharField(max_length=5), verbose_name="ZIP codes", default=list, blank=True)
    response_fee = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name_plural = "agencies"
        constraints: ClassVar = [
            models.UniqueConstraint("company", "kind", Lower("name"), name="customers_agency_name"),
            models.CheckConstraint(
                condition=Q(response_fee__isnull=True) | Q(response_fee__gte=0), name="customers_agency_fee"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_phone(self) -> str:
        return phones.shown(self.phone)


class CustomerAgency(models.Model):
    """An agency that is sent to this customer, with the alarm permit that it asks for (domain.md F11)."""

    company = CompanyKey(related_name="customer_agencies")
    customer = Link(Customer, models.CASCADE, related_name="agencies", indexed=False)
    agency = Link(Agency, models.PROTECT, related_name="customers")
    permit_number = models.CharField(max_length=40, blank=True, default="")
    permit_expires_on = models.DateField("permit expires", null=True, blank=True)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=120)

    class Meta:
        verbose_name = "agency of the customer"
        verbose_name_plural = "agencies of customers"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer", "agency"], name="customers_agency_once")
        ]

    def __str__(self) -> str:
        return str(self.agency)
