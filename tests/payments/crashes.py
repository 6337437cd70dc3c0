"""How is a process killed at one certain point, each point in turn, without anybody listing them?

A point lies before and after every commit and every call of the gateway. A child of this process does one thing; it
counts the points that it passes, and at the one that it was told it is gone, without a word.
"""

import os
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from alarmdesk.payments.gateways import choosing
from alarmdesk.payments.gateways.clients import Clients

GONE, FAILED = 77, 99


def points_of(act: Callable[[], Any]) -> int:
    """How many points there are: a child does it to the end and says so."""
    reading, writing = os.pipe()
    status = _in_child(act, dies_at=0, tell=writing)
    os.close(writing)
    with os.fdopen(reading) as said:
        count = int(said.read() or 0)
    assert status == 0, "what is to be interrupted does not even work"
    assert count > 0
    return count


def die_at(point: int, act: Callable[[], Any]) -> bool:
    """Do it in a child that is gone at this point; False when it came to its end before."""
    status = _in_child(act, dies_at=point)
    assert status in (0, GONE), f"the child ended with {status}"
    return status == GONE


def _in_child(act: Callable[[], Any], *, dies_at: int, tell: int | None = None) -> int:
    connection.close()  # no two processes on one connection
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        choosing._clients.cache_clear()
        passed = _count_points(dies_at)
        act()
        if tell is not None:
            os.write(tell, str(passed()).encode())
        os._exit(0)
    except BaseException as error:  # noqa: BLE001  (the parent is told by the exit status)
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(FAILED)


def _count_points(dies_at: int) -> Callable[[], int]:
    """From here on every commit and every call of the gateway has a point before and after it."""
    passed = 0

    def point() -> None:
        nonlocal passed
        passed += 1
        if passed == dies_at:
            os._exit(GONE)

    def between_points(function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            point()
            result = function(*args, **kwargs)
            point()
            return result

        return watched

    BaseDatabaseWrapper.commit = between_points(BaseDatabaseWrapper.commit)  # type: ignore[method-assign]
    Clients.post = between_points(Clients.post)  # type: ignore[method-assign]
    return lambda: passed
