"""Through which connection does a call go? Each through a client that no other call uses meanwhile.

A pool of connections that many threads share spends more time on itself than on the calls; here a call borrows a whole
client and gives it back, and the clients live as long as the process.
"""

import atexit
from collections import deque
from typing import Protocol

import httpx


class Poster(Protocol):
    """What an adapter needs of the wire; an httpx.Client is one."""

    def post(self, url: str, *, data: dict[str, str]) -> httpx.Response:
        """Send a form. Raises httpx.HTTPError."""


class Clients:
    """As many clients as there were calls at once."""

    def __init__(self, timeout: httpx.Timeout) -> None:
        self._timeout = timeout
        self._certificates = httpx.create_ssl_context()
        self._idle: deque[httpx.Client] = deque()
        atexit.register(self.close)

    def post(self, url: str, *, data: dict[str, str]) -> httpx.Response:
        """Send a form by a client of this call's own. Raises httpx.HTTPError."""
        try:
            client = self._idle.pop()
        except IndexError:
            client = httpx.Client(timeout=self._timeout, verify=self._certificates, follow_redirects=False)
        try:
            return client.post(url, data=data)
        finally:
            self._idle.append(client)

    def close(self) -> None:
        """Close what is idle, at the end of the process."""
        while self._idle:
            self._idle.pop().close()
