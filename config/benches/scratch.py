"""A database for measuring: made on the server in use, migrated, dropped at the end."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """Point every alias at a fresh, migrated, granted database; give its name.

    On the server of DATABASE_URL if that is set; else on the instance's embedded server, which is started for
    the time if it is not running. Writes are durable as in service: what is measured is what is used.
    Raises `config.trouble.Trouble` when no server can be had.
    """
    from config import database

    with _server(), tempfile.TemporaryDirectory(prefix="takatuf-bench-") as folder:
        kept_name, kept_home = settings.DATABASES["default"]["NAME"], settings.TAKATUF_HOME
        name = f"takatuf_bench_{os.getpid()}"
        database.point_at(name)
        settings.TAKATUF_HOME = Path(folder)  # keys of its own
        try:
            database.migrate()
            yield name
        finally:
            settings.TAKATUF_HOME = kept_home
            database.drop(name)
            database.point_at(kept_name)


@contextlib.contextmanager
def _server() -> Iterator[None]:
    from config import database

    started = database.ensure_running()
    try:
        yield
    finally:
        if started:
            database.cluster().stop()
