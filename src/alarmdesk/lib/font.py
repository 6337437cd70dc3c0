"""Where does the typeface come from? (a Latin subset of Inter, made once at set-up from the wheel's own file)"""

from __future__ import annotations

import logging
import shutil
import tempfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

NAME = "inter.woff2"
WEIGHTS = (400, 700)
# Latin, Latin-1, the common Latin Extended letters of names, punctuation, arrows, currency, minus
LETTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *(0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E),
    *(0x2020, 0x2022, 0x2026, 0x2032, 0x2033, 0x2039, 0x203A, 0x20AC, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x21B5),
    *(0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x2318),
]
RECIPE = "1"  # raise it when the choice of letters or axes changes
PAPER_NAME = "Inter Paper"
PAPER_WEIGHTS = {400: "Regular", 600: "SemiBold", 700: "Bold"}
PAPER_RECIPE = "1"


def source() -> Path:
    """The variable TTF of the wheel (weight and optical size), with all its scripts."""
    folder = Path(str(files("fontpkg_inter")))
    return next(path for path in sorted(folder.rglob("*.ttf")) if "italic" not in path.name.lower())


def build(folder: Path) -> Path:
    """Write `folder`/inter.woff2 and return its path; nothing to do when it is there, of the same wheel and recipe."""
    made = folder / NAME
    mark = folder / "inter.version"
    wanted = f"{version('fontpkg-inter')} {RECIPE}"
    if made.exists() and mark.exists() and mark.read_text() == wanted:
        return made
    folder.mkdir(parents=True, exist_ok=True)
    _subset(source(), made)
    mark.write_text(wanted)
    return made


def build_for_paper(folder: Path) -> Path:
    """Write the typeface of the PDFs below `folder` and return where: a file for each weight, with the same letters as
    on the pages, and digits that are all as wide as each other without being asked. Letters that are not in it come
    from `source`. A typesetter spends most of its time on a font's tables: these have next to none.
    """
    made = folder / f"{version('fontpkg-inter')}-{PAPER_RECIPE}"
    if made.exists():
        return made
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder))
    try:
        for weight in PAPER_WEIGHTS:
            _static(weight, unfinished / f"{weight}.ttf")
        unfinished.rename(made)
    except OSError:
        if not made.exists():  # or another process was first
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return made


def _static(weight: int, target: Path) -> None:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    logging.getLogger("fontTools").setLevel(logging.WARNING)
    font = TTFont(source())
    for table in font["cmap"].tables:
        for digit in range(ord("0"), ord("9") + 1):
            table.cmap[digit] = f"{table.cmap[digit].removesuffix('.tf')}.tf"  # tables share their letters
    subsetter = Subsetter(Options(layout_features=["kern", "mark", "mkmk"], hinting=False, name_IDs=["*"]))
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, {"wght": weight, "opsz": 14})
    style = PAPER_WEIGHTS[weight]
    words = {1: PAPER_NAME, 2: style, 4: f"{PAPER_NAME} {style}", 6: f"InterPaper-{style}", 16: PAPER_NAME, 17: style}
    for record in font["name"].names:
        record.string = words.get(record.nameID, record.toUnicode())
    font["OS/2"].usWeightClass = weight
    font.save(target)


def _subset(ttf: Path, target: Path) -> None:
    # fontTools takes 0.3 s to import: only the set-up pays for it
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(ttf)
    options = Options(layout_features=["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"])
    options.hinting = False
    options.name_IDs = ["*"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=LETTERS)
    subsetter.subset(font)
    axes = {axis.axisTag for axis in font["fvar"].axes}
    limits: dict[str, tuple[int, int] | float | None] = {"wght": WEIGHTS}
    if "opsz" in axes:
        limits["opsz"] = 14.0
    font = instancer.instantiateVariableFont(font, limits)
    font.flavor = "woff2"
    unfinished = target.with_suffix(".part")
    font.save(unfinished)
    unfinished.replace(target)
