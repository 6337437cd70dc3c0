"""What is a difference? A stored value that is not what its sources give."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` of a row (`noun` and its `number` or key) is `stored`, but comes out as `recomputed`."""

    noun: str
    number: str
    what: str
    stored: str
    recomputed: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.noun} {self.number}: {self.what} is {self.stored}, but comes out as {self.recomputed}"
