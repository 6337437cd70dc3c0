"""How does a file come to a customer whole or not at all, and go again (F27)?

First its bytes are in the storage under a name that nobody knows, then its row says so. What dies in between leaves
bytes without a row, which `sweep` takes away a day later. Memory does not grow with the file.
"""

import datetime as dt
import errno
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterator
from typing import Protocol

import puremagic
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db.models import Sum

from alarmdesk.company.entering import SYSTEM, Actor, acting, entered, inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import CustomerFile, FileQuota
from alarmdesk.lib.shelf import Shelf

PIECE = 256 * 1024
HEAD = 4096
LONGEST_NAME = 200
KEPT_FOR = dt.timedelta(days=30)
"""After a removal, until the content is erased."""
ORPHANED_AFTER = dt.timedelta(days=1)
"""Longer than any upload takes."""
AT_ONCE = 500
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
UNKNOWN = "application/octet-stream"
# control characters, and those that turn the reading direction round ("gpj.exe" that looks like a picture)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class NoRoom(ValueError):
    """The company's quota or the disk is full. Nothing was kept."""


class TooLarge(ValueError):
    """The file is larger than any file may be. Nothing was kept."""


class Interrupted(ValueError):
    """Less arrived than was announced, or more. Nothing was kept."""


class Erased(ValueError):
    """The content is gone for good."""


class Reader(Protocol):
    """Where bytes come from: a request, or a file that Django has put aside."""

    def read(self, size: int = ..., /) -> bytes: ...


class Incoming(File):  # type: ignore[type-arg]
    """Bytes on their way to the storage: counted, digested, their head kept for a look at what they are.

    Raises TooLarge and NoRoom beyond `most`, Interrupted where not exactly `expected` bytes come.
    """

    def __init__(self, source: Reader, *, expected: int | None, most: int) -> None:
        super().__init__(source)  # type: ignore[arg-type]
        self._source = source
        self.expected, self.most = expected, most
        self.received = 0
        self.head = b""
        self._digest = hashlib.sha256()

    def read(self, size: int = PIECE) -> bytes:
        piece = self._source.read(size if size >= 0 else PIECE)
        self.received += len(piece)
        if self.received > self.most:
            raise NoRoom(_too_much(self.most))
        is_short = not piece and self.received < (self.expected or 0)
        if is_short or (self.expected is not None and self.received > self.expected):
            raise Interrupted("The file did not arrive whole. Send it once more.")
        self._digest.update(piece)
        if len(self.head) < HEAD:
            self.head = (self.head + piece)[:HEAD]
        return piece

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        while piece := self.read(chunk_size or PIECE):
            yield piece

    def seek(self, offset: int, whence: int = 0) -> int:
        """Storages go back to the beginning before they begin; from elsewhere there is no way back."""
        if (offset, whence, self.received) != (0, 0, 0):
            raise OSError(errno.ESPIPE, "What has been sent cannot be read twice.")
        return 0

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


def storage() -> Storage:
    """Where files are: a folder, or what the settings name."""
    return storages["files"]


# --- keeping


def keep_file(
    company: Company,
    customer_id: int,
    *,
    name: str,
    source: Reader,
    expected: int | None,
    at: dt.datetime,
    actor: Actor,
) -> CustomerFile:
    """Keep a file on a customer of the company. Called with no transaction open: an upload takes its time.

    `expected`: how many bytes were announced. Raises Customer.DoesNotExist, NoRoom, TooLarge, Interrupted, and what a
    broken connection raises; nothing is kept then.
    """
    announced = expected or 0
    if announced > settings.FILE_LARGEST:
        raise TooLarge(f"This is {shown_size(announced)}. A file has at most {shown_size(settings.FILE_LARGEST)}.")
    with inside(company, actor=actor):
        company.customers.get(pk=customer_id)
        left = room_left()
    if announced > left:
        raise NoRoom(_too_much(left))
    incoming = Incoming(source, expected=expected, most=min(left, settings.FILE_LARGEST))
    key = _put(company, incoming)
    try:
        with inside(company, actor=actor):
            return _enter(customer_id, key, clean_name(name), incoming, at=at)
    except BaseException:
        storage().delete(key)
        raise


def _put(company: Company, incoming: Incoming) -> str:
    token = secrets.token_hex(16)
    try:
        return storage().save(f"{company.pk}/{token[:2]}/{token}", incoming)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoRoom("The disk of this installation is full. Nothing was kept; tell whoever runs it.") from error


