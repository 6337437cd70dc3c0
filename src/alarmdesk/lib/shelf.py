"""How is a file put down so that it is there whole or not at all? Written aside, flushed to the disk, then named.

A Django storage like any other: what a killed process leaves lies aside under UNFINISHED, without a name that anybody
knows, and is swept away (`forget_unfinished`); what a full disk refuses is gone at once.
"""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

UNFINISHED = ".unfinished"


class Shelf(FileSystemStorage):
    """Files in a folder of this machine. Memory does not grow with the file: it goes through in pieces."""

    def _save(self, name: str, content: Any) -> str:
        whole, aside = Path(self.path(name)), Path(self.path(UNFINISHED)) / uuid.uuid4().hex
        for folder in (whole.parent, aside.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with aside.open("xb") as out:
                for piece in content.chunks():
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            aside.rename(whole)
            _flush(whole.parent)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        return name

    def names_under(self, folder: str) -> Iterator[str]:
        """The names of all files below a folder, in the order in which the disk gives them."""
        top = Path(self.path(folder))
        for path in top.rglob("*") if top.is_dir() else ():
            if path.is_file():
                yield path.relative_to(self.path("")).as_posix()

    def forget_unfinished(self, before: dt.datetime) -> int:
        """Sweep away what was begun before an instant and never named; how many."""
        gone = 0
        for path in Path(self.path(UNFINISHED)).glob("*"):
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
                gone += 1
        return gone


def _flush(folder: Path) -> None:
    """The name itself must reach the disk too (rename(2))."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
