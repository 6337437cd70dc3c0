"""As which system account does the embedded server run when we are root, and what can that account reach?

PostgreSQL refuses to run as root. No account is created and no mode of a foreign folder is changed: an account that
every system has takes the server, and where it cannot walk to the checkout the server lives in a folder of its own.
"""

import hashlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

PUBLIC_HOMES = Path("/var/lib/alarmdesk")


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int

    def can_walk_to(self, folder: Path) -> bool:
        """Whether this account may enter `folder` (or run that program) through all folders above it."""
        folder = folder.resolve()
        return all(self._may_enter(step) for step in (folder, *folder.parents))

    def _may_enter(self, folder: Path) -> bool:
        info = folder.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        if info.st_gid == self.gid:
            return bool(info.st_mode & stat.S_IXGRP)
        return bool(info.st_mode & stat.S_IXOTH)


def unprivileged(data: Path) -> Account:
    """Who owns the data already; else the system's `postgres`, else `nobody`."""
    if data.exists() and (info := data.stat()).st_uid != 0:
        return Account(info.st_uid, info.st_gid)
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    return Account(65534, 65534)


def public_home(folder: Path) -> Path:
    """A folder that any account can walk to, the same one each time for the same `folder`."""
    home = PUBLIC_HOMES / hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    if not PUBLIC_HOMES.exists():
        PUBLIC_HOMES.mkdir(parents=True, exist_ok=True)
        PUBLIC_HOMES.chmod(0o755)  # whatever the umask
    home.mkdir(exist_ok=True)
    return home


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    unfinished.replace(path)
