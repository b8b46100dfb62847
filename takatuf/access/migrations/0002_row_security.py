"""Row-level security of grants and locks, and who may see a file."""

from django.db import migrations

from takatuf.kernel.db.policies import LINKER, SYSTEM, UNIT, USER, has, locked_out, row_security

OPENINGS = """
CREATE FUNCTION access_openings(subject uuid)
RETURNS TABLE (unit_id uuid, user_id uuid, level smallint, basis varchar, since timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT g.unit_id, g.user_id, g.level, g.basis, g.since, g.until FROM access_grant g
    WHERE g.subject_id = subject AND g.revoked_at IS NULL AND (g.until IS NULL OR g.until > now())
      AND EXISTS (
        SELECT 1 FROM access_grant mine
        WHERE mine.subject_id = subject AND mine.revoked_at IS NULL AND (mine.until IS NULL OR mine.until > now())
          AND mine.unit_id = nullif(current_setting('takatuf.unit', true), '')::uuid
          AND (mine.user_id IS NULL OR mine.user_id = nullif(current_setting('takatuf.user', true), '')::uuid))
$$
"""

# Asked by the policies of the grants themselves, which may not read their own table: it runs as the owner.
OWN_LEVEL = """
CREATE FUNCTION access_own_level(subject uuid) RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT coalesce(max(g.level), 0)::integer FROM access_grant g
    WHERE g.subject_id = subject AND g.revoked_at IS NULL AND (g.until IS NULL OR g.until > now())
      AND g.unit_id = nullif(current_setting('takatuf.unit', true), '')::uuid
      AND (g.user_id IS NULL OR g.user_id = nullif(current_setting('takatuf.user', true), '')::uuid)
$$
"""

# Nobody lets herself in: glass is broken by who may, for herself; everything else is given by who sees the whole.
GIVE = f"""
{LINKER}
OR basis = 'break_glass' AND unit_id = {UNIT} AND user_id = {USER} AND {has("break_glass.use")}
OR basis <> 'break_glass' AND unit_id <> {UNIT} AND granted_by = {USER} AND {has("case.write")}
   AND access_own_level(subject_id) = 3
"""
END = f"""
{SYSTEM} OR {has("break_glass.review")} AND basis = 'break_glass'
OR basis <> 'break_glass' AND {has("case.write")} AND access_own_level(subject_id) = 3
"""

# What a user is locked out of, its trace is kept from her too.
CONFLICT = f"""
CREATE POLICY conflict ON journal_entry AS RESTRICTIVE FOR SELECT USING (
    NOT subjects && (
        SELECT coalesce(array_agg(kind || ':' || l.subject_id), '{{}}')
        FROM access_lock l, unnest(ARRAY['case', 'person', 'subject']) AS kind
        WHERE l.user_id = {USER} AND l.lifted_at IS NULL)
    OR {LINKER})
"""

# A grant lets its unit read the journal's entries about what it opens: the case's timeline.
JOURNAL = f"""
CREATE POLICY granted ON journal_entry FOR SELECT USING (
    EXISTS (SELECT 1 FROM access_grant g
            WHERE g.unit_id = {UNIT} AND g.level >= 2 AND g.revoked_at IS NULL
              AND (g.until IS NULL OR g.until > now()) AND (g.user_id IS NULL OR g.user_id = {USER})
              AND g.subject_kind || ':' || g.subject_id::text = ANY (journal_entry.subjects)))
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial"), ("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(OWN_LEVEL, "DROP FUNCTION access_own_level(uuid)"),
        row_security(
            "access_grant",
            read=f"{LINKER} OR unit_id = {UNIT} OR granted_by = {USER} OR {has('break_glass.review')} AND basis = 'break_glass'",
            insert=GIVE,
            update=END,
            changed=END,
        ),
        row_security(
            "access_lock",
            read=f"{LINKER} OR user_id = {USER} OR {has('conflict.manage')}",
            insert=f"{LINKER} OR {has('conflict.manage')}",
            update=f"{SYSTEM} OR {has('conflict.manage')}",
        ),
        migrations.RunSQL(OPENINGS, "DROP FUNCTION access_openings(uuid)"),
        migrations.RunSQL(JOURNAL, "DROP POLICY granted ON journal_entry"),
        migrations.RunSQL(CONFLICT, "DROP POLICY conflict ON journal_entry"),
        locked_out("access_grant", "subject_id"),
    ]
