"""How does a database come to have its two roles, its extensions and its tables, and who may live in it?

The owner migrates; the application lives as a role that row security stops. The walls between companies hold only for
such a role, so `assert_walled_role` refuses to start as any other (architecture, section 4).
"""

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

OWNER = "alarmdesk_owner"
APP = "alarmdesk_app"
EXTENSIONS = ("pg_trgm", "btree_gin", "btree_gist")
OLDEST_SERVER = 150000
# any number, known to nobody else: two preparations of one server take turns
PREPARATION_LOCK = 4_708_121_913
MIGRATING_PACKAGES = ("django", "django-allauth", "procrastinate")
SOURCE = Path(__file__).parent.parent


class UnwalledRole(Exception):
    """The database role could see over the walls between companies; the sentence says why."""


class NotEntitled(Exception):
    """The role in DATABASE_URL may not do what preparing a database needs; the sentence says what is needed."""


class Unreachable(Exception):
    """No server answers at the URL, or it does not let the role in; the sentence has what was said."""


class MigrationFailed(Exception):
    """Django's migrate ended with an error; the text is what it said."""


class Connection(Protocol):
    """What `assert_walled_role` needs: a psycopg connection or a Django one."""

    def cursor(self) -> Any: ...


@dataclass(frozen=True)
class Role:
    name: str
    password: str


