"""One event told by several agencies is one incident; the next event in the same home is another.

Two reports are scored over the persons (already linked), the days, reference numbers, place and forms of violence.
Violence repeats, so a chain of reports a few days apart would run together: every report of an incident must fit
every other one (complete linkage), with vetoes.  The course of violence between two persons is a *series*, a thing
of its own, made of incidents and never one of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

VERSION = 1
WINDOW = 3  # days between two reports' dates of one incident
JOIN = 0.0  # bits

Level = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report as far as it tells which event it means.  `on`: its day, if known; `heard`: when it came in.

    `month`: only the month is known.  `references`: numbers of the event (of the police, of the court) quoted in it.
    """

    id: str
    victim: str
    aggressor: str = ""
    on: date | None = None
    month: str = ""
    heard: date
    references: frozenset[str] = frozenset()
    place: str = ""
    area: str = ""
    forms: frozenset[str] = frozenset()
    tool: str = ""
    severity: str = ""
    unit: str = ""
    numbers: frozenset[str] = frozenset()  # case numbers of its own agency: one incident has one


class Veto(StrEnum):
    VICTIM = "victim"  # another victim
    AGGRESSOR = "aggressor"  # another aggressor, both known
    WINDOW = "window"  # days too far apart
    NUMBERS = "numbers"  # one agency gave two case numbers
    HEARD_BEFORE = "heard_before"  # heard before the other's event happened


def vetoes(a: Told, b: Told) -> frozenset[Veto]:
    """What forbids that both reports mean one event, whatever the score."""
    found = set()
    if a.victim != b.victim:
        found.add(Veto.VICTIM)
    if a.aggressor and b.aggressor and a.aggressor != b.aggressor:
        found.add(Veto.AGGRESSOR)
    if a.on and b.on and abs((a.on - b.on).days) > WINDOW:
        found.add(Veto.WINDOW)
    if a.unit == b.unit and a.numbers and b.numbers and a.numbers.isdisjoint(b.numbers):
        found.add(Veto.NUMBERS)
    if (a.on and b.heard < a.on) or (b.on and a.heard < b.on):
        found.add(Veto.HEARD_BEFORE)
    return frozenset(found)


# Bits of each level; learned by `logistic` on a synthetic nation with known incidents (own work), rounded. Its agencies
# quote no reference numbers of each other: what one is worth is set by hand.
WEIGHTS: Mapping[str, Sequence[float]] = {
    "days": (7.3, -0.9, -1.7, 2.1, 0.9, -3.6),
    "heard": (2.3, 1.1, 1.1, -0.7, -3.8),
    "reference": (9.0,),
    "aggressor": (0.2,),
    "place": (0.6, -4.6),
    "area": (0.0, 0.0),
    "forms": (2.7, 0.4, -3.0),
    "tool": (0.4, -3.5),
    "severity": (1.3, -5.0),
    "unit": (-0.6, 0.6),
}
PRIOR = -2.7


def levels(a: Told, b: Told) -> dict[str, int]:
    """The level of each comparison; a field of which a side says nothing is left out."""
    found = {"heard": _heard(a, b), "unit": 0 if a.unit == b.unit else 1}
    days = _days(a, b)
    if days is not None:
        found["days"] = days
    if not a.references.isdisjoint(b.references):
        found["reference"] = 0
    if a.aggressor and a.aggressor == b.aggressor:
        found["aggressor"] = 0
    for name in ("place", "area", "tool", "severity"):
        ours, theirs = getattr(a, name), getattr(b, name)
        if ours and theirs:
            found[name] = 0 if ours == theirs else 1
    if a.forms and b.forms:
        found["forms"] = 0 if a.forms == b.forms else 1 if a.forms & b.forms else 2
    return found


def _days(a: Told, b: Told) -> int | None:
    """0 the same day, 1 a day apart, 2 further; 3, 4 a day and a month that agree or both months; 5 they do not."""
    if a.on and b.on:
        return min(2, abs((a.on - b.on).days))
    ours = a.month or (f"{a.on:%Y-%m}" if a.on else "")
    theirs = b.month or (f"{b.on:%Y-%m}" if b.on else "")
    if not ours or not theirs:
        return None
    if ours != theirs:
        return 5
    return 3 if a.on or b.on else 4


def _heard(a: Told, b: Told) -> int:
    apart = abs((a.heard - b.heard).days)
    return next((at for at, most in enumerate((1, 4, 14, 45)) if apart <= most), 4)


def score(a: Told, b: Told) -> float:
    """Bits for one event; minus infinity where a veto stands."""
    if vetoes(a, b):
        return float("-inf")
    return PRIOR + sum(WEIGHTS[name][level] for name, level in levels(a, b).items())


def incidents(reports: Iterable[Told], *, join: float = JOIN) -> list[list[str]]:
    """Reports grouped into incidents, by complete linkage: the likest first, and every report fits every other.

    Groups and their reports come in the order of being heard.
    """
    by_victim: dict[str, list[Told]] = defaultdict(list)
    for report in sorted(reports, key=lambda one: (one.heard, one.id)):
        by_victim[report.victim].append(report)
    return [group for told in by_victim.values() for group in _of_victim(told, join)]


def _of_victim(told: Sequence[Told], join: float) -> list[list[str]]:
    weight = lru_cache(maxsize=None)(lambda a, b: score(told[a], told[b]))
    pairs = [(weight(a, b), a, b) for b in range(len(told)) for a in range(b)]
    groups: dict[int, list[int]] = {at: [at] for at in range(len(told))}
    group_of = list(range(len(told)))
    for bits, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if bits < join:
            break
        one, other = sorted((group_of[a], group_of[b]))
        if one == other:
            continue
        if all(weight(min(x, y), max(x, y)) >= join for x in groups[one] for y in groups[other]):
            groups[one] = sorted(groups[one] + groups.pop(other))
            for at in groups[one]:
                group_of[at] = one
    return [[told[at].id for at in group] for _, group in sorted(groups.items())]


def series(reports: Iterable[Told], grouped: Sequence[Sequence[str]]) -> dict[tuple[str, str], list[int]]:
    """(victim, aggressor) → places in `grouped` of the incidents between them, where there are at least two.

    A report that does not know its aggressor belongs to no series.
    """
    by_id = {one.id: one for one in reports}
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, group in enumerate(grouped):
        known = {by_id[one].aggressor for one in group if by_id[one].aggressor}
        if len(known) == 1:
            found[by_id[group[0]].victim, known.pop()].append(at)
    return {pair: places for pair, places in found.items() if len(places) > 1}
