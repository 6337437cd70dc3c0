"""What makes up one AlarmDesk on one machine: a folder, keys, a database, ports, and the processes?

The demo is one that stays; a throwaway is one for a rehearsal, gone afterwards. Both are put together from here.
"""

import base64
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from alarmdesk.deployment import account, database, embedded
from alarmdesk.deployment.place import ServerFailed
from alarmdesk.deployment.supervisor import Child, Say, Supervisor

SOURCE = Path(__file__).parents[1]
DATABASE = "alarmdesk_demo"
WEB_WORKERS = 2
BLOCKING_THREADS = 4
STATIC_PACKAGES = ("django", "django-htmx", "django-allauth", "whitenoise", "fontpkg-inter")


class SetUpFailed(Exception):
    """A step of putting an installation together ended with an error; the text is what it said."""


@dataclass(frozen=True)
class Ports:
    """Where the processes listen on this machine."""

    web: int
    simulators: int
    smtp: int


class Installation:
    """One folder with all that an installation keeps: `var`. Nothing is started by making one."""

    def __init__(self, var: Path, *, web_port: int, given_database_url: str = "") -> None:
        self.var = var
        self.given_database_url = given_database_url
        self.server: embedded.Server | None = None
        self.urls: database.Urls | None = None
        var.mkdir(parents=True, exist_ok=True)
        self.kept = _kept(var / "demo.env")
        self.ports = _ports(self.kept, web_port)
        _keep(var / "demo.env", self.kept)

    @property
    def site(self) -> str:
        return f"http://localhost:{self.ports.web}"

    @property
    def outside(self) -> str:
        return f"http://127.0.0.1:{self.ports.simulators}"

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the installation is told; the owner's way into the database is not among it."""
        inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
        return inherited | self.told

    @property
    def told(self) -> dict[str, str]:
        """The installation's own part of that environment."""
        told = {
            "DJANGO_SETTINGS_MODULE": "alarmdesk.settings",
            "PYTHONUNBUFFERED": "1",
            "ALARMDESK_ENV": "demo",
            "ALARMDESK_VAR": str(self.var),
            "ALARMDESK_SITE_URL": self.site,
            "ALARMDESK_SECRET_KEY": self.kept["ALARMDESK_SECRET_KEY"],
            "ALARMDESK_SEALING_KEYS": self.kept["ALARMDESK_SEALING_KEYS"],
            "NMI_URL": self.outside,
            "STRIPE_API_URL": self.outside,
            "STRIPE_SCRIPTS_URL": self.outside,
            "TRANSUNION_URL": self.outside,
            "EQUIFAX_URL": self.outside,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.ports.smtp),
        }
        return told | ({"DATABASE_URL": self.urls.app_url} if self.urls else {})

    def prepare_database(self, *, fresh: bool = False, fsync: bool = True) -> bool:
        """Takes the given server or starts the embedded one, prepares the database, migrates; True if it migrated."""
        if self.given_database_url:
            admin_url, password = self.given_database_url, self._kept_password
        else:
            self.server = embedded.start(self.var / "postgres", fsync=fsync)
            admin_url, password = self.server.url(), self.server.password
        # names of their own: a real installation may live on the same server
        owner, app = (database.Role(name, password(name)) for name in ("alarmdesk_demo_owner", "alarmdesk_demo_app"))
        if fresh:
            database.drop(admin_url, DATABASE)
        self.urls = database.prepare(admin_url, DATABASE, owner=owner, app=app)
        return database.migrate(self.urls, environment=self.environment)

    def _kept_password(self, role: str) -> str:
        name = f"PASSWORD_OF_{role.upper()}"
        if name not in self.kept:
            self.kept[name] = secrets.token_hex(20)
            _keep(self.var / "demo.env", self.kept)
        return self.kept[name]

    def revive_database(self, say: Say) -> None:
        """Starts the embedded server again when it is down; says so, and why where it cannot."""
        if self.server is None or self.server.is_up:
            return
        say("The database ended; it starts again.")
        try:
            self.server.restart()
        except ServerFailed as failure:
            say(str(failure))

    def build_static_files(self) -> bool:
        """The typefaces and all static files, compressed and named by their content; False when nothing changed."""
        from alarmdesk.lib import font

        font.build(self.var / "font")
        font.build_for_paper(self.var / "paper-font")
        stamp, wanted = self.var / "static.stamp", _hash_of_static_sources()
        if stamp.exists() and stamp.read_text() == wanted and (self.var / "static").exists():
            return False
        self.run_python("-m", "django", "collectstatic", "--no-input", "--clear", "--verbosity", "0")
        stamp.write_text(wanted)
        return True

    def run_python(self, *arguments: str, shows: bool = False) -> None:
        """Runs a step in a process of its own with our environment; raises SetUpFailed with what it said."""
        done = subprocess.run(
            [sys.executable, *arguments],
            check=False,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=None if shows else subprocess.PIPE,
            stderr=None if shows else subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise SetUpFailed(f"{' '.join(arguments[:3])} failed:\n{(done.stdout or '').strip()}".strip())

    def web(self) -> Child:
        port, workers, threads = str(self.ports.web), str(WEB_WORKERS), str(BLOCKING_THREADS)
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port),
            *("--workers", workers, "--blocking-threads", threads, "--no-ws", "--respawn-failed-workers"),
            *("--workers-kill-timeout", "2", "--log-level", "warning", "alarmdesk.wsgi:application"),
        ]
        return Child("web", command, self.environment, health=f"http://127.0.0.1:{port}/healthz")

    def worker(self) -> Child:
        return Child("worker", [sys.executable, "-m", "alarmdesk", "worker"], self.environment)

    def simulators(self) -> Child:
        state = self.var / "simulators"
        command = [
            *(sys.executable, "-m", "simulators", "--state", str(state)),
            *("--port", str(self.ports.simulators), "--smtp-port", str(self.ports.smtp)),
        ]
        return Child("simulators", command, os.environ, health=f"{self.outside}/control/clock")

    def forget_the_outside(self) -> None:
        """The simulators' memory goes: gateways, mail, statements."""
        shutil.rmtree(self.var / "simulators", ignore_errors=True)


