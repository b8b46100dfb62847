"""Row-level security of duties: the unit's own; all of them, to the owner of the strategy, for counting."""

from django.db import migrations

from takatuf.kernel.db.policies import SOMEBODY, SYSTEM, UNIT, has, locked_out, row_security


class Migration(migrations.Migration):
    dependencies = [("duties", "0001_initial"), ("access", "0002_row_security")]

    operations = [
        row_security(
            "duties_duty",
            read=f"{SYSTEM} OR unit_id = {UNIT} OR {has('duty.oversee_national')}",
            insert=SOMEBODY,  # a deed in one unit obliges another
            update=f"{SYSTEM} OR unit_id = {UNIT}",
            changed=f"{SYSTEM} OR unit_id = {UNIT}",
        ),
        locked_out("duties_duty", "case_id"),
    ]
