"""Which adapter speaks for a bureau that a company has set up?"""

import functools

from django.conf import settings

from alarmdesk.credit.bureaus.equifax import Equifax, Member
from alarmdesk.credit.bureaus.port import BureauPort
from alarmdesk.credit.bureaus.transunion import Subscriber, TransUnion
from alarmdesk.credit.models import Bureau
from alarmdesk.lib.clients import Clients


def port_of(bureau: Bureau) -> BureauPort:
    """The adapter for a bureau's row, ready to be called outside of any transaction."""
    if bureau.kind == Bureau.Kind.EQUIFAX:
        return Equifax(settings.EQUIFAX_URL, Member.of(bureau.account, bureau.secrets), _clients())
    return TransUnion(settings.TRANSUNION_URL, Subscriber.of(bureau.account, bureau.secrets), _clients())


@functools.cache
def _clients() -> Clients:
    return Clients(connect=settings.GATEWAY_CONNECT_SECONDS, answer=settings.GATEWAY_ANSWER_SECONDS)
