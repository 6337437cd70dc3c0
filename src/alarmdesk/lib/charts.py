"""Where do the bars of a chart stand? (SVG geometry: x in percent, y in px, so text never shrinks)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

HEIGHT = 210  # of the drawing, px
TOP = 14
BOTTOM = 186  # y of the zero line, px; the labels stand below
NICE_STEPS = (1, 2, 2.5, 5, 10)

Number = Decimal | float | int


@dataclass(frozen=True)
class Series:
    """One colour of bars. `values` has one number per label; `note` stands in the legend (a sum, ready to read)."""

    name: str
    values: Sequence[Number]
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """A rectangle: x and width in percent of the drawing, y and height in px; `tip` is its sentence."""

    x: float
    y: float
    width: float
    height: float
    series: int
    tip: str


@dataclass(frozen=True)
class Tick:
    """A grid line: y in px and what stands beside it."""

    y: float
    label: str


def plain_number(value: Number) -> str:
    """1234.0 -> "1,234"; 0.5 -> "0.5"."""
    return f"{float(value):,.2f}".rstrip("0").rstrip(".")


def dollars(value: Number) -> str:
    """1234.5 -> "$1,234.50"."""
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}${abs(Decimal(str(value))):,.2f}"


def short_dollars(value: Number) -> str:
    """For axes: 250 -> "$250", 1000 -> "$1k", 2500000 -> "$2.5M"."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(float(value)) >= size:
            return f"${plain_number(float(value) / size)}{letter}"
    return f"${plain_number(value)}"


@dataclass(frozen=True)
class BarChart:
    """Grouped bars for non-negative values. `money=True` writes dollars; else plain numbers with `unit` behind them."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    money: bool = False
    unit: str = ""
    _say: Callable[[Number], str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuses a series whose values do not fit the labels (ValueError)."""
        for one in self.series:
            if len(one.values) != len(self.labels):
                raise ValueError(f"{one.name}: {len(one.values)} values for {len(self.labels)} labels")
        object.__setattr__(self, "_say", dollars if self.money else self._with_unit)

    def _with_unit(self, value: Number) -> str:
        return f"{plain_number(value)} {self.unit}".strip()

    height = HEIGHT
    label_y = HEIGHT - 4

    @property
    def ceiling(self) -> float:
        """The top of the axis: four equal nice steps that hold the largest value (4 for an empty chart)."""
        top = max((float(value) for one in self.series for value in one.values), default=0.0)
        if top <= 0:
            return 4.0
        power = 1.0
        while power * 10 * 4 <= top:
            power *= 10
        while power * 4 > top * 10:
            power /= 10
        return next(step * power * 4 for step in NICE_STEPS if step * power * 4 >= top)

    @property
    def ticks(self) -> list[Tick]:
        """Five grid lines, zero first."""
        say = short_dollars if self.money else plain_number
        return [Tick(self._y(self.ceiling * n / 4), say(self.ceiling * n / 4)) for n in range(5)]

    @property
    def bars(self) -> list[Bar]:
        """All rectangles, label by label."""
        slot = 100 / max(len(self.labels), 1)
        width = min(slot * 0.62, 16) / max(len(self.series), 1)
        bars = []
        for n, label in enumerate(self.labels):
            left = slot * (n + 0.5) - width * len(self.series) / 2
            for s, one in enumerate(self.series):
                y = self._y(float(one.values[n]))
                tip = f"{label}: {one.name} {self._say(one.values[n])}"
                bars.append(
                    Bar(round(left + s * width, 2), y, round(width * 0.94, 2), round(BOTTOM - y, 1), s + 1, tip)
                )
        return bars

    @property
    def label_places(self) -> list[tuple[float, str, bool]]:
        """(x in percent, text, whether a phone has room for it) of every label."""
        slot = 100 / max(len(self.labels), 1)
        every = 1 if len(self.labels) <= 7 else 2
        return [(round(slot * (n + 0.5), 2), text, n % every == 0) for n, text in enumerate(self.labels)]

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The chart as a table: (label, one text per series)."""
        return [(label, [self._say(one.values[n]) for one in self.series]) for n, label in enumerate(self.labels)]

    def _y(self, value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * max(value, 0.0) / self.ceiling, 1)


@dataclass(frozen=True)
class Sparkline:
    """A small line, 70 x 20 px."""

    values: Sequence[float]

    @property
    def is_drawable(self) -> bool:
        """Whether there are two points to join."""
        return len(self.values) > 1

    @property
    def places(self) -> list[tuple[float, float]]:
        """(x, y) in px of every value, the largest at the top."""
        low, high = min(self.values), max(self.values)
        span = (high - low) or 1.0
        step = 66 / (len(self.values) - 1)
        return [
            (round(1 + n * step, 1), round(18 - 15 * (value - low) / span, 1)) for n, value in enumerate(self.values)
        ]

    @property
    def points(self) -> str:
        """For <polyline points>."""
        return " ".join(f"{x},{y}" for x, y in self.places)

    @property
    def last(self) -> tuple[float, float]:
        """Where the dot stands."""
        return self.places[-1]
