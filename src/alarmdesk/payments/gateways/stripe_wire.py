"""How does Stripe's own package reach Stripe, and which of its errors mean what?

The package builds and reads the requests; the wire is ours, as for the other gateway (clients.py): a client of its own
for each call, explicit waits, no silent second try. An error that leaves it open whether money moved is NoAnswer.
Source: billing.md 2.3 (9 to 11) and 5.2.
"""

import atexit
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpcore
import stripe

from alarmdesk.payments.gateways.port import BadCredentials, NoAnswer, Refused

# what the package would otherwise tell Stripe of this machine with every call, and of one dealer's waits with another's
stripe.enable_telemetry = False


class Wire(stripe.HTTPClient):
    """The package's way to the network. `connect` and `answer` are seconds to wait for each."""

    name = "httpcore"

    def __init__(self, *, connect: float, answer: float) -> None:
        super().__init__()
        self._waits = {"timeout": {"connect": connect, "read": answer, "write": answer, "pool": answer}}
        self._certificates = httpcore.default_ssl_context()
        self._idle: deque[httpcore.ConnectionPool] = deque()
        atexit.register(self.close)

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_: object
    ) -> tuple[str, int, Mapping[str, str]]:
        """Send one request. Raises APIConnectionError when no answer came."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = httpcore.ConnectionPool(ssl_context=self._certificates, max_connections=1, retries=0)
        try:
            body = post_data.encode() if isinstance(post_data, str) else post_data
            response = client.request(
                method.upper(), url, headers=list((headers or {}).items()), content=body, extensions=self._waits
            )
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]
        else:
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return response.content.decode("utf-8", "replace"), response.status, told
        finally:
            self._idle.append(client)

    def close(self) -> None:
        """Close what is idle, at the end of the process."""
        while self._idle:
            self._idle.pop().close()


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
