"""What a given actor may see of duties: her unit's, her own, those she oversees."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access
from takatuf.kernel.actor import Actor
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import pack

from . import rules
from .models import Duty


def of_unit(actor: Actor) -> QuerySet[Duty]:
    return Duty.objects.filter(unit_id=actor.own_unit)


def worklist(
    actor: Actor, *, now: datetime, mine: bool = False, overdue: bool = False, kind: str = ""
) -> QuerySet[Duty]:
    """Open duties of the unit, by danger then by time."""
    found = of_unit(actor).filter(status=rules.Status.OPEN.value)
    if mine:
        found = found.filter(assigned_to=actor.user_id)
    if overdue:
        found = found.filter(due_at__lt=now)
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("priority", "due_at", "id")


@dataclass(frozen=True, slots=True)
class Counts:
    open: int
    mine: int
    overdue: int


def counts(actor: Actor, *, now: datetime) -> Counts:
    found = (
        of_unit(actor)
        .filter(status=rules.Status.OPEN.value)
        .aggregate(
            open=Count("id"),
            mine=Count("id", filter=Q(assigned_to=actor.user_id)),
            overdue=Count("id", filter=Q(due_at__lt=now)),
        )
    )
    return Counts(**found)


def kinds(actor: Actor, *, now: datetime, mine: bool = False, overdue: bool = False) -> dict[str, int]:
    """How many open duties of each kind the same worklist without a kind would hold, the most first."""
    found = worklist(actor, now=now, mine=mine, overdue=overdue).order_by()
    rows = found.values("kind").annotate(number=Count("id")).order_by("-number", "kind")
    return {row["kind"]: row["number"] for row in rows}


def undoable(actor: Actor, *, now: datetime) -> list[Duty]:
    """What the actor did in the last quarter of an hour and may still take back, the latest first."""
    found = of_unit(actor).filter(
        status=rules.Status.DONE.value, closed_by=actor.user_id, closed_at__gte=now - rules.UNDO_TIME
    )
    return list(found.order_by("-closed_at"))


def of_case(actor: Actor, *, case_id: UUID) -> QuerySet[Duty]:
    """The unit's own duties about one case, open ones first."""
    return of_unit(actor).filter(case_id=case_id).order_by("-status", "due_at")


def next_of_cases(actor: Actor, *, case_ids: Iterable[UUID]) -> dict[UUID, Duty]:
    """The unit's next open duty of each case: the most urgent, then the earliest. One statement."""
    found = of_unit(actor).filter(case_id__in=list(case_ids), status=rules.Status.OPEN.value)
    first = found.order_by("case_id", "priority", "due_at", "id").distinct("case_id")
    return {duty.case_id: duty for duty in first if duty.case_id is not None}


def open_about(actor: Actor, *, subject_id: UUID, kinds: Iterable[str]) -> QuerySet[Duty]:
    """The unit's open duties of these kinds about one subject, the oldest first."""
    found = of_unit(actor).filter(subject_id=subject_id, kind__in=list(kinds), status=rules.Status.OPEN.value)
    return found.order_by("opened_at", "id")


def get(actor: Actor, *, duty_id: UUID) -> Duty | None:
    return of_unit(actor).filter(pk=duty_id).first()


def overdue_by_worker(actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """(assigned_to, kind, late, highest) of the actor's unit, for its supervisor; `highest` rung of escalation."""
    access_rules.check_power(actor, access_rules.Power.DUTY_OVERSEE)
    rows = of_unit(actor).filter(status=rules.Status.OPEN.value, due_at__lt=now)
    counted = rows.values("assigned_to", "kind").annotate(late=Count("id"), highest=Max("escalation"))
    return [dict(row) for row in counted.order_by("-late")]


def overdue(
    actor: Actor, *, now: datetime, assigned_to: UUID | None = None, nobody: bool = False, kind: str = ""
) -> QuerySet[Duty]:
    """Overdue duties of the actor's unit, the latest first: of one worker, of nobody, or of all."""
    access_rules.check_power(actor, access_rules.Power.DUTY_OVERSEE)
    found = of_unit(actor).filter(status=rules.Status.OPEN.value, due_at__lt=now)
    if nobody:
        found = found.filter(assigned_to=None)
    if assigned_to is not None:
        found = found.filter(assigned_to=assigned_to)
    if kind:
        found = found.filter(kind=kind)
    return found.order_by("due_at", "priority", "id")


def _climbed_to(whom: str) -> Q:
    """Duties that have climbed as far as this rung of their kind's ladder, or beyond."""
    found = Q(pk__in=[])
    for kind in pack().duties:
        rung = rules.rung_of(ladder=[step.to for step in kind.ladder], whom=whom)
        if rung is not None:
            found |= Q(kind=kind.code, escalation__gte=rung)
    return found


def overdue_in_agency(actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """(unit_id, kind, late, highest) of what has climbed to the head of the actor's agency: numbers only.

    Of the agency's other units nothing else is seen, and of the duties themselves no more than these numbers.
    """
    access_rules.check_power(actor, access_rules.Power.DUTY_OVERSEE)
    units = access.units_of_agency(actor, agency=actor.agency)
    late = Duty.objects.filter(status=rules.Status.OPEN.value, due_at__lt=now, unit_id__in=units)
    rows = late.filter(_climbed_to(rules.AGENCY_HEAD)).values("unit_id", "kind")
    counted = rows.annotate(late=Count("id"), highest=Max("escalation")).order_by("-late", "kind")
    return [dict(row) for row in counted]


def overdue_nationally(actor: Actor, *, now: datetime) -> list[dict[str, Any]]:
    """(unit_id, kind, open, late, climbed) of every unit, for the owner of the strategy: numbers only.

    `climbed`: how many have come up to her.
    """
    access_rules.check_power(actor, access_rules.Power.DUTY_OVERSEE_NATIONAL)
    rows = Duty.objects.filter(status=rules.Status.OPEN.value).values("unit_id", "kind")
    counted = rows.annotate(
        open=Count("id"),
        late=Count("id", filter=Q(due_at__lt=now)),
        climbed=Count("id", filter=Q(due_at__lt=now) & _climbed_to(rules.STRATEGY_OWNER)),
    )
    return [dict(row) for row in counted.order_by("-late")]


def note(actor: Actor, *, duty: Duty) -> str:
    """The sealed note of a duty of the actor's own unit."""
    if duty.note is None or duty.unit_id != actor.unit_id:
        return ""
    return keyring().open_alone(bytes(duty.note), f"duties_duty:{duty.pk}:note").decode()
