"""The only module that opens, closes and escalates duties."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access
from takatuf.journal import services as journal
from takatuf.kernel.actor import Actor
from takatuf.kernel.calendar import Calendar, Deadline
from takatuf.kernel.db import bulk
from takatuf.kernel.ids import new_id
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import pack
from takatuf.kernel.selectors import legal_calendar

from . import rules, selectors
from .models import Duty

RECEIVING_UNIT = "receiving_unit"


def note_aad(duty_id: UUID) -> str:
    return f"duties_duty:{duty_id}:note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened that may oblige somebody: `facts` are coded values, never personal ones."""

    name: str
    subject_kind: str
    subject_id: UUID
    unit_id: UUID
    start: datetime
    case_id: UUID | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def open_for(*, actor: Actor, events: Sequence[Event], now: datetime) -> list[Duty]:
    """Open what the pack's rules oblige for these events, in the caller's transaction.

    A duty of the same kind already open on the same case and unit is not opened twice. Each duty
    carries the proof of its due time in both languages.
    """
    wanted: list[Duty] = []
    deadlines = _Deadlines()
    for event in events:
        for kind in pack().duties:
            if kind.event == event.name and rules.applies(when=kind.when, facts=event.facts):
                owners = [event.unit_id] if kind.owner == RECEIVING_UNIT else _units_of(actor, kind.owner)
                wanted += [
                    _duty(kind.code, kind.rule, kind.priority, event, owner, deadlines, now)
                    for owner in owners
                ]
    opened = {event.case_id for event in events if event.name == "case.opened"}
    fresh = _not_open_yet(wanted, opened)
    bulk.insert(Duty, [{name: getattr(duty, name) for name in DUTY} for duty in fresh])
    return fresh


DUTY = tuple(field.attname for field in Duty._meta.concrete_fields)


class _Deadlines:
    """The due times of one batch: the calendar is read once, and each due time worked out once."""

    def __init__(self) -> None:
        self._calendar: Calendar | None = None
        self._known: dict[tuple[str, datetime], Deadline] = {}

    def of(self, rule_id: str, start: datetime) -> Deadline:
        found = self._known.get((rule_id, start))
        if found is None:
            self._calendar = self._calendar or legal_calendar()
            found = self._known[rule_id, start] = due_time(rule_id, start, calendar=self._calendar)
        return found


def _duty(
    kind: str,
    rule_id: str,
    priority: int,
    event: Event,
    owner: UUID,
    deadlines: _Deadlines,
    now: datetime,
) -> Duty:
    due = deadlines.of(rule_id, event.start)
    return Duty(
        id=new_id(),
        kind=kind,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        case_id=event.case_id,
        unit_id=owner,
        priority=priority,
        rule=rule_id,
        opened_at=now,
        due_at=due.due,
        proof_ar=due.proof.ar,
        proof_en=due.proof.en,
    )


def due_time(rule_id: str, start: datetime, *, calendar: Calendar | None = None) -> Deadline:
    """The due time that a rule of the pack gives for a start, with its proof."""
    rule = pack().rule(rule_id, on=start.date())
    return (calendar or legal_calendar()).deadline(
        start=start, value=int(rule.value), unit=rule.unit, start_day=rule.start_day
    )


def _units_of(actor: Actor, owner: str) -> list[UUID]:
    """Units of an owner kind: a unit code, a unit kind or an agency kind of the pack."""
    units = list(access.units(actor))
    for matches in (
        [unit.pk for unit in units if unit.code == owner],
        [unit.pk for unit in units if unit.kind == owner],
        [unit.pk for unit in units if unit.agency_kind == owner],
    ):
        if matches:
            return matches[:1]
    return []


def _not_open_yet(wanted: Sequence[Duty], opened: Collection[UUID | None]) -> list[Duty]:
    """`opened`: cases opened a moment ago, on which no duty can be open yet."""
    cases = {duty.case_id for duty in wanted if duty.case_id} - set(opened)
    held = set(
        Duty.objects.filter(case_id__in=cases, status=rules.Status.OPEN.value).values_list(
            "case_id", "kind", "unit_id"
        )
        if cases
        else ()
    )
    fresh: list[Duty] = []
    for duty in wanted:
        key = (duty.case_id, duty.kind, duty.unit_id)
        if duty.case_id is None or key not in held:
            held.add(key)
            fresh.append(duty)
    return fresh


@transaction.atomic
def complete(*, actor: Actor, duty_id: UUID, now: datetime, note: str = "", outcome: str = "done") -> Duty:
    """Say that a duty is done. Raises DutyRefused(not_visible | already_closed), AccessRefused(no_power)."""
    access_rules.check_power(actor, access_rules.Power.DUTY_DO)
    duty = _locked(actor, duty_id)
    rules.check_can_close(status=duty.status)
    duty.status, duty.closed_at, duty.closed_by = rules.Status.DONE.value, now, actor.user_id
    duty.outcome = outcome
    duty.note = keyring().seal_alone(note.encode(), note_aad(duty.pk)) if note.strip() else None
    duty.save(update_fields=["status", "closed_at", "closed_by", "outcome", "note"])
    journal.record(
        actor=actor, did="duties.done", to=_subjects(duty), at=now, kind=duty.kind, late=now > duty.due_at
    )
    return duty


