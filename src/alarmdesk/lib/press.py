"""How is typst fed? One compiler for each template, kept warm by its room, which reads its data from files.

Data could come as an input of the compiler too, but each other input lets typst build its whole library anew (1.1 ms),
and a logo would have to be told number by number. The files lie in a folder that only this user can read. They are
emptied after each compilation: no customer's data stays.
"""

import atexit
import os
import re
import shutil
import tempfile
import threading
from functools import cache
from pathlib import Path

import typst
from django.conf import settings

from alarmdesk.lib import font

_PAGE_TREE = re.compile(rb"/Type/Pages/Count (\d+)")


class Press:
    """A compiler of a template, with the two files that the template may read: told.json and logo. One paper at a time:
    the files are those of one.
    """

    def __init__(self, template: Path) -> None:
        self._folder = folder = Path(tempfile.mkdtemp(prefix="alarmdesk-press-"))
        self._owner = os.getpid()
        shutil.copy(template, folder)
        self._told, self._logo = folder / "told.json", folder / "logo"
        self._logo_is = b""
        self._one_at_a_time = threading.Lock()
        fonts = [str(font.build_for_paper(settings.VAR / "paper-font")), str(font.source().parent)]
        self._compiler = typst.Compiler(str(folder / template.name), font_paths=fonts, ignore_system_fonts=True)

    def pdf(self, told: str, logo: bytes, timestamp: int, *, tags: bool) -> bytes:
        """The PDF of what is told, as JSON. `timestamp`: seconds since 1970, the file's date. `tags`: what a reader
        aloud needs.
        """
        with self._one_at_a_time:
            if logo != self._logo_is:
                self._logo.write_bytes(logo)
                self._logo_is = logo
            self._told.write_text(told)
            try:
                made = self._compiler.compile(format="pdf", timestamp=timestamp, pdf_tags=tags)
            finally:
                self._told.write_bytes(b"")
        if not isinstance(made, bytes):  # one file is asked for
            raise TypeError("typst answered with several files for one PDF")
        return made

    def close(self) -> None:
        """Remove the files. A child of the process that made them leaves them alone."""
        if os.getpid() == self._owner:
            shutil.rmtree(self._folder, ignore_errors=True)


@cache
def press_of(template: Path) -> Press:
    """The template's press of this process, whose files go with it."""
    made = Press(template)
    atexit.register(made.close)
    return made


def pages_of(made: bytes) -> int:
    """How many pages a PDF has that typst made: the tree of pages begins with the number of all of them."""
    return max(int(found[1]) for found in _PAGE_TREE.finditer(made))
