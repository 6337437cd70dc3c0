"""Can words of a colour be read? Contrast as WCAG 2.2 counts it, and the nearest darker colour that passes."""

LEAST_CONTRAST = 4.5  # WCAG 2.2 AA for text
STEP = 0.9


def contrast_with_white(colour: str) -> float:
    """The contrast of white text on a colour like #2347c5, 1 to 21 (WCAG 2.2, 1.4.3)."""
    red, green, blue = (part / 255 for part in _parts(colour))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def is_readable(colour: str) -> bool:
    return contrast_with_white(colour) >= LEAST_CONTRAST


def readable(colour: str) -> str:
    """The colour itself where it can be read on white, else the first darker one of its hue that can."""
    while not is_readable(colour):
        colour = "#" + "".join(f"{round(part * STEP):02x}" for part in _parts(colour))
    return colour


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue
