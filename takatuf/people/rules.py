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
    """What a blind token is made of. Letters name the parts; only composites, but for a number and a phone."""

    NUMBER = "N"
    GIVEN_BIRTH = "GB"
    GIVEN_SECOND_LAST = "GFL"
    GIVEN_LAST_MONTH = "GLM"
    GIVEN_SECOND_MONTH = "GFM"
    PHONE_GIVEN = "PG"
    PHONE_MONTH = "PM"
    PHONE = "P"
    LAST_BIRTH = "LB"
    AREA_BIRTH = "AB"
    GIVEN_LAST_YEAR = "GLY"
    GIVEN_LAST_AREA = "GLA"
    GIVEN_SECOND_AREA = "GFA"
    GIVEN_LAST = "GL"
    GIVEN_SECOND = "GF"


# These find somebody for who searches, and nobody for who files: two names alone are thousands of women's.
WEAK = frozenset({Kind.GIVEN_LAST, Kind.GIVEN_SECOND})
# Two reports of one moment that share one of these may be of one woman: one waits for the other.
TELLING = frozenset(
    {
        Kind.NUMBER,
        Kind.GIVEN_BIRTH,
        Kind.GIVEN_LAST_MONTH,
        Kind.GIVEN_SECOND_MONTH,
        Kind.PHONE_GIVEN,
        Kind.PHONE_MONTH,
    }
)
# A composite that more people share finds nobody.
MOST_SHARED = 200


class Outcome(StrEnum):
    """How a record found its person."""

    JOINED = "joined"
    NEW = "new"
    POSSIBLE = "possible"  # new, but somebody like her is known: a human should look


class How(StrEnum):
    """How a record came to be taken for a person's."""

    JOINED = "joined"  # the model was sure
    NEW = "new"
    POSSIBLE = "possible"  # a provisional person of her own, until a human has looked
    MERGED = "merged"
    PARTED = "parted"


class ReviewStatus(StrEnum):
    OPEN = "open"
    SECOND = "second"  # one reader has judged; a protected file needs another one
    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    OVER = "over"  # answered by another deed: the records are of one person already, or she was erased


WAITING = (ReviewStatus.OPEN.value, ReviewStatus.SECOND.value)


class Why(StrEnum):
    """Why a pair is asked about."""

    ARRIVAL = "arrival"  # a record came that may be somebody's
    MISSED = "missed"  # the nightly comparison found two persons alike
    FRACTURE = "fracture"  # taken for one person, and the evidence no longer holds


def priority(*, why: Why, weight: float | None, guards: Sequence[str]) -> int:
    """1 the most urgent: a wrong join shows one woman's file to those who know another."""
    if why == Why.FRACTURE:
        return 1
    if guards:
        return 3
    return 2 if weight is None or weight >= 0 else 4


class Verdict(StrEnum):
    """What a reader says of a pair."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


def judged(verdicts: Sequence[Verdict], *, protected: bool) -> ReviewStatus:
    """What becomes of a pair: one reader decides, two where a protected file is touched; who disagree, cannot tell."""
    if not protected or Verdict.UNSURE in verdicts:
        return ReviewStatus(verdicts[-1].value) if not protected else ReviewStatus.UNSURE
    if len(verdicts) < 2:
        return ReviewStatus.SECOND
    return ReviewStatus(verdicts[0].value) if len(set(verdicts)) == 1 else ReviewStatus.UNSURE


class Reason(StrEnum):
    NOTHING_TO_SEARCH = "nothing_to_search"
    PURPOSE_NEEDED = "purpose_needed"
    PURPOSE_NAMES_HER = "purpose_names_her"
    NOT_VISIBLE = "not_visible"
    ERASED = "erased"
    SAME_PERSON = "same_person"
    ALREADY_MERGED = "already_merged"
    NOT_MERGED = "not_merged"
    KIN = "kin"
    TOLD_APART = "told_apart"
    TIE_MISSING = "tie_missing"
    OPPOSITE_PARTIES = "opposite_parties"
    UNDO_LATER_FIRST = "undo_later_first"
    ALREADY_JUDGED = "already_judged"


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
