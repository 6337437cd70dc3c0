"""Do the processes of an installation come up together, stay up, and go down together?"""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alarmdesk.deployment.supervisor import Child, ChildFailed, Supervisor

SLEEPER = "import time\nwhile True: time.sleep(60)"
STUBBORN = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\n"
    "while True: time.sleep(60)"
)


def child(name: str, code: str, **options: str) -> Child:
    return Child(name, [sys.executable, "-c", code], os.environ, **options)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path / "log", said.append)
    yield supervisor
    supervisor.stop()


def test_a_child_counts_as_started_when_it_answers(supervisor):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = textwrap.dedent(f"""
        import http.server, time
        class Late(http.server.BaseHTTPRequestHandler):
            born = time.monotonic()
            def do_GET(self):
                self.send_response(200 if time.monotonic() - self.born > 0.4 else 503)
                self.end_headers()
        http.server.HTTPServer(("127.0.0.1", {port}), Late).serve_forever()
    """)
    begun = time.monotonic()

    supervisor.start(child("web", server, health=f"http://127.0.0.1:{port}/healthz"))

    assert time.monotonic() - begun > 0.4
    assert supervisor.children[0].runs


def test_a_child_that_ends_at_its_start_says_why(supervisor):
    with pytest.raises(ChildFailed, match="the key is missing"):
        supervisor.start(child("web", "import sys; sys.exit('the key is missing')", health="http://127.0.0.1:9/"))


def test_a_crashed_child_is_started_again_and_that_is_said(supervisor, said):
    worker = child("worker", SLEEPER)
    supervisor.start(worker)
    first = worker.process.pid
    watching = threading.Thread(target=supervisor.watch)
    watching.start()
    try:
        os.kill(first, signal.SIGKILL)
        until(lambda: worker.runs and worker.process.pid != first)
    finally:
        supervisor.end()
        watching.join()

    assert len(said) == 1
    assert said[0].startswith("worker ended (SIGKILL); it starts again in 0.5 s.")


def test_all_are_gone_within_five_seconds_even_a_stubborn_one(supervisor, said):
    supervisor.start(child("polite", SLEEPER))
    supervisor.start(child("stubborn", STUBBORN))
    until(lambda: "deaf" in (supervisor.logs / "stubborn.log").read_text())
    begun = time.monotonic()

    supervisor.stop()

    assert time.monotonic() - begun < 5
    assert not any(each.runs for each in supervisor.children)
    assert said == ["stubborn did not stop by itself and was killed."]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_the_children_of_a_killed_supervisor_end(tmp_path):
    code = textwrap.dedent(f"""
        import os, pathlib, sys
        from alarmdesk.deployment.supervisor import Child, Supervisor
        supervisor = Supervisor(pathlib.Path({str(tmp_path)!r}), print)
        supervisor.start(Child("worker", [sys.executable, "-c", {SLEEPER!r}], os.environ))
        print(supervisor.children[0].process.pid, flush=True)
        supervisor.watch()
    """)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        assert Path("/proc", str(worker)).exists()
        parent.kill()

    until(lambda: not _lives(worker))


def _lives(pid: int) -> bool:
    try:
        return Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
