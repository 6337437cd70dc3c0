"""How is a form that moves money sent once, however often its button is pressed? By a token that it carries.

The token is committed before anything else happens; the same POST again finds it and gets the payment that came of the
first. A refusal that moved nothing leads to the form with a fresh token. A crash between the token and the payment
leaves the token: the second POST is told to look at the payments before anybody tries again. Tokens are kept for a week
and carry the day on which the form was shown: one that is older is not taken, so a forgotten token is never new again.
"""

import datetime as dt
import secrets

from django.db import IntegrityError, transaction

from alarmdesk.company.entering import Actor, inside
from alarmdesk.company.models import Company
from alarmdesk.payments.models import Payment, SentForm

LENGTH = 40
"""The longest token that is taken."""
KEPT = dt.timedelta(days=7)
SHOWN_ON = "%Y%m%d"


class AlreadySent(Exception):
    """The form was sent before. `payment` is what came of it, None while nobody knows."""

    def __init__(self, payment: Payment | None) -> None:
        super().__init__("This form was sent already. Nothing was done a second time.")
        self.payment = payment


class TooOld(AlreadySent):
    """The form was shown so long ago that nobody remembers whether it was sent."""

    def __init__(self) -> None:
        super().__init__(None)
        self.args = ("This form was opened more than a week ago, so nothing was done. Open it again.",)


def new_token(today: dt.date) -> str:
    """A token for a form that is shown on that local date."""
    return f"{today:{SHOWN_ON}}-{secrets.token_urlsafe(16)}"


def forget(company: Company, *, at: dt.datetime, actor: Actor) -> int:
    """Forget the tokens that are not taken any more; how many."""
    with inside(company, actor=actor):
        return SentForm.objects.filter(at__lt=at - KEPT - dt.timedelta(days=1)).delete()[0]


def claim(company: Company, token: str, *, at: dt.datetime, actor: Actor) -> None:
    """Commit that the form with this token is being done. Raises AlreadySent, TooOld."""
    if (shown_on := _shown_on(token)) and at.date() - shown_on > KEPT:
        raise TooOld
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


def _shown_on(token: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(token.partition("-")[0], SHOWN_ON).date()  # noqa: DTZ007  (a date, no instant)
    except ValueError:
        return None
