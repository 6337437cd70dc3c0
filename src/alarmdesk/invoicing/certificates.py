"""Who is exempt by a certificate, and when does it run out (D13)?

A certificate counts by the date of the document: on its last day it still exempts, the day after no longer. Nothing
has to be done for that; the lists and the notices say it in time.
"""

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet

from alarmdesk.company.entering import entered
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.models import TaxCertificate

SOON = 60
"""So many days before its last one a certificate is said to expire."""
Certificates = QuerySet[TaxCertificate, Any]


class EndsBeforeItBegins(ValueError):
    """The last day is before the first one."""


class NumberThere(ValueError):
    """The customer has that certificate for these days already."""


class AlreadyWithdrawn(ValueError):
    """The certificate was withdrawn before."""


class ReasonMissing(ValueError):
    """Nobody would know later why it was withdrawn."""


def save(certificate: TaxCertificate) -> None:
    """Enter or correct a certificate; it counts for documents issued from now on. Raises EndsBeforeItBegins,
    NumberThere, AlreadyWithdrawn.
    """
    if certificate.withdrawn_at is not None:
        raise AlreadyWithdrawn(f"{certificate} was withdrawn. Enter it again.")
    if certificate.valid_until and certificate.valid_until < certificate.valid_from:
        raise EndsBeforeItBegins("The last day is before the first one.")
    twins = in_force(entered().tax_certificates.all()).filter(
        customer=certificate.customer_id, number__iexact=certificate.number, valid_from=certificate.valid_from
    )
    if twins.exclude(pk=certificate.pk).exists():
        raise NumberThere(f"Certificate {certificate.number} from that day is entered already.")
    certificate.save()


def withdraw(certificate: TaxCertificate, *, reason: str, at: dt.datetime, by: str) -> None:
    """Let it exempt nothing from now on; issued documents keep their tax. Raises ReasonMissing, AlreadyWithdrawn."""
    if not reason.strip():
        raise ReasonMissing("Say why it is withdrawn.")
    held = entered().tax_certificates.select_for_update(no_key=True).get(pk=certificate.pk)
    if held.withdrawn_at is not None:
        raise AlreadyWithdrawn(f"{held} was withdrawn before.")
    held.withdrawn_at, held.withdrawn_by, held.withdrawn_reason = at, by, reason.strip()
    held.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])


def in_force(certificates: Certificates) -> Certificates:
    """Those that nobody has withdrawn, whatever their days."""
    return certificates.filter(withdrawn_at=None)


def expired(certificates: Certificates, today: dt.date) -> Certificates:
    """Their last day is over."""
    return in_force(certificates).filter(valid_until__lt=today)


def expiring(certificates: Certificates, today: dt.date) -> Certificates:
    """Their last day is today or within 60 days."""
    return in_force(certificates).filter(valid_until__gte=today, valid_until__lte=today + dt.timedelta(days=SOON))


def valid(certificates: Certificates, today: dt.date) -> Certificates:
    """They exempt documents of today."""
    unended = Q(valid_until=None) | Q(valid_until__gte=today)
    return in_force(certificates).filter(unended, valid_from__lte=today)


def to_renew(customer: Customer, today: dt.date) -> list[TaxCertificate]:
    """The customer's certificates that have expired or do so within 60 days, without one that lasts longer and covers
    as much; the one that ends first, first.
    """
    held = list(in_force(customer.tax_certificates.all()))
    limit = today + dt.timedelta(days=SOON)
    ending = [one for one in held if one.valid_until is not None and one.valid_until <= limit]
    waiting = [one for one in ending if not any(_outlasts(other, one) for other in held)]
    return sorted(waiting, key=lambda one: (one.valid_until or dt.date.max, one.pk))


def _outlasts(other: TaxCertificate, one: TaxCertificate) -> bool:
    """Does another certificate cover as much, and later?"""
    later = other.valid_until is None or (one.valid_until is not None and other.valid_until > one.valid_until)
    return later and _covers(other.states, one.states) and _covers(other.item_classes, one.item_classes)


def _covers(wide: list[str], narrow: list[str]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def standing(certificate: TaxCertificate, today: dt.date) -> tuple[str, str]:
    """How it stands: the colour and the words of its pill."""
    until = certificate.valid_until
    if certificate.withdrawn_at is not None:
        return "plain", "Withdrawn"
    if certificate.is_expired(today):
        return "bad", "Expired"
    if certificate.valid_from > today:
        return "info", "To come"
    if until is not None and (days := (until - today).days) <= SOON:
        left = "on its last day" if days == 0 else f"{days} {'day' if days == 1 else 'days'} left"
        return "warn", f"Expires: {left}"
    return "ok", "Valid"
