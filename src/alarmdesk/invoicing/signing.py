"""Is this a signature that we may keep and draw again? A path of straight strokes on a sheet of 600 x 200, no more.

Source: SVG 2, section 9.3 (path data), of which a signature needs M and L with absolute numbers.
"""

import re

WIDTH, HEIGHT = 600, 200
LONGEST = 20_000  # characters: some 2,000 points
FEWEST_POINTS = 3

_NUMBER = r"(\d{1,3})(?:\.\d)?"
_POINT = re.compile(rf"([ML]){_NUMBER} {_NUMBER}")
_WHOLE = re.compile(rf"M{_NUMBER} {_NUMBER}(?:[ML]{_NUMBER} {_NUMBER})*", re.ASCII)


class NoSignature(ValueError):
    """What was drawn is no signature; the sentence says why."""


def clean_path(text: str) -> str:
    """The path as it was drawn, or "" for none. Raises NoSignature."""
    path = text.strip()
    if not path:
        return ""
    if len(path) > LONGEST:
        raise NoSignature("The signature is too long. Clear it and sign once more.")
    if not _WHOLE.fullmatch(path):
        raise NoSignature("The signature could not be read. Clear it and sign once more.")
    points = _POINT.findall(path)
    if any(int(x) > WIDTH or int(y) > HEIGHT for _, x, y in points):
        raise NoSignature("The signature could not be read. Clear it and sign once more.")
    if len(points) < FEWEST_POINTS or len(set(points)) < FEWEST_POINTS:
        raise NoSignature("That is only a dot. Draw your signature, or type it below.")
    return path
