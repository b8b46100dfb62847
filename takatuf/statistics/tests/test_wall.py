"""Statistics sees no person: what the role may not read, the database refuses, whatever the code asks."""

import pytest
from django.db import ProgrammingError, connections, transaction

from takatuf.cases import facts as cases
from takatuf.people import facts as people

pytestmark = pytest.mark.django_db(databases=["default", "statistics"])


def ask(sql):
    with transaction.atomic(using="statistics"), connections["statistics"].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_it_is_a_role_of_its_own_with_no_power_beyond_selecting():
    sql = "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert ask(sql) == [("takatuf_test_stats", False)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT payload FROM people_personrecord",  # names, numbers, addresses, sealed
        "SELECT id FROM people_personrecord",
        "SELECT token FROM people_token",
        "SELECT person_id FROM people_kinship",
        "SELECT wrapped_key FROM people_person",
        "SELECT * FROM people_person",
        "SELECT details FROM cases_report",
        "SELECT reference FROM cases_report",
        "SELECT external_ref FROM cases_report",
        "SELECT incident_block FROM cases_report",
        "SELECT reporter_kind FROM cases_report",
        "SELECT * FROM cases_report",
        "SELECT reference FROM cases_case",
        "SELECT payload FROM cases_reporter",
        "SELECT text FROM cases_addendum",
        "SELECT payload FROM cases_draft",
        "SELECT username FROM access_user",
        "SELECT subject_id FROM access_grant",
        "SELECT subject_id FROM access_lock",
        "SELECT subjects FROM journal_entry",
        "UPDATE cases_report SET victim_age = 1",
        "DELETE FROM people_person",
        "INSERT INTO people_person (id) VALUES (gen_random_uuid())",
    ],
)
def test_the_database_refuses(sql):
    with pytest.raises(ProgrammingError, match="permission denied"):
        ask(sql)


def test_every_fact_can_be_read_through_that_door():
    assert list(cases.reports()) == []
    assert list(people.persons()) == []


@pytest.mark.parametrize("fact", [cases.ReportFact, people.PersonFact])
def test_a_fact_has_no_field_that_names_anybody(fact):
    telling = {
        "name",
        "number",
        "phone",
        "address",
        "block",
        "text",
        "narrative",
        "payload",
        "token",
        "birth_date",
    }
    for field in fact.__dataclass_fields__:
        assert not telling & set(field.split("_")), field
