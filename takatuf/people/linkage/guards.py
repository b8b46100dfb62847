"""Guards: what never joins by itself, whatever the weight. Policy, not tuning.

Nearly all false links are of two people of one household: victim and aggressor, or two sisters.  They share the
family name, the home, often the phone, and sometimes the number that somebody wrote down for both.  What a guard
stops goes to a human; it is asked of every member of a person, not only of the one most like the record.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum

from rapidfuzz.distance import DamerauLevenshtein

from .levels import is_near
from .record import Features


class Guard(StrEnum):
    """Why a pair may not be joined without a human."""

    GIVEN_NAMES = "given_names"  # they are called differently
    NUMBERS = "numbers"  # both have a number, more than a slip apart
    SEX = "sex"
    BIRTH = "birth"  # birth years more than one apart, or two full dates that no slip explains
    ROLES = "roles"  # the two sides of one incident are never one person
    HOUSEHOLD = "household"  # one home, one family name, another birth or no number to tell twins apart


def of_pair(a: Features, b: Features) -> frozenset[Guard]:
    """Every guard that this pair runs into; empty: a machine may join them."""
    return frozenset(guard for guard, stops in _GUARDS if stops(a, b))


def of_person(record: Features, members: Iterable[Features]) -> frozenset[Guard]:
    """Every guard between a record and any member of a person."""
    found: frozenset[Guard] = frozenset()
    for member in members:
        found |= of_pair(record, member)
    return found


def _same_number(a: Features, b: Features) -> bool:
    """One number that neither record's own birth contradicts."""
    return bool(a.number) and a.number == b.number and not (a.number_odd or b.number_odd)


def _given_names(a: Features, b: Features) -> bool:
    """Differing given names: only one number with one birth day stands above it, for a second name or a nickname."""
    if not a.given or not b.given or not a.given_keys.isdisjoint(b.given_keys) or is_near(a.given, b.given):
        return False
    if not a.given_keys.isdisjoint(b.part_keys) or not b.given_keys.isdisjoint(a.part_keys):
        # The clerk may have turned the name round; a son is called after his grandfather as well.
        return not (_same_number(a, b) or (bool(a.birth) and a.birth == b.birth))
    return not (_same_number(a, b) and bool(a.birth) and a.birth == b.birth)


def _numbers(a: Features, b: Features) -> bool:
    if not a.number or not b.number or a.number == b.number:
        return False
    return DamerauLevenshtein.distance(a.number, b.number, score_cutoff=1) > 1


def _sex(a: Features, b: Features) -> bool:
    return bool(a.sex) and bool(b.sex) and a.sex != b.sex and not _same_number(a, b)


def _birth(a: Features, b: Features) -> bool:
    if a.year is None or b.year is None or _same_number(a, b):
        return False
    return abs(a.year - b.year) > (1 if a.year_exact and b.year_exact else 2)


def _roles(a: Features, b: Features) -> bool:
    """Two different roles in one incident."""
    theirs = dict(b.roles)
    return any(theirs.get(incident, role) != role for incident, role in a.roles)


def _household(a: Features, b: Features) -> bool:
    """Perhaps twins, or sisters: one family and one home, given names alike but not one, and nothing that tells them apart."""
    if a.given == b.given or _same_number(a, b) or not a.family or a.family_keys.isdisjoint(b.family_keys):
        return False
    home = (bool(a.area) and a.area == b.area) or not set(a.phones).isdisjoint(b.phones)
    return home and a.given_keys.isdisjoint(b.given_keys)


_GUARDS: tuple[tuple[Guard, Callable[[Features, Features], bool]], ...] = (
    (Guard.GIVEN_NAMES, _given_names),
    (Guard.NUMBERS, _numbers),
    (Guard.SEX, _sex),
    (Guard.BIRTH, _birth),
    (Guard.ROLES, _roles),
    (Guard.HOUSEHOLD, _household),
)
