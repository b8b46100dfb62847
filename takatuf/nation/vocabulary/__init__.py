"""Names of people: own lists, as data; see the YAML files beside."""

import random
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
SEXES = ("female", "male")


@dataclass(frozen=True)
class Names:
    """Words in Arabic with their Latin spellings; the first words and the first spellings are the commoner."""

    latin: dict[str, tuple[str, ...]]

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(self.latin)

    @cached_property
    def _weights(self) -> tuple[float, ...]:
        return tuple(accumulate(1 / (rank + 6) for rank in range(len(self.latin))))

    def pick(self, rng: random.Random) -> str:
        return rng.choices(self.words, cum_weights=self._weights)[0]

    def spelt(self, word: str, rng: random.Random) -> str:
        """One Latin spelling of a word; the usual one in about half of the cases."""
        spellings = self.latin[word]
        return spellings[min(int(rng.expovariate(0.8)), len(spellings) - 1)]


@dataclass(frozen=True)
class Pool:
    """The names of people from one part of the world; a full name has `parts` parts."""

    given: dict[str, Names]
    family: Names
    parts: tuple[int, int]
    nationalities: frozenset[str] = frozenset()

    @property
    def chained(self) -> bool:
        """Whether a name is the chain of given name, father, grandfather."""
        return not self.nationalities

    def spelt(self, word: str, rng: random.Random) -> str:
        for names in (self.given["male"], self.given["female"], self.family):
            if word in names.latin:
                return names.spelt(word, rng)
        raise KeyError(word)


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def _names(table: dict[str, list[str]]) -> Names:
    return Names({word: tuple(spellings) for word, spellings in table.items()})


@lru_cache(maxsize=1)
def pools() -> tuple[Pool, ...]:
    """The names of the Gulf first, then those of people from abroad."""
    given = _read("given")
    at_home = Pool({sex: _names(given[sex]) for sex in SEXES}, _names(_read("family")), parts=(4, 5))
    abroad = [
        Pool(
            {sex: _names(group[sex]) for sex in SEXES},
            _names(group["family"]),
            parts=(group["parts"][0], group["parts"][1]),
            nationalities=frozenset(group["nationalities"]),
        )
        for group in _read("abroad")
    ]
    return (at_home, *abroad)


@lru_cache(maxsize=512)
def pool_of(nationality: str) -> int:
    """The index of the pool a nationality's names are from."""
    return next((at for at, pool in enumerate(pools()) if nationality in pool.nationalities), 0)


@lru_cache(maxsize=1)
def words() -> Any:
    """Sentences of narratives and addresses, by language."""
    return _read("words")
