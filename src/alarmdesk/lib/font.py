"""Where does the typeface come from? (a Latin subset of Inter, made once at set-up from the wheel's own file)"""

from __future__ import annotations

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


def source() -> Path:
    """The variable TTF of the wheel (weight and optical size), which the PDFs use whole."""
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
