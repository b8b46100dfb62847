"""Persons as agencies describe them. Pure: no database, no clock, no request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from takatuf.kernel.errors import Refusal


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


class Kind(StrEnum):
    """What a blind token is made of. Letters name the parts; only composites, never a weak part alone."""

    NUMBER = "N"
    NUMBER_GIVEN = "NG"
    GIVEN_FATHER_BIRTH = "GFB"
    GIVEN_FAMILY_BIRTH = "GLB"
    PHONE_GIVEN_FATHER = "PGF"
    PHONE_GIVEN_FAMILY = "PGL"
    PHONE_GIVEN = "PG"
    PHONE = "P"
    GIVEN_FATHER_FAMILY = "GFL"
    GIVEN_FATHER = "GF"
    GIVEN_FAMILY = "GL"


# Enough to say "the same person" without asking anybody; all others only say "perhaps".
JOINING = frozenset(
    {
        Kind.NUMBER_GIVEN,
        Kind.GIVEN_FATHER_BIRTH,
        Kind.GIVEN_FAMILY_BIRTH,
        Kind.PHONE_GIVEN_FATHER,
        Kind.PHONE_GIVEN_FAMILY,
    }
)
# Order of trust, for choosing between several candidates.
TRUST = {
    Kind.NUMBER_GIVEN: 100,
    Kind.NUMBER: 60,
    Kind.GIVEN_FATHER_BIRTH: 50,
    Kind.GIVEN_FAMILY_BIRTH: 50,
    Kind.PHONE_GIVEN_FATHER: 40,
    Kind.PHONE_GIVEN_FAMILY: 40,
    Kind.GIVEN_FATHER_FAMILY: 20,
    Kind.PHONE_GIVEN: 15,
    Kind.GIVEN_FATHER: 8,
    Kind.GIVEN_FAMILY: 8,
    Kind.PHONE: 5,
}


class Outcome(StrEnum):
    """How a record found its person."""

    JOINED = "joined"
    NEW = "new"
    POSSIBLE = "possible"  # new, but somebody like her is known: a human should look


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A known person that shares tokens with the record at hand."""

    person: str
    kinds: frozenset[str]
    sex: str = Sex.UNKNOWN.value
    birth_year: int | None = None
    named: bool = True

    @property
    def trust(self) -> int:
        return sum(TRUST[Kind(kind)] for kind in self.kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    outcome: Outcome
    person: str | None
    kinds: frozenset[str] = frozenset()


def conflicts(*, sex: str, birth_year: int | None, candidate: Candidate) -> bool:
    """A guard, not tuning: different sex, or birth years more than one apart, never join by themselves."""
    unknown = Sex.UNKNOWN.value
    if unknown not in (sex, candidate.sex) and sex != candidate.sex:
        return True
    if birth_year is not None and candidate.birth_year is not None:
        return abs(birth_year - candidate.birth_year) > 1
    return False


def decide(
    *,
    sex: str,
    birth_year: int | None,
    named: bool,
    candidates: Sequence[Candidate],
    not_this: str | None = None,
) -> Decision:
    """Join the record to a known person, or make a new one, or make a new one and say who it may be.

    A personal number joins only with an agreeing given name, or when one side has no name at all:
    numbers are mistyped, and a relative's number is written down for a child.  `not_this` is the
    other party of the same report, who is never the same person.
    """
    possible: Candidate | None = None
    for candidate in sorted(candidates, key=lambda one: (-one.trust, one.person)):
        if candidate.person == not_this:
            continue
        enough = bool(candidate.kinds & JOINING) or (
            Kind.NUMBER in candidate.kinds and not (named and candidate.named)
        )
        if enough and not conflicts(sex=sex, birth_year=birth_year, candidate=candidate):
            return Decision(outcome=Outcome.JOINED, person=candidate.person, kinds=candidate.kinds)
        if possible is None and candidate.trust >= TRUST[Kind.GIVEN_FATHER_FAMILY]:
            possible = candidate
    if possible is not None:
        return Decision(outcome=Outcome.POSSIBLE, person=possible.person, kinds=possible.kinds)
    return Decision(outcome=Outcome.NEW, person=None)


class Reason(StrEnum):
    NOTHING_TO_SEARCH = "nothing_to_search"
    PURPOSE_NEEDED = "purpose_needed"
    PURPOSE_NAMES_HER = "purpose_names_her"
    NOT_VISIBLE = "not_visible"
    ERASED = "erased"
    SAME_PERSON = "same_person"


class PersonRefused(Refusal):
    """This cannot be asked or done about a person."""


def check_purpose(purpose: str, *, wanted: PersonIn) -> None:
    """A search needs a purpose, and it may not name the person: it is written in the journal, for years, in clear.

    Raises PersonRefused(purpose_needed | purpose_names_her).
    """
    if len(purpose.strip()) < 3:
        raise PersonRefused(Reason.PURPOSE_NEEDED)
    said = set(purpose.lower().split())
    names = f"{wanted.name_ar} {wanted.name_latin} {wanted.personal_number} {' '.join(wanted.phones)}"
    if said & {part for part in names.lower().split() if len(part) > 2}:
        raise PersonRefused(Reason.PURPOSE_NAMES_HER)
