"""May a dealer's colour and logo be used? Readable with white text; a real picture, re-encoded by us."""

import hashlib
import io
from typing import IO

from PIL import Image, UnidentifiedImageError

LARGEST_FILE = 1024 * 1024  # bytes
LARGEST_SIDE = 640  # px, of what is kept
MOST_PIXELS = 20_000_000  # more is a trap, not a logo
FORMATS = ("PNG", "JPEG")


class NoLogo(ValueError):
    """The file cannot be a logo; the sentence says why."""


def clean_logo(file: IO[bytes], size: int) -> bytes:
    """The picture as a PNG of our own making, at most 640 px wide and high. Raises NoLogo.

    Re-encoding leaves behind whatever else the file carried: metadata, a second format, a script.
    """
    if size > LARGEST_FILE:
        raise NoLogo("The file is larger than 1 MB. Save it smaller and try again.")
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NoLogo("The picture has too many pixels. 640 by 640 is plenty.")
            picture.load()
            kept = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as trouble:
        if isinstance(trouble, NoLogo):
            raise
        raise NoLogo("This is not a PNG or JPEG picture.") from None
    kept.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    written = io.BytesIO()
    kept.save(written, "PNG", optimize=True)
    return written.getvalue()


def stylesheet(colour: str) -> str:
    """The rule that gives the portal its dealer's colour. `colour` was checked to be #rrggbb when it was saved."""
    return f":root {{ --brand: {colour}; }}\n"


def etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
