"""How does somebody get access to a customer's account in the portal, and lose it?

The office invites an address; a signed link goes there and works for seven days, once. Whoever opens it makes a sign-in
for that address or uses the one that they are signed in with. Nothing that the link's pages show depends on whether
the address has an account already.
"""

import datetime as dt

from django.core import signing
from django.db import IntegrityError, transaction

from alarmdesk.company.models import User
from alarmdesk.customers.models import Customer
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import queue
from alarmdesk.portal.models import AccountHolder

GOOD_FOR = dt.timedelta(days=7)
KIND = "portal_invitation"
SALT = "alarmdesk.portal.invitation"


class NotInvited(Exception):
    """The link is not (or no longer) good: unreadable, too old, replaced by a newer one, used, or taken back."""


def invite(*, customer: Customer, email: str, at: dt.datetime, by: str) -> AccountHolder:
    """Invite an address to a customer's account, or send the invitation again; an older link stops working."""
    address = email.strip().lower()
    holder, is_new = AccountHolder.objects.get_or_create(
        customer=customer, email=address, ended_at=None, defaults={"invited_at": at, "invited_by": by}
    )
    if not is_new and holder.accepted_at is None:
        holder.invited_at, holder.invited_by = at, by
        holder.save(update_fields=["invited_at", "invited_by"])
    if holder.accepted_at is None:
        Message.objects.filter(kind=KIND, about_id=holder.pk, to=address).delete()
        queue(kind=KIND, to=address, at=at, customer=customer, about_id=holder.pk)
    return holder


def link_token(holder: AccountHolder) -> str:
    """The signed part of the link of a holder's present invitation."""
    return signing.dumps([holder.company_id, holder.pk, holder.invited_at.isoformat()], salt=SALT)


def invited(token: str, *, at: dt.datetime) -> AccountHolder:
    """The open invitation behind a link, inside the company of the link's address. Raises NotInvited."""
    try:
        company_id, pk, invited_at = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as unreadable:
        raise NotInvited from unreadable
    holder = (
        AccountHolder.objects.select_related("customer")
        .filter(pk=pk, company_id=company_id, ended_at=None, accepted_at=None)
        .first()
    )
    if holder is None or holder.invited_at.isoformat() != invited_at or at - holder.invited_at > GOOD_FOR:
        raise NotInvited
    return holder


def accept(holder: AccountHolder, *, user: User, at: dt.datetime) -> None:
    """The invitation is this person's account from now on. Raises NotInvited when somebody was faster."""
    held = AccountHolder.objects.select_for_update().filter(pk=holder.pk, accepted_at=None, ended_at=None).first()
    if held is None:
        raise NotInvited
    for row in (held, holder):
        row.user, row.accepted_at = user, at
    held.save(update_fields=["user", "accepted_at"])


def sign_up(holder: AccountHolder, *, name: str, password: str, at: dt.datetime) -> None:
    """Make a sign-in for the invited address and accept with it. Where the address has a sign-in, nothing happens: its
    owner signs in with it and accepts then. The caller cannot tell, and must not (architecture, section 5).
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(holder.email, password, name=name)
    except IntegrityError:
        return
    accept(holder, user=user, at=at)


def end_access(holder: AccountHolder, *, at: dt.datetime) -> None:
    """The person sees the account no more; the row stays for History."""
    holder.ended_at = at
    holder.save(update_fields=["ended_at"])
