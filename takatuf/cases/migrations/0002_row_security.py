"""Row-level security of cases and reports; a signed report does not change."""

from django.db import migrations

from takatuf.kernel.db.policies import (
    AGENCY,
    LINKER,
    SYSTEM,
    UNIT,
    USER,
    append_only,
    has,
    locked_out,
    row_security,
)


def granted(column: str, level: int = 1) -> str:
    return f"""EXISTS (SELECT 1 FROM access_grant g WHERE g.unit_id = {UNIT} AND g.subject_id = {column}
        AND g.level >= {level} AND g.revoked_at IS NULL AND (g.until IS NULL OR g.until > now())
        AND (g.user_id IS NULL OR g.user_id = {USER}))"""


# The columns are compared as one row, so that a column added later is signed too.
SIGNED = """
CREATE FUNCTION cases_signed_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'a signed report is not deleted' USING ERRCODE = '42501';
    END IF;
    IF to_jsonb(NEW) - 'case_id' IS DISTINCT FROM to_jsonb(OLD) - 'case_id' THEN
        RAISE EXCEPTION 'a signed report is not changed: add an addendum' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON cases_report
    FOR EACH ROW EXECUTE FUNCTION cases_signed_is_signed();
CREATE TRIGGER signed_truncate BEFORE TRUNCATE ON cases_report
    FOR EACH STATEMENT EXECUTE FUNCTION cases_signed_is_signed();
"""

# Whether an agency sent a report already must be known before it is taken, whichever of its units it came to, and
# also to a clerk who may not see it: else it would be filed twice. The answer is an id, not the report.
KNOWN = """
CREATE FUNCTION cases_known_references(of_agencies text[], refs text[])
    RETURNS TABLE (agency text, external_ref text, id uuid)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE asking text := coalesce(current_setting('takatuf.user', true), '');
BEGIN
    -- Nobody in particular asks: a lock on the asking user must not hide a reference from her.
    PERFORM set_config('takatuf.user', '', true);
    RETURN QUERY SELECT r.agency::text, r.external_ref::text, r.id FROM cases_report r
        WHERE r.agency = ANY (of_agencies) AND r.external_ref = ANY (refs) AND r.external_ref <> ''
          AND (r.agency = current_setting('takatuf.agency', true)
               OR current_setting('takatuf.scope', true) IN ('system', 'linker'));
    PERFORM set_config('takatuf.user', asking, true);
END $$;
"""

OF_REPORT = "EXISTS (SELECT 1 FROM cases_report r WHERE r.id = {}.report_id)"


REPORTS = f"({has('report.read')} OR {has('report.create')} OR {has('case.read')})"
ADDS = f"unit_id = {UNIT} AND {OF_REPORT.format('cases_addendum')}"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("people", "0002_row_security")]

    operations = [
        row_security(
            "cases_case",
            read=f"{LINKER} OR {has('case.read')} AND {granted('cases_case.id')}",
            insert=LINKER,
            update=LINKER,
        ),
        row_security(
            "cases_report",
            # Of a unit that holds a file, whoever only counts, or only manages accounts, sees nothing of it.
            read=f"{SYSTEM} OR unit_id = {UNIT} AND {REPORTS} OR {has('case.read')} AND {granted('cases_report.case_id', 3)}",
            insert=f"{SYSTEM} OR unit_id = {UNIT}",
            update=LINKER,
        ),
        row_security(
            "cases_reporter",
            read=f"{has('reporter.see')} AND {OF_REPORT.format('cases_reporter')}",
            insert=LINKER,
        ),
        row_security("cases_addendum", read=OF_REPORT.format("cases_addendum"), insert=ADDS),
        row_security(
            "cases_draft",
            read=f"user_id = {USER}",
            insert=f"user_id = {USER}",
            update=f"user_id = {USER}",
            delete=f"user_id = {USER}",
        ),
        row_security(
            "cases_importrun",
            read=f"{SYSTEM} OR unit_id = {UNIT} OR {has('import.run')} AND agency = {AGENCY}",
            update=f"{SYSTEM} OR unit_id = {UNIT} OR {has('import.run')} AND agency = {AGENCY}",
        ),
        row_security(
            "cases_quarantinedrow",
            read=f"{SYSTEM} OR {has('import.run')} AND agency = {AGENCY}",
            update=f"{SYSTEM} OR {has('import.run')} AND agency = {AGENCY}",
        ),
        append_only("cases_reporter"),
        append_only("cases_addendum"),
        migrations.RunSQL(
            SIGNED,
            "DROP TRIGGER signed ON cases_report; DROP TRIGGER signed_truncate ON cases_report; "
            "DROP FUNCTION cases_signed_is_signed()",
        ),
        migrations.RunSQL(KNOWN, "DROP FUNCTION cases_known_references(text[], text[])"),
        # Of a person she is locked out of, she sees no case at all, whoever the other party is.
        locked_out("cases_case", "id", "victim_id", "aggressor_id"),
        locked_out("cases_report", "case_id", "victim_id", "aggressor_id"),
    ]
