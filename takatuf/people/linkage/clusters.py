"""From pairs to persons: the surest pairs first, and no two records in one person that a guard keeps apart.

Connected components would chain: A like B, B like C, and A is C's sister.  Here a join is made only if no pair of
members of the two sides runs into a guard, is told apart by a human, or is clearly unlike; what is refused is
kept, for review.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .guards import between
from .record import Features


@dataclass(frozen=True, slots=True)
class Edge:
    """A pair of records and its weight."""

    one: str
    other: str
    weight: float


@dataclass(slots=True)
class Persons:
    """Records grouped; every record is in exactly one group, named by its first record."""

    group_of: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    refused: list[Edge] = field(default_factory=list)

    def find(self, record: str) -> str:
        return self.group_of.get(record, record)

    def of(self, group: str) -> list[str]:
        return self.members.get(group, [group])

    def join(self, one: str, other: str) -> None:
        """Put both groups together under the name of the larger; equal ones under the lesser name."""
        first, second = self.of(one), self.of(other)
        if (len(first), other) < (len(second), one):
            one, other, first, second = other, one, second, first
        self.members[one] = [*first, *second]
        self.members.pop(other, None)
        for record in self.members[one]:
            self.group_of[record] = one


def group(
    edges: Iterable[Edge],
    people: Mapping[str, Features],
    *,
    join: float,
    stops: Callable[[Sequence[Features], Sequence[Features]], object] = between,
    same: Sequence[tuple[str, str]] = (),
    different: frozenset[frozenset[str]] = frozenset(),
) -> Persons:
    """Join along edges of at least `join`, the heaviest first; `same` first of all, `different` never.

    `stops` says of two groups that they may not be one person; by default: a guard stands between members.
    """
    persons = Persons()
    for one, other in same:
        if persons.find(one) != persons.find(other):
            persons.join(persons.find(one), persons.find(other))
    for edge in sorted(edges, key=lambda edge: (-edge.weight, edge.one, edge.other)):
        if edge.weight < join:
            break
        one, other = persons.find(edge.one), persons.find(edge.other)
        if one == other:
            continue
        ours, theirs = persons.of(one), persons.of(other)
        if _told_apart(ours, theirs, different) or stops(
            [people[record] for record in ours], [people[record] for record in theirs]
        ):
            persons.refused.append(edge)
        else:
            persons.join(one, other)
    return persons


def _told_apart(ours: Sequence[str], theirs: Sequence[str], different: frozenset[frozenset[str]]) -> bool:
    return bool(different) and any(frozenset({a, b}) in different for a in ours for b in theirs)


def questions(persons: Persons, edges: Iterable[Edge]) -> Iterator[Edge]:
    """What to ask a human, the likeliest first: two persons are asked about once, by their strongest pair.

    Answers may be given along the way with `persons.join`: what an answer settles is not asked any more.
    """
    asked: set[frozenset[str]] = set()
    for edge in sorted(edges, key=lambda edge: (-edge.weight, edge.one, edge.other)):
        pair = frozenset({persons.find(edge.one), persons.find(edge.other)})
        if len(pair) == 2 and pair not in asked:
            asked.add(pair)
            yield edge
