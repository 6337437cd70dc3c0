"""How does Stripe's own package reach Stripe, and which of its errors mean what?

The package builds and reads the requests; the wire is ours, as for the other gateway (clients.py): a connection of its
own for each call, explicit waits, no silent second try. An error that leaves it open whether money moved is NoAnswer.
Source: billing.md 2.3 (9 to 11) and 5.2.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe

from alarmdesk.lib.clients import Clients, WireError
from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Refused

# what the package would otherwise tell Stripe of this machine with every call, and of one dealer's waits with another's
stripe.enable_telemetry = False


class Wire(stripe.HTTPClient):
    """The package's way to the network: ours."""

    name = "http.client"

    def __init__(self, *, connect: float, answer: float) -> None:
        super().__init__()
        self._clients = Clients(connect=connect, answer=answer)

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: object
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request. Raises APIConnectionError when no answer came."""
        body = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            reply = self._clients.send(method.upper(), url, list((headers or {}).items()), body)
        except WireError as error:
            raise stripe.APIConnectionError(str(error)) from error  # type: ignore[no-untyped-call]
        return reply.text, reply.status, reply.headers

    def close(self) -> None:
        """Close what is idle, at the end of the process."""
        self._clients.close()


@contextmanager
def plain_errors() -> Iterator[None]:
    """The port's errors for the package's. A CardError passes: what a decline means depends on the verb."""
    try:
        yield
    except stripe.CardError:
        raise
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise BadCredentials("Invalid credentials: Stripe does not accept the secret key.") from error
    except stripe.InvalidRequestError as error:
        raise Refused(words(error)) from error
    except stripe.StripeError as error:
        # a lost connection, a 5xx, a key that another call is using or has used, too many calls: look before a next try
        status = f"HTTP {error.http_status}" if error.http_status else str(error.user_message or type(error).__name__)
        raise NoAnswer(f"The gateway did not answer ({status}).") from error
    except (KeyError, AttributeError, TypeError) as error:  # an answer without what it should hold
        raise NoAnswer("The gateway's answer cannot be read.") from error


def pages(client: stripe.StripeClient, path: str, **asked: Any) -> Iterator[list[dict[str, Any]]]:
    """A list of the API, newest first, page by page, as it came: the package's own objects cost more than the call."""
    after: dict[str, str] = {}
    while True:
        told: Any = client.raw_request("get", path, limit=100, **asked, **after).data
        yield told["data"]
        if not told["has_more"]:
            return
        after = {"starting_after": told["data"][-1]["id"]}


def words(error: stripe.StripeError) -> str:
    """What Stripe says, as a sentence."""
    said = (error.user_message or "Refused by the gateway").strip()
    return said if said.endswith((".", "!")) else f"{said}."
