"""How are many calls of a gateway in flight while no database connection waits for them? A pool of threads that touch
the wire alone: they get frozen requests and give answers; who hands them out does all the writing.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, TypeVar

Tag = TypeVar("Tag")
Result = TypeVar("Result")


class Wire(Generic[Tag, Result]):
    """At most `in_flight` calls at once; each is known by its tag."""

    def __init__(self, in_flight: int) -> None:
        self._pool = ThreadPoolExecutor(in_flight, thread_name_prefix="wire")
        self._in_flight = in_flight
        self._calls: dict[Future[Result], Tag] = {}
        self._done = SimpleQueue[Future[Result]]()

    def __enter__(self) -> "Wire[Tag, Result]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def room(self) -> int:
        """How many more calls may start now."""
        return self._in_flight - len(self._calls)

    @property
    def is_idle(self) -> bool:
        return not self._calls

    @property
    def has_finished(self) -> bool:
        """Is a call done, so that `finished` would not wait?"""
        return not self._done.empty()

    def call(self, tag: Tag, function: Callable[[], Result]) -> None:
        """Start a call. Do not call it without room."""
        call = self._pool.submit(function)
        self._calls[call] = tag
        call.add_done_callback(self._done.put)

    def finished(self) -> list[tuple[Tag, Future[Result]]]:
        """Wait until at least one call is done; all that are done, with their tags. Do not call it while idle."""
        done = [self._done.get()]
        while not self._done.empty():  # nobody else takes from it
            done.append(self._done.get())
        return [(self._calls.pop(call), call) for call in done]
