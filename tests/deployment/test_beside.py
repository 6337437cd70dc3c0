"""Does a command find the demo that runs beside it, and only when nobody has named another installation?"""

import os
import subprocess
import sys

import pytest

from alarmdesk.deployment.beside import join_demo, word_left

TOLD = {"DATABASE_URL": "postgresql://app@127.0.0.1:1/demo", "ALARMDESK_ENV": "demo"}


@pytest.fixture
def untold(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TOLD:  # set first, so that the end of the test takes away what joining has set
        monkeypatch.setenv(name, "")


def test_a_command_joins_the_demo_while_it_runs_and_not_after(tmp_path, untold):
    with word_left(tmp_path, TOLD):
        [word] = tmp_path.iterdir()
        assert word.stat().st_mode & 0o777 == 0o600
        assert join_demo(tmp_path)
        assert {name: os.environ[name] for name in TOLD} == TOLD
        os.environ["DATABASE_URL"] = ""
    assert not join_demo(tmp_path)


def test_who_names_a_database_is_not_sent_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://real@example/real")
    with word_left(tmp_path, TOLD):
        assert not join_demo(tmp_path)
    assert os.environ["DATABASE_URL"] == "postgresql://real@example/real"


def test_a_command_without_a_database_says_what_to_do(tmp_path):
    environment = {**os.environ, "DATABASE_URL": TOLD["DATABASE_URL"], "ALARMDESK_VAR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "alarmdesk", "audit"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "No database answers: set DATABASE_URL, or start a demo" in done.stderr
    assert "Traceback" not in done.stderr
