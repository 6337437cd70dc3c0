"""Where is an uploaded file until it is imported? In pieces in the database, so that any worker can read it."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator

from django.db import transaction

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Import, ImportChunk, ImportProblem

CHUNK = 512 * 1024
LARGEST_FILE = 512 * 1024 * 1024


class TooLarge(ValueError):
    """The file is larger than an import takes."""


class Imported(ValueError):
    """The import has made customers, so that it cannot simply be thrown away."""


@transaction.atomic
def keep_file(pieces: Iterable[bytes], *, file_name: str, at: dt.datetime, by: str) -> Import:
    """Keep a file in the entered company, whatever it holds. Raises TooLarge, and then nothing is kept."""
    kept: Import = Import.objects.create(file_name=file_name[-200:], created_at=at, created_by=by)
    digest, size, position = hashlib.sha256(), 0, -1
    for position, piece in enumerate(_even(pieces)):
        size += len(piece)
        if size > LARGEST_FILE:
            raise TooLarge(f"The file is larger than {LARGEST_FILE // 2**20} MB. Split it.")
        digest.update(piece)
        ImportChunk.objects.create(of_import=kept, position=position, content=piece)
    kept.size, kept.digest = size, digest.hexdigest()
    kept.save(update_fields=["size", "digest"])
    return kept


def _even(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of CHUNK."""
    held = b""
    for piece in pieces:
        held += piece
        while len(held) >= CHUNK:
            yield held[:CHUNK]
            held = held[CHUNK:]
    if held:
        yield held


def pieces_of(company: Company, kept: Import) -> Iterator[bytes]:
    """The kept file piece by piece, each read in a short transaction of its own."""
    position = 0
    while True:
        with inside(company):
            piece = (
                ImportChunk.objects.filter(of_import=kept, position=position).values_list("content", flat=True).first()
            )
        if piece is None:
            return
        yield bytes(piece)
        position += 1


def forget_file(kept: Import) -> None:
    """Let the file of an import go."""
    ImportChunk.objects.filter(of_import=kept).delete()


def discard(kept: Import) -> None:
    """Let an import go that brought nothing in, with its file and what was found wrong with it."""
    if kept.state not in (Import.State.UPLOADED, Import.State.CHECKED):
        raise Imported("This file was imported. Undo the import instead.")
    forget_file(kept)
    ImportProblem.objects.filter(of_import=kept).delete()
    kept.delete()
