"""How does a file leave the house? By a signed address of five minutes, to one person, as something to download; only
pictures and PDF are shown, and those without any power over the page.
"""

from typing import Any
from urllib.parse import quote

from django.core import signing
from django.http import FileResponse

from alarmdesk.customers.models import CustomerFile

SALT = "alarmdesk.file"
SECONDS = 300
PIECE = 64 * 1024
# no script, no form, no frame, nothing loaded: what is served is data, whatever it says of itself
POWERLESS = "default-src 'none'; frame-ancestors 'self'; sandbox"


class OldAddress(LookupError):
    """The address has run out, or it was never signed for this person and this file."""


class Download(FileResponse):
    """Bytes in pieces of 64 kB."""

    block_size = PIECE


def ticket_for(file: CustomerFile, *, user_id: int, is_shown: bool) -> str:
    """What the address of a file carries: which, for whom, to be shown or downloaded, until when."""
    told = {"file": file.pk, "user": user_id, "show": is_shown and file.can_be_shown}
    return signing.dumps(told, salt=SALT, compress=True)


def is_to_be_shown(file: CustomerFile, ticket: str, *, user_id: int) -> bool:
    """Whether the address was signed to show the file, or to download it. Raises OldAddress."""
    try:
        told: dict[str, Any] = signing.loads(ticket, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        raise OldAddress from None
    if (told["file"], told["user"]) != (file.pk, user_id):
        raise OldAddress
    return bool(told["show"])


def answer(file: CustomerFile, content: Any, *, is_shown: bool) -> FileResponse:
    """The file as an answer, with headers that leave it no power."""
    response = Download(content)
    response["Content-Type"] = file.media_type if is_shown else "application/octet-stream"
    response["Content-Length"] = str(file.size)
    how = "inline" if is_shown else "attachment"
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(file.name, safe='')}"
    response["Content-Security-Policy"] = POWERLESS
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    # the middleware leaves alone what is encoded already: two gigabytes are not packed on their way
    response["Content-Encoding"] = "identity"
    return response
