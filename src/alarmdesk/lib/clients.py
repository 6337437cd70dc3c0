"""Through which connection does a call go? Each through one that no other call uses meanwhile.

A pool of connections that many threads share spends more time on itself than on the calls; here a call borrows a whole
connection and gives it back, and the connections live as long as the process. The standard library's, and not httpx or
the httpcore below it: a night makes its calls from one process, and httpcore takes twice as much of the processor for
each (`make bench-wire`).
"""

import atexit
import select
import ssl
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import urlencode, urlsplit

import certifi
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
    """As many connections as there were calls at once. `connect` and `answer` are seconds to wait for each."""

    def __init__(self, *, connect: float, answer: float) -> None:
        self._connect, self._answer = connect, answer
        self._certificates = ssl.create_default_context(cafile=certifi.where())
        self._idle: defaultdict[tuple[str, str], deque[HTTPConnection]] = defaultdict(deque)
        atexit.register(self.close)

    def post(self, url: str, fields: dict[str, str]) -> Reply:
        """Send a form by a connection of this call's own. Raises WireError."""
        return self.send("POST", url, [FORM, OURS], urlencode(fields).encode())

    @sensitive_variables("body")  # an error's report must not quote what was on its way
    def send(self, method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> Reply:
        """Send a request by a connection of this call's own, once. Raises WireError."""
        scheme, host, path, query, _ = urlsplit(url)
        connection = self._borrow(scheme, host)
        try:
            self._open(connection)
            connection.request(method, f"{path or '/'}?{query}" if query else path or "/", body, dict(headers))
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        except (OSError, HTTPException, ValueError) as error:  # ValueError: what no header can hold
            connection.close()
            # without its cause: the frames of the library hold what was on its way
            raise WireError(type(error).__name__) from None
        self._idle[scheme, host].append(connection)
        return Reply(response.status, text, {name.lower(): value for name, value in response.getheaders()})

    def _borrow(self, scheme: str, host: str) -> HTTPConnection:
        try:
            return self._idle[scheme, host].pop()
        except IndexError:
            pass
        if scheme == "https":
            return HTTPSConnection(host, timeout=self._connect, context=self._certificates)
        return HTTPConnection(host, timeout=self._connect)

    def _open(self, connection: HTTPConnection) -> None:
        if connection.sock is not None and _is_readable(connection):
            connection.close()  # nothing was asked: it is the other side's farewell
        if connection.sock is None:
            connection.connect()
            _wait_at_most(connection, self._answer)

    def close(self) -> None:
        """Close what is idle, at the end of the process."""
        for several in self._idle.values():
            while several:
                several.pop().close()


def _wait_at_most(connection: HTTPConnection, seconds: float) -> None:
    connection.sock.settimeout(seconds)


def _is_readable(connection: HTTPConnection) -> bool:
    asked = select.poll()
    asked.register(connection.sock, select.POLLIN)
    return bool(asked.poll(0))
