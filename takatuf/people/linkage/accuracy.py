"""How well a grouping agrees with the truth, over pairs of records."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    precision: float
    recall: float
    household_false: (
        int  # pairs wrongly in one person that live in one household: victim and aggressor, sister and sister
    )

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def of(rows: Iterable[tuple[Hashable, Hashable, Hashable]]) -> Accuracy:
    """From (truly, as grouped, household) of each record. Nothing to find or nothing said counts as no mistake."""
    true: Counter[Hashable] = Counter()
    held: Counter[Hashable] = Counter()
    both: Counter[Hashable] = Counter()
    homes: Counter[Hashable] = Counter()
    of_home: Counter[Hashable] = Counter()
    for truly, grouped, household in rows:
        true[truly] += 1
        held[grouped] += 1
        both[truly, grouped] += 1
        homes[grouped, household] += 1
        of_home[grouped, household, truly] += 1
    right, found, wanted = _pairs(both), _pairs(held), _pairs(true)
    return Accuracy(
        precision=right / found if found else 1.0,
        recall=right / wanted if wanted else 1.0,
        household_false=_pairs(homes) - _pairs(of_home),
    )


def _pairs(counts: Counter[Hashable]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())
