"""What is compared, and in how many degrees: the one table that the SQL of Splink and the online scorer both stand on.

A comparison is a list of levels, the first that holds counts.  Each level has a code, its condition in SQL (DuckDB
and Spark) and, in `gammas`, in Python; a test asks both about thousands of pairs.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

from .frequency import RAREST
from .record import Features

NOTHING = -1  # a side does not say: no evidence either way


@dataclass(frozen=True, slots=True)
class Level:
    code: str
    sql: str  # in DuckDB's words; `spark` below translates


@dataclass(frozen=True, slots=True)
class Comparison:
    """`nothing`: the condition under which a side says nothing. The last level is everything else."""

    name: str
    nothing: str
    levels: tuple[Level, ...]
    gamma: Callable[[Features, Features], int]  # index of the level, or NOTHING


def _name_levels(kind: str) -> tuple[Level, ...]:
    same = tuple(
        Level(f"same_{RARITY_NAMES[rarity]}", f"{kind}_l = {kind}_r AND {kind}_rarity_l = {rarity}")
        for rarity in range(RAREST + 1)
    )
    return (
        *same,
        Level("key", f"list_has_any({kind}_keys_l, {kind}_keys_r)"),
        Level("near", NEAR.format(name=kind)),
        Level(
            "moved", f"list_has_any({kind}_keys_l, part_keys_r) OR list_has_any({kind}_keys_r, part_keys_l)"
        ),
        Level("differs", "ELSE"),
    )


RARITY_NAMES = ("very_common", "common", "uncommon", "rare")
NEAR = (
    "damerau_levenshtein({name}_l, {name}_r)"
    " <= CASE WHEN least(length({name}_l), length({name}_r)) >= 6 THEN 2 ELSE 1 END"
    " AND least(length({name}_l), length({name}_r)) >= 3"
)
_KEY, _NEAR_AT, _MOVED, _DIFFERS = RAREST + 1, RAREST + 2, RAREST + 3, RAREST + 4


def is_near(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    most = 2 if shorter >= 6 else 1
    return shorter >= 3 and DamerauLevenshtein.distance(one, other, score_cutoff=most) <= most


def is_turned(a: Features, b: Features) -> bool:
    """One name begins with the other's family name and goes on with its given name: turned round by a clerk.

    A son who has his father's name second does not look so.
    """
    return _begins_with_family(a, b) or _begins_with_family(b, a)


def _begins_with_family(a: Features, b: Features) -> bool:
    return not (a.given_keys.isdisjoint(b.family_keys) or b.given_keys.isdisjoint(a.second_keys))


TURNED = (
    "(list_has_any(given_keys_l, family_keys_r) AND list_has_any(given_keys_r, second_keys_l))"
    " OR (list_has_any(given_keys_r, family_keys_l) AND list_has_any(given_keys_l, second_keys_r))"
)


def _given(a: Features, b: Features) -> int:
    if not a.given or not b.given:
        return NOTHING
    if a.given == b.given:
        return a.given_rarity
    level = _unlike(a, b, a.given, b.given, a.given_keys, b.given_keys)
    if level < _MOVED:
        return level
    return _MOVED if is_turned(a, b) else level + 1


def _father(a: Features, b: Features) -> int:
    if not a.father or not b.father:
        return NOTHING
    if a.father == b.father:
        return a.father_rarity
    return _unlike(a, b, a.father, b.father, a.father_keys, b.father_keys)


def _family(a: Features, b: Features) -> int:
    if not a.family or not b.family:
        return NOTHING
    if a.family == b.family:
        return a.family_rarity
    return _unlike(a, b, a.family, b.family, a.family_keys, b.family_keys)


def _unlike(
    a: Features, b: Features, one: str, other: str, one_keys: frozenset[str], other_keys: frozenset[str]
) -> int:
    if not one_keys.isdisjoint(other_keys):
        return _KEY
    if is_near(one, other):
        return _NEAR_AT
    if not (one_keys.isdisjoint(b.part_keys) and other_keys.isdisjoint(a.part_keys)):
        return _MOVED
    return _DIFFERS


def _number(a: Features, b: Features) -> int:
    if not a.number or not b.number:
        return NOTHING
    odd = a.number_odd or b.number_odd
    if a.number == b.number:
        return 1 if odd else 0
    if DamerauLevenshtein.distance(a.number, b.number, score_cutoff=1) <= 1:
        return 2
    return 3 if odd else 4


def _is_slip(one: str, other: str) -> bool:
    """One digit or two neighbours, day and month changed places, or the same day of the year beside."""
    if DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1:
        return True
    if one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]:
        return True
    return one[5:] == other[5:] and abs(int(one[:4]) - int(other[:4])) <= 1


def _birth(a: Features, b: Features) -> int:
    if a.year is None or b.year is None:
        return NOTHING
    if a.birth and b.birth:
        if a.birth == b.birth:
            return 0
        if _is_slip(a.birth, b.birth):
            return 2
    elif a.born and a.born == b.born:
        return 1
    apart = abs(a.year - b.year)
    if apart == 0:
        # Both know the day, and it is another: a sibling of the same year, not a vague date.
        return 4 if a.born and b.born else 3
    if apart == 1:
        return 5
    return 6 if apart <= 10 else 7


def _phone(a: Features, b: Features) -> int:
    if not a.phones or not b.phones:
        return NOTHING
    if len(a.phones) == 1 == len(b.phones):
        return 0 if a.phones[0] == b.phones[0] else 1
    return 1 if set(a.phones).isdisjoint(b.phones) else 0


def _area(a: Features, b: Features) -> int:
    return (0 if a.area == b.area else 1) if a.area and b.area else NOTHING


def _nationality(a: Features, b: Features) -> int:
    return (0 if a.nationality == b.nationality else 1) if a.nationality and b.nationality else NOTHING


def _sex(a: Features, b: Features) -> int:
    return (0 if a.sex == b.sex else 1) if a.sex and b.sex else NOTHING


def _plain(name: str, gamma: Callable[[Features, Features], int]) -> Comparison:
    levels = (Level("same", f"{name}_l = {name}_r"), Level("differs", "ELSE"))
    return Comparison(name, f"{name}_l = '' OR {name}_r = ''", levels, gamma)


def _named(kind: str, gamma: Callable[[Features, Features], int]) -> Comparison:
    return Comparison(kind, f"{kind}_l = '' OR {kind}_r = ''", _name_levels(kind), gamma)


_BOTH_DAYS = "birth_l <> '' AND birth_r <> ''"
_APART = "abs(year_l - year_r)"
COMPARISONS: tuple[Comparison, ...] = (
    Comparison(
        "given",
        "given_l = '' OR given_r = ''",
        (*_name_levels("given")[:-2], Level("turned", TURNED), *_name_levels("given")[-2:]),
        _given,
    ),
    _named("father", _father),
    _named("family", _family),
    Comparison(
        "number",
        "number_l = '' OR number_r = ''",
        (
            Level("same", "number_l = number_r AND NOT (number_odd_l OR number_odd_r)"),
            Level("same_odd", "number_l = number_r"),
            Level("near", "damerau_levenshtein(number_l, number_r) <= 1"),
            Level("differs_odd", "number_odd_l OR number_odd_r"),
            Level("differs", "ELSE"),
        ),
        _number,
    ),
    Comparison(
        "birth",
        "year_l IS NULL OR year_r IS NULL",
        (
            Level("day", f"{_BOTH_DAYS} AND birth_l = birth_r"),
            Level("month", f"NOT ({_BOTH_DAYS}) AND born_l <> '' AND born_l = born_r"),
            Level(
                "slip",
                f"{_BOTH_DAYS} AND (damerau_levenshtein(birth_l, birth_r) <= 1"
                " OR (substr(birth_l, 1, 4) = substr(birth_r, 1, 4) AND substr(birth_l, 6, 2) = substr(birth_r, 9, 2)"
                " AND substr(birth_l, 9, 2) = substr(birth_r, 6, 2))"
                f" OR (substr(birth_l, 6, 5) = substr(birth_r, 6, 5) AND {_APART} <= 1))",
            ),
            Level("year", f"{_APART} = 0 AND (born_l = '' OR born_r = '')"),
            Level("other_day", f"{_APART} = 0"),
            Level("year_beside", f"{_APART} = 1"),
            Level("decade", f"{_APART} <= 10"),
            Level("differs", "ELSE"),
        ),
        _birth,
    ),
    Comparison(
        "phone",
        "len(phones_l) = 0 OR len(phones_r) = 0",
        (Level("same", "list_has_any(phones_l, phones_r)"), Level("differs", "ELSE")),
        _phone,
    ),
    _plain("area", _area),
    _plain("nationality", _nationality),
    _plain("sex", _sex),
)


def gammas(a: Features, b: Features) -> tuple[int, ...]:
    """The level of every comparison for this pair; the same whichever comes first."""
    return tuple(comparison.gamma(a, b) for comparison in COMPARISONS)


def spark(sql: str) -> str:
    """A condition in Spark's words. damerau_levenshtein comes with Splink's own jar."""
    return sql.replace("list_has_any(", "arrays_overlap(").replace("len(phones", "size(phones")
