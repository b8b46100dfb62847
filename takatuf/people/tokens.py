"""From what an agency wrote to keyed tokens: normalised, composed, hashed. No token stands for a weak part alone."""

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from typing import Any

from takatuf.kernel.keyring import Keyring
from takatuf.kernel.reference import Pack
from takatuf.people.linkage import tokens as linkage

from . import scoring
from .rules import Kind, PersonIn

KINDS = frozenset(kind.value for kind in Kind)
LONGEST_NUMBER = 20
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


def composites(person: PersonIn, *, features: scoring.Features) -> set[tuple[str, str]]:
    """(kind, clear value) of every token of a cleaned person."""
    found: set[tuple[str, str]] = set()
    for one in scoring.by_each_phone(features):
        found |= {(str(kind), value) for kind, value in linkage.composites(one).items()}
    if person.personal_number:
        found.add((Kind.NUMBER, person.personal_number))
    found |= {(Kind.PHONE, phone) for phone in person.phones}
    return {(kind, value) for kind, value in found if kind in KINDS}


def one_digit_off(number: str) -> set[tuple[str, str]]:
    """The tokens of all numbers that one wrong, missing or surplus digit, or two turned round, make of this one."""
    if not number.isdigit() or len(number) > LONGEST_NUMBER:
        return set()
    places = range(len(number))
    variants = {number[:at] + digit + number[at + 1 :] for at in places for digit in "0123456789"}
    variants |= {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in places[:-1]}
    return {(Kind.NUMBER, variant) for variant in variants - {number}}


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
