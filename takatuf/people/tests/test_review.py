"""Pairs are shown side by side, judged once by each reader, and what was judged holds."""

from dataclasses import replace
from typing import Any

import pytest

from takatuf.access.rules import AccessRefused
from takatuf.cases import services as reporting
from takatuf.cases.models import Report
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people import review
from takatuf.people.models import Override, Person, ReviewItem
from takatuf.people.rules import PersonIn, PersonRefused, ReviewStatus, Verdict, Why, judged
from tests.cast import MARYAM, NOON, Cast, a_report, employ

SEE_ALL = system("tests")
SOMEBODY = PersonIn(name_ar="أم يوسف", phones=("39999999",), sex="female")


@pytest.fixture
def reviewer(cast: Cast) -> Actor:
    return employ("reviewer", "council", "index_reviewer")


def reported(actor: Actor, **changes: Any) -> Report:
    with acting(actor):
        return reporting.receive(actor=actor, report=a_report(**changes), now=NOON)


def asked(reviewer: Actor, one: Report, other: Report) -> ReviewItem:
    with acting(replace(reviewer, scope="linker")):
        proposal = review.Proposal(
            record=one.victim_record_id,
            other=other.victim_record_id,
            why=Why.ARRIVAL,
            weight=4.5,
            evidence={"fields": {"given": ["given.key", 3.1]}},
        )
        review.propose(actor=reviewer, proposals=[proposal], now=NOON)
        review.propose(actor=reviewer, proposals=[proposal], now=NOON)
        [item] = review.waiting(reviewer)
    return item


def said(reader: Actor, item: ReviewItem, verdict: Verdict) -> ReviewItem:
    with acting(reader):
        return review.judge(actor=reader, item_id=item.pk, verdict=verdict, now=NOON)


def merged(report: Report) -> bool:
    with acting(SEE_ALL):
        return Person.objects.get(pk=report.victim_id).merged_into_id is not None


def test_a_pair_is_shown_in_the_clear_and_each_showing_is_journalled(cast: Cast, reviewer: Actor) -> None:
    one, other = reported(cast.association, victim=SOMEBODY), reported(cast.officer)
    item = asked(reviewer, one, other)
    with acting(reviewer):
        pair = review.show(actor=reviewer, item_id=item.pk, now=NOON)
    assert pair is not None
    assert [side.said.name_ar for side in pair.sides if side.said] == [SOMEBODY.name_ar, MARYAM.name_ar]
    assert not pair.protected and not pair.household and pair.kin == ()
    with acting(SEE_ALL):
        entry = Entry.objects.get(did="people.pair_read")
    assert set(entry.subjects) == {f"person:{one.victim_id}", f"person:{other.victim_id}"}


def test_same_merges_and_the_one_known_for_longer_stays(cast: Cast, reviewer: Actor) -> None:
    one, other = reported(cast.officer), reported(cast.association, victim=SOMEBODY)
    item = said(reviewer, asked(reviewer, other, one), Verdict.SAME)
    assert item.status == ReviewStatus.SAME and item.merge is not None
    with acting(reviewer):
        assert not review.waiting(reviewer).exists()
    assert merged(one) != merged(other)


def test_different_is_kept_against_every_model_and_not_asked_again(cast: Cast, reviewer: Actor) -> None:
    one, other = reported(cast.officer), reported(cast.association, victim=SOMEBODY)
    said(reviewer, asked(reviewer, other, one), Verdict.DIFFERENT)
    with acting(SEE_ALL):
        assert not Override.objects.get(until=None).same
        again = review.Proposal(record=one.victim_record_id, other=other.victim_record_id, why=Why.MISSED)
        review.propose(actor=SEE_ALL, proposals=[again], now=NOON)
        assert ReviewItem.objects.get().status == ReviewStatus.DIFFERENT
    assert not merged(one) and not merged(other)


def test_a_protected_file_needs_two_readers_who_agree(cast: Cast, reviewer: Actor) -> None:
    second = employ("second", "council", "index_reviewer")
    one = reported(cast.officer)
    reported(cast.prosecutor)  # a second agency sees the whole file
    item = asked(reviewer, reported(cast.association, victim=SOMEBODY), one)

    assert said(reviewer, item, Verdict.SAME).status == ReviewStatus.SECOND
    assert not merged(one)
    with pytest.raises(PersonRefused, match="already_judged"):
        said(reviewer, item, Verdict.SAME)
    with acting(reviewer):
        assert not review.waiting(reviewer).exists()
    assert said(second, item, Verdict.SAME).status == ReviewStatus.SAME


def test_readers_who_disagree_change_nothing(cast: Cast, reviewer: Actor) -> None:
    second = employ("second", "council", "index_reviewer")
    one = reported(cast.officer)
    reported(cast.prosecutor)
    item = asked(reviewer, reported(cast.association, victim=SOMEBODY), one)
    said(reviewer, item, Verdict.SAME)
    assert said(second, item, Verdict.DIFFERENT).status == ReviewStatus.UNSURE
    assert not merged(one)


def test_a_refused_merge_leaves_the_pair_waiting(cast: Cast, reviewer: Actor) -> None:
    one = reported(cast.officer)
    with acting(SEE_ALL):
        proposal = review.Proposal(record=one.victim_record_id, other=one.aggressor_record_id, why=Why.MISSED)
        review.propose(actor=SEE_ALL, proposals=[proposal], now=NOON)
        item = ReviewItem.objects.get()
    with pytest.raises(PersonRefused, match="opposite_parties"):
        said(reviewer, item, Verdict.SAME)
    with acting(SEE_ALL):
        assert ReviewItem.objects.get().closed_at is None
        assert not item.judgements.exists()


def test_who_may_not_sees_and_judges_nothing(cast: Cast, reviewer: Actor) -> None:
    one, other = reported(cast.officer), reported(cast.association, victim=SOMEBODY)
    item = asked(reviewer, other, one)
    with acting(cast.officer):
        assert not ReviewItem.objects.exists()
        with pytest.raises(AccessRefused, match="no_power"):
            review.show(actor=cast.officer, item_id=item.pk, now=NOON)
        with pytest.raises(AccessRefused, match="no_power"):
            review.judge(actor=cast.officer, item_id=item.pk, verdict=Verdict.SAME, now=NOON)


def test_a_reader_with_a_conflict_of_interest_is_not_shown_the_pair(cast: Cast, reviewer: Actor) -> None:
    kin = employ("kin", "council", "index_reviewer", number=MARYAM.personal_number)
    one, other = reported(cast.officer), reported(cast.association, victim=SOMEBODY)
    item = asked(reviewer, other, one)
    with acting(kin):
        assert not review.waiting(kin).exists()
        assert review.show(actor=kin, item_id=item.pk, now=NOON) is None
    with pytest.raises(AccessRefused, match="conflict_of_interest"):
        said(kin, item, Verdict.SAME)


@pytest.mark.parametrize(
    ("verdicts", "protected", "status"),
    [
        (["same"], False, "same"),
        (["unsure"], False, "unsure"),
        (["same"], True, "second"),
        (["same", "same"], True, "same"),
        (["different", "different"], True, "different"),
        (["same", "different"], True, "unsure"),
        (["unsure"], True, "unsure"),
    ],
)
def test_what_becomes_of_a_pair(verdicts: list[str], protected: bool, status: str) -> None:
    assert judged([Verdict(one) for one in verdicts], protected=protected) == status
