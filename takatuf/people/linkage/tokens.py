"""Composites of what is known of a person: two records of one person share at least one of them.

They serve three ends: blocking in the national re-link, retrieval by keyed hash in the register, and the
privacy-preserving door.  No composite stands for one weak part alone (a single hashed name is given away by its
frequency); in the open a frequent one is dropped, since what thousands share finds nobody.
"""

import hmac
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from importlib import resources

from .record import Features

VERSION = 1
BYTES = 16  # 128 bits of HMAC-SHA256: no two composites of a nation meet by chance
# A token more records share than this finds nobody and, sent away, tells how common a name is.
MOST_SHARED = 200
# Beyond the house a partner sends one line for each person, and of it only what is hers alone: a value that two of his
# persons share points at neither, and its frequency is all that an attacker has to go by.
MOST_SENT = 1


class Kind(StrEnum):
    """N number, G given, F second part, L last part, B birth day, M birth month, Y year, P phone, A area."""

    NUMBER = "N"
    GIVEN_BIRTH = "GB"
    GIVEN_SECOND_LAST = "GFL"
    GIVEN_LAST_MONTH = "GLM"
    GIVEN_SECOND_MONTH = "GFM"
    GIVEN_LAST_AREA = "GLA"
    GIVEN_SECOND_AREA = "GFA"
    PHONE_GIVEN = "PG"
    PHONE_MONTH = "PM"
    LAST_BIRTH = "LB"
    AREA_BIRTH = "AB"
    GIVEN_LAST_YEAR = "GLY"
    GIVEN_LAST = "GL"
    GIVEN_SECOND = "GF"


# Names alone meet in whatever order a clerk wrote them.
_ANY_ORDER = frozenset({Kind.GIVEN_SECOND_LAST, Kind.GIVEN_LAST, Kind.GIVEN_SECOND})
# These say too little of a person to leave the house: an area with a birthday, two names alone.
OPEN_ONLY = frozenset({Kind.GIVEN_LAST, Kind.GIVEN_SECOND})


def composites(person: Features) -> dict[Kind, str]:
    """kind → clear value; only kinds all whose parts are known. Parts stand by the skeleton of their canonical form."""
    given, second, last = _places(person)
    born, birth = person.born, person.birth
    year = str(person.year) if person.year and person.year_exact else ""
    phone = person.phones[0] if person.phones else ""
    wanted: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        (Kind.NUMBER, (person.number,)),
        (Kind.GIVEN_BIRTH, (given, birth)),
        (Kind.GIVEN_SECOND_LAST, (given, second, last if person.parts > 2 else "")),
        (Kind.GIVEN_LAST_MONTH, (given, last, born)),
        (Kind.GIVEN_SECOND_MONTH, (given, second, born)),
        (Kind.GIVEN_LAST_AREA, (given, last, person.area)),
        (Kind.GIVEN_SECOND_AREA, (given, second, person.area)),
        (Kind.PHONE_GIVEN, (phone, given)),
        (Kind.PHONE_MONTH, (phone, born)),
        (Kind.LAST_BIRTH, (last, birth)),
        (Kind.AREA_BIRTH, (person.area, birth)),
        (Kind.GIVEN_LAST_YEAR, (given, last, year)),
        (Kind.GIVEN_LAST, (given, last)),
        (Kind.GIVEN_SECOND, (given, second)),
    )
    return {
        kind: "|".join(sorted(parts) if kind in _ANY_ORDER else parts) for kind, parts in wanted if all(parts)
    }


def _places(person: Features) -> tuple[str, str, str]:
    """Skeletons of the given name, of what follows it, and of what closes the name; two parts fill both places."""
    all_parts = person.skeletons
    if not all_parts:
        return "", "", ""
    return (
        all_parts[0],
        all_parts[1] if len(all_parts) > 1 else "",
        all_parts[-1] if len(all_parts) > 1 else "",
    )


def keyed(values: Mapping[Kind, str], *, key: bytes) -> dict[Kind, bytes]:
    """HMAC-SHA256 of each composite, kind included, under a key of one partner and one period, cut to 128 bits."""
    return {
        kind: hmac.digest(key, f"{VERSION}:{kind}:{value}".encode(), sha256)[:BYTES]
        for kind, value in values.items()
    }


def private(person: Features) -> dict[Kind, str]:
    """The composites that may leave the house, hashed: without those of names alone."""
    return {kind: value for kind, value in composites(person).items() if kind not in OPEN_ONLY}


def without_frequent(
    tokens: Iterable[Mapping[Kind, bytes]], *, most: int = MOST_SHARED
) -> Iterator[dict[Kind, bytes]]:
    """The same tokens without those that more than `most` records of the file share."""
    held = list(tokens)
    seen: dict[bytes, int] = {}
    for one in held:
        for token in one.values():
            seen[token] = seen.get(token, 0) + 1
    return ({kind: token for kind, token in one.items() if seen[token] <= most} for one in held)


def token_weight(shared: Collection[Kind], ours: Collection[Kind], theirs: Collection[Kind]) -> float:
    """Bits for one person, from the kinds that are shared and those that both have and that differ."""
    weights = token_weights()
    total = weights["prior"][0]
    for kind in ours:
        if kind in theirs and kind in weights:
            total += weights[kind][0 if kind in shared else 1]
    return total


@lru_cache(maxsize=1)
def token_weights() -> dict[str, list[float]]:
    """Learned once from labelled records: a partner's tokens say nothing that weights could be learned from."""
    told = json.loads((resources.files(__package__) / "data" / "tokens.json").read_text(encoding="utf-8"))
    found: dict[str, list[float]] = told["weights"]
    return found
