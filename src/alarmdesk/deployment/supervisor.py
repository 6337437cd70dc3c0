"""How do the processes of an installation start together, stay up, and end together?

One supervisor starts them, waits until each answers, starts a crashed one again with growing pauses, and stops them all
on SIGINT or SIGTERM. Killed with -9 itself, its children are told by the kernel (Linux) and end too.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

READY_SECONDS = 60
STOP_SECONDS = 4  # for politeness; what is still there then is killed, so that all are gone within 5 s
LONGEST_PAUSE = 30
CALM_SECONDS = 60  # who lived this long may crash again as if for the first time
LOG_LIMIT = 10_000_000  # bytes; a longer log is put aside at the next start

Say = Callable[[str], None]


class ChildFailed(Exception):
    """A process did not come up; the sentence has the end of its log."""


@dataclass
class Child:
    """One process: its name, its command, and the URL that answers 2xx once it is ready ("" = as soon as it runs)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    health: str = ""
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0
    crashes: int = 0
    not_before: float = 0.0

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Starts children in order and keeps them up until told to stop. Use it from the main thread."""

    def __init__(self, logs: Path, say: Say) -> None:
        self.logs = logs
        self.say = say
        self.children: list[Child] = []
        self._stopping = threading.Event()
        self._parent = os.getpid()
        self.was_told_to_stop = False
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, *children: Child) -> None:
        """Starts children side by side, returns when all are ready; raises ChildFailed when one ends or is silent."""
        for child in children:
            self.children.append(child)
            self._spawn(child)
        for child in children:
            self._wait_until_ready(child)

    def _wait_until_ready(self, child: Child) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._stopping.is_set():
            if not child.runs:
                raise ChildFailed(f"{child.name} ended at its start:\n{self._end_of_log(child)}")
            if not child.health or answers(child.health):
                return
            if time.monotonic() > deadline:
                raise ChildFailed(
                    f"{child.name} did not answer at {child.health} within {READY_SECONDS} s:\n"
                    f"{self._end_of_log(child)}"
                )
            self._stopping.wait(0.05)

    def listen_to_signals(self) -> None:
        """From now on SIGINT, SIGTERM and SIGHUP end `watch`."""
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self._on_signal)

    def watch(self, look_around: Callable[[], None] = lambda: None) -> None:
        """Keeps the children up, and calls `look_around`, until a signal comes or `end` is called."""
        while not self._stopping.wait(0.2):
            look_around()
            for child in self.children:
                self._look_after(child)

    def end(self) -> None:
        """Lets `watch` return."""
        self._stopping.set()

    def stop(self) -> None:
        """Stops all children, the last started first, within 5 s."""
        self._stopping.set()
        running = [child for child in reversed(self.children) if child.process is not None]
        for child in running:
            _signal_group(child, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            assert child.process is not None  # noqa: S101  (told to mypy: filtered above)
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not stop by itself and was killed.")
            _signal_group(child, signal.SIGKILL)  # also grandchildren that a dead child left
            child.process.wait()

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        self.was_told_to_stop = True
        self._stopping.set()

    def _spawn(self, child: Child) -> None:
        log = self._log(child)
        if log.exists() and log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            child.process = subprocess.Popen(
                child.command,
                env=dict(child.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops in order
                preexec_fn=self._tie_to_parent if sys.platform == "linux" else None,  # noqa: PLW1509
            )
        child.started_at = time.monotonic()

    def _tie_to_parent(self) -> None:
        """In the child: ask the kernel for a SIGTERM when the supervisor dies, and look whether it died meanwhile."""
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self._parent:
            os._exit(1)

    def _look_after(self, child: Child) -> None:
        if child.runs:
            return
        now = time.monotonic()
        if child.process is not None:
            code = child.process.returncode
            _signal_group(child, signal.SIGKILL)
            child.process = None
            child.crashes = 1 if now - child.started_at > CALM_SECONDS else child.crashes + 1
            pause = min(LONGEST_PAUSE, 0.5 * 2 ** (child.crashes - 1))
            child.not_before = now + pause
            self.say(f"{child.name} ended ({_told(code)}); it starts again in {pause:g} s. Its log: {self._log(child)}")
        elif now >= child.not_before:
            self._spawn(child)

    def _log(self, child: Child) -> Path:
        return self.logs / f"{child.name}.log"

    def _end_of_log(self, child: Child) -> str:
        return "\n".join(self._log(child).read_text(errors="replace").splitlines()[-15:])


def answers(url: str) -> bool:
    """Whether a GET of a URL on this machine is answered with 2xx now."""
    try:
        with _HERE.open(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _signal_group(child: Child, number: signal.Signals) -> None:
    if child.process is None:
        return
    try:
        os.killpg(child.process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _told(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit {code}"


_PR_SET_PDEATHSIG = 1
# loaded before any fork: a child between fork and exec may not load libraries
_LIBC = ctypes.CDLL(None)
# health checks stay on this machine, whatever proxy the environment names
_HERE = urllib.request.build_opener(urllib.request.ProxyHandler({}))
