"""How does a page take a card or bank account that we must never see? The gateway's fields, in the gateway's frames.

The page's Content-Security-Policy gains exactly the gateway's origin, for its script and its frames; what comes back
to us is a token (domain.md F1: SAQ A).
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse

from alarmdesk.payments.gateways.choosing import NoGateway, active_gateway, port_of
from alarmdesk.payments.gateways.port import BadCredentials, HostedFields, NoAnswer, Refused
from alarmdesk.payments.models import BillingMethod, Gateway

Trouble = (Refused, NoAnswer, BadCredentials, NoGateway)
"""What can go wrong when a method is put on file."""


@dataclass(frozen=True, slots=True)
class Field:
    """One box of the gateway: the name it knows, and our label above it."""

    name: str
    label: str


CARD = (Field("ccnumber", "Card number"), Field("ccexp", "Expiration date"), Field("cvv", "Security code"))
ACH = (
    Field("checkname", "Name on the account"),
    Field("checkaba", "Routing number"),
    Field("checkaccount", "Account number"),
)
STRIPE_QUESTIONS = "https://hooks.stripe.com"
DEMO_CARD = "Demo: try 4111 1111 1111 1111 with any expiration date to come and any security code."
DEMO_ACCOUNT = "Demo: try routing number 490000018 and account number 24413815."


@dataclass(frozen=True, slots=True)
class HostedPage:
    """What the template of a page with hosted fields needs."""

    kind: str
    fields: tuple[Field, ...]
    gateway: HostedFields
    dialect: str = Gateway.Kind.NMI

    @property
    def payment_type(self) -> str:
        """The gateway's word for the kind."""
        if self.dialect == Gateway.Kind.STRIPE:
            return "us_bank_account" if self.kind == BillingMethod.Kind.ACH else "card"
        return "ck" if self.kind == BillingMethod.Kind.ACH else "cc"

    @property
    def try_this(self) -> str:
        """What somebody may type in a demo, where no card of theirs belongs."""
        if settings.ENVIRONMENT != "demo":
            return ""
        return DEMO_ACCOUNT if self.kind == BillingMethod.Kind.ACH else DEMO_CARD


def hosted_page(kind: str) -> HostedPage:
    """The fields for a kind of method (card or ach) of the entered company's gateway. Raises NoGateway."""
    gateway = active_gateway()
    if not takes(gateway, kind):
        what = "bank accounts" if kind == BillingMethod.Kind.ACH else "cards"
        raise NoGateway(f"The processing gateway is not set up for {what}.")
    fields = ACH if kind == BillingMethod.Kind.ACH else CARD
    return HostedPage(kind, fields, port_of(gateway).hosted_fields(), gateway.kind)


def takes(gateway: Gateway, kind: str) -> bool:
    """Is the gateway switched on for this kind of method?"""
    return gateway.takes_ach if kind == BillingMethod.Kind.ACH else gateway.takes_cards


def kinds_taken() -> list[str]:
    """The kinds of methods that the entered company's gateway takes: none without a gateway."""
    try:
        gateway = active_gateway()
    except NoGateway:
        return []
    return [kind for kind in (BillingMethod.Kind.CARD, BillingMethod.Kind.ACH) if takes(gateway, kind)]


def admit_gateway(response: HttpResponse, page: HostedPage) -> HttpResponse:
    """Let this one page load the gateway's script and frames, and nothing else of anybody's."""
    origin = [page.gateway.origin]
    admitted = {"script-src": origin, "frame-src": origin}
    if page.dialect == Gateway.Kind.STRIPE:  # its script asks its API from the page, and shows a bank's question
        admitted |= {"connect-src": [settings.STRIPE_API_URL], "frame-src": [*origin, STRIPE_QUESTIONS]}
    response._csp_update = admitted  # type: ignore[attr-defined]
    return response


def plainly(error: Exception) -> str:
    """What went wrong at the gateway, in words for the person at the page."""
    if isinstance(error, BadCredentials):
        return (
            "Invalid credentials: the gateway does not accept the security key. Nothing was saved. Check the key"
            " under Settings, Processing gateway."
        )
    if isinstance(error, NoAnswer):
        return "The gateway did not answer. Nothing was saved. Try again in a minute."
    return str(error)
