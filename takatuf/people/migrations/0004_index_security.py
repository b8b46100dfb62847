"""Row-level security of the index: a merged person is seen by who may see whom she was merged into."""

from django.db import migrations

from takatuf.kernel.db.policies import LINKER, SYSTEM, UNIT, USER, has, locked_out, row_security


def granted(column: str) -> str:
    return f"""EXISTS (SELECT 1 FROM access_grant g WHERE g.unit_id = {UNIT} AND g.subject_id = {column} AND g.level = 3
        AND g.revoked_at IS NULL AND (g.until IS NULL OR g.until > now())
        AND (g.user_id IS NULL OR g.user_id = {USER}))"""


WORKS = "(" + " OR ".join(map(has, ("report.read", "report.create", "case.read", "person.search"))) + ")"
OWN = "EXISTS (SELECT 1 FROM people_personrecord r WHERE r.person_id = {} AND r.unit_id = " + UNIT + ")"
BEFORE = f"""{LINKER} OR {WORKS} AND ({OWN.format("people_person.id")} OR {granted("people_person.id")})
    OR {has("keys.rotate")}"""
NOW = "coalesce(people_person.merged_into_id, people_person.id)"
AFTER = f"{LINKER} OR {WORKS} AND ({OWN.format(NOW)} OR {granted(NOW)}) OR {has('keys.rotate')}"

# The columns are compared as one row, so that a column added later is as received too.
AS_RECEIVED = """
DROP TRIGGER append_only ON people_personrecord;
CREATE FUNCTION people_record_is_as_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR to_jsonb(NEW) - 'person_id' - 'sealed_for_id'
            IS DISTINCT FROM to_jsonb(OLD) - 'person_id' - 'sealed_for_id' THEN
        RAISE EXCEPTION 'append-only: % of a record as received is refused', TG_OP USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER as_received BEFORE UPDATE OR DELETE ON people_personrecord
    FOR EACH ROW EXECUTE FUNCTION people_record_is_as_received();
"""
BACK = """
DROP TRIGGER as_received ON people_personrecord;
DROP FUNCTION people_record_is_as_received();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON people_personrecord
    FOR EACH ROW EXECUTE FUNCTION takatuf_refuse_change();
"""


def changes(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE POLICY change ON {table} FOR UPDATE USING ({SYSTEM}) WITH CHECK ({SYSTEM})",
        f"DROP POLICY change ON {table}",
    )


REVIEWS = f"{LINKER} OR {has('person.review')}"


class Migration(migrations.Migration):
    dependencies = [("people", "0003_index")]

    operations = [
        migrations.RunSQL(
            f"ALTER POLICY read ON people_person USING ({AFTER})",
            f"ALTER POLICY read ON people_person USING ({BEFORE})",
        ),
        migrations.RunSQL(AS_RECEIVED, BACK),
        changes("people_personrecord"),
        changes("people_token"),
        row_security("people_merge", read=f"{LINKER} OR {has('person.link')}", insert=SYSTEM, update=SYSTEM),
        row_security("people_membership", read=LINKER, insert=LINKER, update=SYSTEM),
        row_security("people_reviewitem", read=REVIEWS, insert=LINKER, update=SYSTEM),
        row_security("people_judgement", read=REVIEWS, insert=f"{has('person.review')} AND user_id = {USER}"),
        row_security("people_override", read=LINKER, insert=SYSTEM, update=SYSTEM),
        locked_out("people_merge", "kept_id", "gone_id"),
        locked_out("people_membership", "person_id"),
    ]