@transaction.atomic
def undo(*, actor: Actor, duty_id: UUID, now: datetime) -> Duty:
    """Take back "done", by whom did it, within a quarter of an hour."""
    access_rules.check_power(actor, access_rules.Power.DUTY_DO)
    duty = _locked(actor, duty_id)
    own = duty.closed_by is not None and duty.closed_by == actor.user_id
    rules.check_can_undo(status=duty.status, closed_at=duty.closed_at, own=own, now=now)
    duty.status, duty.closed_at, duty.closed_by, duty.outcome = rules.Status.OPEN.value, None, None, ""
    duty.save(update_fields=["status", "closed_at", "closed_by", "outcome"])
    journal.record(actor=actor, did="duties.undone", to=_subjects(duty), at=now, kind=duty.kind)
    return duty


@transaction.atomic
def assign(*, actor: Actor, duty_ids: Iterable[UUID], user_id: UUID | None, now: datetime) -> int:
    """Give duties of the actor's unit to one colleague, or back to the unit. Returns how many changed.

    To oneself with `duty.do`; to others with `duty.oversee`.
    """
    power = access_rules.Power.DUTY_DO if user_id == actor.user_id else access_rules.Power.DUTY_OVERSEE
    access_rules.check_power(actor, power)
    if user_id is not None and not access.users_of_unit(actor).filter(pk=user_id).exists():
        raise rules.DutyRefused(rules.Reason.NOT_IN_UNIT)
    changed = 0
    for duty in selectors.of_unit(actor).select_for_update().filter(pk__in=list(duty_ids), status="open"):
        duty.assigned_to = user_id
        duty.save(update_fields=["assigned_to"])
        journal.record(
            actor=actor,
            did="duties.assigned",
            to=_subjects(duty),
            at=now,
            kind=duty.kind,
            user=str(user_id or ""),
        )
        changed += 1
    return changed


@transaction.atomic
def escalate(*, actor: Actor, now: datetime) -> int:
    """Let every overdue duty climb its ladder; returns how many climbed. A periodic job of the system.

    Only duties whose next rung has come are read. Run twice it does nothing the second time; what another run or a
    worker holds at this moment is left for the next one.
    """
    ladders = {kind.code: sorted(step.after_hours for step in kind.ladder) for kind in pack().duties}
    ready = Q(pk__in=[])
    for code, hours in ladders.items():
        for rung, after in enumerate(hours):
            ready |= Q(kind=code, escalation=rung, due_at__lte=now - timedelta(hours=after))
    climbed = 0
    found = Duty.objects.filter(ready, status=rules.Status.OPEN.value, due_at__lt=now)
    for duty in found.select_for_update(skip_locked=True):
        level = rules.escalation_level(due_at=duty.due_at, now=now, ladder_hours=ladders[duty.kind])
        duty.escalation, duty.escalated_at = level, now
        duty.save(update_fields=["escalation", "escalated_at"])
        journal.record(
            actor=actor, did="duties.escalated", to=_subjects(duty), at=now, kind=duty.kind, level=level
        )
        climbed += 1
    return climbed


def follow(
    *, actor: Actor, case_id: UUID, to: UUID, subject_ids: Collection[UUID] | None = None
) -> list[list[str]]:
    """Duties about a case become duties about another: all of them, or those on some of its reports.

    In the caller's transaction and the system's sight; returns what `put_back` takes.
    """
    found = Duty.objects.filter(case_id=case_id)
    if subject_ids is not None:
        found = found.filter(subject_id__in=subject_ids)
    was = [[str(duty.pk), str(duty.case_id), str(duty.subject_id)] for duty in found.order_by("pk")]
    pks = [pk for pk, _, _ in was]
    Duty.objects.filter(pk__in=pks, subject_id=case_id).update(subject_id=to)
    Duty.objects.filter(pk__in=pks).update(case_id=to)
    return was


def put_back(*, actor: Actor, was: Iterable[Sequence[str]]) -> None:
    """Undo `follow`: each duty is about the case and subject it was about."""
    for pk, case_id, subject_id in was:
        Duty.objects.filter(pk=pk).update(case_id=case_id, subject_id=subject_id)


def _locked(actor: Actor, duty_id: UUID) -> Duty:
    duty = selectors.of_unit(actor).select_for_update().filter(pk=duty_id).first()
    if duty is None:
        raise rules.DutyRefused(rules.Reason.NOT_VISIBLE)
    return duty


def _subjects(duty: Duty) -> list[str]:
    subjects = [f"duty:{duty.pk}", f"{duty.subject_kind}:{duty.subject_id}"]
    return [*subjects, f"case:{duty.case_id}"] if duty.case_id and duty.subject_kind != "case" else subjects
