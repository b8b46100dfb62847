"""The database as a whole: where it is, that it runs, that it is migrated and granted. For console, tests, benches."""

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from config import roles
from config.postgres import Cluster
from config.trouble import Trouble

Progress = Callable[[str, int, int], None]  # what, done, of how many


def is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL")


def cluster() -> Cluster:
    """The instance's embedded server, running or not."""
    return Cluster(Path(settings.TAKATUF_HOME) / "pg")


def ensure_running() -> bool:
    """Start the embedded server if it is the one in use and does not run. True if it was started now.

    With DATABASE_URL: that a PostgreSQL ≥ 15 answers there. Raises Trouble.
    """
    started = is_embedded() and cluster().start()
    if started:
        write_address(cluster())
    if not is_embedded():
        with roles.administrator() as admin:
            if admin.info.server_version < 150000:
                version = admin.info.server_version // 10000
                raise Trouble(
                    en=f"The server of DATABASE_URL is PostgreSQL {version}: 15 or later is needed.",
                    ar=f"خادم DATABASE_URL هو PostgreSQL {version}، والمطلوب 15 أو أحدث.",
                )
    return started


def write_address(server: Cluster) -> None:
    """Where the server listens, for whoever starts later: TAKATUF_HOME/postgres.address, replaced in one step."""
    address = server.data.with_name("postgres.address")
    draft = address.with_suffix(f".{os.getpid()}")
    draft.write_text(f"{server.socket_folder}\n")
    draft.replace(address)


def is_current() -> bool:
    """Whether every migration is applied; False also when there is no database yet."""
    from django.db import OperationalError
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connections["owner"])
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError:
        return False
    finally:
        connections["owner"].close()


def migrate(progress: Progress | None = None) -> bool:
    """Roles, database, tables, grants. Idempotent. True if the database is new."""
    made = roles.bootstrap()
    if progress is None:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    else:
        _migrate_showing(progress)
    roles.grant()
    connections["owner"].close()
    return made


def _migrate_showing(progress: Progress) -> None:
    from django.core.management.commands.migrate import Command
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["owner"])
    total, done = len(executor.migration_plan(executor.loader.graph.leaf_nodes())), 0

    class Showing(Command):
        def migration_progress_callback(
            self, action: str, migration: object = None, fake: bool = False
        ) -> None:
            nonlocal done
            if action == "apply_success":
                done += 1
                progress(str(migration), done, total)

    call_command(Showing(), database="owner", verbosity=0, interactive=False)


def point_at(name: str) -> None:
    """Every alias, whatever its role, to the database of this name. For tests and benches."""
    connections.close_all()
    for alias in connections:
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


def drop(name: str) -> None:
    """Drop a database, throwing out whoever is in it."""
    connections.close_all()
    with roles.administrator() as admin:
        drop_as(admin, name)


def drop_as(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
