"""The database of a test run: one server for all runs of this checkout, a template, a copy of it per worker.

Nothing need be running. The first run makes the server (about a second) and migrates a template (named after
what it was made from); every later run and every worker copies it. The last run to leave stops the server.
Tests log in as the app role: what row-level security or a missing grant refuses in service, it refuses here.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from config import roles
from config.database import drop, drop_as, migrate, point_at
from config.postgres import Cluster

TEMPLATES_KEPT = 3
MAKING = 8_202_012  # advisory lock: one process makes a template, others wait for it


@contextmanager
def database(worker: str) -> Iterator["Copy"]:
    """A migrated database of this process alone; all three aliases point at it."""
    with ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            stack.enter_context(server(settings.TEST_SERVER))
        copy = Copy(template=made_template(), name=f"takatuf_test_{os.getpid()}_{worker}")
        stack.callback(copy.drop)
        copy.fresh()
        yield copy


class Copy:
    """A copy of the template, thrown away and made anew when a test has really committed something."""

    def __init__(self, *, template: str, name: str) -> None:
        self.template, self.name = template, name

    def fresh(self) -> None:
        self.drop()
        with roles.administrator() as admin:
            create = "CREATE DATABASE {} TEMPLATE {} OWNER {}"
            admin.execute("SELECT pg_advisory_lock_shared(%s)", [MAKING])
            admin.execute(
                sql.SQL(create).format(*map(sql.Identifier, (self.name, self.template, roles.names()[0])))
            )
            admin.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(self.name), sql.SQL(", ").join(map(sql.Identifier, roles.names()))
                )
            )
        point_at(self.name)

    def drop(self) -> None:
        drop(self.name)


@contextmanager
def server(data: Path) -> Iterator[None]:
    """Start the shared server, or join it; whoever leaves last stops it. A killed run holds nothing."""
    data.parent.mkdir(mode=0o711, exist_ok=True)
    if data.parent.stat().st_uid != os.getuid():
        raise PermissionError(f"{data.parent} belongs to somebody else")
    cluster = Cluster(data, durable=False)
    with Path(f"{data}.users").open("a") as users:
        with gate(data):
            fcntl.flock(users, fcntl.LOCK_SH)
            if cluster.start():
                sweep()
        try:
            yield
        finally:
            with gate(data):
                if alone(users):
                    cluster.stop()


@contextmanager
def gate(data: Path) -> Iterator[None]:
    with Path(f"{data}.gate").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sweep() -> None:
    """Copies that killed runs left behind: on a server just started nobody else can be using one."""
    with roles.administrator() as admin:
        left = admin.execute(
            r"SELECT datname FROM pg_database WHERE datname LIKE 'takatuf\_test\_%'"
        ).fetchall()
        for (name,) in left:
            drop_as(admin, name)


def fingerprint() -> str:
    """What a template is made from: migrations, models, roles, policies, and the versions installed."""
    base = settings.BASE_DIR
    paths = {*base.glob("takatuf/*/migrations/*.py"), *base.glob("takatuf/*/models.py")}
    paths |= {*base.glob("takatuf/*/models/*.py"), *base.glob("takatuf/kernel/db/*.py")}
    paths |= {base / "config" / "roles.py", base / "config" / "settings.py", base / "requirements.lock"}
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(base)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def made_template() -> str:
    """The name of the migrated template for today's code; made now if this is the first to need it."""
    name = f"takatuf_template_{fingerprint()}"
    with roles.administrator() as admin:
        admin.execute("SELECT pg_advisory_lock(%s)", [MAKING])
        with roles.alone(admin):
            roles.ensure_roles(admin)
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            forget_old_templates(admin)
            draft = f"takatuf_draft_{fingerprint()}"
            drop_as(admin, draft)
            point_at(draft)
            migrate()
            connections.close_all()
            admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (draft, name)))
            )
    return name


def forget_old_templates(admin: psycopg.Connection) -> None:
    rows = admin.execute(
        r"SELECT datname FROM pg_database WHERE datname LIKE 'takatuf\_template\_%' ORDER BY oid DESC"
    )
    for (name,) in rows.fetchall()[TEMPLATES_KEPT - 1 :]:
        drop_as(admin, name)
