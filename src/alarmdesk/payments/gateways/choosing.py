"""Which adapter speaks for a company? The one of its active gateway."""

import functools
from typing import TYPE_CHECKING

from django.conf import settings

from alarmdesk.lib.clients import Clients
from alarmdesk.payments.gateways import nmi
from alarmdesk.payments.gateways.port import GatewayPort
from alarmdesk.payments.models import Gateway

if TYPE_CHECKING:
    from alarmdesk.payments.gateways.stripe_wire import Wire


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
    return _stripe(gateway) if gateway.kind == Gateway.Kind.STRIPE else _nmi(gateway)


def _nmi(gateway: Gateway) -> GatewayPort:
    return nmi.NMI(
        url=settings.NMI_URL,
        security_key=gateway.credentials.get("security_key", ""),
        tokenization_key=gateway.tokenization_key,
        checks_duplicates=gateway.checks_duplicates,
        http=_clients(),
        webhook_key=gateway.credentials.get("webhook_key", ""),
    )


def _stripe(gateway: Gateway) -> GatewayPort:
    from alarmdesk.payments.gateways import stripe  # its package takes a third of a second: only who has one pays

    return stripe.Stripe(
        secret_key=gateway.credentials.get("secret_key", ""),
        publishable_key=gateway.tokenization_key,
        webhook_key=gateway.credentials.get("webhook_key", ""),
        wire=_stripe_wire(),
        api_url=settings.STRIPE_API_URL,
        scripts_url=settings.STRIPE_SCRIPTS_URL,
    )


@functools.cache
def _stripe_wire() -> "Wire":
    from alarmdesk.payments.gateways.stripe_wire import Wire

    return Wire(connect=settings.GATEWAY_CONNECT_SECONDS, answer=settings.GATEWAY_ANSWER_SECONDS)


@functools.cache
def _clients() -> Clients:
    return Clients(connect=settings.GATEWAY_CONNECT_SECONDS, answer=settings.GATEWAY_ANSWER_SECONDS)
