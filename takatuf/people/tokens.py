"""From what an agency wrote to keyed tokens: normalised, composed, hashed. No token stands for a weak part alone."""

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from itertools import product
from typing import Any

from takatuf.kernel.keyring import Keyring
from takatuf.kernel.reference import Pack
from takatuf.people.linkage import names

from .rules import Kind, PersonIn, Precision

# Cross products of spelling alternatives stay small: a rare spelling more is not worth a wide net.
MOST_ALTERNATIVES = 3
MOST_TOKENS = 36
FIELDS = tuple(field.name for field in fields(PersonIn))
EMPTY: tuple[object, ...] = ("", None, (), [])


def clean(person: PersonIn, *, country: Pack) -> PersonIn:
    """The same person with placeholders removed and numbers in one form; what is no number goes."""
    if is_anonymous(person):
        return person
    number = country.normalise_personal_number(person.personal_number) or ""
    phones = tuple(dict.fromkeys(filter(None, (country.normalise_phone(phone) for phone in person.phones))))
    return replace(
        person,
        name_ar="" if country.is_placeholder_name(person.name_ar) else person.name_ar.strip(),
        name_latin="" if country.is_placeholder_name(person.name_latin) else person.name_latin.strip(),
        personal_number=number,
        phones=phones,
    )


def is_anonymous(person: PersonIn) -> bool:
    """Nobody could find her again: no name, no number, no phone."""
    return not (person.name_ar or person.name_latin or person.personal_number or person.phones)


def composites(person: PersonIn) -> set[tuple[str, str]]:
    """(kind, clear value) of every token of a cleaned person."""
    found: set[tuple[str, str]] = set()
    if person.personal_number:
        found.add((Kind.NUMBER, person.personal_number))
    for phone in person.phones:
        found.add((Kind.PHONE, phone))
    born = _birth_day(person)
    for name in filter(None, (person.name_ar, person.name_latin)):
        parsed = names.parse(name)
        given, father, family = (_keys(part) for part in (parsed.given, parsed.father, parsed.family))
        found |= _named(person, given, father, family, born)
    return found if len(found) <= MOST_TOKENS else set(sorted(found)[:MOST_TOKENS])


def _named(
    person: PersonIn, given: list[str], father: list[str], family: list[str], born: str
) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    if person.personal_number:
        found |= _joined(Kind.NUMBER_GIVEN, [person.personal_number], given)
    for phone in person.phones:
        found |= _joined(Kind.PHONE_GIVEN, [phone], given)
        found |= _joined(Kind.PHONE_GIVEN_FATHER, [phone], given, father)
        found |= _joined(Kind.PHONE_GIVEN_FAMILY, [phone], given, family)
    if born:
        found |= _joined(Kind.GIVEN_FATHER_BIRTH, [born], given, father)
        found |= _joined(Kind.GIVEN_FAMILY_BIRTH, [born], given, family)
    found |= _joined(Kind.GIVEN_FATHER, given, father)
    found |= _joined(Kind.GIVEN_FAMILY, given, family)
    found |= _joined(Kind.GIVEN_FATHER_FAMILY, given, father, family)
    return found


def _joined(kind: Kind, *parts: list[str]) -> set[tuple[str, str]]:
    return {(kind, "|".join(chosen)) for chosen in product(*parts)}


def _keys(part: str) -> list[str]:
    return sorted(names.keys(part))[:MOST_ALTERNATIVES] if part else []


def _birth_day(person: PersonIn) -> str:
    """A full birth date only; the first of January is what clerks type for "some day that year"."""
    born = person.birth_date
    if born is None or person.birth_precision != Precision.DAY or (born.month, born.day) == (1, 1):
        return ""
    return born.isoformat()


def blind(composed: Iterable[tuple[str, str]], *, keyring: Keyring) -> dict[bytes, str]:
    """Keyed tokens → kind."""
    return {keyring.blind(f"people.{kind}", value): str(kind) for kind, value in composed}


def personal_number_token(number: str, *, country: Pack, keyring: Keyring) -> bytes | None:
    """The token of a personal number alone; None when there is no number in the text."""
    cleaned = country.normalise_personal_number(number)
    return keyring.blind(f"people.{Kind.NUMBER}", cleaned) if cleaned else None


def to_json(person: PersonIn) -> bytes:
    """The record as received, for sealing. Empty fields are left out."""
    values = {name: value for name in FIELDS if (value := getattr(person, name)) not in EMPTY}
    return json.dumps(values, ensure_ascii=False, default=str, separators=(",", ":")).encode()


def from_json(data: bytes) -> PersonIn:
    values: dict[str, Any] = json.loads(data)
    if values.get("birth_date"):
        values["birth_date"] = date.fromisoformat(values["birth_date"])
    values["phones"] = tuple(values.get("phones", ()))
    return PersonIn(**values)