class Throwaway:
    """An installation in a temporary folder: a fresh database, simulators and free ports; all gone at the end.

    `with Throwaway() as there: there.start(there.installation.web()); … there.site`. The simulators run from the start.
    """

    def __init__(self, *, say: Say = print, fsync: bool = True) -> None:
        self.say = say
        self.fsync = fsync

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="alarmdesk-"))
        self.folder.chmod(0o711)  # the server's account walks through it
        self.supervisor = Supervisor(self.folder / "log", self.say)
        self.installation = Installation(self.folder, web_port=embedded.free_port())
        try:
            self.installation.prepare_database(fsync=self.fsync)
            self.installation.build_static_files()
            self.start(self.installation.simulators())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.supervisor.stop()
        if self.installation.server:
            self.installation.server.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def site(self) -> str:
        return self.installation.site

    @property
    def start(self) -> Callable[..., None]:
        """Starts children (`installation.web()`, `installation.worker()`) and waits until they are ready."""
        return self.supervisor.start


def _kept(path: Path) -> dict[str, str]:
    """The keys of the installation, made on first use: they never change, or sealed values would not open again."""
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines()) if path.exists() else {}
    kept.setdefault("ALARMDESK_SECRET_KEY", secrets.token_urlsafe(48))
    kept.setdefault("ALARMDESK_SEALING_KEYS", "demo:" + base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return kept


def _keep(path: Path, kept: dict[str, str]) -> None:
    account.write_private(path, "".join(f"{name}={value}\n" for name, value in kept.items()))


def _ports(kept: dict[str, str], web: int) -> Ports:
    """The outside world keeps its ports between two starts, for addresses of it are written down in the database."""
    chosen = {}
    for name in ("SIMULATORS_PORT", "SMTP_PORT"):
        known = int(kept.get(name, "0"))
        chosen[name] = known if known and embedded.is_free(known) else embedded.free_port()
        kept[name] = str(chosen[name])
    return Ports(web=web, simulators=chosen["SIMULATORS_PORT"], smtp=chosen["SMTP_PORT"])


def _hash_of_static_sources() -> str:
    digest = hashlib.sha256(json.dumps([[name, version(name)] for name in STATIC_PACKAGES]).encode())
    for folder in sorted(SOURCE.glob("**/static")):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                digest.update(str(path.relative_to(SOURCE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
