"""Powers, grants and their limits. Pure."""

import re
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from uuid import UUID

from takatuf.kernel.actor import Actor
from takatuf.kernel.errors import Refusal


class Power(StrEnum):
    """What a role may do. Roles are compositions of these, reviewed with the country's pack."""

    REPORT_CREATE = "report.create"
    REPORT_READ = "report.read"
    CASE_READ = "case.read"
    CASE_WRITE = "case.write"
    PERSON_SEARCH = "person.search"
    HIT_DETAIL = "person.hit_detail"
    PERSON_REVIEW = "person.review"
    PERSON_LINK = "person.link"
    REPORTER_SEE = "reporter.see"
    SEALED_SEE = "sealed.see"
    DUTY_DO = "duty.do"
    DUTY_OVERSEE = "duty.oversee"
    DUTY_OVERSEE_NATIONAL = "duty.oversee_national"
    IMPORT_RUN = "import.run"
    JOURNAL_READ = "journal.read"
    STATISTICS_READ = "statistics.read"
    ACCESS_MANAGE = "access.manage"
    BREAK_GLASS_USE = "break_glass.use"
    BREAK_GLASS_REVIEW = "break_glass.review"
    CONFLICT_MANAGE = "conflict.manage"
    REFERENCE_EDIT = "reference.edit"
    KEYS_ROTATE = "keys.rotate"


class Level(IntEnum):
    """How much of a case a grant opens. Sealed parts need a power of their own besides."""

    EXISTENCE = 1
    SUMMARY = 2
    FULL = 3


class Basis(StrEnum):
    """Why a unit may see a case."""

    ORIGINATED = "originated"
    REFERRAL = "referral"
    COURT_ORDER = "court_order"
    STATUTORY = "statutory"
    CONSENT = "consent"
    BREAK_GLASS = "break_glass"


class Why(StrEnum):
    """Why a user is locked out of a case."""

    PARTY = "party"
    KIN = "kin"


