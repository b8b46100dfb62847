"""What a country says about its tables: `tables.yaml` of its pack. The file, and each part of it, may be absent.

Read here and not in the kernel: nobody else needs it. A mistake is named by file, line and field.
"""

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from takatuf.kernel.reference import ARABIC, Entry, Pack, PackError, Problem, read
from takatuf.kernel.text import Text

FILE = "tables.yaml"
# Age bands of children, youth and adults as the tables of violence statistics have them; every year is in one.
AGE_BANDS = (0, 12, 18, 25, 35, 45, 60)
OLDEST = 150


class Band(Entry):
    """Ages from `first` to the year before the next band; the last is open. `ar`, `en`: where numbers do not do."""

    first: Annotated[int, Field(ge=0, le=120)]
    ar: str = ""
    en: str = ""


class Direction(Entry):
    """Who to whom: a relation and the victim's sex, as the country's figures name it. `always`: even at zero."""

    relation: str
    victim_sex: Literal["female", "male"]
    always: bool = True
    ar: str
    en: str = Field(min_length=1)

    @field_validator("ar")
    @classmethod
    def arabic(cls, value: str) -> str:
        if not ARABIC.search(value):
            raise ValueError("has no Arabic letter")
        return value

    @property
    def name(self) -> Text:
        return Text(self.ar, self.en)


class Definitions(Entry):
    """The country's part in the definitions of the tables."""

    age_bands: tuple[Band, ...] = tuple(Band(first=first) for first in AGE_BANDS)
    directions: tuple[Direction, ...] = ()

    @model_validator(mode="after")
    def in_order(self) -> "Definitions":
        firsts = [band.first for band in self.age_bands]
        if not firsts or firsts[0] != 0 or any(a >= b for a, b in pairwise(firsts)):
            raise ValueError("age_bands must begin with 0 and rise, so that every age is in one band")
        keys = [(direction.relation, direction.victim_sex) for direction in self.directions]
        if len(set(keys)) != len(keys):
            raise ValueError("directions names a relation and sex twice")
        return self


def definitions(country: Pack) -> Definitions:
    """The definitions of a pack. Raises PackError with every mistake in its tables.yaml."""
    return _read(country.folder / FILE, frozenset(item.code for item in country.relations))


@lru_cache(maxsize=8)
def _read(path: Path, relations: frozenset[str]) -> Definitions:
    if not path.exists():
        return Definitions()
    source = read(path)
    try:
        found = Definitions.model_validate(source.data or {})
    except ValidationError as error:
        raise PackError(
            [
                Problem(
                    FILE,
                    source.line(mistake["loc"]),
                    ".".join(map(str, mistake["loc"])),
                    mistake["msg"].removeprefix("Value error, "),
                )
                for mistake in error.errors()
            ]
        ) from error
    strange = [
        Problem(
            FILE,
            source.line(("directions", index, "relation")),
            f"directions.{index}.relation",
            f"{one.relation} is unknown",
        )
        for index, one in enumerate(found.directions)
        if one.relation not in relations
    ]
    if strange:
        raise PackError(strange)
    return found
