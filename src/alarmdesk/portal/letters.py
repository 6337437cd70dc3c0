"""What does an invitation to the portal say? The words are written when it leaves, so that no copy of the
link is kept.
"""

import datetime as dt
from collections.abc import Callable

from django.conf import settings
from django.template.loader import render_to_string

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import SYSTEM, Actor, entered
from alarmdesk.company.models import Company
from alarmdesk.messaging.models import Message
from alarmdesk.messaging.outbox import Unwritable, Words, deliver
from alarmdesk.portal.actions import KIND, link_token
from alarmdesk.portal.models import AccountHolder

Now = Callable[[], dt.datetime]


def invitation(message: Message) -> Words | Unwritable:
    """The invitation with its link."""
    holder = AccountHolder.objects.select_related("customer").filter(pk=message.about_id or 0).first()
    if holder is None or holder.ended_at or holder.accepted_at:
        return Unwritable("The invitation was taken back or accepted already.")
    company = entered()
    link = settings.SITE_URL + at("portal:invitation", token=link_token(holder))
    context = {"company": company, "customer": holder.customer, "link": link}
    return Words(
        subject=f"Your account at {company.name}",
        text=render_to_string("portal/letters/invitation.txt", context),
        html=render_to_string("portal/letters/invitation.html", context),
    )


def deliver_all(company: Company, *, now: Now, actor: Actor = SYSTEM) -> int:
    """Send the invitations that wait. Answers how many left. With no transaction open."""
    return deliver(company, KIND, invitation, now=now, actor=actor)
