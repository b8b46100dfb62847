"""Persons as statistics may know them: no name, no number, no text. Read through the `statistics` door."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from .models import Person


@dataclass(frozen=True, slots=True)
class PersonFact:
    person: UUID  # opaque; a snapshot replaces it by a key of its own
    sex: str
    birth_year: int | None
    anonymous: bool


def persons(*, batch: int = 10_000) -> Iterator[PersonFact]:
    """Every person of the index, once: a redirect is nobody. Whom we erased is still counted: what she suffered was."""
    rows = (
        Person.objects.using("statistics")
        .filter(merged_into=None)
        .values_list("id", "sex", "birth_year", "anonymous")
    )
    for row in rows.iterator(chunk_size=batch):
        yield PersonFact(*row)
