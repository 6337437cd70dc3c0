"""How is a worker killed without a word, many times a minute? A process with Django loaded forks one a night.

It reads lines of JSON {"company": slug, "on": date, "now": instant} and answers each with the child's pid, then, when
the child has ended, with its exit status: 0, or the negative number of the signal that killed it.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Self


def run_night(order: dict[str, str]) -> None:
    """What the child does: one night, with the clock held at an instant."""
    from alarmdesk.company.entering import inside
    from alarmdesk.company.models import Company, Run
    from alarmdesk.lib import clock
    from alarmdesk.payments.night import night, open_night

    company = Company.objects.get(slug=order["company"])
    on, at = dt.date.fromisoformat(order["on"]), dt.datetime.fromisoformat(order["now"])
    with clock.hold(at):
        with inside(company):
            run = Run.objects.filter(on=on).first()
        run = run or open_night(company, on=on, at=at, by="test")
        night(company, on=on, now=clock.now, run=run)


def main() -> None:
    import django

    django.setup()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                run_night(order)
            except BaseException as error:  # noqa: BLE001  (the parent is told by the exit status)
                print(error, file=sys.stderr, flush=True)
                os._exit(1)
            os._exit(0)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


class Kennel:
    """The forking process, for tests: `start` a night, kill it or wait for its end."""

    def __init__(self, **environment: str) -> None:
        self.environment = environment

    def __enter__(self) -> Self:
        from django.conf import settings

        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.house.kennel"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                **self.environment,
                "NMI_URL": settings.NMI_URL,
                "STRIPE_API_URL": settings.STRIPE_API_URL,
                "STRIPE_SCRIPTS_URL": settings.STRIPE_SCRIPTS_URL,
                "SMTP_HOST": settings.EMAIL_HOST,
                "SMTP_PORT": str(settings.EMAIL_PORT),
            },
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def start(self, *, company: str, on: dt.date, now: dt.datetime) -> int:
        """Fork a night; the child's pid."""
        assert self._process.stdin
        print(
            json.dumps({"company": company, "on": on.isoformat(), "now": now.isoformat()}),
            file=self._process.stdin,
            flush=True,
        )
        return int(self._line())

    def ended(self) -> int:
        """Wait until the child has ended: 0, or minus the signal."""
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


if __name__ == "__main__":
    main()
