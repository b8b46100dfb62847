"""Row-level security of the identity vault. Records are append-only."""

from django.db import migrations

from takatuf.kernel.db.policies import LINKER, SYSTEM, UNIT, USER, append_only, has, locked_out, row_security


def granted(column: str) -> str:
    return f"""EXISTS (SELECT 1 FROM access_grant g WHERE g.unit_id = {UNIT} AND g.subject_id = {column} AND g.level = 3
        AND g.revoked_at IS NULL AND (g.until IS NULL OR g.until > now())
        AND (g.user_id IS NULL OR g.user_id = {USER}))"""


OWN = f"EXISTS (SELECT 1 FROM people_personrecord r WHERE r.person_id = people_person.id AND r.unit_id = {UNIT})"


# Whoever only counts, or only manages accounts, meets nobody, whatever her unit holds.
WORKS = "(" + " OR ".join(map(has, ("report.read", "report.create", "case.read", "person.search"))) + ")"


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("access", "0002_row_security")]

    operations = [
        row_security(
            "people_person",
            read=f"{LINKER} OR {WORKS} AND ({OWN} OR {granted('people_person.id')}) OR {has('keys.rotate')}",
            insert=LINKER,
            update=f"{SYSTEM} OR {has('keys.rotate')} OR {has('break_glass.review')}",
            changed=f"{SYSTEM} OR {has('keys.rotate')} OR {has('break_glass.review')}",
        ),
        row_security(
            "people_personrecord",
            read=f"{LINKER} OR {WORKS} AND (unit_id = {UNIT} OR {granted('people_personrecord.person_id')})",
            insert=LINKER,  # a record of one's own would open the person: it is made while her place is looked for
        ),
        row_security(
            "people_token", read=LINKER, insert=LINKER, delete=f"{SYSTEM} OR {has('break_glass.review')}"
        ),
        row_security(
            "people_kinship",
            read=f"{LINKER} OR unit_id = {UNIT} OR {granted('people_kinship.person_id')}",
            insert=f"{LINKER} OR unit_id = {UNIT}",
            update=f"{SYSTEM} OR unit_id = {UNIT}",
        ),
        append_only("people_personrecord"),
        locked_out("people_person", "id"),
        locked_out("people_personrecord", "person_id"),
        locked_out("people_token", "person_id"),
        locked_out("people_kinship", "person_id", "other_id"),
    ]
