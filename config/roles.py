"""Who may do what in PostgreSQL: three roles, none of them a superuser, and their grants.

`<prefix>_owner` owns every table and migrates; FORCE ROW LEVEL SECURITY holds it too.
`<prefix>_app`   serves: rows through policies, no table of its own, no UPDATE of append-only tables.
`<prefix>_stats` counts: only the columns that a model names in `class Privacy: statistics`.

The administrator (embedded: `postgres`; else the user of DATABASE_URL) makes roles and database and is not
used again: nothing that runs Django code is ever a superuser. See docs/adr/0003.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from psycopg import sql

from config.trouble import Trouble

LOCK = 8_202_011  # the number of the advisory lock of `alone`
EVERYTHING = ("SELECT", "INSERT", "UPDATE", "DELETE")
READ_ONLY = {"django_migrations", "django_content_type"}


@contextmanager
def alone(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """One bootstrap at a time on this server: PostgreSQL refuses two changes of one role at once."""
    connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def administrator(database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
    """A connection of the administrator, autocommit. Raises Trouble when the server cannot be reached."""
    place = settings.DATABASE_ADMINISTRATOR
    try:
        connection = psycopg.connect(
            dbname=database,
            user=place["USER"],
            password=place["PASSWORD"] or None,
            host=place["HOST"],
            port=place["PORT"] or None,
            autocommit=True,
            **place["OPTIONS"],
        )
    except psycopg.OperationalError as error:
        raise unreachable(str(error)) from error
    with connection:
        yield connection


def unreachable(why: str) -> Trouble:
    reason = why.strip().splitlines()[0] if why.strip() else ""
    return Trouble(
        en=f"The database cannot be reached ({reason}): `takatuf db start`, or check DATABASE_URL.",
        ar=f"تعذّر الاتصال بقاعدة البيانات ({reason}): نفّذ `takatuf db start` أو تحقق من DATABASE_URL.",
    )


def names() -> tuple[str, str, str]:
    """Owner, app, statistics: as the settings log in."""
    databases = settings.DATABASES
    return databases["owner"]["USER"], databases["default"]["USER"], databases["statistics"]["USER"]


def ensure_roles(connection: psycopg.Connection[Any]) -> None:
    """Make the three roles, or set them right: able to log in, and nothing more."""
    password = sql.Literal(settings.DATABASES["owner"]["PASSWORD"])
    attributes = (
        "SELECT rolname, rolsuper OR rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = ANY(%s)"
    )
    known = dict(connection.execute(attributes, [list(names())]).fetchall())
    for role in names():
        # A fresh role can do nothing but what is said here. Only a superuser may even say NOSUPERUSER.
        deed = (
            "ALTER ROLE {} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}"
            if role in known
            else "CREATE ROLE {} LOGIN PASSWORD {}"
        )
        less = " NOSUPERUSER NOREPLICATION NOBYPASSRLS" if known.get(role) else ""
        try:
            connection.execute(sql.SQL(deed + less).format(sql.Identifier(role), password))
        except psycopg.errors.InsufficientPrivilege as error:
            raise Trouble(
                en=f"The user of DATABASE_URL may not make the role {role} or set it right: give it CREATEROLE.",
                ar=f"لا يملك مستخدم DATABASE_URL صلاحية إنشاء الدور {role} أو ضبطه: امنحه CREATEROLE.",
            ) from error


def ensure_database(connection: psycopg.Connection[Any], name: str) -> bool:
    """Make the database, owned by the owner role. True if it was made now."""
    owner, app, statistics = names()
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        made = False
    else:
        # To give a database away one must be a member of the role that receives it.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(owner)))
        create = "CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0"
        connection.execute(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(owner)))
        made = True
    roles = sql.SQL(", ").join(map(sql.Identifier, (owner, app, statistics)))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), roles))
    connection.execute(
        sql.SQL("GRANT CREATE, TEMPORARY ON DATABASE {} TO {}").format(
            sql.Identifier(name), sql.Identifier(owner)
        )
    )
    return made


def bootstrap() -> bool:
    """Roles, database and schema rights, by the administrator. True if the database is new. Idempotent."""
    name = settings.DATABASES["default"]["NAME"]
    owner, app, statistics = names()
    with administrator() as connection, alone(connection):
        ensure_roles(connection)
        made = ensure_database(connection, name)
    with administrator(name) as connection:
        both = sql.SQL(", ").join(map(sql.Identifier, (app, statistics)))
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(owner)))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(both))
    return made


def status() -> dict[str, Any]:
    """Facts about the server and the three roles, for a look: version, size in bytes, rights beyond logging in."""
    name = settings.DATABASES["default"]["NAME"]
    with administrator() as connection:
        exists = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [name]).fetchone()
        size = (
            connection.execute("SELECT pg_database_size(%s::oid)", [exists[0]]).fetchone() if exists else None
        )
        query = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls)"
        too_much = [row[0] for row in connection.execute(query, [list(names())])]
        return {
            "version": connection.info.parameter_status("server_version"),
            "database": name if exists else None,
            "size": size[0] if size else None,
            "too_powerful": too_much,
        }


def app_privileges() -> dict[str, tuple[str, ...]]:
    """Table → privileges of the app role. A model narrows them with `class Privacy: app_grants`."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        privacy = getattr(model, "Privacy", None)
        found[model._meta.db_table] = tuple(getattr(privacy, "app_grants", EVERYTHING))
    return found


