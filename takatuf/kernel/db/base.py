"""Database engine `takatuf.kernel.db`: row-level security context in every transaction, fail closed."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import errors, pq

from takatuf.kernel import context


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        # psycopg opens the transaction lazily with the first statement, so these settings are its
        # first words: `true` makes them local, and COMMIT or ROLLBACK forgets them.
        if autocommit:
            return
        parameters = context.parameters(context.current())
        with self.wrap_database_errors:
            if plain(self.connection):
                begin(self.connection, parameters)
            else:
                with self.connection.cursor() as cursor:
                    cursor.execute(context.SET_SQL, parameters)


def plain(connection: Any) -> bool:
    """A connection at rest, whose next transaction is an ordinary one."""
    pgconn = connection.pgconn
    return (
        pgconn.transaction_status == pq.TransactionStatus.IDLE
        and pgconn.pipeline_status == pq.PipelineStatus.OFF
        and connection.isolation_level is None
        and connection.read_only is None
        and connection.deferrable is None
    )


def begin(connection: Any, parameters: tuple[str, ...]) -> None:
    """BEGIN and the settings in one journey: of a short deed's waits these two would be half.

    psycopg asks the connection itself whether a transaction is open, so it does not begin another.
    """
    escaping = pq.Escaping(connection.pgconn)
    said = tuple(bytes(escaping.escape_literal(value.encode())) for value in parameters)
    with connection.lock:
        result = connection.pgconn.exec_(b"BEGIN; " + context.SET_SQL.encode() % said)
    if result.status != pq.ExecStatus.TUPLES_OK:
        raise errors.error_from_result(result, encoding=connection.info.encoding)
