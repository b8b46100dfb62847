"""Persons as statistics may know them: no name, no number, no text. Read through the `statistics` door."""

from collections.abc import Iterator
from dataclasses import dataclass

from .models import Person


@dataclass(frozen=True, slots=True)
class PersonFact:
    person: str
    sex: str
    birth_year: int | None
    anonymous: bool


def persons(*, batch: int = 10_000) -> Iterator[PersonFact]:
    """Every person of the index that is not erased; `person` is an opaque id, meaningless outside a snapshot."""
    rows = Person.objects.using("statistics").values_list("id", "sex", "birth_year", "anonymous")
    for pk, sex, birth_year, anonymous in rows.iterator(chunk_size=batch):
        yield PersonFact(str(pk), sex, birth_year, anonymous)
