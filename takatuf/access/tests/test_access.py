"""Break-glass, conflict of interest, roles: who gets in, for how long, and who learns of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from takatuf.access import selectors, services
from takatuf.access.models import Grant, Lock
from takatuf.access.rules import AccessRefused, Level, Power, Reason, separate_duties_broken, sign_in_wait
from takatuf.cases import selectors as cases
from takatuf.cases import services as cases_services
from takatuf.cases.models import Case, Report
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel import clock
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.kernel.reference import pack
from takatuf.people import services as people
from takatuf.people.models import Person
from takatuf.people.rules import PersonIn, PersonRefused
from takatuf.people.rules import Reason as PersonReason
from tests.cast import KHALID, MARYAM, NOON, Cast, a_report, employ

SEE_ALL = system("tests")
REASON = "المرأة في خطر داهم ولا يرد مكتب الحماية"


def known_to_the_hospital(cast: Cast) -> Report:
    """The police hold the case; the hospital has reported into it and sees the state of things."""
    with acting(cast.officer):
        cases_services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(cast.nurse):
        return cases_services.receive(actor=cast.nurse, report=a_report(), now=NOON)


def test_broken_glass_opens_one_case_to_one_user_for_one_hour_and_obliges_the_guardian(cast: Cast) -> None:
    report, now = known_to_the_hospital(cast), clock.now()
    nurse = replace(cast.nurse, powers=cast.nurse.powers | {Power.BREAK_GLASS_USE.value})
    with acting(nurse):
        until = cases_services.break_glass(actor=nurse, case_id=report.case_id, reason=REASON, now=now)
        assert until == now + timedelta(hours=1)
        assert cases.reports(nurse, now=now + timedelta(minutes=59)).count() == 2
        assert cases.reports(nurse, now=until).count() == 1, "the hour is over"
    with acting(SEE_ALL):
        assert Duty.objects.filter(kind__contains="glass", subject_id=report.case_id).exists()
        assert (
            Entry.objects.filter(did="access.glass_broken", subjects=[f"case:{report.case_id}"]).count() == 1
        )


def test_a_short_reason_does_not_break_glass(cast: Cast) -> None:
    report = known_to_the_hospital(cast)
    nurse = replace(cast.nurse, powers=cast.nurse.powers | {Power.BREAK_GLASS_USE.value})
    with acting(nurse), pytest.raises(AccessRefused) as refused:
        cases_services.break_glass(actor=nurse, case_id=report.case_id, reason="عاجل           جداً", now=NOON)
    assert refused.value.reason == Reason.REASON_TOO_SHORT


def test_the_database_refuses_a_break_glass_grant_longer_than_an_hour(cast: Cast) -> None:
    with acting(SEE_ALL), pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(
            subject_id=cast.officer.user_id,
            unit_id=cast.officer.unit_id,
            user_id=cast.officer.user_id,
            level=Level.FULL,
            basis="break_glass",
            reason=REASON,
            since=NOON,
            until=NOON + timedelta(hours=2),
        )


def test_an_officer_who_is_a_party_gets_no_row_no_hit_and_the_attempt_is_written(cast: Cast) -> None:
    husband = employ("khalid", "police", "officer", number=KHALID.personal_number)
    husband = replace(husband, unit_id=cast.officer.unit_id, unit=cast.officer.unit)
    with acting(cast.officer):
        report = cases_services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(husband):
        assert not Case.objects.exists() and not Report.objects.exists() and not Person.objects.exists()
        found = people.search(actor=husband, wanted=MARYAM, purpose="مراجعة بلاغ", now=NOON)
        assert found == []
        assert cases_services.open_case(actor=husband, case_id=report.case_id, now=NOON) is None
    with acting(SEE_ALL):
        attempts = Entry.objects.filter(did="access.conflict_attempt", user_id=str(husband.user_id))
        assert {entry.details["deed"] for entry in attempts} == {"people.searched", "cases.opened"}


def test_registered_kin_of_a_party_is_locked_out_too(cast: Cast) -> None:
    brother_number = "887812399"
    brother = employ("brother", "police", "officer", number=brother_number)
    with acting(cast.officer):
        first = cases_services.receive(
            actor=cast.officer,
            report=a_report(
                aggressor=PersonIn(
                    name_ar="سالم يوسف أحمد الدوسري", personal_number=brother_number, sex="male"
                )
            ),
            now=NOON,
        )
        second = cases_services.receive(actor=cast.officer, report=a_report(), now=NOON)
        writer = replace(cast.officer, powers=cast.officer.powers | {Power.CASE_WRITE.value})
        people.add_kinship(
            actor=writer, person_id=first.aggressor_id, other_id=second.aggressor_id, relation="BRO", now=NOON
        )
        third = cases_services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(SEE_ALL):
        assert Lock.objects.filter(user_id=brother.user_id, subject_id=third.case_id, why="kin").exists()


def test_search_tells_an_agency_without_a_grant_only_that_there_is_a_record_and_whom_to_ask(
    cast: Cast,
) -> None:
    with acting(cast.officer):
        cases_services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(cast.association):
        weak = replace(cast.association, powers=frozenset({Power.PERSON_SEARCH.value}))
        (hit, *_) = people.search(actor=weak, wanted=MARYAM, purpose="استقبال حالة", now=NOON)
    assert not hit.visible and hit.person is None and hit.person_id is None and hit.birth_year is None
    assert hit.holders == (cast.officer.unit_id,)
    with acting(SEE_ALL):
        entry = Entry.objects.get(did="people.searched")
        assert entry.purpose == "استقبال حالة" and "مريم" not in str(entry.details)


def test_search_finds_her_by_what_a_worker_has(cast: Cast) -> None:
    with acting(cast.officer):
        report = cases_services.receive(actor=cast.officer, report=a_report(), now=NOON)
        for wanted in (
            PersonIn(personal_number="٩٠٧٧١٢٣٤٥"),
            PersonIn(name_ar="مريم علي"),
            PersonIn(name_latin="Maryam Aldosari"),
            PersonIn(phones=("3600 0001",)),
        ):
            hits = people.search(actor=cast.officer, wanted=wanted, purpose="متابعة", now=NOON)
            assert report.victim_id in {hit.person_id for hit in hits}, wanted
            assert hits[0].person is not None and hits[0].person.latest.name_ar.startswith("مريم")


def test_a_search_needs_a_purpose_and_something_to_search(cast: Cast) -> None:
    with acting(cast.officer):
        with pytest.raises(PersonRefused) as no_purpose:
            people.search(actor=cast.officer, wanted=MARYAM, purpose=" ", now=NOON)
        with pytest.raises(PersonRefused) as nothing:
            people.search(actor=cast.officer, wanted=PersonIn(), purpose="متابعة", now=NOON)
    assert no_purpose.value.reason == PersonReason.PURPOSE_NEEDED
    assert nothing.value.reason == PersonReason.NOTHING_TO_SEARCH


def test_who_may_see_the_file_is_told_only_to_who_may_see_it(cast: Cast) -> None:
    report = known_to_the_hospital(cast)
    with acting(cast.officer):
        units = {opening.unit_id for opening in selectors.openings(cast.officer, subject_id=report.case_id)}
        assert units == {cast.officer.unit_id, cast.nurse.unit_id}
    with acting(cast.association):
        assert selectors.openings(cast.association, subject_id=report.case_id) == []


def test_no_role_of_the_pack_holds_powers_that_must_be_apart(world: None) -> None:
    for role in pack().roles:
        assert set(role.powers) <= {power.value for power in Power}, (
            f"{role.code} has a power the code does not know"
        )
        assert separate_duties_broken(frozenset(role.powers)) == [], (
            f"{role.code} holds powers that must be apart"
        )


def test_failures_slow_down_and_never_lock_out() -> None:
    assert [sign_in_wait(failures) for failures in (1, 2, 3, 4, 6, 100)] == [0, 0, 1, 2, 8, 60]


def test_the_app_role_owns_nothing_and_cannot_bypass_row_level_security(db: None) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


def test_a_role_for_another_kind_of_agency_is_refused(cast: Cast) -> None:
    admin = system("tests", powers=frozenset({Power.ACCESS_MANAGE.value}))
    with pytest.raises(AccessRefused) as refused:
        services.give_role(
            actor=admin, user_id=cast.nurse.user_id, unit_code=cast.nurse.unit, role="prosecutor", now=NOON
        )
    assert refused.value.reason == Reason.ROLE_NOT_FOR_AGENCY
