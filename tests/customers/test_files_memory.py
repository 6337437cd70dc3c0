"""How much memory does the server take while a large file goes up, and while it comes back (F27)?

With UPLOAD_MB=2000 the file has two gigabytes.
"""

import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings

from alarmdesk.company.entering import inside
from alarmdesk.customers.testing import make_customer

MB = 1_000_000
SIZE = int(os.environ.get("UPLOAD_MB", "200")) * MB
MOST_GROWTH = 48 * MB
PIECE = secrets.token_bytes(MB)


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """The application as it runs for real, in a process of its own: its address, and the process's id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--no-ws", "--log-level", "error", "alarmdesk.wsgi:application"),
    ]
    with subprocess.Popen(command, env=dict(os.environ)) as child:
        try:
            site = f"http://127.0.0.1:{port}"
            for _ in range(200):
                if child.poll() is not None:
                    raise RuntimeError("The server did not start.")
                try:
                    httpx.get(f"{site}/healthz")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)  # until it listens
            yield site, child.pid
        finally:
            child.terminate()


def peak(pid: int) -> int:
    """The most memory that the process and its children have had so far, in bytes."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    told = Path(f"/proc/{pid}/status").read_text()
    own = re.search(r"VmHWM:\s+(\d+) kB", told)
    assert own is not None
    return int(own[1]) * 1024 + sum(map(peak, children))


def test_f27_memory_does_not_grow_with_what_goes_up_and_comes_back(office):
    with inside(office.company):
        dana = make_customer()
    root = f"/{office.company.slug}"
    token = secrets.token_hex(16)
    session = office.client.cookies[settings.SESSION_COOKIE_NAME].value
    cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: token}
    with server() as (site, pid), httpx.Client(base_url=site, cookies=cookies, timeout=600) as browser:
        headers = {"X-CSRFToken": token, "Content-Type": "application/octet-stream", "Accept-Encoding": "gzip"}
        upload = f"{root}/customers/{dana.pk}/files/upload/?name=video.bin"
        for _ in range(3):  # what the server needs for any upload, however small
            assert browser.post(upload, content=PIECE, headers=headers).status_code == 201
        before = peak(pid)
        begun = time.monotonic()
        answer = browser.post(
            upload, content=(PIECE for _ in range(SIZE // MB)), headers={**headers, "Content-Length": str(SIZE)}
        )
        taken = time.monotonic() - begun
        assert (answer.status_code, answer.text) == (201, "video.bin is kept.")
        after_up = peak(pid)
        with inside(office.company):
            kept = dana.files.get(size=SIZE)
        received = 0
        path = f"{root}/files/{kept.pk}/download/"
        with browser.stream("GET", path, follow_redirects=True) as back:
            for piece in back.iter_raw():
                received += len(piece)
        assert received == SIZE
        after_down = peak(pid)
    peaks = " -> ".join(f"{each / MB:.0f}" for each in (before, after_up, after_down))
    peaks = " -> ".join(f"{each / MB:.0f}" for each in (before, after_up, after_down))
    print(f"\n{SIZE / MB:,.0f} MB up in {taken:.1f} s and down again: peak memory {peaks} MB")
    assert after_down - before < MOST_GROWTH
