"""How is a form that moves money sent once, however often its button is pressed? By a token that it carries.

The token is committed before anything else happens; the same POST again finds it and gets the payment that came of the
first. A refusal that moved nothing leads to the form with a fresh token. A crash between the token and the payment
leaves the token: the second POST is told to look at the payments before anybody tries again.
"""

import datetime as dt
import secrets

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.models import Payment, SentForm

LENGTH = 40
"""The longest token that is taken."""


class AlreadySent(Exception):
    """The form was sent before. `payment` is what came of it, None while nobody knows."""

    def __init__(self, payment: Payment | None) -> None:
        super().__init__("This form was sent already. Nothing was done a second time.")
        self.payment = payment


def new_token() -> str:
    """A token for a form that is shown now."""
    return secrets.token_urlsafe(16)


def claim(company: Company, token: str, *, at: dt.datetime, actor: Actor) -> None:
    """Commit that the form with this token is being done. Raises AlreadySent."""
    with inside(company, actor=actor):
        try:
            with transaction.atomic():
                SentForm.objects.create(token=token, at=at)
        except IntegrityError:
            sent = SentForm.objects.select_related("payment").get(token=token)
            raise AlreadySent(sent.payment) from None


def keep(company: Company, token: str, payment: Payment, *, actor: Actor) -> None:
    """Write down which payment came of the form."""
    with inside(company, actor=actor):
        SentForm.objects.filter(token=token).update(payment=payment)
