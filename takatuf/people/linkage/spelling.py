"""How Arabic names are written in Latin letters: a small model learned from public pairs, and what it is good for.

`likelihood` says how probable a Latin spelling is for an Arabic name; `canonical` brings a name part of either script
to one Arabic form, so that two spellings of one name are one value.  Long vowels must be written, short ones need
not be: that separates حسن from حسين where consonants alone cannot.  The model file names its sources; it is
made by `train.letters`, from the same sources always the same bytes.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from math import exp, log

from rapidfuzz import fuzz, process

from .keys import keys, ranked_keys
from .letters import is_arabic, normalise

VERSION = 1
LONGEST_CHUNK = 4
LONGEST_PART = 40
_FLOOR = 1e-6
# Of many names with the same consonants, this many are weighed letter by letter.
_WEIGHED = 16
# Log-probability per Latin letter below which no name of the vocabulary is meant; and how much a common name gains.
_LEAST = -1.5
_COMMON = 0.12

_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1+")
_ONE_BYTE = str.maketrans("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "AbtvjHxd*rzs$SDTZEgfqklmnhwy")
_PLAIN_LATIN = {
    **dict(zip("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "abtsjhkddrzsssdtdagfqklmnhwy", strict=True)),
    "ث": "th", "خ": "kh", "ذ": "dh", "ش": "sh", "غ": "gh", "و": "u", "ي": "i", "ع": "a",
}  # fmt: skip

Emissions = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Letters:
    """P(Latin chunk | Arabic letter at its place), places being first ^, last $ and between."""

    emissions: Mapping[str, Mapping[str, float]]

    def likelihood(self, arabic: str, latin: str) -> float:
        """Natural log of P(latin | arabic): every way of cutting the Latin word into one chunk for each letter."""
        reach = [0.0] * (len(latin) + 1)
        reach[0] = 1.0
        for place in places(arabic):
            chunks = self.emissions.get(place, {})
            after = [0.0] * len(reach)
            for start, mass in enumerate(reach):
                if mass:
                    for size in range(min(LONGEST_CHUNK, len(latin) - start) + 1):
                        after[start + size] += mass * chunks.get(latin[start : start + size], _FLOOR)
            reach = after
        return log(reach[-1]) if reach[-1] else -1e9


def places(arabic: str) -> list[str]:
    """Each letter with its place: ^م ح م د$."""
    last = len(arabic) - 1
    return [
        ("^" if at == 0 else "") + letter + ("$" if at == last else "") for at, letter in enumerate(arabic)
    ]


@dataclass(frozen=True)
class Vocabulary:
    """Arabic name parts and how often they are met."""

    counts: Mapping[str, int]

    @cached_property
    def by_key(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for arabic in self.counts:
            for key in keys(arabic):
                found[key].append(arabic)
        return {key: tuple(names) for key, names in found.items()}

    def prior(self, arabic: str) -> float:
        return _COMMON * log(1 + self.counts.get(arabic, 0))


@lru_cache(maxsize=1)
def letters() -> Letters:
    return Letters(json.loads(_data("letters.json"))["emissions"])


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    lines = (line for line in _data("vocabulary.tsv").splitlines() if not line.startswith("#"))
    return Vocabulary({arabic: int(count) for arabic, count in (line.split("\t") for line in lines)})


@lru_cache(maxsize=1)
def equivalents() -> dict[str, str]:
    """Name part (either script, normalised) → the class of names it is truly equal to: مريم and Maria."""
    classes = (line for line in _data("equivalents.txt").splitlines() if line and not line.startswith("#"))
    return {name: words[0] for words in (line.split() for line in classes) for name in words}


def _data(name: str) -> str:
    return (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")


def likelihood(arabic: str, latin: str) -> float:
    """Natural log of P(latin | arabic) by the shipped model, both already normalised parts."""
    return letters().likelihood(arabic[:LONGEST_PART], latin[:LONGEST_PART])


def per_letter(arabic: str, latin: str) -> float:
    """The same for each Latin letter, so that long and short names compare."""
    return likelihood(arabic, latin) / max(1, len(latin))


@lru_cache(maxsize=262_144)
def ranked(latin: str, *, most: int = 3) -> tuple[tuple[str, float], ...]:
    """(Arabic form, score) of the names a Latin part may stand for, best first; only names that share a key."""
    words = vocabulary()
    readings = _readings(latin[:LONGEST_PART])
    candidates = {name for key in keys(latin) for name in words.by_key.get(key, ())}
    if not candidates:
        return ()
    plain = {name: "".join(_PLAIN_LATIN.get(letter, "") for letter in name) for name in sorted(candidates)}
    near = {
        name
        for reading in readings
        for _, _, name in process.extract(reading, plain, scorer=fuzz.ratio, limit=_WEIGHED)
    }
    scored = [
        (max(per_letter(name, reading) for reading in readings) + words.prior(name), name) for name in near
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    return tuple((name, score) for score, name in scored[:most])


def squeezed(latin: str) -> str:
    """Doubled consonants once: Ayyub, Makki. Doubled vowels stay, they are long ones."""
    return _DOUBLED.sub(r"\1", latin)


def _readings(latin: str) -> tuple[str, ...]:
    """A joined Latin part in both readings, with its al- and without; doubled consonants once."""
    whole = squeezed(latin)
    return (whole, whole[2:]) if len(whole) > 4 and whole[:2] in {"al", "el"} else (whole,)


@lru_cache(maxsize=262_144)
def canonical(part: str) -> str:
    """One Arabic form of a name part whatever its script: itself, or the most probable name of the vocabulary.

    A Latin part that no known name explains is written in Arabic letters by its consonants.  Empty for no letters.
    """
    text = normalise(part).replace(" ", "")[:LONGEST_PART]
    if not text:
        return ""
    if is_arabic(text[0]):
        bare = (
            text[2:] if text.startswith("ال") and len(text) > 4 and text[2:] in vocabulary().counts else text
        )
        return _one_ending(bare)
    best = ranked(text)
    return _one_ending(best[0][0] if best and best[0][1] > _LEAST else _from_key(text))


def _one_ending(arabic: str) -> str:
    """سارا and ساره are one name in two endings."""
    return arabic[:-1] + "ه" if len(arabic) > 3 and arabic.endswith("ا") else arabic


_OF_KEY = dict(zip("ABCDFGHJKLMNRSTWXYZ", "ابخدفغهجكلمنرستوشيز", strict=True))


def _from_key(latin: str) -> str:
    usual = ranked_keys(latin)
    return "".join(_OF_KEY.get(letter, "") for letter in usual[0]) if usual else latin


def one_byte(text: str) -> str:
    """The text with one ASCII letter for each Arabic one: engines that count bytes then count letters."""
    return text.translate(_ONE_BYTE)


@lru_cache(maxsize=262_144)
def skeleton(part: str) -> str:
    """One key for a part: the usual skeleton of its canonical form. Equal for equal names; a few others share it."""
    return next(iter(ranked_keys(canonical(part))), "")


def confidence(arabic: str, latin: str) -> float:
    """0 to 1: how well the Latin spelling fits, beside the best name of the vocabulary that it could stand for."""
    best = max((score for _, score in ranked(latin)), default=_LEAST)
    own = max(per_letter(arabic, reading) for reading in _readings(latin)) + vocabulary().prior(arabic)
    return min(1.0, exp(own - best))


# Of several Arabic names that a Latin one may stand for, those this near the best (for each letter) stay.
_NEAR_THE_BEST = 0.15


def best_of(latin: str, arabic: Sequence[str]) -> list[str]:
    """Of Arabic names that share a key with a Latin one, those that the spelling fits about as well as the best."""
    scored = {name: max(per_letter(name, reading) for reading in _readings(latin)) for name in arabic}
    best = max(scored.values(), default=0.0)
    return [name for name, score in scored.items() if score >= best - _NEAR_THE_BEST]