class Verdict(StrEnum):
    """What the guardian found of an emergency opening."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


# What one unit may give another; the rest follows from a unit's own deed.
GIVEN = frozenset({Basis.REFERRAL, Basis.COURT_ORDER, Basis.STATUTORY, Basis.CONSENT})
ENDLESS = frozenset({Basis.COURT_ORDER, Basis.STATUTORY})

BREAK_GLASS_TIME = timedelta(hours=1)
BREAK_GLASS_REASON_LENGTH = 20

# Bodies that the law itself puts on every case: they see the whole file of a case they report into.
STATUTORY_KINDS = frozenset({"police", "prosecution"})

# No one person may both run the house and look into it, nor read the journal of her own administration.
SEPARATE_DUTIES = (
    frozenset({Power.ACCESS_MANAGE.value, Power.CASE_READ.value}),
    frozenset({Power.ACCESS_MANAGE.value, Power.JOURNAL_READ.value}),
)


class Reason(StrEnum):
    NO_POWER = "no_power"
    NO_UNIT = "no_unit"
    NOT_VISIBLE = "not_visible"
    REASON_TOO_SHORT = "reason_too_short"
    ALREADY_OPEN = "already_open"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    UNKNOWN_ROLE = "unknown_role"
    ROLE_NOT_FOR_AGENCY = "role_not_for_agency"
    NOT_A_MEMBER = "not_a_member"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_USER = "unknown_user"
    BAD_USERNAME = "bad_username"
    USERNAME_TAKEN = "username_taken"
    NAME_IN_BOTH_LANGUAGES = "name_in_both_languages"
    OWN_ACCOUNT = "own_account"
    ALREADY_ENDED = "already_ended"
    NOT_BROKEN_GLASS = "not_broken_glass"
    ALREADY_REVIEWED = "already_reviewed"
    OWN_OPENING = "own_opening"
    SEPARATE_DUTIES = "separate_duties"
    NOTE_NEEDED = "note_needed"
    BAD_PERSONAL_NUMBER = "bad_personal_number"
    OWN_UNIT = "own_unit"
    BASIS_NOT_GIVEN = "basis_not_given"
    PURPOSE_NEEDED = "purpose_needed"
    END_NEEDED = "end_needed"
    ENDS_IN_THE_PAST = "ends_in_the_past"


class AccessRefused(Refusal):
    """The actor may not do this, or not here."""


def check_power(actor: Actor, power: Power) -> None:
    """Raises AccessRefused(no_power) naming the missing power."""
    if not actor.may(power.value):
        raise AccessRefused(Reason.NO_POWER, power=power.value, role=actor.role)


USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,59}")


def check_account(*, username: str, name_ar: str, name_en: str) -> None:
    """A sign-in name of small Latin letters that cannot be taken for a number, and a name in both languages."""
    if not USERNAME.fullmatch(username):
        raise AccessRefused(Reason.BAD_USERNAME)
    check_names(name_ar=name_ar, name_en=name_en)


def check_names(*, name_ar: str, name_en: str) -> None:
    if not name_ar.strip() or not name_en.strip():
        raise AccessRefused(Reason.NAME_IN_BOTH_LANGUAGES)


def check_not_own(actor: Actor, *, user_id: UUID) -> None:
    """Nobody changes the powers, the password or the second factor of her own account as an administrator."""
    if actor.user_id == user_id:
        raise AccessRefused(Reason.OWN_ACCOUNT)


def check_unit(actor: Actor) -> UUID:
    """The unit the actor acts in. Raises AccessRefused(no_unit)."""
    if actor.unit_id is None:
        raise AccessRefused(Reason.NO_UNIT)
    return actor.unit_id


def check_break_glass(*, actor: Actor, reason: str) -> None:
    """One hour, one case, a reason of at least 20 characters that are not blanks."""
    check_power(actor, Power.BREAK_GLASS_USE)
    check_reason(reason)


def check_reason(reason: str) -> None:
    if len("".join(reason.split())) < BREAK_GLASS_REASON_LENGTH:
        raise AccessRefused(Reason.REASON_TOO_SHORT, least=BREAK_GLASS_REASON_LENGTH)


def check_note(note: str) -> None:
    if not note.strip():
        raise AccessRefused(Reason.NOTE_NEEDED)


def check_give(
    *, actor: Actor, level: Level, basis: Basis, purpose: str, until: datetime | None, now: datetime
) -> None:
    """A grant that one unit gives another: on a basis that can be given, for a stated purpose, with an end.

    Only what a court or the law opens may be without an end.
    Raises AccessRefused(no_power | basis_not_given | purpose_needed | end_needed | ends_in_the_past).
    """
    check_power(actor, Power.CASE_WRITE)
    if basis not in GIVEN:
        raise AccessRefused(Reason.BASIS_NOT_GIVEN, basis=basis.value)
    if len(purpose.strip()) < 3:
        raise AccessRefused(Reason.PURPOSE_NEEDED)
    if until is None and basis not in ENDLESS:
        raise AccessRefused(Reason.END_NEEDED, basis=basis.value)
    if until is not None and until <= now:
        raise AccessRefused(Reason.ENDS_IN_THE_PAST)


def separate_duties_broken(powers: frozenset[str]) -> list[frozenset[str]]:
    """The sets of powers that one role must never hold together, and does."""
    return [together for together in SEPARATE_DUTIES if together <= powers]


def level_for(*, agency_kind: str, opens_case: bool) -> tuple[Level, Basis]:
    """What a unit sees of a case by reporting into it.

    Who opens the case sees it whole; police and prosecution see every case they report into;
    others see what they sent, and of the rest only the state of things.
    """
    if opens_case:
        return Level.FULL, Basis.ORIGINATED
    if agency_kind in STATUTORY_KINDS:
        return Level.FULL, Basis.STATUTORY
    return Level.SUMMARY, Basis.ORIGINATED


def sign_in_wait(failures: int) -> int:
    """Seconds to wait after so many failures: none for three, then doubling to a minute."""
    return 0 if failures < 3 else min(60, 2 ** (failures - 3))
