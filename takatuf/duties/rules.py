"""What may happen to a duty, and when it climbs. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from takatuf.kernel.errors import Refusal


class Status(StrEnum):
    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


NEXT: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset({Status.DONE, Status.CANCELLED}),
    Status.DONE: frozenset({Status.OPEN}),  # undo, by whom did it, for a short while
    Status.CANCELLED: frozenset(),
}

UNDO_TIME = timedelta(minutes=15)


class Reason(StrEnum):
    NOT_VISIBLE = "not_visible"
    ALREADY_CLOSED = "already_closed"
    NOT_CLOSED = "not_closed"
    TOO_LATE_TO_UNDO = "too_late_to_undo"
    NOT_YOURS_TO_UNDO = "not_yours_to_undo"
    NOT_IN_UNIT = "not_in_unit"
    REASON_NEEDED = "reason_needed"


class DutyRefused(Refusal):
    """This duty may not be changed so."""


def check_can_close(*, status: str) -> None:
    if Status.DONE not in NEXT[Status(status)]:
        raise DutyRefused(Reason.ALREADY_CLOSED, status=status)


def check_can_undo(*, status: str, closed_at: datetime | None, own: bool, now: datetime) -> None:
    if status != Status.DONE or closed_at is None:
        raise DutyRefused(Reason.NOT_CLOSED)
    if not own:
        raise DutyRefused(Reason.NOT_YOURS_TO_UNDO)
    if now - closed_at > UNDO_TIME:
        raise DutyRefused(Reason.TOO_LATE_TO_UNDO, minutes=int(UNDO_TIME.total_seconds() // 60))


def applies(*, when: Mapping[str, Sequence[object]], facts: Mapping[str, object]) -> bool:
    """Whether a duty's conditions hold: every named fact has one of the allowed values. Unknown facts do not."""
    return all(facts.get(name) in allowed for name, allowed in when.items())


def escalation_level(*, due_at: datetime, now: datetime, ladder_hours: Sequence[int]) -> int:
    """How many rungs of the ladder are passed: 0 while not overdue; rung n is `hours` after the due time."""
    return sum(1 for hours in ladder_hours if now >= due_at + timedelta(hours=hours) and now > due_at)


SUPERVISOR, AGENCY_HEAD, STRATEGY_OWNER = "supervisor", "agency_head", "strategy_owner"


def rung_of(*, ladder: Sequence[str], whom: str) -> int | None:
    """The escalation at which a duty has climbed to somebody (counted from 1); None where the ladder never does."""
    return next((at for at, to in enumerate(ladder, start=1) if to == whom), None)
