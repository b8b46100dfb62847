"""How a name gets onto a form: in which script, how much of it, how spelt, with which slips.  Pure."""

import random
import re
from dataclasses import dataclass
from enum import StrEnum

from .people import Person
from .settings import Damage, Habits
from .vocabulary import pools


class Flaw(StrEnum):
    """What is wrong or missing in what was written of a person, as the truth file tells it."""

    TYPO = "name_typo"
    OTHER_SPELLING = "name_other_spelling"
    SWAPPED = "name_swapped"
    SHORT = "name_without_family"
    NAMELESS = "name_missing"
    NUMBER_MISSING = "number_missing"
    NUMBER_TYPO = "number_typo"
    NUMBER_RELATIVE = "number_of_relative"
    NUMBER_PLACEHOLDER = "number_placeholder"
    BIRTH_MISSING = "birth_missing"
    BIRTH_WRONG = "birth_wrong"
    BIRTH_FIRST_OF_JANUARY = "birth_first_of_january"
    BIRTH_YEAR_ONLY = "birth_year_only"
    PHONE_MISSING = "phone_missing"
    PHONE_HOUSEHOLD = "phone_of_household"
    ANONYMOUS = "anonymous"


_NEIGHBOURS = {
    **dict(zip("بتثجحخدذرزسشصضطظعغفقكلمنهوي", "تبتحجحذدزرشسضصظطغعقفمكنمةري", strict=True)),
    **dict(zip("abcdefghijklmnopqrstuvwxyz", "sevfrgjhokjlnmipaesrybexxs", strict=True)),
}


@dataclass(frozen=True, slots=True)
class Written:
    arabic: str
    latin: str
    flaws: tuple[Flaw, ...]


def write(
    person: Person, habits: Habits, damage: Damage, *, rng: random.Random, latin_country: bool
) -> Written:
    """The person's name as a clerk with these habits writes it. `latin_country`: Latin is the script of the land."""
    flaws: list[Flaw] = []
    places = _parts(person, habits, rng)
    if places[-1] != len(person.names):
        flaws.append(Flaw.SHORT)
    draw = rng.random()
    only_latin = 1 - habits.latin - habits.both if latin_country else habits.latin
    arabic = _arabic(person, places, damage, rng) if draw >= only_latin else ""
    latin = _latin(person, places, damage, rng, flaws) if draw < only_latin + habits.both else ""
    if rng.random() < damage.typo:
        flaws.append(Flaw.TYPO)
        arabic, latin = (slip(arabic, rng), latin) if arabic else ("", slip(latin, rng))
    return Written(arabic, latin, tuple(flaws))


def _parts(person: Person, habits: Habits, rng: random.Random) -> list[int]:
    """Places in (*names, family) that are written; the last place is the family name."""
    family = len(person.names)
    low, high = habits.parts
    count = min(rng.randint(low, high), family + 1)
    if count == 1:
        return [0]
    with_family = rng.random() < (0.6 if count == 2 else 0.85) or not pools()[person.pool].chained
    return [*range(count - 1), family] if with_family or count > family else list(range(count))


def _arabic(person: Person, places: list[int], damage: Damage, rng: random.Random) -> str:
    words = [(*person.names, person.family)[place] for place in places]
    if rng.random() < 0.3:
        words = [re.sub("^عبد(?=..)", "عبد ", word) for word in words]
    if len(words) > 2 and rng.random() < 0.10 and pools()[person.pool].chained:
        words.insert(1, "بن" if person.sex == "male" else "بنت")
    text = " ".join(words)
    if rng.random() < damage.no_hamza:
        text = text.translate(str.maketrans("أإآ", "ااا"))
    if rng.random() < 0.08:
        text = re.sub("ة\\b", "ه", text)
    return text


def _latin(person: Person, places: list[int], damage: Damage, rng: random.Random, flaws: list[Flaw]) -> str:
    words = []
    for place in places:
        spelt = person.latin[place]
        if rng.random() < damage.other_spelling:
            other = pools()[person.pool].spelt((*person.names, person.family)[place], rng)
            if other != spelt:
                flaws.append(Flaw.OTHER_SPELLING)
            spelt = other
        words.append(spelt)
    if len(words) > 1 and places[-1] == len(person.names) and rng.random() < damage.swapped:
        flaws.append(Flaw.SWAPPED)
        words = [words[-1] + ("," if rng.random() < 0.5 else ""), *words[:-1]]
    text = " ".join(words)
    return text.upper() if rng.random() < 0.25 else text


def slip(text: str, rng: random.Random) -> str:
    """One slip of the hand: two letters change places, one falls out, comes twice, or is its neighbour."""
    places = [at for at in range(1, len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
    if not places:
        return text
    at, kind = rng.choice(places), rng.randrange(4)
    here, following = text[at], text[at + 1]
    middle = {
        0: following + here,
        1: following,
        2: here + here + following,
        3: _NEIGHBOURS.get(here.lower(), here) + following,
    }[kind if here != following else 2]
    return text[:at] + middle + text[at + 2 :]


def slip_of_digits(number: str, rng: random.Random) -> str:
    """One digit mistyped or two changed places; as many characters as before, and another number."""
    places = [at for at in range(len(number)) if number[at].isdigit()]
    while True:
        at = rng.choice(places)
        if at + 1 in places and rng.random() < 0.5:
            wrong = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
        else:
            wrong = number[:at] + str(rng.randrange(10)) + number[at + 1 :]
        if wrong != number:
            return wrong
