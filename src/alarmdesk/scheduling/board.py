"""How is a day drawn? Technicians by hours, in quarters counted from the first one shown, however long the day is.

Pure: it is handed assignments and weeks, and asks nothing.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from alarmdesk.scheduling.hours import Span, Week, day_of, wall
from alarmdesk.scheduling.models import QUARTER, Appointment, Assignment, Technician

FIRST, LAST = dt.time(7), dt.time(19)
"""A day shows these hours, and whatever else somebody works or is booked."""
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Block:
    """So many quarters from the left, so many long."""

    at: int
    length: int


@dataclass(frozen=True, slots=True)
class Bar:
    """An appointment in a technician's row. `lane`: below how many others it stands that overlap it (finished ones)."""

    assignment: Assignment
    block: Block
    lane: int
    is_late: bool

    @property
    def appointment(self) -> Appointment:
        own: Appointment = self.assignment.appointment
        return own

    @property
    def tone(self) -> str:
        """What colours it: what has become of it, else what it is."""
        if self.appointment.done_at is not None:
            return "done"
        return "late" if self.is_late else self.appointment.kind

    @property
    def can_move(self) -> bool:
        return not self.appointment.is_over


@dataclass(frozen=True, slots=True)
class Row:
    """A technician's day: bars, and the blocks in which there is no work."""

    technician: Technician
    bars: Sequence[Bar]
    closed: Sequence[Block]
    off: str

    @property
    def name(self) -> str:
        return str(self.technician)

    @property
    def lanes(self) -> int:
        """How many bars stand above each other where it is fullest, at most four."""
        return min(4, 1 + max((bar.lane for bar in self.bars), default=0))


@dataclass(frozen=True, slots=True)
class Tick:
    """An hour's beginning."""

    at: int
    label: str


@dataclass(frozen=True, slots=True)
class Board:
    """A day: from when, how many quarters, the hours, the rows, where now is, and how many appointments there are."""

    on: dt.date
    span: Span
    rows: Sequence[Row]
    ticks: Sequence[Tick]
    now_at: int | None
    all: int
    late: int

    @property
    def quarters(self) -> int:
        return _quarters(self.span[0], self.span[1])

    @property
    def begins(self) -> int:
        """The first quarter shown, in seconds since 1970."""
        return int(self.span[0].timestamp())


def draw(
    on: dt.date,
    zone: ZoneInfo,
    technicians: Iterable[Technician],
    weeks: Mapping[int, Week],
    assignments: Sequence[Assignment],
    *,
    at: dt.datetime,
    whole: bool = False,
) -> Board:
    """The board of a local day; `whole` shows it from midnight to midnight."""
    people = list(technicians)
    span = day_of(on, zone) if whole else _window(on, zone, (weeks[one.pk] for one in people), assignments)
    own: dict[int, list[Assignment]] = {one.pk: [] for one in people}
    for each in assignments:
        own[each.technician_id].append(each)
    rows = [_row(one, weeks[one.pk], own[one.pk], on, zone, span, at) for one in people]
    found = {each.appointment_id: each.appointment for each in assignments}.values()
    late = sum(each.is_late(at) for each in found)
    now_at = _quarters(span[0], at) if span[0] <= at < span[1] else None
    return Board(on, span, rows, _ticks(span, zone), now_at, len(found), late)


def _window(on: dt.date, zone: ZoneInfo, weeks: Iterable[Week], assignments: Sequence[Assignment]) -> Span:
    """The hours to show: whole ones, within the day."""
    day = day_of(on, zone)
    worked = [span for week in weeks if (span := week.span(on, zone))]
    booked = [(each.starts_at, each.ends_at) for each in assignments]
    spans = [(wall(on, FIRST, zone), wall(on, LAST, zone)), *worked, *booked]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    hours = int((first - day[0]) // HOUR)
    ends = day[0] + HOUR * -int(-(last - day[0]) // HOUR)
    return max(day[0], day[0] + HOUR * hours), min(day[1], ends)


def _row(
    technician: Technician, week: Week, own: Sequence[Assignment], on: dt.date, zone: ZoneInfo, span: Span,
    at: dt.datetime,
) -> Row:  # fmt: skip
    bars: list[Bar] = []
    ends: list[dt.datetime] = []  # of each lane, when its last bar ends
    for each in own:
        lane = next((place for place, free_from in enumerate(ends) if free_from <= each.starts_at), len(ends))
        ends[lane : lane + 1] = [each.ends_at]
        bars.append(Bar(each, _block((each.starts_at, each.ends_at), span), min(lane, 3), each.appointment.is_late(at)))
    off = week.off_on(on)
    return Row(technician, bars, _closed(week.span(on, zone), span), (off.reason or "Day off") if off else "")


def _closed(hours: Span | None, span: Span) -> list[Block]:
    """The parts of the day outside of working hours."""
    parts = [span] if hours is None else [(span[0], hours[0]), (hours[1], span[1])]
    return [_block(part, span) for part in parts if part[0] < part[1]]


def _block(part: Span, span: Span) -> Block:
    """Where it stands, cut off at the edges of what is shown; never thinner than a quarter."""
    starts, ends = max(part[0], span[0]), min(part[1], span[1])
    return Block(_quarters(span[0], starts), max(1, _quarters(starts, ends)))


def _ticks(span: Span, zone: ZoneInfo) -> list[Tick]:
    """Each hour that begins; where one comes twice, with the name of its time."""
    instants = []
    instant = span[0]
    while instant < span[1]:
        instants.append(instant)
        instant += HOUR
    labels = [_hour(instant.astimezone(zone)) for instant in instants]
    named = [
        f"{label} {instant.astimezone(zone):%Z}" if labels.count(label) > 1 else label
        for label, instant in zip(labels, instants, strict=True)
    ]
    return [Tick(_quarters(span[0], instant), label) for label, instant in zip(named, instants, strict=True)]


def _hour(local: dt.datetime) -> str:
    minutes = f":{local:%M}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes} {'AM' if local.hour < 12 else 'PM'}"


def _quarters(since: dt.datetime, until: dt.datetime) -> int:
    return int((until - since) // QUARTER)
