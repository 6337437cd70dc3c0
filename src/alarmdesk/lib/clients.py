"""Through which connection does a call go? Each through one that no other call uses meanwhile.

A pool of connections that many threads share spends more time on itself than on the calls; here a call borrows a whole
client and gives it back, and the clients live as long as the process. httpcore and not httpx, which is built on it: a
night makes its calls from one process, and httpx takes three times as much of the processor for each.
"""

import atexit
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

import httpcore
from django.views.decorators.debug import sensitive_variables

FORM = ("content-type", "application/x-www-form-urlencoded")
OURS = ("user-agent", "AlarmDesk")


class WireError(Exception):
    """No answer came over the wire; its text is the name of what happened."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. The names of headers are in small letters."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Poster(Protocol):
    """What an adapter needs of the wire."""

    def post(self, url: str, fields: dict[str, str]) -> Reply:
        """Send a form. Raises WireError."""


class Clients:
    """As many clients as there were calls at once. `connect` and `answer` are seconds to wait for each."""

    def __init__(self, *, connect: float, answer: float) -> None:
        self._waits = {"timeout": {"connect": connect, "read": answer, "write": answer, "pool": answer}}
        self._certificates = httpcore.default_ssl_context()
        self._idle: deque[httpcore.ConnectionPool] = deque()
        atexit.register(self.close)

    def post(self, url: str, fields: dict[str, str]) -> Reply:
        """Send a form by a client of this call's own. Raises WireError."""
        return self.send("POST", url, [FORM, OURS], urlencode(fields).encode())

    @sensitive_variables("body")  # an error's report must not quote what was on its way
    def send(self, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> Reply:
        """Send a request by a client of this call's own, once. Raises WireError."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = httpcore.ConnectionPool(ssl_context=self._certificates, max_connections=1, retries=0)
        try:
            response = client.request(method, url, headers=headers, content=body, extensions=self._waits)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise WireError(type(error).__name__) from error
        else:
            told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Reply(response.status, response.content.decode("utf-8", "replace"), told)
        finally:
            self._idle.append(client)

    def close(self) -> None:
        """Close what is idle, at the end of the process."""
        while self._idle:
            self._idle.pop().close()
