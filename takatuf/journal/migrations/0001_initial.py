"""The tables of the journal, and the function that names the cluster an entry was written in."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

import takatuf.journal.models
import takatuf.kernel.ids

# Transaction numbers mean something only within one cluster and one timeline of it. A dump restored elsewhere
# changes the first part, a recovery to an earlier moment the second: either way, old and new numbers stay apart.
CLUSTER = """
CREATE FUNCTION takatuf_cluster() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT (pg_control_system()).system_identifier::text || '.' ||
           substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)
$$
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(CLUSTER, "DROP FUNCTION takatuf_cluster()"),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.UUIDField(default=takatuf.kernel.ids.new_id, editable=False)),
                ("at", models.DateTimeField()),
                ("user_id", models.TextField(blank=True)),
                ("unit_id", models.TextField(blank=True)),
                ("unit", models.TextField(blank=True)),
                ("agency", models.TextField(blank=True)),
                ("role", models.TextField(blank=True)),
                ("did", models.TextField()),
                (
                    "subjects",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("purpose", models.TextField(blank=True)),
                ("basis", models.TextField(blank=True)),
                ("details", models.JSONField(default=dict)),
                (
                    "xact",
                    takatuf.journal.models.Xid8Field(
                        db_default=models.Func(function="pg_current_xact_id"), editable=False
                    ),
                ),
                (
                    "cluster",
                    models.TextField(db_default=models.Func(function="takatuf_cluster"), editable=False),
                ),
            ],
            options={
                "verbose_name_plural": "entries",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["subjects"], name="journal_entry_subjects"
                    ),
                    models.Index(fields=["cluster", "xact", "seq"], name="journal_entry_xact"),
                    models.Index(fields=["user_id", "seq"], name="journal_entry_user"),
                    models.Index(fields=["at"], name="journal_entry_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("cluster", models.TextField()),
                ("lo_xact", models.BigIntegerField()),
                ("hi_xact", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("prev", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("key_id", models.CharField(max_length=32)),
                ("signature", models.BinaryField()),
                ("leaves", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["cluster", "lo_xact"], name="journal_seal_xact")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("count__gt", 0)), name="journal_seal_is_not_empty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lo_xact__lte", models.F("hi_xact"))), name="journal_seal_range"
                    ),
                    models.UniqueConstraint(fields=("prev",), name="journal_seal_chain_does_not_fork"),
                ],
            },
        ),
    ]
