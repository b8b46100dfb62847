"""Row-level security of duties: the unit's own; all of them, to the owner of the strategy, for counting."""

from django.db import migrations

from takatuf.kernel.db.policies import AGENCY, SOMEBODY, SYSTEM, UNIT, has, locked_out, row_security


# What has climbed beyond a unit is seen by those who oversee in the same agency.
CLIMBED = f"""escalation >= 1 AND {has("duty.oversee")}
    AND unit_id IN (SELECT u.id FROM access_unit u WHERE u.agency = {AGENCY})"""


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial"), ("access", "0002_row_security")]

    operations = [
        row_security(
            "duties_duty",
            read=f"{SYSTEM} OR unit_id = {UNIT} OR {has('duty.oversee_national')} OR {CLIMBED}",
            insert=SOMEBODY,  # a deed in one unit obliges another
            update=f"{SYSTEM} OR unit_id = {UNIT}",
            changed=f"{SYSTEM} OR unit_id = {UNIT}",
        ),
        locked_out("duties_duty", "case_id"),
    ]
