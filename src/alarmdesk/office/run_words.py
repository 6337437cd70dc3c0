"""How is a run told? Its state as a pill, its counts in words, its money as money."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from alarmdesk.company.models import Run
from alarmdesk.lib.furniture import day, money

KINDS = {
    Run.State.WAITING: "info",
    Run.State.RUNNING: "info",
    Run.State.FINISHED: "ok",
    Run.State.FAILED: "bad",
    Run.State.CANCELLED: "plain",
}
# how the jobs' counts read; one that is not here reads as its own name
LABELS = {
    "invoices": "Invoices made",
    "invoiced": "Billed",
    "from_account": "Paid from credit on account",
    "charged": "Payments charged",
    "collected": "Collected",
    "declined": "Declined",
    "unknown": "Without an answer",
    "parked": "Parked",
    "settled": "Settled",
    "differences": "Differences to the gateway's books",
    "resolved": "Cleared up",
    "mails": "Mails sent",
}
MONEY = frozenset({"invoiced", "from_account", "collected"})


@dataclass(frozen=True, slots=True)
class Words:
    """One run as its page and its row in the list show it; `url` is where the row leads or the progress comes from."""

    run: Run
    url: str

    @property
    def pk(self) -> int:
        return self.run.pk

    @property
    def title(self) -> str:
        return f"{self.run.get_kind_display()} for {day(self.run.on)}"

    @property
    def pill(self) -> tuple[str, str]:
        return KINDS[Run.State(self.run.state)], self.run.get_state_display()

    @property
    def done(self) -> bool:
        return self.run.state not in (Run.State.WAITING, Run.State.RUNNING)

    @property
    def percent(self) -> int:
        return 100 if self.run.state == Run.State.FINISHED else self.run.percent

    @property
    def error(self) -> str:
        return self.run.error

    @property
    def note(self) -> str:
        run = self.run
        if run.state == Run.State.WAITING:
            return "Waiting for a worker to take it"
        if run.error:
            return run.error.partition("\n")[0]
        if self.done:
            return "Finished"
        of = f" of {run.total:,}" if run.total is not None else ""
        return f"{run.stage or 'Starting'}: {run.done:,}{of}"

    @property
    def lasted(self) -> str:
        """How long it worked, such as “2 min 5 s”; "" while it has not ended."""
        run = self.run
        if run.started_at is None or run.finished_at is None:
            return ""
        seconds = max(0, round((run.finished_at - run.started_at).total_seconds()))
        return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"

    @property
    def figures(self) -> list[dict[str, Any]]:
        """What it made, as figures; sums of money as money."""
        return [
            {"label": LABELS.get(name, name.replace("_", " ").capitalize()), "value": counted(name, value)}
            for name, value in sorted(self.run.counts.items(), key=_place)
            if isinstance(value, int | float | str)
        ]

    @property
    def problems(self) -> list[str]:
        """What went wrong without stopping the run."""
        found = self.run.counts.get("problems", [])
        return [str(one) for one in found] if isinstance(found, list) else []

    @property
    def summary(self) -> str:
        """The counts in one line, for the list."""
        return ", ".join(f"{figure['label']} {figure['value']}" for figure in self.figures[:4])


def _place(item: tuple[str, Any]) -> int:
    """Where a count stands: as in LABELS (PostgreSQL keeps no order in JSON), what is not there at the end."""
    return list(LABELS).index(item[0]) if item[0] in LABELS else len(LABELS)


def counted(name: str, value: float | str) -> str:
    """A count as text: whole numbers with commas, sums (kept as text like "12.50") as money."""
    if name in MONEY:
        return money(Decimal(str(value)))
    return value if isinstance(value, str) else f"{value:,}"
