"""Guards: what never joins by itself, whatever the weight. Policy, not tuning.

Nearly all false links are of two people of one household: victim and aggressor, or two sisters.  They share the
family name, the home, often the phone, and sometimes the number that somebody wrote down for both.  What a guard
stops goes to a human; it is asked of every member of a person, not only of the one most like the record.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

from rapidfuzz.distance import DamerauLevenshtein

from .levels import is_near, is_turned
from .record import Features


class Guard(StrEnum):
    """Why a pair may not be joined without a human."""

    GIVEN_NAMES = "given_names"  # they are called differently
    NUMBERS = "numbers"  # both have a number, more than a slip apart
    SEX = "sex"
    BIRTH = "birth"  # birth years more than one apart that no slip of a digit explains
    ROLES = "roles"  # the two sides of one incident are never one person
    HOUSEHOLD = "household"  # one home, one family name, two given names: sisters, twins


def of_pair(a: Features, b: Features) -> frozenset[Guard]:
    """Every guard that this pair runs into; empty: a machine may join them."""
    return frozenset(guard for guard, stops in _GUARDS if stops(a, b))


def of_person(record: Features, members: Sequence[Features]) -> frozenset[Guard]:
    """Every guard between a record and any member of a person."""
    return between((record,), members)


def between(ours: Sequence[Features], theirs: Sequence[Features]) -> frozenset[Guard]:
    """Every guard between any member of one person and any of another.

    A slip that is known keeps nobody away: where a member differs in the very thing from another of her own person,
    with whom it was joined on stronger evidence, and that other agrees, the guard is silent.
    """
    found: set[Guard] = set()
    for a in ours:
        for b in theirs:
            found.update(guard for guard in of_pair(a, b) if not _known_slip(guard, a, b, ours, theirs))
    return frozenset(found)


def _known_slip(
    guard: Guard, a: Features, b: Features, ours: Sequence[Features], theirs: Sequence[Features]
) -> bool:
    differ = _DIFFER.get(guard)
    if differ is None or len(ours) + len(theirs) < 3:
        return False
    return any(differ(b, other) and not differ(a, other) for other in theirs) or any(
        differ(a, other) and not differ(other, b) for other in ours
    )


def _same_number(a: Features, b: Features) -> bool:
    return bool(a.number) and a.number == b.number


def _same_birth(a: Features, b: Features) -> bool:
    return bool(a.birth) and a.birth == b.birth


def _called_alike(a: Features, b: Features) -> bool:
    """One given name, in whatever spelling."""
    return bool(a.given) and (a.given == b.given or not a.given_keys.isdisjoint(b.given_keys))


def _two_names(a: Features, b: Features) -> bool:
    """Both given names are known to be names: neither is the other misspelt, however near they are."""
    return a.given_known and b.given_known


def _given_names(a: Features, b: Features) -> bool:
    """Called differently.  A misspelling is no name of its own; a name may have been turned round by a clerk, but a son
    has his father's name second, and often his number too: then only the birth day tells that it is one man.
    """
    if not a.given or not b.given or _called_alike(a, b) or is_turned(a, b):
        return False
    if is_near(a.given, b.given):
        return _two_names(a, b) and not (_same_number(a, b) or _same_birth(a, b))
    if not a.given_keys.isdisjoint(b.part_keys) or not b.given_keys.isdisjoint(a.part_keys):
        return not _same_birth(a, b)
    if _two_names(a, b):
        return not (_same_birth(a, b) and _same_number(a, b))
    return not (_same_birth(a, b) or _same_number(a, b))


def _numbers(a: Features, b: Features) -> bool:
    """Two numbers.  Not where one contradicts the birth day of both: it was typed wrong, or a relative's."""
    if not a.number or not b.number or a.number == b.number:
        return False
    if (a.number_odd or b.number_odd) and _same_birth(a, b) and _called_alike(a, b):
        return False
    return DamerauLevenshtein.distance(a.number, b.number, score_cutoff=1) > 1


def _sex(a: Features, b: Features) -> bool:
    """Not where one name with one number or birth day says that the sex was ticked wrong."""
    if not a.sex or not b.sex or a.sex == b.sex:
        return False
    return not (_called_alike(a, b) and (_same_number(a, b) or _same_birth(a, b)))


def _birth(a: Features, b: Features) -> bool:
    """Not where one name and number stand above it, nor where one digit of the year was typed wrong."""
    if a.year is None or b.year is None:
        return False
    if abs(a.year - b.year) <= (1 if a.year_exact and b.year_exact else 2):
        return False
    if _called_alike(a, b):
        slip = (
            bool(a.birth) and bool(b.birth) and a.birth[5:] == b.birth[5:] and abs(a.year - b.year) == _DECADE
        )
        return not (_same_number(a, b) or slip)
    return True


_DECADE = 10


def _roles(a: Features, b: Features) -> bool:
    """Two different roles in one incident."""
    theirs = dict(b.roles)
    return any(theirs.get(incident, role) != role for incident, role in a.roles)


def _household(a: Features, b: Features) -> bool:
    """Perhaps twins: one family, one home, and two names, be they as near as Hasan and Husain are.

    Across scripts two names that share their consonants may be one; in one script they are two.
    """
    if not a.given or not b.given or a.given == b.given or not _two_names(a, b) or _same_number(a, b):
        return False
    if a.script != b.script and _called_alike(a, b):
        return False
    if a.family_keys.isdisjoint(b.family_keys):
        return False
    return (bool(a.area) and a.area == b.area) or not set(a.phones).isdisjoint(b.phones)


_GUARDS: tuple[tuple[Guard, Callable[[Features, Features], bool]], ...] = (
    (Guard.GIVEN_NAMES, _given_names),
    (Guard.NUMBERS, _numbers),
    (Guard.SEX, _sex),
    (Guard.BIRTH, _birth),
    (Guard.ROLES, _roles),
    (Guard.HOUSEHOLD, _household),
)


def _other_given(a: Features, b: Features) -> bool:
    return bool(a.given) and bool(b.given) and not _called_alike(a, b)


def _other_form(a: Features, b: Features) -> bool:
    return bool(a.given) and bool(b.given) and a.given != b.given


def _other_number(a: Features, b: Features) -> bool:
    return bool(a.number) and bool(b.number) and a.number != b.number


def _other_sex(a: Features, b: Features) -> bool:
    return bool(a.sex) and bool(b.sex) and a.sex != b.sex


def _other_birth(a: Features, b: Features) -> bool:
    return a.year is not None and b.year is not None and abs(a.year - b.year) > 1


# What a guard looks at, without what may excuse it. Roles are never excused.
_DIFFER: dict[Guard, Callable[[Features, Features], bool]] = {
    Guard.GIVEN_NAMES: _other_given,
    Guard.NUMBERS: _other_number,
    Guard.SEX: _other_sex,
    Guard.BIRTH: _other_birth,
    Guard.HOUSEHOLD: _other_form,
}
