"""How well a register's grouping agrees with the truth, counted over pairs.  Pure."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of pairs of mentions: those truly of one, those held to be of one, those both.

    `split`: how many true ones the register holds as several; `mixed`: how many of the register hold several true
    ones.  Nothing to find, or nothing said, is no mistake: the share is then None.
    """

    mentions: int
    true: int
    found: int
    true_pairs: int
    found_pairs: int
    both: int
    split: int
    mixed: int

    @property
    def precision(self) -> float | None:
        return self.both / self.found_pairs if self.found_pairs else None

    @property
    def recall(self) -> float | None:
        return self.both / self.true_pairs if self.true_pairs else None

    @property
    def f1(self) -> float | None:
        if self.precision is None or self.recall is None or not self.precision + self.recall:
            return None
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def agreement(mentions: Iterable[tuple[Hashable, Hashable]]) -> Agreement:
    """Of (truly, as held) for each mention."""
    cells = Counter(mentions)
    truly: Counter[Hashable] = Counter()
    held: Counter[Hashable] = Counter()
    pieces: Counter[Hashable] = Counter()
    contents: Counter[Hashable] = Counter()
    for (true, found), count in cells.items():
        truly[true] += count
        held[found] += count
        pieces[true] += 1
        contents[found] += 1
    return Agreement(
        mentions=cells.total(),
        true=len(truly),
        found=len(held),
        true_pairs=_pairs(truly),
        found_pairs=_pairs(held),
        both=_pairs(cells),
        split=sum(count > 1 for count in pieces.values()),
        mixed=sum(count > 1 for count in contents.values()),
    )


def _pairs(counts: Counter[Hashable] | Counter[tuple[Hashable, Hashable]]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())
