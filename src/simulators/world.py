"""What belongs together in one simulated world?"""

from __future__ import annotations

from pathlib import Path

from simulators.clock import Clock
from simulators.faults import Faults
from simulators.memory import Memory


class Universe:
    """The memory, the clock and the faults that all parts of one process share."""

    def __init__(self, folder: Path) -> None:
        self.memory = Memory(folder)
        self.clock = Clock(self.memory)
        self.faults = Faults(self.memory)

    def reset(self) -> None:
        """Forget everything."""
        self.memory.forget()
        self.clock.refresh()
        self.faults.refresh()
