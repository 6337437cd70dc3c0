"""Where do tests get their database?

From one server in `var/test-postgres` that all workers share (or TEST_DATABASE_URL): a template that is migrated once
for each shape of the migrations, and a clone of it for each worker. Tests commit for real and live as the application's
role; every test makes companies of its own, so nothing is emptied between them.
"""

import atexit
import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from alarmdesk.deployment import database, embedded

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "var" / "test-postgres"
TEMPLATE = "alarmdesk_template_"
CLONE = "alarmdesk_test_"
# test keys: they seal nothing that leaves this machine
ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "alarmdesk.settings",
    "ALARMDESK_ENV": "test",
    "ALARMDESK_SECRET_KEY": "a key for tests only, long enough to please the checks of Django",
    "ALARMDESK_SEALING_KEYS": "test:mJ3s8yT0hFZr0V8k0x5cGm2m8m1Zb2a9h7k3d6f5Q1E=",
    "ALARMDESK_VAR": str(ROOT / "var" / "test"),
    "ALARMDESK_HOSTS": "localhost,127.0.0.1,testserver",
    "ALARMDESK_LOG_LEVEL": "WARNING",
    "SMTP_PORT": "1",
}


class TestServer:
    """The server that this process uses and its own database there."""

    __test__ = False

    def __init__(self) -> None:
        given = os.environ.get("TEST_DATABASE_URL")
        self.embedded = None if given else embedded.start(FOLDER, fsync=False)
        self.admin_url = given or self.embedded.url()
        # roles of their own: on a server that is given, a real installation may live beside us
        self.owner, self.app = self._role("alarmdesk_test_owner"), self._role("alarmdesk_test_app")
        self.name = ""

    def _role(self, name: str) -> database.Role:
        return database.Role(name, self.embedded.password(name) if self.embedded else f"a test's password for {name}")

    def ensure_template(self) -> str:
        """The name of the migrated template for the migrations as they are now."""
        name = TEMPLATE + database.migrations_hash()
        urls = database.prepare(self.admin_url, name, owner=self.owner, app=self.app)
        if "migrations" not in database.read_stamps(urls.owner_url):  # new, or its building was interrupted
            database.drop(self.admin_url, name)
            urls = database.prepare(self.admin_url, name, owner=self.owner, app=self.app)
            try:
                database.migrate(urls)
            except database.MigrationFailed as failure:
                pytest.exit(f"The test database cannot be migrated:\n{failure}", returncode=3)
        return name

    def clone(self, worker: str) -> database.Urls:
        """A database of our own, named after this process so that the next run can tell whether we still live."""
        self.name = f"{CLONE}{os.getpid()}_{worker}_{secrets.token_hex(2)}"
        with taking_turns():
            template = self.ensure_template()
            return database.prepare(self.admin_url, self.name, owner=self.owner, app=self.app, template=template)

    def drop_leftovers(self) -> None:
        """Old templates, and the clones of killed runs; on a server of our own only."""
        if self.embedded is None:
            return
        keep = TEMPLATE + database.migrations_hash()
        with taking_turns(), psycopg.connect(self.admin_url, autocommit=True) as admin:
            names = [row[0] for row in admin.execute("SELECT datname FROM pg_database")]
            for name in names:
                dead = (found := re.match(CLONE + r"(\d+)_", name)) and not Path("/proc", found[1]).exists()
                if dead or (name.startswith(TEMPLATE) and name != keep):
                    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def leave(self) -> None:
        """Drops our database, and stops the server when nobody else uses it."""
        if self.name:
            with suppress(psycopg.Error):  # a crash test may have taken the server with it
                database.drop(self.admin_url, self.name)
        if self.embedded:
            self.embedded.stop()


@contextmanager
def taking_turns() -> Iterator[None]:
    """For what only one worker may do at a time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "turns").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


_server = pytest.StashKey[TestServer]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Database first, Django second. The leader of several workers only builds the template and keeps the server up."""
    os.environ.update(ENVIRONMENT)
    os.environ["ALARMDESK_FILES"] = files = tempfile.mkdtemp(prefix="alarmdesk-files-")
    atexit.register(shutil.rmtree, files, ignore_errors=True)
    Path(ENVIRONMENT["ALARMDESK_VAR"], "static").mkdir(parents=True, exist_ok=True)
    if config.option.collectonly and not hasattr(config, "workerinput"):
        import django

        django.setup()
        return
    server = config.stash[_server] = TestServer()
    worker = getattr(config, "workerinput", {}).get("workerid", "alone")
    if worker == "alone":
        server.drop_leftovers()
    if worker == "alone" and getattr(config.option, "numprocesses", None):
        with taking_turns():
            server.ensure_template()
        return
    os.environ.update(server.clone(worker).environment)
    _set_django_up()


def _set_django_up() -> None:
    import django
    from django.conf import settings
    from django.test.utils import setup_test_environment

    django.setup()
    backend = settings.EMAIL_BACKEND
    setup_test_environment(debug=False)
    settings.EMAIL_BACKEND = backend  # mail goes over a real socket to the outside world in a box


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server not in config.stash:
        return
    from django.conf import settings

    if settings.configured:
        from django.db import connections

        with suppress(psycopg.Error):
            connections.close_all()
    config.stash[_server].leave()


@pytest.fixture(scope="session")
def test_server(pytestconfig: pytest.Config) -> TestServer:
    """The server of this run: its superuser's URL is `admin_url`."""
    return pytestconfig.stash[_server]


@pytest.fixture(scope="session")
def owner_connection() -> Iterator[psycopg.Connection]:
    """The owner's own way into this worker's database (autocommit), for what the application may not do."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture(autouse=True)
def _no_open_transaction() -> Iterator[None]:
    """A test that leaves a transaction open would hide its rows from everybody and lock them: it fails."""
    yield
    from django.db import connection

    if connection.in_atomic_block or (connection.connection is not None and not connection.get_autocommit()):
        connection.close()
        pytest.fail("The test left a transaction open.")
