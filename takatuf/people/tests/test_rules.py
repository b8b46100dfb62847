"""Who is the same person: the guards before anything else."""

from hypothesis import given
from hypothesis import strategies as st

from takatuf.people.rules import JOINING, Candidate, Decision, Kind, Outcome, decide

KNOWN = "a-person"


def about(*kinds: Kind, sex: str = "female", birth_year: int | None = 1990, named: bool = True) -> Candidate:
    return Candidate(person=KNOWN, kinds=frozenset(kinds), sex=sex, birth_year=birth_year, named=named)


def decided(
    candidate: Candidate, *, sex: str = "female", birth_year: int | None = 1990, named: bool = True
) -> Decision:
    return decide(sex=sex, birth_year=birth_year, named=named, candidates=[candidate])


def test_a_number_with_an_agreeing_name_joins() -> None:
    assert decided(about(Kind.NUMBER, Kind.NUMBER_GIVEN)).outcome == Outcome.JOINED


def test_a_number_with_another_given_name_is_for_a_human_a_mother_writes_her_own_for_her_child() -> None:
    decision = decided(about(Kind.NUMBER))
    assert decision.outcome == Outcome.POSSIBLE and decision.person == KNOWN


def test_a_number_without_any_name_joins() -> None:
    assert decided(about(Kind.NUMBER), named=False).outcome == Outcome.JOINED
    assert decided(about(Kind.NUMBER, named=False)).outcome == Outcome.JOINED


def test_names_alone_never_join() -> None:
    everything_of_names = (Kind.GIVEN_FATHER_FAMILY, Kind.GIVEN_FATHER, Kind.GIVEN_FAMILY)
    assert decided(about(*everything_of_names)).outcome == Outcome.POSSIBLE


def test_sister_and_brother_with_one_phone_are_two() -> None:
    assert decided(about(Kind.PHONE_GIVEN_FATHER, sex="male")).outcome != Outcome.JOINED


def test_birth_years_two_apart_are_two_persons() -> None:
    assert decided(about(Kind.NUMBER_GIVEN), birth_year=1992).outcome != Outcome.JOINED
    assert decided(about(Kind.NUMBER_GIVEN), birth_year=1991).outcome == Outcome.JOINED
    assert decided(about(Kind.NUMBER_GIVEN), birth_year=None).outcome == Outcome.JOINED


def test_the_other_party_of_the_report_is_never_the_same_person() -> None:
    candidate = about(Kind.NUMBER_GIVEN, Kind.NUMBER)
    decision = decide(sex="female", birth_year=1990, named=True, candidates=[candidate], not_this=KNOWN)
    assert decision == Decision(outcome=Outcome.NEW, person=None)


@given(
    kinds=st.frozensets(st.sampled_from(list(Kind))),
    sex=st.sampled_from(["female", "male", "unknown"]),
    year=st.none() | st.integers(1930, 2020),
    named=st.booleans(),
)
def test_nothing_joins_without_joining_evidence_or_against_a_guard(
    kinds: frozenset[Kind], sex: str, year: int | None, named: bool
) -> None:
    decision = decide(
        sex=sex,
        birth_year=year,
        named=named,
        candidates=[Candidate(person=KNOWN, kinds=kinds, sex="female", birth_year=1990)],
    )
    if decision.outcome == Outcome.JOINED:
        assert kinds & JOINING or (Kind.NUMBER in kinds and not named)
        assert sex != "male" and (year is None or abs(year - 1990) <= 1)
