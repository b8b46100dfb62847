"""The tests' own ground, and the walls in PostgreSQL: what the database refuses when our own filters are gone."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction

from config import roles
from takatuf.access.models import Grant, Lock, Unit
from takatuf.access.rules import Level
from takatuf.cases import services as cases
from takatuf.cases.models import Case
from takatuf.kernel import clock
from takatuf.kernel.context import acting
from tests import walls
from tests.cast import NOON, Cast, a_report, employ
from tests.walls import SEE_ALL


@pytest.mark.django_db
def test_tests_log_in_as_the_app_role():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("takatuf_test_app", False, False)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_of_the_tables_is_no_superuser():
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("takatuf_test_owner", False, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_commits_is_gone_for_the_next(turn):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
        cursor.execute("INSERT INTO django_session VALUES ('k', 'd', now())")


# --- Nothing forgotten --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_every_table_is_walled_or_it_is_said_why_not():
    found = {table.name: table for table in walls.tables()}
    bare = sorted(name for name, table in found.items() if not table.forced and name not in walls.OPEN)
    assert not bare, f"{bare}: add row_security(…) to a migration, or say in tests/walls.py why not"
    assert set(walls.OPEN) <= set(found), "tests/walls.py speaks of tables that are gone"
    contradicted = sorted(name for name in walls.OPEN if found[name].forced)
    assert not contradicted, f"{contradicted} are walled: tests/walls.py says they are open"


@pytest.mark.django_db
def test_every_walled_table_has_a_policy_for_each_privilege_of_the_app_and_none_beyond():
    """r read, a append, w change, d remove. A privilege without a policy is a deed that never works; a policy
    without a privilege is one that nobody meant."""
    privileges = roles.app_privileges()
    letters = {"SELECT": "r", "INSERT": "a", "UPDATE": "w", "DELETE": "d"}
    for table in walls.tables():
        if table.name in walls.OPEN:
            continue
        allowed = {letters[word] for word in privileges[table.name]}
        assert {"r", "a"} <= table.commands, f"{table.name} has no policy to read or append by"
        assert table.commands <= allowed | {"*"}, f"{table.name}: a policy for what app_grants does not give"


@pytest.mark.django_db
def test_the_app_role_holds_exactly_the_privileges_that_the_models_declare():
    _, app, _ = roles.names()
    declared = roles.app_privileges()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(privilege_type::text) FROM information_schema.role_table_grants"
            " WHERE grantee = %s AND table_schema = 'public' GROUP BY table_name",
            [app],
        )
        held = {name: set(words) for name, words in cursor.fetchall()}
    for name, words in declared.items():
        wanted = {"SELECT"} if name in roles.READ_ONLY else set(words)
        assert held[name] == wanted, name
    assert not any("TRUNCATE" in words for words in held.values())


@pytest.mark.django_db
def test_the_statistics_role_reads_the_declared_columns_and_not_one_more():
    _, _, statistics = roles.names()
    declared = roles.statistics_columns()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name::text, column_name::text FROM information_schema.columns WHERE table_schema = 'public'"
            " AND has_column_privilege(%s, format('%%I', table_name), column_name, 'SELECT')",
            [statistics],
        )
        readable: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            readable.setdefault(table, set()).add(column)
    assert readable == {table: set(columns) for table, columns in declared.items()}
    for model in apps.get_models():
        privacy = getattr(model, "Privacy", None)
        if privacy is None:
            continue
        keys = {model._meta.get_field(name).column for name, kind in privacy.columns.items() if kind == "key"}
        assert not keys & readable.get(model._meta.db_table, set()), (
            f"{model.__name__}: a key to the statistics"
        )


# --- Without the Python filter ------------------------------------------------------------------------------------


def test_the_day_writes_into_every_walled_table(cast: Cast):
    """Else the tests below would find nothing, and prove nothing."""
    day = walls.a_busy_day(cast)
    most = dict.fromkeys(walls.walled(), 0)
    for actor in day.writers:
        for name, count in walls.seen(actor).items():
            most[name] = max(most[name], count)
    empty = sorted(name for name, count in most.items() if not count)
    assert not empty, f"nothing was written into {empty}: let a_busy_day of tests/walls.py do so"


def test_without_a_context_no_row_of_any_walled_table_is_seen(cast: Cast):
    walls.a_busy_day(cast)
    assert {name: count for name, count in walls.seen(None).items() if count} == {}


def test_another_agency_sees_no_row_of_any_walled_table_but_the_signed_heads(cast: Cast):
    walls.a_busy_day(cast)
    assert {name for name, count in walls.seen(cast.association).items() if count} <= {"journal_seal"}
    with acting(cast.association):
        assert not Grant.objects.exists()


@pytest.mark.parametrize("role", ["administrator", "analyst"])
def test_who_only_administers_or_counts_meets_nobody_although_the_unit_holds_the_file(cast: Cast, role: str):
    """In the very unit that took the report. What is left: the unit's duties and journal, and, for turning keys,
    the persons' wrapped keys, which open nothing without the key file."""
    walls.a_busy_day(cast)
    unit = Unit.objects.get(pk=cast.officer.unit_id)
    left = {name for name, count in walls.seen(employ("other", "police", role, unit=unit)).items() if count}
    about_the_unit = {
        "journal_seal",
        "journal_entry",
        "duties_duty",
        "access_grant",
        "people_kinship",
        "cases_importrun",
    }
    assert left <= about_the_unit | ({"people_person"} if role == "administrator" else set())