@dataclass(frozen=True)
class Urls:
    """Two ways into one database: as its owner (migrations) and as the application."""

    owner_url: str
    app_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What the settings read."""
        return {"DATABASE_URL": self.app_url, "DATABASE_OWNER_URL": self.owner_url}


def prepare(admin_url: str, database: str, *, owner: Role, app: Role, template: str | None = None) -> Urls:
    """Makes the roles, the database (a clone where a `template` is named) and the extensions; again is harmless.

    Raises Unreachable, and NotEntitled when the role of `admin_url` may not create roles and databases or the server is
    too old.
    """
    with _administering(admin_url) as admin:
        _check_entitled(admin)
        admin.execute("SELECT pg_advisory_lock(%s)", [PREPARATION_LOCK])
        try:
            for role in (owner, app):
                _make_role(admin, role)
            _make_database(admin, database, owner=owner, app=app, template=template)
        except psycopg.errors.InsufficientPrivilege as refusal:
            raise NotEntitled(f"{_what_is_needed(admin)} PostgreSQL says: {refusal}") from refusal
    urls = Urls(
        owner_url=with_database(admin_url, database, role=owner), app_url=with_database(admin_url, database, role=app)
    )
    _furnish(urls, app=app)
    return urls


def with_database(url: str, database: str, *, role: Role | None = None) -> str:
    """The same server, another database, and another role where one is given."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    who = parts.netloc.rpartition("@")[0] if role is None else f"{quote(role.name)}:{quote(role.password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{who}@{place}" if who else place, path="/" + quote(database)))


def exists(admin_url: str, database: str) -> bool:
    with _administering(admin_url) as admin:
        return _exists(admin, database)


def drop(admin_url: str, database: str) -> None:
    """Drops the database and throws out who is in it; nothing happens when there is none."""
    with _administering(admin_url) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def migrate(urls: Urls, *, environment: dict[str, str] | None = None) -> bool:
    """Brings the tables up to date as the owner; False when they were, told by a stamp on the database.

    Raises MigrationFailed with what Django said.
    """
    shape = migrations_hash()
    if read_stamps(urls.owner_url).get("migrations") == shape:
        return False
    done = subprocess.run(
        [sys.executable, "-m", "alarmdesk", "migrate"],
        check=False,
        env=os.environ | (environment or {}) | urls.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise MigrationFailed((done.stdout + done.stderr).strip())
    write_stamp(urls.owner_url, "migrations", shape)
    return True


def read_stamps(url: str) -> dict[str, str]:
    """What was done to the database, by name: kept as its comment, so that asking needs no table of ours."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    try:
        return dict(json.loads(row[0])) if row and row[0] else {}
    except ValueError:  # somebody else's comment
        return {}


def write_stamp(owner_url: str, name: str, value: str) -> None:
    """Remembers with the database that something was done to it."""
    stamps = json.dumps(read_stamps(owner_url) | {name: value})
    with psycopg.connect(owner_url, autocommit=True) as connection:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(stamps)))


def migrations_hash() -> str:
    """A name for the shape of the tables: migrations, what they import, SQL files, the versions of packages."""
    digest = hashlib.sha256()
    for path in sorted(_files_of_migrations()):
        digest.update(str(path.relative_to(SOURCE)).encode() + b"\0" + path.read_bytes() + b"\0")
    for package in MIGRATING_PACKAGES:
        digest.update(f"{package}=={version(package)}\0".encode())
    return digest.hexdigest()[:16]


def assert_walled_role(connection: Connection | None = None) -> None:
    """Raises UnwalledRole when row security would not stop the current role, or a role that it may become.

    Without a connection it asks Django's default one.
    """
    if connection is None:
        from django.db import connection as default

        connection = default
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.rolname, current_user, r.rolsuper, r.rolbypassrls FROM pg_roles r
            WHERE pg_has_role(current_user, r.oid, 'MEMBER') AND (r.rolsuper OR r.rolbypassrls)
            ORDER BY r.rolname <> current_user LIMIT 1
            """
        )
        if row := cursor.fetchone():
            name, current, is_super, _ = row
            power = "is a superuser" if is_super else "has BYPASSRLS"
            who = f"The database role {current}" + ("" if name == current else f" may become {name}, which")
            raise UnwalledRole(f"{who} {power}: row security would not stop it. {_REMEDY}")
        cursor.execute(
            """
            SELECT current_user, c.oid::regclass::text FROM pg_class c
            WHERE c.relrowsecurity AND c.relkind IN ('r', 'p') AND pg_has_role(current_user, c.relowner, 'MEMBER')
            ORDER BY 2 LIMIT 1
            """
        )
        if row := cursor.fetchone():
            raise UnwalledRole(
                f"The database role {row[0]} owns the walled table {row[1]}: row security would not stop it. {_REMEDY}"
            )


_REMEDY = f"Live as {APP} (DATABASE_URL) and keep the owner for migrations (DATABASE_OWNER_URL)."


@contextmanager
def _administering(admin_url: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(admin_url, autocommit=True)
    except psycopg.OperationalError as error:
        raise Unreachable(f"The database server does not let us in: {error}") from error
    with connection:
        yield connection


def _check_entitled(admin: psycopg.Connection) -> None:
    if admin.info.server_version < OLDEST_SERVER:
        raise NotEntitled(
            f"AlarmDesk needs PostgreSQL 15 or later; this server is {admin.info.server_version // 10000}."
        )
    row = admin.execute(
        "SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row is None or not row[0]:
        raise NotEntitled(_what_is_needed(admin))


def _what_is_needed(admin: psycopg.Connection) -> str:
    return (
        f"The role {admin.info.user} of DATABASE_URL may not create roles and databases, "
        "which preparing AlarmDesk needs. "
        f"Give it that (ALTER ROLE {admin.info.user} CREATEROLE CREATEDB) or name a role that has it; "
        "AlarmDesk itself then lives as roles of its own without such rights."
    )


def _make_role(admin: psycopg.Connection, role: Role) -> None:
    secret = admin.pgconn.encrypt_password(role.password.encode(), role.name.encode(), b"scram-sha-256").decode()
    name, password = sql.Identifier(role.name), sql.Literal(secret)
    found = admin.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [role.name]).fetchone()
    if found is None:
        wanted = "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD {}"
        admin.execute(sql.SQL(wanted).format(name, password))
    elif found[0]:
        raise UnwalledRole(f"The role {role.name} exists and is a superuser or has BYPASSRLS; take that from it first.")
    else:
        admin.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, password))


def _make_database(admin: psycopg.Connection, database: str, *, owner: Role, app: Role, template: str | None) -> None:
    if _exists(admin, database):
        return
    name, owns, lives = sql.Identifier(database), sql.Identifier(owner.name), sql.Identifier(app.name)
    row = admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    if row and not row[0]:  # only a member of the owner may give it a database
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owns))
    source = sql.Identifier(template or "template0")
    encoding = sql.SQL("" if template else " ENCODING 'UTF8'")
    admin.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}{}").format(name, owns, source, encoding))
    with _become(admin, owner):
        admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        admin.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(name, lives))


@contextmanager
def _become(admin: psycopg.Connection, role: Role) -> Iterator[None]:
    admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role.name)))
    yield
    admin.execute("RESET ROLE")


def _furnish(urls: Urls, *, app: Role) -> None:
    """What its owner does inside the database: extensions, and rights on every table that will ever come."""
    lives = sql.Identifier(app.name)
    with psycopg.connect(urls.owner_url) as owner:
        for extension in EXTENSIONS:
            owner.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        owner.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(lives))
        for right in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES", "EXECUTE ON FUNCTIONS"):
            owner.execute(sql.SQL("ALTER DEFAULT PRIVILEGES GRANT {} TO {}").format(sql.SQL(right), lives))


def _exists(admin: psycopg.Connection, database: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def _files_of_migrations() -> set[Path]:
    migrations = set(SOURCE.glob("*/migrations/*.py"))
    return migrations | set(SOURCE.rglob("*.sql")) | {used for path in migrations for used in _imported_by(path)}


def _imported_by(path: Path) -> Iterator[Path]:
    """The modules of ours that a migration takes its operations from."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            file = SOURCE.parent.joinpath(*module.split(".")).with_suffix(".py")
            if module.startswith("alarmdesk.") and file.is_file():
                yield file
