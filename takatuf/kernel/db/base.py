"""Database engine `takatuf.kernel.db`: row-level security context in every transaction, fail closed."""

from django.db.backends.postgresql import base

from takatuf.kernel import context


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        # psycopg opens the transaction lazily with the first statement, so these settings are its
        # first words: `true` makes them local, and COMMIT or ROLLBACK forgets them.
        if not autocommit:
            parameters = context.parameters(context.current())
            with self.wrap_database_errors, self.connection.cursor() as cursor:
                cursor.execute(context.SET_SQL, parameters)