def test_a_locked_out_officer_sees_nothing_of_it_in_his_own_unit(cast: Cast):
    """His unit holds the grants; he is the aggressor. What is left to him: heads, his own locks, his unit's files."""
    day = walls.a_busy_day(cast)
    assert day.husband.unit_id == cast.officer.unit_id
    left = {name for name, count in walls.seen(day.husband).items() if count}
    assert left <= {"journal_seal", "access_lock", "cases_importrun", "journal_entry"}
    with acting(day.husband), connection.cursor() as cursor:
        ids = [str(day.report.case_id), str(day.report.victim_id), str(day.report.aggressor_id)]
        cursor.execute(
            "SELECT count(*) FROM journal_entry WHERE array_to_string(subjects, ' ') ~ %s", ["|".join(ids)]
        )
        assert cursor.fetchone() == (0,)
    with acting(cast.officer), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM journal_entry WHERE array_to_string(subjects, ' ') ~ %s", ["|".join(ids)]
        )
        assert cursor.fetchone() > (0,), "his colleague does see them"


@pytest.mark.parametrize("who", ["association", "nobody"])
def test_who_sees_no_row_changes_and_removes_none_either(cast: Cast, who: str):
    walls.a_busy_day(cast)
    actor = cast.association if who == "association" else None
    for name in walls.walled():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attidentity = ''"
                " ORDER BY attnum LIMIT 1",
                [name],
            )
            (column,) = cursor.fetchone()
        for deed in (f'UPDATE "{name}" SET "{column}" = "{column}"', f'DELETE FROM "{name}"'):
            # A privilege that the role does not hold is refused outright; a policy lets no row be met.
            refused = suppress(ProgrammingError)
            with acting(actor), refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(deed)
                assert cursor.rowcount == 0, f"{deed} changed {cursor.rowcount} rows"


def test_nobody_lets_herself_in(cast: Cast):
    """In her own true context, past our services: neither a grant for herself, nor glass without the power."""
    day, now = walls.a_busy_day(cast), clock.now()
    outsider = replace(cast.association, powers=cast.association.powers | {"case.write"})
    grant = {
        "subject_id": day.report.case_id,
        "level": Level.FULL,
        "since": now,
        "until": now + timedelta(hours=1),
    }
    tries = [
        (outsider, {"basis": "referral", "unit_id": outsider.unit_id, "granted_by": outsider.user_id}),
        (
            outsider,
            {"basis": "statutory", "unit_id": cast.prosecutor.unit_id, "granted_by": outsider.user_id},
        ),
        (outsider, {"basis": "break_glass", "unit_id": outsider.unit_id, "user_id": outsider.user_id}),
        (
            cast.officer,
            {"basis": "referral", "unit_id": cast.officer.unit_id, "granted_by": cast.officer.user_id},
        ),
        (
            cast.officer,
            {"basis": "referral", "unit_id": outsider.unit_id, "granted_by": cast.colleague.user_id},
        ),
        (
            cast.nurse,
            {"basis": "break_glass", "unit_id": cast.nurse.unit_id, "user_id": cast.officer.user_id},
        ),
    ]
    for actor, values in tries:
        with acting(actor), pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Grant.objects.create(reason="سبب يزيد طوله على عشرين حرفاً بالتأكيد", **grant, **values)
    with acting(cast.officer):
        Grant.objects.create(
            basis="referral",
            unit_id=outsider.unit_id,
            granted_by=cast.officer.user_id,
            purpose="إحالة",
            **grant,
        )
    with acting(outsider):
        assert Grant.objects.count() == 1


def test_nobody_unlocks_himself_and_nobody_opens_a_person_by_a_record_of_his_own(cast: Cast):
    day = walls.a_busy_day(cast)
    with acting(day.husband):
        assert Lock.objects.filter(user_id=day.husband.user_id).update(lifted_at=NOON) == 0
    from takatuf.people.models import PersonRecord

    with (
        acting(cast.association),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        PersonRecord.objects.create(
            id=uuid4(),
            person_id=day.report.victim_id,
            unit_id=cast.association.unit_id,
            agency=cast.association.agency,
            received_at=NOON,
            payload=b"x",
            names_version=1,
        )


@pytest.mark.django_db(transaction=True)
def test_a_background_job_sees_only_what_its_context_opens_and_forgets_it_at_the_end(cast: Cast):
    """Jobs share the connection of a worker: the system's sight ends with each job's transaction."""
    with acting(cast.officer):
        report = cases.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(None):  # autocommit: no transaction of ours has named anybody
        assert Case.objects.count() == 0
        with acting(SEE_ALL), transaction.atomic():
            assert Case.objects.get().pk == report.case_id
        assert Case.objects.count() == 0
    with acting(cast.association), transaction.atomic():
        assert Case.objects.count() == 0
