"""How do many PDFs become one, without holding more than one of them?

Each file that typst made is added as it comes: its objects get the next free numbers and are written at once; what is
kept is a number for each object, for the table at the end. It reads what typst writes and no other PDF: plain objects
behind a plain table of offsets.
"""

import re
from typing import IO

_ENTRY = re.compile(rb"(\d{10}) \d{5} n")
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_OBJECT = re.compile(rb"(\d+) 0 obj\s")
# a literal string (parentheses in it are balanced or escaped), a hexadecimal one, or a reference
_STRING = rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)"
_PARTS = re.compile(_STRING + rb"|<[0-9A-Fa-f\s]*>|(\d+) 0 R", re.DOTALL)
_ROOT = re.compile(rb"/Root (\d+) 0 R")
_FIRST, _LAST, _COUNT = (re.compile(rb"/" + name + rb" (\d+)") for name in (b"First", b"Last", b"Count"))
PAGES, OUTLINES, CATALOG, INFO = 1, 2, 3, 4
"""The numbers of our own four objects, which are written last."""


class Unmergeable(ValueError):
    """The bytes are no PDF of the kind that typst writes."""


class Merging:
    """One PDF in the making, written to `file` from its start. Add the parts, then `close`."""

    def __init__(self, file: IO[bytes], title: str) -> None:
        self._file = file
        self._title = title
        self._at = 0
        self._offsets: dict[int, int] = {}
        self._next = INFO + 1
        self._page_trees: list[int] = []
        self._bookmarks: tuple[int, int] | None = None  # the first and the last of all
        self._held: bytes | None = None  # the last bookmark, until the one after it is known
        self.pages = self.marks = 0
        self._write(b"%PDF-1.7\n%\x80\x80\x80\x80\n")

    def add(self, part: bytes) -> None:
        """Write the pages of a PDF behind those that are there. Raises Unmergeable."""
        objects = _objects(part)
        root = _found(_ROOT, part[part.rindex(b"trailer") :])
        catalog = objects.pop(root)
        tree = _found(re.compile(rb"/Pages (\d+) 0 R"), catalog)
        outline = re.search(rb"/Outlines (\d+) 0 R", catalog)
        gone = {root: CATALOG}
        if outline:
            gone[int(outline[1])] = OUTLINES
        new = {number: gone.get(number, self._next + number) for number in [*objects, root]}
        self._next += max(new)
        self._next += 1
        self._add_bookmarks(objects.pop(int(outline[1])) if outline else b"", objects, new)
        self.pages += _found(_COUNT, objects[tree])
        self._page_trees.append(new[tree])
        objects[tree] = objects[tree].replace(b"<<", b"<</Parent %d 0 P" % PAGES, 1)
        for number, content in objects.items():
            self._object(new[number], _renumbered(content, new))

    def close(self) -> None:
        """Write what makes the parts one file."""
        if self._held is not None and self._bookmarks:
            self._object(self._bookmarks[1], self._held)
        kids = b" ".join(b"%d 0 R" % tree for tree in self._page_trees)
        self._object(PAGES, b"<</Type/Pages/Count %d/Kids[%s]>>" % (self.pages, kids))
        first, last = self._bookmarks or (0, 0)
        marks = b"/First %d 0 R/Last %d 0 R" % (first, last) if self._bookmarks else b""
        self._object(OUTLINES, b"<</Type/Outlines%s/Count %d>>" % (marks, self.marks))
        self._object(CATALOG, b"<</Type/Catalog/Pages %d 0 R/Outlines %d 0 R/Lang(en)>>" % (PAGES, OUTLINES))
        self._object(INFO, b"<</Title<FEFF%s>>>" % self._title.encode("utf-16-be").hex().encode())
        start = self._at
        self._write(b"xref\n0 %d\n" % self._next)
        for number in range(self._next):
            offset = self._offsets.get(number)
            self._write(b"0000000000 65535 f \n" if offset is None else b"%010d 00000 n \n" % offset)
        self._write(b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\n" % (self._next, CATALOG, INFO))
        self._write(b"startxref\n%d\n%%%%EOF\n" % start)

    def _add_bookmarks(self, root: bytes, objects: dict[int, bytes], new: dict[int, int]) -> None:
        """Chain the bookmarks of a part behind those before: the last one is held back until its next is known."""
        if not root:
            return
        first, last = _found(_FIRST, root), _found(_LAST, root)
        self.marks += _found(_COUNT, root)
        if self._bookmarks and self._held is not None:
            before = self._bookmarks[1]
            self._object(before, self._held.replace(b"<<", b"<</Next %d 0 R" % new[first], 1))
            objects[first] = objects[first].replace(b"<<", b"<</Prev %d 0 P" % before, 1)
        self._held = _renumbered(objects.pop(last), new)
        self._bookmarks = (self._bookmarks[0] if self._bookmarks else new[first], new[last])

    def _object(self, number: int, content: bytes) -> None:
        self._offsets[number] = self._at
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, content))

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._at += len(content)


def _objects(part: bytes) -> dict[int, bytes]:
    """Every object of a file by its number, without "obj" and "endobj"."""
    start = _START.search(part)
    if start is None:
        raise Unmergeable("The file has no plain table of offsets.")
    offsets = sorted(int(entry[1]) for entry in _ENTRY.finditer(part, int(start[1])))
    found: dict[int, bytes] = {}
    for begin, end in zip(offsets, [*offsets[1:], int(start[1])], strict=True):
        head = _OBJECT.match(part, begin)
        if head is None:
            raise Unmergeable(f"There is no object at byte {begin}.")
        found[int(head[1])] = part[head.end() : part.rindex(b"endobj", begin, end)].strip(b"\n")
    return found


def _renumbered(content: bytes, new: dict[int, int]) -> bytes:
    """The object with its references under the new numbers ("P" marks those that are new already); a stream's bytes
    stay as they are.
    """
    head, stream, body = content.partition(b"\nstream\n")

    def moved(part: re.Match[bytes]) -> bytes:
        return b"%d 0 R" % new[int(part[1])] if part[1] else part[0]

    return re.sub(rb"(\d+) 0 P", rb"\1 0 R", _PARTS.sub(moved, head)) + stream + body


def _found(pattern: re.Pattern[bytes], content: bytes) -> int:
    met = pattern.search(content)
    if met is None:
        raise Unmergeable(f"{pattern.pattern!r} is not in the file.")
    return int(met[1])
