"""Which installation does a command speak to when nobody has told it? The demo that runs beside it.

A running demo leaves word of its environment in its folder, readable by its account alone, and takes it away when it
ends. `alarmdesk night`, `audit`, `import` and `export` need nothing set then. Whoever sets DATABASE_URL is never asked.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alarmdesk.deployment import account

WORD = "running.json"
ROOT = Path(__file__).parents[3]


def demo_folder() -> Path:
    """Where a demo of this checkout keeps what it has."""
    return Path(os.environ.get("ALARMDESK_VAR", ROOT / "var")).absolute()


@contextmanager
def word_left(var: Path, environment: dict[str, str]) -> Iterator[None]:
    """The demo's environment lies in its folder while the body runs."""
    account.write_private(var / WORD, json.dumps(environment))
    try:
        yield
    finally:
        (var / WORD).unlink(missing_ok=True)


def join_demo(var: Path) -> bool:
    """Take over the environment of the demo that runs from the folder; False when none does, or DATABASE_URL is set."""
    word = var / WORD
    if os.environ.get("DATABASE_URL") or not word.exists():
        return False
    told: dict[str, str] = json.loads(word.read_text())
    os.environ.update(told)
    return True
