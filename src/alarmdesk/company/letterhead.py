"""How does a company stand at the head of its papers? Name, address, colour and logo, fit to be printed."""

import io
import json
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from alarmdesk.company.models import Company
from alarmdesk.lib.colours import readable
from alarmdesk.lib.furniture import phone

LOGO_BOX = (640, 160)
"""Pixels in which a logo must fit: 13 mm high at 300 dots an inch."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: name, address lines, a colour that can be read on white, a logo (PNG, b"" for none), the sheet."""

    name: str
    lines: tuple[str, ...]
    colour: str
    logo: bytes = b""
    sheet: str = "us-letter"


def sender_of(company: Company) -> Sender:
    """The company as the papers show it. A logo that cannot be read is left out: it must not keep a bill back."""
    state_zip = " ".join(part for part in (company.state, company.zip_code) if part)
    town = ", ".join(part for part in (company.city, state_zip) if part)
    lines = (company.street, town, phone(company.phone), company.email)
    return Sender(
        name=company.name,
        lines=tuple(line for line in lines if line),
        colour=readable(company.colour),
        logo=_for_paper(bytes(company.logo)) if company.logo else b"",
        sheet=company.sheet,
    )


@lru_cache(maxsize=64)
def sender_as_json(sender: Sender) -> str:
    """The sender as the typst templates read it, as JSON: the same for paper after paper."""
    return json.dumps({
        "name": sender.name, "lines": sender.lines, "colour": sender.colour, "sheet": sender.sheet,
        "has_logo": bool(sender.logo),
    })  # fmt: skip


@lru_cache(maxsize=64)
def _for_paper(logo: bytes) -> bytes:
    """The logo no larger than paper can show, as PNG; b"" when it is no picture."""
    try:
        with Image.open(io.BytesIO(logo), formats=("PNG", "JPEG")) as picture:
            kept = picture.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return b""
    kept.thumbnail(LOGO_BOX)
    written = io.BytesIO()
    kept.save(written, "PNG", optimize=True)
    return written.getvalue()
