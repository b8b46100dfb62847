"""The acting person as the database sees her: set after each BEGIN, so row-level security can ask."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from takatuf.kernel.actor import Actor

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_current: ContextVar[Actor | None] = ContextVar("takatuf_actor", default=None)

SET_SQL = (
    "SELECT set_config('takatuf.user', %s, true), set_config('takatuf.unit', %s, true), "
    "set_config('takatuf.agency', %s, true), set_config('takatuf.powers', %s, true), "
    "set_config('takatuf.scope', %s, true)"
)


def current() -> Actor | None:
    return _current.get()


def parameters(actor: Actor | None) -> tuple[str, str, str, str, str]:
    """The five settings of the transaction; all empty when nobody acts, so that nothing is visible."""
    if actor is None:
        return ("", "", "", "", "")
    return (
        str(actor.user_id or ""),
        str(actor.unit_id or ""),
        actor.agency,
        "," + ",".join(sorted(actor.powers)) + ",",
        actor.scope,
    )


@contextmanager
def acting(actor: Actor | None) -> Iterator[None]:
    """Act as `actor` within the block, in this and every transaction begun inside it.

    Inside a running transaction the settings change at once and change back at the end, so one
    test or one job may act as several people in turn.
    """
    token = _current.set(actor)
    try:
        _apply_to_open_transactions()
        yield
    finally:
        _current.reset(token)
        _apply_to_open_transactions()


def _apply_to_open_transactions() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        if connection.vendor == "postgresql" and connection.in_atomic_block and _listens(connection):
            tell(connection)


def _listens(connection: "BaseDatabaseWrapper") -> bool:
    """Not a transaction that failed: it takes no more words, and its rollback takes our settings back.

    To speak to it would put another error in the place of the one on its way.
    """
    from psycopg.pq import TransactionStatus

    inner = connection.connection
    return (
        inner is not None
        and not connection.needs_rollback
        and inner.info.transaction_status not in {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}
    )


def tell(connection: "BaseDatabaseWrapper") -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET_SQL, parameters(_current.get()))
