"""What may be asked of the figures, and why not. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from takatuf.kernel.errors import Refusal

MOST_MONTHS = 12  # of a period nobody chose


class Reason(StrEnum):
    NO_SNAPSHOT = "no_snapshot"
    UNKNOWN_SNAPSHOT = "unknown_snapshot"
    DAMAGED = "damaged"
    BUSY = "busy"
    TOO_SOON = "too_soon"
    NO_SPACE = "no_space"
    OTHER_COUNTRY = "other_country"
    UNKNOWN_TABLE = "unknown_table"
    UNKNOWN_SCOPE = "unknown_scope"
    UNKNOWN_AGENCY = "unknown_agency"
    UNKNOWN_MONTH = "unknown_month"
    PERIOD_BACKWARDS = "period_backwards"


class StatisticsRefused(Refusal):
    """A snapshot that cannot be taken or read, or a question that is not of the closed list."""


class Name(StrEnum):
    """The closed list of tables."""

    VICTIMS = "victims"
    AGENCIES = "agencies"
    RELATIONS = "relations"


class Scope(StrEnum):
    """Which reports: by whether the law on protection from domestic violence names the relation."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, written 2026-01."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Raises StatisticsRefused(unknown_month)."""
        match = re.fullmatch(r"([12][0-9]{3})-(0[1-9]|1[0-2])", text)
        if match is None:
            raise StatisticsRefused(Reason.UNKNOWN_MONTH)
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return self.plus(1).first - timedelta(days=1)

    def plus(self, months: int) -> "Month":
        whole = self.year * 12 + self.month - 1 + months
        return Month(whole // 12, whole % 12 + 1)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months, both included."""

    first: Month
    last: Month

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise StatisticsRefused(Reason.PERIOD_BACKWARDS)

    def months(self) -> list[Month]:
        found, month = [], self.first
        while month <= self.last:
            found.append(month)
            month = month.plus(1)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a table. Every value is of an allow-list; None: all."""

    period: Period
    scope: Scope | None = None
    agency: str | None = None


def months_known(*, first: date | None, last: date | None, taken_on: date) -> Period:
    """The months a snapshot speaks of: from its first report to its own day."""
    newest = Month.of(taken_on)
    oldest = Month.of(first) if first is not None else newest
    # A report entered ahead of its time (a clock that runs fast) widens the period instead of vanishing.
    return Period(min(oldest, newest), max(newest, Month.of(last)) if last is not None else newest)


def usual_period(*, known: Period, last: date | None) -> Period:
    """When nobody chose: the twelve months that end with the newest report."""
    newest = min(known.last, Month.of(last)) if last is not None else known.last
    return Period(max(known.first, newest.plus(1 - MOST_MONTHS)), newest)


def question(
    *,
    known: Period,
    usual: Period,
    agencies: frozenset[str],
    first: str = "",
    last: str = "",
    scope: str = "",
    agency: str = "",
) -> Question:
    """The question as asked in words. Raises StatisticsRefused naming what is not of the list."""
    begin = Month.parse(first) if first else min(usual.first, Month.parse(last)) if last else usual.first
    end = Month.parse(last) if last else max(usual.last, begin)
    if begin < known.first or end > known.last:
        # Beyond what is known there is nothing to count, and a zero there would be a lie.
        raise StatisticsRefused(Reason.UNKNOWN_MONTH, first=str(known.first), last=str(known.last))
    if scope and scope not in set(Scope):
        raise StatisticsRefused(Reason.UNKNOWN_SCOPE)
    if agency and agency not in agencies:
        raise StatisticsRefused(Reason.UNKNOWN_AGENCY)
    return Question(period=Period(begin, end), scope=Scope(scope) if scope else None, agency=agency or None)
