"""Which adapter speaks for a company? The one of its active gateway."""

import functools

from django.conf import settings

from alarmdesk.payments.gateways import nmi
from alarmdesk.payments.gateways.clients import Clients
from alarmdesk.payments.gateways.port import GatewayPort
from alarmdesk.payments.models import Gateway


class NoGateway(Exception):
    """The company has no processing gateway set up."""


def active_gateway() -> Gateway:
    """The entered company's gateway. Raises NoGateway."""
    gateway = Gateway.objects.filter(is_active=True).first()
    if gateway is None:
        raise NoGateway("No processing gateway is set up. Add one under Settings, Processing Gateway.")
    return gateway


def port_of(gateway: Gateway) -> GatewayPort:
    """The adapter for a gateway row, ready to be called outside of any transaction."""
    return nmi.NMI(
        url=settings.NMI_URL,
        security_key=gateway.credentials.get("security_key", ""),
        tokenization_key=gateway.tokenization_key,
        checks_duplicates=gateway.checks_duplicates,
        http=_clients(),
        webhook_key=gateway.credentials.get("webhook_key", ""),
    )


@functools.cache
def _clients() -> Clients:
    return Clients(connect=5, answer=30)
