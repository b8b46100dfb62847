"""Pairwise agreement, worked out by hand and by counting pairs one by one."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from takatuf.nation.accuracy import agreement
from takatuf.nation.diligence import done_at
from takatuf.nation.settings import Settings


def test_by_hand() -> None:
    # Truly A A A B B; held to be 1 1 2 2 3.
    found = agreement([("A", 1), ("A", 1), ("A", 2), ("B", 2), ("B", 3)])
    assert (found.true_pairs, found.found_pairs, found.both) == (4, 2, 1)
    assert (found.precision, found.recall) == (0.5, 0.25)
    assert (found.split, found.mixed) == (2, 1)
    assert found.f1 is not None
    assert abs(found.f1 - 1 / 3) < 1e-9


def test_nothing_to_find_is_no_mistake() -> None:
    alone = agreement([("A", 1), ("B", 2)])
    assert (alone.precision, alone.recall, alone.f1) == (None, None, None)
    assert agreement([]).mentions == 0


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=40))
def test_it_counts_pairs(mentions: list[tuple[int, int]]) -> None:
    found = agreement(mentions)
    pairs = list(combinations(mentions, 2))
    assert found.true_pairs == sum(one[0] == other[0] for one, other in pairs)
    assert found.found_pairs == sum(one[1] == other[1] for one, other in pairs)
    assert found.both == sum(one == other for one, other in pairs)


def test_a_duty_has_its_fate_whenever_it_is_asked_for() -> None:
    opened = datetime(2026, 3, 2, 8, tzinfo=UTC)
    due = opened + timedelta(days=3)

    def fate(seed: int, kind: str) -> datetime:
        return done_at(Settings(), seed=seed, unit="U", kind=kind, opened=opened, due=due)

    assert fate(1, "triage") == fate(1, "triage") != fate(2, "triage")
    moments = [fate(seed, "triage") for seed in range(2000)]
    late = sum(moment > due for moment in moments) / len(moments)
    assert all(moment > opened for moment in moments)
    wanted = Settings().duties_late + Settings().duties_forgotten
    assert wanted - 0.05 < late < wanted + 0.05
    assert sum(moment > due + timedelta(days=60) for moment in moments) < 0.06 * len(moments)


def test_a_duty_that_is_due_when_it_opens_is_still_done_after_it_opened() -> None:
    opened = datetime(2026, 3, 2, 8, tzinfo=UTC)
    for due in (opened, opened - timedelta(hours=3)):
        for seed in range(200):
            assert done_at(Settings(), seed=seed, unit="U", kind="k", opened=opened, due=due) > opened