def _enter(customer_id: int, key: str, name: str, incoming: Incoming, *, at: dt.datetime) -> CustomerFile:
    """The row, which is what makes it a kept file; the room is counted once more while nobody else can take it."""
    FileQuota.objects.bulk_create([FileQuota()], ignore_conflicts=True)
    FileQuota.objects.select_for_update().get()
    if incoming.received > (left := room_left()):
        raise NoRoom(_too_much(left))
    return CustomerFile.objects.create(
        customer=entered().customers.get(pk=customer_id), name=name, key=key, size=incoming.received,
        digest=incoming.digest, media_type=told_by_content(incoming.head), kept_at=at, kept_by=acting().name,
    )  # fmt: skip


def quota() -> int:
    """How many bytes the entered company may keep."""
    own = FileQuota.objects.values_list("most", flat=True).first()
    return settings.FILE_QUOTA if own is None else own


def used() -> int:
    """How many bytes the entered company keeps; what was removed counts until it is erased."""
    return CustomerFile.objects.filter(erased_at=None).aggregate(sum=Sum("size"))["sum"] or 0


def room_left() -> int:
    return max(quota() - used(), 0)


def _too_much(left: int) -> str:
    if left >= settings.FILE_LARGEST:
        return f"A file has at most {shown_size(settings.FILE_LARGEST)}."
    return f"There is room for {shown_size(left)} more. Delete files, or ask for more room. Nothing was kept."


# --- removing


def remove_file(file: CustomerFile, *, at: dt.datetime, by: str) -> None:
    """Take a file away; it can be put back for thirty days."""
    if file.removed_at is None:
        file.removed_at, file.removed_by = at, by
        file.save(update_fields=["removed_at", "removed_by"])


def put_back(file: CustomerFile) -> None:
    """A file that was removed by mistake is there again. Raises Erased."""
    held = entered().customer_files.select_for_update(of=("self",)).get(pk=file.pk)
    if held.erased_at:
        raise Erased(f"{held} is gone for good.")
    held.removed_at, held.removed_by = None, ""
    held.save(update_fields=["removed_at", "removed_by"])


def sweep(company: Company, *, at: dt.datetime, actor: Actor = SYSTEM) -> tuple[int, int]:
    """Erase the content of what was removed long ago, and bytes that no row knows; how many of each. Called with no
    transaction open; again does what is left.
    """
    return _erase_removed(company, at, actor), _erase_orphans(company, at, actor)


def _erase_removed(company: Company, at: dt.datetime, actor: Actor) -> int:
    gone = 0
    while True:
        with inside(company, actor=actor):
            due = CustomerFile.objects.filter(removed_at__lte=at - KEPT_FOR, erased_at=None)
            rows = list(due.select_for_update(skip_locked=True).order_by("pk")[:AT_ONCE])
            for row in rows:  # nobody can put it back meanwhile
                storage().delete(row.key)
            CustomerFile.objects.filter(pk__in=[row.pk for row in rows]).update(erased_at=at)
        gone += len(rows)
        if len(rows) < AT_ONCE:
            return gone


def _erase_orphans(company: Company, at: dt.datetime, actor: Actor) -> int:
    place = storage()
    if not isinstance(place, Shelf):  # a bucket's own rules sweep it (docs/operating.md)
        return 0
    old = [
        name for name in place.names_under(str(company.pk))
        if place.get_modified_time(name) < at - ORPHANED_AFTER
    ]  # fmt: skip
    gone = 0
    for start in range(0, len(old), AT_ONCE):
        some = old[start : start + AT_ONCE]
        with inside(company, actor=actor):
            known = set(CustomerFile.objects.filter(key__in=some).values_list("key", flat=True))
        for name in set(some) - known:
            place.delete(name)
            gone += 1
    return gone


# --- pure


def clean_name(text: str) -> str:
    """A file's name as it is shown and downloaded: without folders, without characters that nobody sees."""
    bare = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).replace("\\", "/").rpartition("/")[2].strip(" .")
    if len(bare) > LONGEST_NAME:
        stem, dot, ending = bare.rpartition(".")
        tail = dot + ending if dot and len(ending) <= 20 else ""
        bare = (stem if tail else bare)[: LONGEST_NAME - len(tail)] + tail
    return bare or "file"


def told_by_content(head: bytes) -> str:
    """The media type that the first bytes speak of; text that can be read is text/plain, all else unknown bytes."""
    try:
        return puremagic.from_string(head, mime=True) or UNKNOWN
    except (puremagic.PureError, ValueError):
        pass
    try:
        head[: HEAD - 4].decode()
    except UnicodeDecodeError:
        return UNKNOWN
    return UNKNOWN if not head or b"\0" in head else "text/plain"


def shown_size(size: int) -> str:
    """A number of bytes, in decimal units as disks are sold: 1.5 MB."""
    amount: float = size
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:,.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:,.1f} {unit}".replace(".0 ", " ")
