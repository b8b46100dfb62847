"""One mention of a person by one agency, and what of it can be compared.

`Record` is what comes in; `features` normalises it, throws out what clerks type when they know nothing, and
derives the canonical forms, keys and composites everything else works on.  A value that cannot be true is not
corrected by guess: it is left out, and named in `left_out`.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from . import frequency, names, spelling
from .letters import is_arabic, word_set

# What any derived value stands on: raise the part that changed, and everything is derived anew.
VERSION = f"{names.VERSION}.{spelling.VERSION}.1"

OLDEST = 120
MOST_PHONES = 4
# As `names.parse` leaves them, joined.
_NO_NAME = word_set(
    "مجهول مجهوله مجهولهويه مجهولههويه غيرمعروف غيرمعروفه غيرمعلوم لايوجد بدون بدوناسم"
    " unknown unknownmale unknownfemale notknown noname none nil na anonymous test xxx"
)
# Months beyond the calendar stand in the numbers of people who are made up.
_MADE_UP = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A person as one report describes her.  Empty means: not known.

    `birth` counts as a full date only with `birth_known` "day"; with "month" or "year" no more than that of it is
    used, and an `age` on a day becomes a birth year that may be one off.  `number_birth`: year of the century and
    month, where the country's numbers carry them.  `roles`: (incident, role) of her in reports, for the guards.
    """

    id: str
    name_ar: str = ""
    name_latin: str = ""
    number: str = ""
    number_birth: tuple[int, int] | None = None
    birth: date | None = None
    birth_known: str = "day"
    age: int | None = None
    seen_on: date | None = None
    phones: tuple[str, ...] = ()
    area: str = ""
    nationality: str = ""
    sex: str = ""
    source: str = ""
    roles: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """A record ready to be compared.  Names are canonical, one byte a letter; keys meet across scripts."""

    id: str
    given: str = ""
    given_keys: frozenset[str] = frozenset()
    given_rarity: int = 0
    given_known: bool = False  # met often enough to be a name, and no slip of the pen
    father: str = ""
    father_keys: frozenset[str] = frozenset()
    father_rarity: int = 0
    second_keys: frozenset[str] = frozenset()  # of what follows the given name, father's or family
    family: str = ""
    family_keys: frozenset[str] = frozenset()
    family_rarity: int = 0
    part_keys: frozenset[str] = frozenset()  # of every part, wherever a clerk put it
    skeletons: tuple[str, ...] = ()  # one for each part, in order
    parts: int = 0
    number: str = ""
    number_born: str = ""  # YYMM as the number says
    number_odd: bool = False  # the number says another birth than the record: typed wrong, or a relative's
    birth: str = ""  # YYYY-MM-DD, only when the day is known
    born: str = ""  # YYMM, of the date or else of the number
    year: int | None = None
    year_exact: bool = True
    phones: tuple[str, ...] = ()
    area: str = ""
    nationality: str = ""
    sex: str = ""
    script: str = ""
    source: str = ""
    roles: frozenset[tuple[str, str]] = frozenset()
    left_out: tuple[str, ...] = field(default=(), compare=False)


def features(record: Record, *, frequencies: frequency.Frequencies | None = None) -> Features:
    """Everything derived from one record; never raises for what was typed into it."""
    common = frequencies or frequency.shipped()
    left_out: list[str] = []
    ours = [one for one in (_name(record.name_ar, left_out), _name(record.name_latin, left_out)) if one.parts]
    name = max(ours, key=lambda one: (len(one.parts), one.script == "arabic"), default=names.parse(""))
    others = [one for one in ours if one is not name]
    number = _digits(record.number, least=5, left_out=left_out, called="number")
    number_born = _number_born(record.number_birth) if number else ""
    birth, year, exact = _birth(record, left_out)
    odd = _contradicts(number_born, birth, year, exact=exact)
    phones = tuple(
        dict.fromkeys(
            filter(None, (_digits(one, least=6, left_out=left_out, called="phone") for one in record.phones))
        )
    )
    born = birth[2:4] + birth[5:7] if birth else "" if odd else number_born
    if year is None and born:
        year = _full_year(born, record.seen_on)
    fathers = name.father if len(name.parts) > 2 else ""
    given, father, family = _canonical(name.given), _canonical(fathers), _canonical(name.family)
    return Features(
        id=record.id,
        given=given,
        given_keys=_keys([name.given, *(one.given for one in others)]),
        given_rarity=common.rarity("given", given),
        given_known=common.rarity("given", given) < frequency.RAREST,
        father=father,
        father_keys=_keys([fathers, *(one.father for one in others if fathers and len(one.parts) > 2)]),
        father_rarity=common.rarity("father", father),
        second_keys=_keys(name.parts[1:2]),
        family=family,
        family_keys=_keys([name.family, *(one.family for one in others)]),
        family_rarity=common.rarity("family", family),
        part_keys=_keys([part for one in ours for part in one.parts]),
        skeletons=tuple(spelling.skeleton(part) for part in name.parts),
        parts=len(name.parts),
        number=number,
        number_born=number_born,
        number_odd=odd,
        birth=birth,
        born=born,
        year=year,
        year_exact=exact,
        phones=phones[:MOST_PHONES],
        area=record.area.strip(),
        nationality=record.nationality.strip().upper(),
        sex=record.sex.strip().upper()[:1] if record.sex.strip().upper()[:1] in {"F", "M"} else "",
        script=name.script,
        source=record.source,
        roles=record.roles,
        left_out=tuple(dict.fromkeys(left_out)),
    )


