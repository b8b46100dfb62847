"""Two persons become one and two again: what moves, what is refused, and that nothing is lost on the way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from config import ties
from takatuf.access.models import Grant, Lock
from takatuf.access.rules import AccessRefused
from takatuf.cases import selectors as cases
from takatuf.cases import services as reporting
from takatuf.cases.models import Case, Report
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people import merging, selectors, services
from takatuf.people.models import Kinship, Membership, Merge, Override, Person, PersonRecord, Token
from takatuf.people.rules import PersonIn, PersonRefused
from tests.cast import KHALID, MARYAM, NOON, Cast, a_report, employ

SEE_ALL = system("tests")
WHY = "the same woman by two names, seen with her card"
# Reported by the association with a first name and nothing else: nobody could know that it is Maryam.
SOMEBODY = PersonIn(name_ar="أم يوسف", phones=("39999999",), sex="female")


@pytest.fixture
def reviewer(cast: Cast) -> Actor:
    return employ("reviewer", "council", "index_reviewer")


def reported(actor: Actor, **changes: Any) -> Report:
    with acting(actor):
        return reporting.receive(actor=actor, report=a_report(**changes), now=NOON)


@pytest.fixture
def two(cast: Cast) -> tuple[Report, Report]:
    """The same couple, once by the police with numbers, once by the association without."""
    earlier = NOON - timedelta(hours=1)
    return reported(cast.officer), reported(cast.association, victim=SOMEBODY, received_at=earlier)


def joined(reviewer: Actor, kept: UUID, gone: UUID) -> Merge:
    with acting(reviewer):
        return merging.merge(actor=reviewer, kept_id=kept, gone_id=gone, reason=WHY, now=NOON)


def parted(reviewer: Actor, done: Merge) -> None:
    with acting(reviewer):
        later = NOON + timedelta(days=1)
        merging.un_merge(actor=reviewer, merge_id=done.pk, reason="they are two women after all", now=later)


def content() -> dict[str, Any]:
    """What the tables say now: all but the history of merges, and what has ended."""
    with acting(SEE_ALL):
        return {
            "persons": sorted(Person.objects.values_list()),
            "records": sorted(
                PersonRecord.objects.values_list("pk", "person_id", "sealed_for_id", "payload")
            ),
            "tokens": sorted(Token.objects.values_list("token", "record_id", "person_id", "kind")),
            "kinship": sorted(Kinship.objects.values_list(), key=str),
            "members": sorted(Membership.objects.filter(until=None).values_list("record_id", "person_id")),
            "cases": sorted(Case.objects.values_list(), key=str),
            "reports": sorted(Report.objects.values_list(), key=str),
            "duties": sorted(Duty.objects.values_list(), key=str),
            "grants": sorted(Grant.objects.filter(revoked_at=None).values_list(), key=str),
            "locks": sorted(Lock.objects.filter(lifted_at=None).values_list(), key=str),
        }


def test_a_merge_makes_one_person_and_one_case_of_two(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report]
) -> None:
    first, second = two
    assert first.case_id != second.case_id and first.aggressor_id == second.aggressor_id

    joined(reviewer, first.victim_id, second.victim_id)

    with acting(SEE_ALL):
        assert set(PersonRecord.objects.filter(person_id=first.victim_id)) == {
            first.victim_record,
            second.victim_record,
        }
        assert not Token.objects.filter(person_id=second.victim_id).exists()
        case, other = Case.objects.get(pk=first.case_id), Case.objects.get(pk=second.case_id)
        assert other.joined_into_id == case.pk and case.report_count == 2
        assert Report.objects.get(pk=second.pk).case_id == case.pk
        assert Report.objects.get(pk=second.pk).victim_id == second.victim_id  # signed is signed
        assert not Duty.objects.filter(case_id=other.pk).exists()
        assert Override.objects.get(until=None).same


def test_who_saw_one_file_sees_the_whole_and_the_old_reference_leads_there(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report]
) -> None:
    first, second = two
    joined(reviewer, first.victim_id, second.victim_id)

    with acting(cast.association):
        header = cases.header(cast.association, case_id=first.case_id, now=NOON)
        assert header is not None and header.victim is not None and header.victim.name == MARYAM.name_ar
        assert header.victim.records == 2
        assert cases.standing(cast.association, case_id=second.case_id, now=NOON) == first.case_id
        found = cases.case_by_reference(cast.association, typed=second.case.reference, now=NOON)
        assert found is not None and found.pk == first.case_id
        assert cases.text_of(cast.association, report=second, now=NOON).narrative == a_report().narrative
    with acting(cast.officer):
        view = selectors.views(cast.officer, ids=[second.victim_id], now=NOON)[second.victim_id]
        assert view.id == first.victim_id and view.name == MARYAM.name_ar
        assert cases.text_of(cast.officer, report=second, now=NOON).narrative == a_report().narrative
    with acting(cast.nurse):
        assert selectors.views(cast.nurse, ids=[first.victim_id, second.victim_id], now=NOON) == {}


def test_a_later_report_about_her_joins_the_remaining_person(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report]
) -> None:
    first, second = two
    joined(reviewer, first.victim_id, second.victim_id)
    third = reported(cast.officer, incident_on=None, incident_precision="unknown")
    assert (third.victim_id, third.case_id) == (first.victim_id, first.case_id)


def test_an_un_merge_puts_everything_back(cast: Cast, reviewer: Actor, two: tuple[Report, Report]) -> None:
    first, second = two
    before = content()
    done = joined(reviewer, first.victim_id, second.victim_id)
    assert content() != before

    parted(reviewer, done)

    assert content() == before
    with acting(SEE_ALL):
        assert not Override.objects.get(until=None).same
        assert Membership.objects.filter(record=second.victim_record).count() == 2 + 1
    with pytest.raises(PersonRefused, match="told_apart"):
        joined(reviewer, first.victim_id, second.victim_id)


def test_what_came_while_they_were_one_stays_with_whom_it_came_to(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report]
) -> None:
    first, second = two
    done = joined(reviewer, first.victim_id, second.victim_id)
    third = reported(cast.nurse)
    assert third.case_id == first.case_id

    parted(reviewer, done)

    with acting(SEE_ALL):
        assert Report.objects.get(pk=third.pk).case_id == first.case_id
        assert Report.objects.get(pk=second.pk).case_id == second.case_id
        assert Case.objects.get(pk=first.case_id).report_count == 2
    with acting(cast.nurse):
        assert cases.header(cast.nurse, case_id=first.case_id, now=NOON) is not None
    with acting(cast.association):
        assert cases.header(cast.association, case_id=first.case_id, now=NOON) is None


def test_a_case_that_only_changed_its_name_leaves_later_reports_a_case_of_their_own(
    cast: Cast, reviewer: Actor
) -> None:
    """Maryam has no case with this man of her own: the case of the unknown woman becomes hers, and hers again not."""
    other_man = replace(KHALID, name_ar="سعد جمعة فرج الرميثي", personal_number="807712399", birth_date=None)
    first = reported(cast.officer)
    second = reported(cast.association, victim=SOMEBODY, aggressor=other_man)
    done = joined(reviewer, first.victim_id, second.victim_id)
    third = reported(cast.officer, aggressor=other_man)
    assert third.case_id == second.case_id

    parted(reviewer, done)

    with acting(SEE_ALL):
        own = Report.objects.get(pk=third.pk).case
        assert own.pk not in (first.case_id, second.case_id) and own.victim_id == first.victim_id
        assert Case.objects.get(pk=second.case_id).victim_id == second.victim_id
        assert Duty.objects.filter(case_id=own.pk, subject_id=third.pk).exists()
    with acting(cast.officer):
        assert cases.header(cast.officer, case_id=own.pk, now=NOON) is not None


def test_a_conflict_of_interest_follows_both_ways(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report]
) -> None:
    first, second = two
    party = employ("party", "association", "association_worker", number="907712345")
    with acting(SEE_ALL):
        services.lock_out_parties(
            actor=SEE_ALL,
            parties_by_case={first.case_id: [(selectors_token("907712345"), first.victim_id)]},
            now=NOON,
        )
    joined(reviewer, first.victim_id, second.victim_id)
    with acting(SEE_ALL):
        locked = set(Lock.objects.filter(user_id=party.user_id).values_list("subject_id", flat=True))
    assert {second.victim_id, second.case_id} <= locked


def selectors_token(number: str) -> bytes:
    from takatuf.kernel.keyring import keyring
    from takatuf.kernel.reference import pack
    from takatuf.people.tokens import personal_number_token

    token = personal_number_token(number, country=pack(), keyring=keyring())
    assert token is not None
    return token


def test_refusals_change_nothing(cast: Cast, reviewer: Actor, two: tuple[Report, Report]) -> None:
    first, second = two
    before = content()
    for kept, gone, code in (
        (first.victim_id, first.victim_id, "same_person"),
        (first.victim_id, first.aggressor_id, "opposite_parties"),
    ):
        with pytest.raises(PersonRefused, match=code):
            joined(reviewer, kept, gone)
    with acting(cast.officer), pytest.raises(AccessRefused, match="no_power"):
        merging.merge(
            actor=cast.officer, kept_id=first.victim_id, gone_id=second.victim_id, reason=WHY, now=NOON
        )
    with acting(reviewer), pytest.raises(AccessRefused, match="reason_too_short"):
        merging.merge(actor=reviewer, kept_id=first.victim_id, gone_id=second.victim_id, reason="x", now=NOON)
    assert content() == before and not Entry.objects.filter(did="people.merged").exists()


def test_kin_are_two_persons(cast: Cast, reviewer: Actor, two: tuple[Report, Report]) -> None:
    first, second = two
    with acting(SEE_ALL):
        Kinship.objects.create(
            person_id=first.victim_id,
            other_id=second.victim_id,
            relation="SIS",
            since=NOON,
            unit_id=cast.officer.own_unit,
        )
    with pytest.raises(PersonRefused, match="kin"):
        joined(reviewer, first.victim_id, second.victim_id)


def test_nobody_is_merged_while_a_relation_has_no_tie(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    monkeypatch.delitem(ties.TIES, "cases.Case.aggressor")
    with pytest.raises(PersonRefused, match="tie_missing") as refused:
        joined(reviewer, first.victim_id, second.victim_id)
    assert refused.value.facts["relations"] == "cases.Case.aggressor"


def test_a_merge_on_which_another_stands_waits_for_it(cast: Cast, reviewer: Actor) -> None:
    first = reported(cast.officer)
    second = reported(cast.association, victim=SOMEBODY)
    third = reported(cast.nurse, victim=replace(SOMEBODY, name_ar="حصة مبارك", phones=("39999998",)))
    before = content()
    one = joined(reviewer, first.victim_id, second.victim_id)
    middle = content()
    two = joined(reviewer, third.victim_id, first.victim_id)
    with acting(SEE_ALL):
        merged = Person.objects.filter(pk__in=[first.victim_id, second.victim_id])
        assert {person.merged_into_id for person in merged} == {third.victim_id}

    with pytest.raises(PersonRefused, match="undo_later_first"):
        parted(reviewer, one)
    parted(reviewer, two)
    assert content() == middle
    parted(reviewer, one)
    assert content() == before


def test_the_journal_names_both_and_the_reason_is_sealed(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report]
) -> None:
    first, second = two
    done = joined(reviewer, first.victim_id, second.victim_id)
    with acting(SEE_ALL):
        entry = Entry.objects.get(did="people.merged")
        assert set(entry.subjects) == {f"person:{first.victim_id}", f"person:{second.victim_id}"}
        assert WHY.encode() not in bytes(Merge.objects.get(pk=done.pk).reason)


def test_the_erased_woman_is_erased_under_every_key(
    cast: Cast, reviewer: Actor, two: tuple[Report, Report]
) -> None:
    first, second = two
    joined(reviewer, first.victim_id, second.victim_id)
    with acting(SEE_ALL):
        services.erase(actor=cast.guardian, person_id=first.victim_id, basis="court", now=NOON)
    with acting(SEE_ALL):
        keys = Person.objects.filter(pk__in=[first.victim_id, second.victim_id]).values_list("wrapped_key")
        assert {key for (key,) in keys} == {None}


@pytest.fixture
def nation(cast: Cast, reviewer: Actor) -> list[Report]:
    """Three women who nobody would join, reported by three agencies about three men, some about the same."""
    men = [KHALID, replace(KHALID, name_ar="سعد جمعة فرج", personal_number="807712399", birth_date=None)]
    women = [MARYAM, SOMEBODY, replace(SOMEBODY, name_ar="حصة مبارك", phones=("39999998",))]
    return [
        reported(actor, victim=woman, aggressor=man, relation=relation)
        for woman, actor in zip(women, (cast.officer, cast.association, cast.nurse), strict=True)
        for man, relation in zip(men, ("HUS", ""), strict=True)
    ]


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_merging_and_parting_in_turn_is_as_if_nothing_had_been(
    reviewer: Actor, nation: list[Report], data: st.DataObject
) -> None:
    from django.db import transaction

    persons = sorted({pk for report in nation for pk in (report.victim_id, report.aggressor_id)})
    with transaction.atomic():
        stages, done = [content()], []
        for _ in range(data.draw(st.integers(1, 4))):
            kept, gone = data.draw(st.permutations(persons))[:2]
            try:
                with transaction.atomic():
                    done.append(joined(reviewer, kept, gone))
            except PersonRefused:
                assert content() == stages[-1]
            else:
                stages.append(content())
        while done:
            assert content() == stages.pop()
            parted(reviewer, done.pop())
        assert content() == stages.pop()
        transaction.set_rollback(True)
