"""Row-level security of grants and locks, and who may see a file."""

from django.db import migrations

from takatuf.kernel.db.policies import LINKER, SYSTEM, UNIT, USER, has, row_security

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
        row_security(
            "access_grant",
            read=f"{LINKER} OR unit_id = {UNIT} OR {has('break_glass.review')} OR {has('access.manage')}",
            update=f"{SYSTEM} OR {has('break_glass.review')} OR {has('access.manage')}",
        ),
        row_security(
            "access_lock",
            read=f"{LINKER} OR user_id = {USER} OR {has('conflict.manage')}",
            insert=f"{LINKER} OR {has('conflict.manage')}",
            update=f"{SYSTEM} OR {has('conflict.manage')}",
        ),
        migrations.RunSQL(OPENINGS, "DROP FUNCTION access_openings(uuid)"),
        migrations.RunSQL(JOURNAL, "DROP POLICY granted ON journal_entry"),
    ]
