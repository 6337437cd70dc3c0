"""Does the demo say why it cannot start, and does a throwaway installation leave nothing behind?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from alarmdesk.deployment import database, embedded, installation

SOURCE = Path(installation.__file__).parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    server = embedded.start(tmp_path_factory.mktemp("given") / "server", fsync=False)
    yield server
    server.destroy()


def run_demo(var: Path, database_url: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from alarmdesk.deployment import demo; sys.exit(demo.run(int(sys.argv[1])))"
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "ALARMDESK_VAR": str(var), "DATABASE_URL": database_url}
    command = [sys.executable, "-c", code, str(embedded.free_port())]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_a_database_role_without_rights_is_told_what_is_needed(server, tmp_path):
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE plain LOGIN PASSWORD 'p'")
    plain = database.with_database(server.url(), "postgres", role=database.Role("plain", "p"))

    done = run_demo(tmp_path, plain)

    assert done.returncode == 1
    assert "ALTER ROLE plain CREATEROLE CREATEDB" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unreachable_database_is_named_without_its_password(tmp_path):
    done = run_demo(tmp_path, f"postgresql://somebody:very-secret@127.0.0.1:{embedded.free_port()}/postgres")

    assert done.returncode == 1
    assert "The demo did not start." in done.stdout
    assert "very-secret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_keys_and_ports_of_an_installation_stay(tmp_path):
    first = installation.Installation(tmp_path / "var", web_port=1)
    second = installation.Installation(tmp_path / "var", web_port=1)

    assert first.kept == second.kept
    assert first.outside == second.outside
    assert (tmp_path / "var" / "demo.env").stat().st_mode & 0o777 == 0o600


def test_no_process_is_told_the_owners_way_into_the_database(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@localhost/x")

    assert "DATABASE_OWNER_URL" not in installation.Installation(tmp_path, web_port=1).environment