def _name(text: str, left_out: list[str]) -> names.ParsedName:
    """The parts of a name; a placeholder has none. Mixed scripts in one field: the script with more parts counts."""
    parsed = names.parse(text)
    if "".join(parsed.parts) in _NO_NAME or any(
        len(set(part)) == 1 and len(part) > 2 for part in parsed.parts[:1]
    ):
        left_out.append("name")
        return names.parse("")
    if parsed.script == "mixed":
        arabic = [part for part in parsed.parts if is_arabic(part[0])]
        latin = [part for part in parsed.parts if not is_arabic(part[0])]
        kept = arabic if len(arabic) >= len(latin) else latin
        return names.parse(" ".join(kept))
    return parsed


def _canonical(part: str) -> str:
    return spelling.one_byte(spelling.canonical(part))


@lru_cache(maxsize=262_144)
def _part_keys(part: str) -> frozenset[str]:
    """Keys of a part, of its canonical form, and of the names that are truly the same in another tradition."""
    found = names.keys(part) | names.keys(spelling.canonical(part))
    classes = spelling.equivalents()
    same = classes.get(part) or classes.get(spelling.canonical(part))
    return found | {"=" + spelling.one_byte(same)} if same else found


def _keys(parts: Sequence[str]) -> frozenset[str]:
    return frozenset().union(*(_part_keys(part) for part in parts if part))


def _digits(text: str, *, least: int, left_out: list[str], called: str) -> str:
    """Letters and digits of a number, whatever digits were typed; nothing for a placeholder such as 000000000."""
    kept = "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter.upper()
        for letter in unicodedata.normalize("NFKC", text[:60])
        if letter.isalnum()
    )
    digits = re.sub("[^0-9]", "", kept)
    if not kept:
        return ""
    if len(kept) < least or len(set(digits)) < 2 or _is_a_run(digits):
        left_out.append(called)
        return ""
    return kept


def _is_a_run(digits: str) -> bool:
    """123456789 and 987654321 are typed, not given."""
    return len(digits) > 5 and (digits in "01234567890123456789" or digits in "98765432109876543210")


def _number_born(said: tuple[int, int] | None) -> str:
    if said is None:
        return ""
    year, month = said
    month = month - _MADE_UP if month > _MADE_UP else month
    return f"{year % 100:02d}{month:02d}" if 1 <= month <= 12 else ""


def _birth(record: Record, left_out: list[str]) -> tuple[str, int | None, bool]:
    """(full date or nothing, year, whether the year is exact)."""
    born = record.birth
    if born is not None and not _possible(born, record.seen_on):
        left_out.append("birth")
        born = None
    if born is None:
        if record.age is not None and 0 <= record.age <= OLDEST and record.seen_on:
            return "", record.seen_on.year - record.age, False
        return "", None, True
    # The first of January is what is typed for "some day that year".
    if record.birth_known != "day" or (born.month, born.day) == (1, 1):
        return "", born.year, True
    return born.isoformat(), born.year, True


def _possible(born: date, seen_on: date | None) -> bool:
    if born.year < 1900:
        return False
    return seen_on is None or (born <= seen_on and seen_on.year - born.year <= OLDEST)


def _contradicts(number_born: str, birth: str, year: int | None, *, exact: bool) -> bool:
    if not number_born:
        return False
    if birth:
        return number_born != birth[2:4] + birth[5:7]
    return exact and year is not None and number_born[:2] != f"{year % 100:02d}"


def _full_year(born: str, seen_on: date | None) -> int:
    """The century a two-digit year belongs to: nobody is born after she was seen."""
    latest = 49 if seen_on is None else seen_on.year % 100
    return (2000 if int(born[:2]) <= latest else 1900) + int(born[:2])
