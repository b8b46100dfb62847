"""Persons as agencies describe them. Pure: no database, no clock, no request."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonIn:
    """One person as one agency wrote her down. Empty text and None mean: not known."""

    name_ar: str = ""
    name_latin: str = ""
    personal_number: str = ""
    phones: tuple[str, ...] = ()
    birth_date: date | None = None
    birth_precision: str = Precision.UNKNOWN.value
    age: int | None = None
    sex: str = Sex.UNKNOWN.value
    nationality: str = ""
    address: str = ""
    block: str = ""
    area: str = ""
    marital_status: str = ""
    education: str = ""
    occupation: str = ""
    anonymous: bool = False
