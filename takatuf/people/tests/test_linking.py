"""Who is the same person: the model weighs, policy stands above it, and what is not sure goes to a human."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from takatuf.cases import services as reporting
from takatuf.cases.models import Report
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people import selectors
from takatuf.people.models import Membership, ReviewItem, Token
from takatuf.people.rules import PersonIn, Precision
from tests.cast import KHALID, MARYAM, MARYAM_IN_LATIN, NOON, Cast, a_report

SEE_ALL = system("tests")
NUMBER = MARYAM.personal_number


def reported(actor: Actor, **changes: Any) -> Report:
    with acting(actor):
        return reporting.receive(actor=actor, report=a_report(**changes), now=NOON)


def outcome(report: Report) -> str:
    with acting(SEE_ALL):
        return Membership.objects.get(record=report.victim_record_id, until=None).how


def test_one_woman_in_two_scripts_is_one_person(cast: Cast) -> None:
    first = reported(cast.officer)
    second = reported(cast.nurse, victim=MARYAM_IN_LATIN)
    assert (second.victim_id, second.case_id) == (first.victim_id, first.case_id)


def test_the_decision_is_kept_with_its_evidence_and_names_nobody(cast: Cast) -> None:
    reported(cast.officer)
    second = reported(cast.nurse, victim=MARYAM_IN_LATIN)
    with acting(SEE_ALL):
        kept = Membership.objects.get(record=second.victim_record_id)
    assert kept.how == "joined" and kept.weight is not None and kept.weight > 3 and kept.model and kept.names
    assert set(kept.evidence["fields"]) >= {"given", "father", "family", "number", "birth", "phone", "sex"}
    assert kept.evidence["fields"]["phone"][0] == "same"
    told = str(kept.evidence)
    for secret in ("مريم", "Mariam", "MRM", NUMBER, "36000001", "1990"):
        assert secret not in told


@pytest.mark.parametrize(
    "like_her",
    [
        # A sister: one house, one phone, another name and day.
        replace(MARYAM, name_ar="زهرة علي حسن الدوسري", personal_number="", birth_date=date(1992, 7, 1)),
        # A daughter, for whom her mother's number was written down.
        replace(MARYAM, name_ar="نورة خالد يوسف الدوسري", birth_date=date(2015, 7, 1)),
        # The same name and phone, another sex.
        replace(MARYAM, personal_number="", sex="male", birth_date=None, birth_precision="unknown"),
        # The same name and day, another number.
        replace(MARYAM, personal_number="907798765"),
        # A phone and nothing else.
        PersonIn(phones=MARYAM.phones),
    ],
    ids=["sister", "daughter", "brother", "number", "phone"],
)
def test_the_likely_and_wrong_is_never_joined_by_itself(cast: Cast, like_her: PersonIn) -> None:
    first = reported(cast.officer)
    second = reported(cast.nurse, victim=like_her)
    assert second.victim_id != first.victim_id and outcome(second) in ("new", "possible")


def test_what_is_likely_and_not_sure_is_asked_of_a_human(cast: Cast) -> None:
    first = reported(cast.officer)
    second = reported(cast.nurse, victim=replace(MARYAM, personal_number="907798765"))
    with acting(SEE_ALL):
        item = ReviewItem.objects.get()
    assert (item.record_id, item.other_id) == (second.victim_record_id, first.victim_record_id)
    assert item.why == "arrival" and "numbers" in item.guards and item.evidence["fields"]["birth"][0] == "day"


def test_a_number_is_enough_where_nobody_wrote_a_name(cast: Cast) -> None:
    first = reported(cast.officer)
    assert reported(cast.nurse, victim=PersonIn(personal_number=NUMBER)).victim_id == first.victim_id


def test_a_guard_is_asked_of_every_record_of_a_person(cast: Cast) -> None:
    """A nameless record with her number joined her; that it says another birth stands against who comes next."""
    first = reported(cast.officer, victim=replace(MARYAM, birth_date=None, birth_precision="unknown"))
    vague = PersonIn(personal_number=NUMBER, birth_date=date(1971, 1, 1), birth_precision=Precision.YEAR)
    assert reported(cast.nurse, victim=vague).victim_id == first.victim_id
    third = reported(cast.nurse, victim=replace(MARYAM, personal_number=""))
    assert third.victim_id != first.victim_id and outcome(third) == "possible"


def test_the_two_parties_of_a_report_are_never_one(cast: Cast) -> None:
    report = reported(cast.officer, aggressor=replace(MARYAM, personal_number="", sex="unknown"))
    assert report.victim_id != report.aggressor_id


def test_no_token_stands_for_a_weak_part_alone(cast: Cast) -> None:
    reported(cast.officer, victim=PersonIn(name_ar="مريم"), aggressor=replace(KHALID, personal_number=""))
    with acting(SEE_ALL):
        kinds = set(Token.objects.values_list("kind", flat=True))
    assert kinds and not kinds & {"G", "F", "L", "B"}


def found(cast: Cast, wanted: PersonIn) -> list[selectors.Hit]:
    with acting(cast.officer):
        return selectors.search(cast.officer, wanted=wanted, now=NOON)


@pytest.mark.parametrize(
    "wanted",
    [
        PersonIn(personal_number="907712354"),  # two digits turned round
        PersonIn(personal_number="907712340"),
        PersonIn(name_latin="Maryam Aldosari"),
        PersonIn(name_latin="Mariam Ali", age=36),
        PersonIn(name_ar="مريم الدوسري"),
        PersonIn(phones=("+973 36000001",)),
    ],
    ids=["turned", "wrong digit", "latin", "age", "arabic", "phone"],
)
def test_she_is_found_by_what_is_nearly_right(cast: Cast, wanted: PersonIn) -> None:
    report = reported(cast.officer)
    best = found(cast, wanted)[0]
    assert best.person_id == report.victim_id and best.visible and best.evidence


def test_the_best_answer_stands_first_with_what_each_field_says(cast: Cast) -> None:
    reported(
        cast.officer, victim=replace(MARYAM, name_ar="مريم علي سلمان الدوسري", personal_number="", phones=())
    )
    report = reported(cast.officer)
    first, *_ = found(cast, replace(MARYAM, name_ar="مريم علي الدوسري"))
    assert first.person_id == report.victim_id and first.strength == "strong"
    said = {field: bits for field, _, bits in first.evidence}
    assert said["number"] > 3 and said["phone"] > 3