def statistics_columns() -> dict[str, tuple[str, ...]]:
    """Table → columns that the statistics role may read: `class Privacy: statistics`, fields by name."""
    return {
        model._meta.db_table: tuple(_column(model, name) for name in privacy.statistics)
        for model in apps.get_models()
        if (privacy := getattr(model, "Privacy", None)) and getattr(privacy, "statistics", ())
    }


def _column(model: type[models.Model], name: str) -> str:
    return str(model._meta.get_field(name).column)  # type: ignore[union-attr]


def grant() -> None:
    """Give the app and statistics roles exactly what the models declare, and take the rest. As the owner."""
    _, app, statistics = names()
    privileges, columns = app_privileges(), statistics_columns()
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
        )
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' "
            "AND policyname NOT IN ('owner', 'statistics') AND tablename = ANY(%s)",
            [list(columns)],
        )
        serving = cursor.fetchall()
        statements = list(_statements(tables, privileges, columns, app, statistics))
        statements += [_not_for_statistics(table, policy, app) for table, policy in serving]
        cursor.execute(sql.SQL(";\n").join(statements).as_string(cursor.connection))


def _not_for_statistics(table: str, policy: str, app: str) -> sql.Composed:
    """Policies of serving ask for grants and locks, tables that the statistics role may not even look at."""
    named = sql.SQL("ALTER POLICY {} ON {} TO CURRENT_USER, {}")
    return named.format(sql.Identifier(policy), sql.Identifier(table), sql.Identifier(app))


def _statements(
    tables: list[str],
    privileges: dict[str, tuple[str, ...]],
    columns: dict[str, tuple[str, ...]],
    app: str,
    statistics: str,
) -> Iterator[sql.Composed]:
    to_app, to_statistics = sql.Identifier(app), sql.Identifier(statistics)
    both = sql.SQL(", ").join([to_app, to_statistics])
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(both)
    yield sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(both)
    yield sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(to_app)
    for table in tables:
        allowed = ("SELECT",) if table in READ_ONLY else privileges.get(table, EVERYTHING)
        words = sql.SQL(", ").join(map(sql.SQL, allowed))
        yield sql.SQL("GRANT {} ON {} TO {}").format(words, sql.Identifier(table), to_app)
        if table in columns:
            listed = sql.SQL(", ").join(map(sql.Identifier, columns[table]))
            named = sql.Identifier(table)
            yield sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(listed, named, to_statistics)
            # It counts every row and reads no column that could name anybody: the grant is the wall.
            yield sql.SQL("DROP POLICY IF EXISTS statistics ON {}").format(named)
            yield sql.SQL("CREATE POLICY statistics ON {} FOR SELECT TO {} USING (true)").format(
                named, to_statistics
            )
