"""Reports and cases: what they hold and what may happen to them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID

from takatuf.kernel.errors import Refusal
from takatuf.people.rules import PersonIn, Precision, Sex


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Scope(StrEnum):
    """Whether the relation is one the law on protection from domestic violence covers; counted apart if not."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


class Exposure(StrEnum):
    """A child's exposure to the violence (statutory content of a report)."""

    NONE = "none"
    WITNESSED = "witnessed"
    HARMED = "harmed"
    UNKNOWN = "unknown"


class Known(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a report is refused. `field` and `value` of coded lists travel in the facts; personal values never."""

    UNKNOWN_CODE = "unknown_code"
    RETIRED_CODE = "retired_code"
    RECEIVED_IN_FUTURE = "received_in_future"
    INCIDENT_IN_FUTURE = "incident_in_future"
    INCIDENT_AFTER_RECEIPT = "incident_after_receipt"
    INVESTIGATION_BACKWARDS = "investigation_backwards"
    BIRTH_IN_FUTURE = "birth_in_future"
    AGE_OUT_OF_RANGE = "age_out_of_range"
    SAME_PERSON = "same_person"
    TEXT_TOO_LONG = "text_too_long"
    BAD_PERSONAL_NUMBER = "bad_personal_number"
    BAD_PHONE = "bad_phone"
    NOT_VISIBLE = "not_visible"
    EMPTY_TEXT = "empty_text"
    NO_VICTIM = "no_victim"
    DRAFT_GONE = "draft_gone"
    BAD_CURSOR = "bad_cursor"


class CannotReport(Refusal):
    """The report, addendum or draft may not be taken so; facts name the field."""


class NotVisible(Refusal):
    """There is nothing here for this actor: absent, or hidden; the two are not told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterIn:
    """Who told it. Always sealed: the identity leaves only by a power of its own."""

    kind: str = ""
    name: str = ""
    phone: str = ""
    personal_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIn:
    """The statutory content of a report (law on protection from domestic violence, content of the report)."""

    channel: str
    received_at: datetime
    victim: PersonIn
    aggressor: PersonIn
    reporter: ReporterIn = ReporterIn()
    external_ref: str = ""
    received_place: str = ""
    relation: str = ""
    forms: tuple[str, ...] = ()
    severity: str = ""
    tool: str = ""
    child_exposure: str = "unknown"
    incident_on: date | None = None
    incident_precision: str = Precision.UNKNOWN.value
    incident_time: time | None = None
    incident_area: str = ""
    incident_block: str = ""
    incident_place: str = ""
    reported_before: str = "unknown"
    investigation_started_at: datetime | None = None
    investigation_finished_at: datetime | None = None
    narrative: str = ""
    injuries: str = ""


LONGEST = {
    "name_ar": 300,
    "name_latin": 300,
    "address": 500,
    "narrative": 60_000,
    "injuries": 10_000,
    "name": 300,
}
OLDEST = 125
CLOCK_SKEW = timedelta(minutes=10)

# Field of the report → list of the pack that must know its code.
CODED = {
    "channel": "channels",
    "relation": "relations",
    "severity": "severities",
    "tool": "tools",
    "incident_place": "places",
    "incident_area": "areas",
}
FIXED = {
    "child_exposure": frozenset(Exposure),
    "reported_before": frozenset(Known),
    "incident_precision": frozenset(Precision),
}
SEXES = frozenset(Sex)
CODED_PERSON = {
    "nationality": "nationalities",
    "area": "areas",
    "marital_status": "marital",
    "education": "education",
    "occupation": "occupations",
}


def check_report(report: ReportIn, *, codes: Mapping[str, frozenset[str]], now: datetime) -> None:
    """Raises CannotReport naming the first field that cannot be taken. `codes`: list name → known codes."""
    _check_codes(report, codes)
    _check_times(report, now)
    _check_person(report.victim, "victim", codes, now)
    _check_person(report.aggressor, "aggressor", codes, now)
    _check_lengths(report)
    number = report.victim.personal_number
    if number and number == report.aggressor.personal_number:
        raise CannotReport(Reason.SAME_PERSON, field="aggressor.personal_number")


def _check_codes(report: ReportIn, codes: Mapping[str, frozenset[str]]) -> None:
    for field, list_name in CODED.items():
        value = getattr(report, field)
        if value and value not in codes[list_name]:
            raise CannotReport(Reason.UNKNOWN_CODE, field=field, value=value)
    for form in report.forms:
        if form not in codes["forms"]:
            raise CannotReport(Reason.UNKNOWN_CODE, field="forms", value=form)
    if report.reporter.kind and report.reporter.kind not in codes["reporter_kinds"]:
        raise CannotReport(Reason.UNKNOWN_CODE, field="reporter.kind", value=report.reporter.kind)
    for field, known in FIXED.items():
        if getattr(report, field) not in known:
            raise CannotReport(Reason.UNKNOWN_CODE, field=field, value=getattr(report, field))


def _check_times(report: ReportIn, now: datetime) -> None:
    if report.received_at > now + CLOCK_SKEW:
        raise CannotReport(Reason.RECEIVED_IN_FUTURE, field="received_at")
    # A day is a local thing: the receipt may be "tomorrow" in UTC, so one day of tolerance.
    if report.incident_on is not None and report.incident_on > report.received_at.date() + timedelta(days=1):
        raise CannotReport(Reason.INCIDENT_AFTER_RECEIPT, field="incident_on")
    started, finished = report.investigation_started_at, report.investigation_finished_at
    if started and finished and finished < started:
        raise CannotReport(Reason.INVESTIGATION_BACKWARDS, field="investigation_finished_at")


def _check_person(person: PersonIn, role: str, codes: Mapping[str, frozenset[str]], now: datetime) -> None:
    for field, list_name in CODED_PERSON.items():
        value = getattr(person, field)
        if value and value not in codes[list_name]:
            raise CannotReport(Reason.UNKNOWN_CODE, field=f"{role}.{field}", value=value)
    if person.sex not in SEXES:
        raise CannotReport(Reason.UNKNOWN_CODE, field=f"{role}.sex", value=person.sex)
    if person.birth_date is not None and person.birth_date > now.date() + timedelta(days=1):
        raise CannotReport(Reason.BIRTH_IN_FUTURE, field=f"{role}.birth_date")
    if person.birth_date is not None and now.year - person.birth_date.year > OLDEST:
        raise CannotReport(Reason.AGE_OUT_OF_RANGE, field=f"{role}.birth_date")
    if person.age is not None and not 0 <= person.age <= OLDEST:
        raise CannotReport(Reason.AGE_OUT_OF_RANGE, field=f"{role}.age")


def _check_lengths(report: ReportIn) -> None:
    for role, holder, longest in (
        ("", report, LENGTHS_OF_REPORT),
        ("victim.", report.victim, LENGTHS_OF_PERSON),
        ("aggressor.", report.aggressor, LENGTHS_OF_PERSON),
        ("reporter.", report.reporter, LENGTHS_OF_REPORTER),
    ):
        for name, most in longest:
            if len(getattr(holder, name)) > most:
                raise CannotReport(Reason.TEXT_TOO_LONG, field=role + name, longest=most)


def _lengths(shape: type) -> tuple[tuple[str, int], ...]:
    """(field, longest) of every text."""
    return tuple(
        (field.name, LONGEST.get(field.name, 200)) for field in fields(shape) if field.type in (str, "str")
    )


LENGTHS_OF_REPORT, LENGTHS_OF_PERSON, LENGTHS_OF_REPORTER = map(_lengths, (ReportIn, PersonIn, ReporterIn))


def age_at(*, person: PersonIn, day: date) -> int | None:
    """Whole years on `day`; from the stated age if no full birth date is known; None means unknown."""
    born = person.birth_date
    if born is not None and person.birth_precision == Precision.DAY:
        return max(0, day.year - born.year - ((day.month, day.day) < (born.month, born.day)))
    if person.age is not None:
        return person.age
    if born is not None and person.birth_precision in (Precision.MONTH, Precision.YEAR):
        return max(0, day.year - born.year)
    return None


def birth_year(*, person: PersonIn, day: date) -> int | None:
    """The year of birth where it is known, or follows from a stated age within a year."""
    if person.birth_date is not None and person.birth_precision != Precision.UNKNOWN:
        return person.birth_date.year
    return day.year - person.age if person.age is not None else None


# Places in lists and timelines


class Kind(StrEnum):
    """What a line of a case's timeline is."""

    REPORT = "report"
    ADDENDUM = "addendum"
    DUTY = "duty"
    GRANT = "grant"
    DEED = "deed"


Place = tuple[datetime, str, str]  # moment, kind, id: the order of a timeline


def place(at: datetime, kind: str, pk: str) -> str:
    """A cursor that `read_place` reads: where a page of a timeline ended."""
    return f"{at.isoformat()}~{kind}~{pk}"


def read_place(text: str) -> Place:
    """Raises NotVisible(bad_cursor)."""
    at, kind, pk = _apart(text, 3)
    known = kind in set(Kind) and (kind == Kind.DEED) == (len(pk) == 20 and pk.isascii() and pk.isdigit())
    if not known:
        raise NotVisible(Reason.BAD_CURSOR)
    return _moment(at), kind, pk if kind == Kind.DEED else str(_uuid(pk))


def cursor(at: datetime, pk: UUID) -> str:
    """Where a page of a list ended; `read_cursor` is its inverse."""
    return f"{at.isoformat()}~{pk}"


def read_cursor(text: str) -> tuple[datetime, UUID]:
    """Raises NotVisible(bad_cursor)."""
    at, pk = _apart(text, 2)
    return _moment(at), _uuid(pk)


def _apart(text: str, parts: int) -> list[str]:
    found = text.split("~")
    if len(found) != parts:
        raise NotVisible(Reason.BAD_CURSOR)
    return found


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise NotVisible(Reason.BAD_CURSOR) from None
    if at.tzinfo is None:
        raise NotVisible(Reason.BAD_CURSOR)
    return at


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotVisible(Reason.BAD_CURSOR) from None


def reference_typed(text: str) -> str:
    """A reference as somebody typed it, in its own form: capitals, no blanks, O, I and L read as 0, 1 and 1."""
    prefix, dash, body = text.strip().upper().replace(" ", "").partition("-")
    return prefix + dash + body.translate(str.maketrans("OIL", "011")) if dash else prefix
