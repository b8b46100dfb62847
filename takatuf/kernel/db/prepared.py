"""Statements that come again and again: parsed and planned once a connection, not each time.

Django writes the values into the text of a statement, so PostgreSQL meets a new one each time; with row-level security,
planning it costs more than doing it. Values are sent apart here. What a statement may see is still asked anew each
time it runs: the policies are part of the plan, the acting person is not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection

AFTER = 2  # times a connection has met a statement


@contextmanager
def cursor() -> Iterator[Any]:
    """A cursor as Django's own, with its logging and wrappers, on the default connection."""
    connection.ensure_connection()
    inner = connection.connection
    if inner.prepare_threshold is None:
        inner.prepare_threshold = AFTER
    with connection._prepare_cursor(psycopg.Cursor(inner)) as made:  # type: ignore[attr-defined]
        yield made


@contextmanager
def pipeline() -> Iterator[None]:
    """Send statements one after the other and wait only where an answer is read; at the end all have been done.

    A refusal of the database is raised at the next wait, as Django's own error; what was sent after it was not done.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
