"""How does the command line show how far an import is? It looks at the run's row, as the page does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.customers.models import Import

LOOK_SECONDS = 0.4


@contextmanager
def watched(company: Company, kept: Import, *, quiet: bool) -> Iterator[None]:
    """Show a bar on the error stream while the body works on an import; nothing when quiet or not on a terminal."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield
        return
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(company, kept.pk, console, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(company: Company, import_id: int, console: Console, done: threading.Event) -> None:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            bar = progress.add_task("Waiting", total=None)
            while not done.wait(LOOK_SECONDS):
                with inside(company):
                    run = company.imports.select_related("run").get(pk=import_id).run
                if run is not None:
                    progress.update(bar, description=run.stage or "Waiting", completed=run.done, total=run.total)
    finally:
        connection.close()
