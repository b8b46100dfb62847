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
