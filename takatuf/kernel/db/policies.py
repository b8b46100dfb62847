"""Row-level security as migration operations: the database repeats what the selectors filter."""

from django.db import migrations

# Each setting sits in a sub-select, so that the planner asks once per statement and not once per row.
SCOPE = "(SELECT current_setting('takatuf.scope', true))"
USER = "(SELECT nullif(current_setting('takatuf.user', true), '')::uuid)"
UNIT = "(SELECT nullif(current_setting('takatuf.unit', true), '')::uuid)"
AGENCY = "(SELECT current_setting('takatuf.agency', true))"
SYSTEM = f"{SCOPE} = 'system'"
LINKER = f"{SCOPE} IN ('system', 'linker')"
SOMEBODY = f"{SCOPE} <> ''"


def has(power: str) -> str:
    return f"(SELECT position(',{power},' in current_setting('takatuf.powers', true)) > 0)"


def row_security(
    table: str,
    *,
    read: str,
    insert: str = SOMEBODY,
    update: str | None = None,
    changed: str | None = None,
    delete: str | None = None,
) -> migrations.RunSQL:
    """Enable and force row-level security on `table`. `changed`: what a changed row must satisfy, else `insert`.

    The owner of the tables keeps a policy of its own, for migrations and for the few functions that
    run as the owner; the serving role owns nothing and has none. What is not given is refused.
    """
    statements = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
        f"CREATE POLICY read ON {table} FOR SELECT USING ({read})",
        f"CREATE POLICY append ON {table} FOR INSERT WITH CHECK ({insert})",
    ]
    if update is not None:
        statements.append(
            f"CREATE POLICY change ON {table} FOR UPDATE USING ({update}) WITH CHECK ({changed or insert})"
        )
    if delete is not None:
        statements.append(f"CREATE POLICY remove ON {table} FOR DELETE USING ({delete})")
    undo = [
        f"DROP POLICY IF EXISTS {name} ON {table}" for name in ("owner", "read", "append", "change", "remove")
    ]
    undo += [
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]
    return migrations.RunSQL(sql=";\n".join(statements), reverse_sql=";\n".join(undo))


def locked_out(table: str, *subjects: str) -> migrations.RunSQL:
    """A user locked out of any of the `subjects` (columns holding a case's or person's id) sees no row of it."""
    listed = ", ".join(f"{table}.{subject}" for subject in subjects)
    return migrations.RunSQL(
        sql=f"""
        CREATE POLICY conflict ON {table} AS RESTRICTIVE USING (
            NOT EXISTS (SELECT 1 FROM access_lock l WHERE l.user_id = {USER} AND l.lifted_at IS NULL
                        AND l.subject_id IN ({listed}))
        ) WITH CHECK (true)
        """,
        reverse_sql=f"DROP POLICY conflict ON {table}",
    )


def append_only(table: str) -> migrations.RunSQL:
    """UPDATE, DELETE and TRUNCATE are refused to everybody, the owner included."""
    return migrations.RunSQL(
        sql=f"""
        CREATE OR REPLACE FUNCTION takatuf_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'append-only: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501'; END $$;
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION takatuf_refuse_change();
        CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION takatuf_refuse_change();
        """,
        reverse_sql=f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_truncate ON {table}",
    )
