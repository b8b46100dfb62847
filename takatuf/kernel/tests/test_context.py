"""Who acts, as the database sees it: told at the begin of each transaction, forgotten at its end."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting, current, parameters

SETTINGS = ("user", "unit", "agency", "powers", "scope")


def actor(agency: str = "police", *powers: str) -> Actor:
    return Actor(
        user_id=uuid4(),
        unit_id=uuid4(),
        unit="police.north",
        agency=agency,
        role="officer",
        purpose="test",
        powers=frozenset(powers),
    )


OFFICER, NURSE = actor("police", "case.read", "case.write"), actor("health")
NOBODY = ("", "", "", "", "")


def seen() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT "
            + ", ".join(f"coalesce(current_setting('takatuf.{name}', true), '')" for name in SETTINGS)
        )
        return tuple(cursor.fetchone())


def test_what_an_actor_may_is_told_so_that_part_of_a_word_is_no_power():
    assert parameters(OFFICER)[3] == ",case.read,case.write,"
    assert parameters(NURSE)[3] == ",,"
    assert parameters(None) == NOBODY
    assert parameters(system("seal")) == ("", "", "", ",,", "system")


def test_an_actor_may_what_was_given_and_keeps_it_for_another_purpose():
    assert OFFICER.may("case.read")
    assert not NURSE.may("case.read")
    other = OFFICER.for_purpose("court order")
    assert (other.purpose, other.powers, other.user_id) == ("court order", OFFICER.powers, OFFICER.user_id)


@pytest.mark.django_db
def test_the_database_knows_who_acts_and_then_nobody():
    assert seen() == NOBODY
    with acting(OFFICER):
        assert current() is OFFICER
        assert seen() == parameters(OFFICER)
    assert current() is None
    assert seen() == NOBODY


@pytest.mark.django_db
def test_one_acts_within_another_and_the_first_comes_back():
    with acting(OFFICER):
        with acting(NURSE):
            assert seen() == parameters(NURSE)
            with acting(None):
                assert seen() == NOBODY
        assert seen() == parameters(OFFICER)


@pytest.mark.django_db
def test_after_an_error_nobody_acts():
    with pytest.raises(LookupError), acting(OFFICER):
        raise LookupError
    assert current() is None
    assert seen() == NOBODY


@pytest.mark.django_db
def test_a_refusal_of_the_database_comes_out_as_itself():
    with pytest.raises(IntegrityError), transaction.atomic(), acting(OFFICER), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_hijrioffset (id, from_day, days, basis, edited_at) "
            "VALUES (gen_random_uuid(), now(), 5, 'x', now())"
        )
    assert current() is None
    assert seen() == NOBODY


@pytest.mark.django_db
def test_a_rolled_back_part_leaves_the_acting_person_as_she_was():
    with acting(OFFICER):
        with pytest.raises(LookupError), transaction.atomic(), acting(NURSE):
            raise LookupError
        assert seen() == parameters(OFFICER)


@pytest.mark.django_db(transaction=True)
def test_each_new_transaction_is_told_and_its_end_forgets():
    with acting(OFFICER):
        assert seen() == NOBODY  # outside a transaction nothing is set: what asks there sees no row
        for _ in range(2):
            with transaction.atomic():
                assert seen() == parameters(OFFICER)
            assert seen() == NOBODY
        with pytest.raises(LookupError), transaction.atomic():
            raise LookupError
        assert seen() == NOBODY
    with transaction.atomic():
        assert seen() == NOBODY
        with acting(NURSE):
            assert seen() == parameters(NURSE)
        assert seen() == NOBODY
