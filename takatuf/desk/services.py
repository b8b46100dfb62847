"""Deeds of the desk that join two capabilities: the change of one, the trace of another, in one transaction."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from takatuf.journal import services as journal
from takatuf.kernel import services as kernel
from takatuf.kernel.actor import Actor


@transaction.atomic
def announce_holiday(
    *,
    actor: Actor,
    day: date,
    action: str,
    name_ar: str,
    name_en: str,
    basis: str,
    now: datetime,
    of: str = "",
) -> kernel.HolidaySet:
    """Announce a day, and say so in the journal. Raises CalendarRefused."""
    made = kernel.set_holiday(
        actor=actor, day=day, action=action, name_ar=name_ar, name_en=name_en, basis=basis, now=now, of=of
    )
    journal.record(
        actor=actor,
        did="kernel.holiday_announced",
        to=[f"holiday:{made.now.pk}"],
        at=now,
        basis=basis.strip()[:200],
        day=day.isoformat(),
        action=action,
        of=of,
        replaces=str(made.before.pk) if made.before is not None else "",
    )
    return made


@transaction.atomic
def retire_holiday(*, actor: Actor, holiday_id: UUID, now: datetime) -> None:
    """Take an announced day back, and say so in the journal. Raises CalendarRefused."""
    gone = kernel.retire_holiday(actor=actor, holiday_id=holiday_id, now=now)
    journal.record(
        actor=actor,
        did="kernel.holiday_retired",
        to=[f"holiday:{gone.pk}"],
        at=now,
        day=gone.day.isoformat(),
        action=gone.action,
    )


@transaction.atomic
def sight_moon(*, actor: Actor, from_day: date, days: int, basis: str, now: datetime) -> kernel.OffsetSet:
    """Say by how many days the Hijri calendar differs from a day on. Raises CalendarRefused."""
    made = kernel.set_hijri_offset(actor=actor, from_day=from_day, days=days, basis=basis, now=now)
    journal.record(
        actor=actor,
        did="kernel.moon_sighted",
        to=[f"moon:{made.now.pk}"],
        at=now,
        basis=basis.strip()[:200],
        from_day=from_day.isoformat(),
        days=days,
    )
    return made
