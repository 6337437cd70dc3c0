"""How does one command give a newcomer the whole product with an outside world in a box?

`run` puts the installation in `var` together, fills it on the first start, keeps its processes up and says where to
sign in. Each step is skipped when it was done before: a second start takes seconds.
"""

import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from rich.console import Console
from rich.table import Table

from alarmdesk.deployment import database, embedded
from alarmdesk.deployment.account import write_private
from alarmdesk.deployment.beside import demo_folder, word_left
from alarmdesk.deployment.installation import Installation, SetUpFailed
from alarmdesk.deployment.place import ServerFailed
from alarmdesk.deployment.supervisor import ChildFailed, Supervisor

DEFAULT_PORT = 8000
WELCOME_WIDTH = 160  # columns that the sign-ins may take where the terminal says less, or is none
SEED = "alarmdesk.deployment.seed"


class SignIn(TypedDict):
    """A person of the demo: who it is, the page to open (a path), and how to sign in."""

    who: str
    path: str
    email: str
    password: str


class DemoRuns(Exception):
    """Another demo already uses the folder or the port."""


def run(port: int | None = None, fresh: bool = False) -> int:
    """Runs the demo until it is told to stop; 0 when it ended as asked, 1 when it could not start (and said why)."""
    console = Console(highlight=False)
    var = demo_folder()
    supervisor = Supervisor(var / "log", lambda sentence: console.print(sentence, markup=False, soft_wrap=True))
    supervisor.listen_to_signals()
    try:
        with _alone(var, port or DEFAULT_PORT):
            return _run(console, supervisor, var, port=port or DEFAULT_PORT, fresh=fresh)
    except (
        *(DemoRuns, SetUpFailed, ChildFailed, ServerFailed),
        *(database.NotEntitled, database.Unreachable, database.MigrationFailed, database.UnwalledRole),
    ) as failure:
        if supervisor.was_told_to_stop:  # Ctrl-C while it set up: the step that it hit is not the news
            return 0
        console.print(f"The demo did not start. {failure}", markup=False, soft_wrap=True, style="red")
        return 1


def _run(console: Console, supervisor: Supervisor, var: Path, *, port: int, fresh: bool) -> int:
    begun = time.monotonic()
    installation = Installation(var, web_port=port, given_database_url=os.environ.get("DATABASE_URL", ""))
    try:
        if fresh:
            installation.forget_the_outside()
        with console.status("Preparing the database …"):
            installation.prepare_database(fresh=fresh)
        with console.status("Building static files …"):
            installation.build_static_files()
        if _is_filled(installation):
            supervisor.start(installation.simulators(), installation.web(), installation.worker())
        else:
            supervisor.start(installation.simulators())
            _fill(console, installation)
            supervisor.start(installation.web(), installation.worker())
        if not supervisor.was_told_to_stop:
            with word_left(var, installation.told):
                _welcome(console, installation, time.monotonic() - begun)
                supervisor.watch(lambda: installation.revive_database(supervisor.say))
        console.print("Stopping …")
        return 0
    finally:
        supervisor.stop()
        if installation.server:
            installation.server.stop()


@contextmanager
def _alone(var: Path, port: int) -> Iterator[None]:
    """One demo for a folder and a port; raises DemoRuns."""
    with (var / "demo.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoRuns(f"One already runs from {var}; stop it first (Ctrl-C).") from None
        if not embedded.is_free(port):
            raise DemoRuns(f"Port {port} is taken; choose another: make demo PORT={port + 1}") from None
        yield


def _is_filled(installation: Installation) -> bool:
    assert installation.urls is not None  # noqa: S101  (told to mypy: prepared before)
    return "seed" in database.read_stamps(installation.urls.owner_url)


def _fill(console: Console, installation: Installation) -> None:
    """Lets the seed make the demo's companies, in a process of its own, and keeps the sign-ins that it returns."""
    assert installation.urls is not None  # noqa: S101  (told to mypy: prepared before)
    if find_spec(SEED) is None:
        return
    console.print("Filling the demo with a dealer's year …")
    code = "import sys; from alarmdesk.deployment.demo import seed_into; seed_into(sys.argv[1])"
    installation.run_python("-c", code, str(installation.var / "sign-ins.json"), shows=True)
    database.write_stamp(installation.urls.owner_url, "seed", "done")


def seed_into(path: str) -> None:
    """In the process that `_fill` starts: run the seed and write down its sign-ins."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import django

    django.setup()
    sign_ins: list[SignIn] = list(import_module(SEED).seed())  # the one place that knows the seed
    write_private(Path(path), json.dumps(sign_ins))


def _welcome(console: Console, installation: Installation, seconds: float) -> None:
    table = Table(title="AlarmDesk is open", title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
    for column in ("Who", "Where", "E-mail", "Password"):
        table.add_column(column, no_wrap=True)
    for sign_in in _sign_ins(installation.var / "sign-ins.json"):
        address = f"{installation.site}{sign_in['path']}"
        table.add_row(sign_in["who"], address, sign_in["email"], sign_in["password"])
    table.add_row("the outside world", f"{installation.outside}/", "", "")
    table.add_row("its mail", f"{installation.outside}/mail", "", "")
    console.print()
    console.print(
        f"{installation.site}  (ready in {seconds:.1f} s; logs in {installation.var / 'log'}; Ctrl-C stops it)",
        soft_wrap=True,
    )
    # an address that is broken in two cannot be copied
    Console(width=max(console.width, WELCOME_WIDTH), highlight=False).print(table)
    sys.stdout.flush()


def _sign_ins(path: Path) -> list[SignIn]:
    if not path.exists():
        return []
    sign_ins: list[SignIn] = json.loads(path.read_text())
    return sign_ins
