"""Announced holidays, moon sightings, and the check of the key file.

The kernel knows no journal: each deed returns what changed, and the floor above that calls it writes the entry.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from takatuf.kernel import clock
from takatuf.kernel.actor import Actor
from takatuf.kernel.errors import Refusal
from takatuf.kernel.keyring import keyring, prove
from takatuf.kernel.models import HijriOffset, HolidayOverride, KeyCheck
from takatuf.kernel.reference import pack

EDIT = "reference.edit"
ADD, CANCEL = "add", "cancel"


class Reason(StrEnum):
    NO_POWER = "no_power"
    NAME_IN_BOTH_LANGUAGES = "name_in_both_languages"
    UNKNOWN_ACTION = "unknown_action"
    UNKNOWN_HOLIDAY = "unknown_holiday"
    BASIS_NEEDED = "basis_needed"
    ONE_DAY_AT_MOST = "one_day_at_most"
    GONE = "gone"


class CalendarRefused(Refusal):
    """The calendar may not be changed so."""


@dataclass(frozen=True, slots=True)
class HolidaySet:
    """An announcement that now holds, and the one of the same day that it retired."""

    now: HolidayOverride
    before: HolidayOverride | None


@dataclass(frozen=True, slots=True)
class OffsetSet:
    """An offset of the Hijri calendar that now holds, and the one from the same day that it retired."""

    now: HijriOffset
    before: HijriOffset | None


@transaction.atomic
def set_holiday(
    *,
    actor: Actor,
    day: date,
    action: str,
    name_ar: str,
    name_en: str,
    basis: str,
    now: datetime,
    of: str = "",
) -> HolidaySet:
    """Announce a day: `add` or `cancel`. A former announcement of the same day is retired, not lost.

    `of`: the code of the pack's holiday that the circular sets; its computed days of that year give way to
    the announced ones, so every day of the circular is to be entered. Raises CalendarRefused.
    """
    _check_power(actor)
    _check_holiday(action, of, name_ar.strip(), name_en.strip(), basis.strip())
    before = HolidayOverride.objects.select_for_update().filter(day=day, retired_at=None).first()
    if before is not None:
        before.retired_at = now
        before.save(update_fields=["retired_at"])
    fresh = HolidayOverride.objects.create(
        day=day,
        action=action,
        of=of,
        name_ar=name_ar.strip(),
        name_en=name_en.strip(),
        basis=basis.strip(),
        edited_at=now,
        edited_by=actor.user_id,
    )
    return HolidaySet(now=fresh, before=before)


@transaction.atomic
def retire_holiday(*, actor: Actor, holiday_id: UUID, now: datetime) -> HolidayOverride:
    """Take an announcement back: the computed calendar holds again for that day. Raises CalendarRefused."""
    _check_power(actor)
    row = HolidayOverride.objects.select_for_update().filter(pk=holiday_id, retired_at=None).first()
    if row is None:
        raise CalendarRefused(Reason.GONE)
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    return row


@transaction.atomic
def set_hijri_offset(*, actor: Actor, from_day: date, days: int, basis: str, now: datetime) -> OffsetSet:
    """From a day on the Hijri calendar is `days` (−1, 0, +1) ahead of the computed one. Raises CalendarRefused.

    Estimated holidays move with it; announced ones do not. To end it, set 0 from a later day.
    """
    _check_power(actor)
    if days not in {-1, 0, 1}:
        raise CalendarRefused(Reason.ONE_DAY_AT_MOST)
    if not basis.strip():
        raise CalendarRefused(Reason.BASIS_NEEDED)
    before = HijriOffset.objects.select_for_update().filter(from_day=from_day, retired_at=None).first()
    if before is not None:
        before.retired_at = now
        before.save(update_fields=["retired_at"])
    fresh = HijriOffset.objects.create(
        from_day=from_day, days=days, basis=basis.strip(), edited_at=now, edited_by=actor.user_id
    )
    return OffsetSet(now=fresh, before=before)


def _check_power(actor: Actor) -> None:
    if not actor.may(EDIT):
        raise CalendarRefused(Reason.NO_POWER, power=EDIT)


def _check_holiday(action: str, of: str, name_ar: str, name_en: str, basis: str) -> None:
    if action not in {ADD, CANCEL}:
        raise CalendarRefused(Reason.UNKNOWN_ACTION)
    if not name_ar or not name_en:
        raise CalendarRefused(Reason.NAME_IN_BOTH_LANGUAGES)
    if not basis:
        raise CalendarRefused(Reason.BASIS_NEEDED)
    if of and (action != ADD or of not in _holiday_codes()):
        raise CalendarRefused(Reason.UNKNOWN_HOLIDAY, of=of)


def _holiday_codes() -> set[str]:
    rules = pack().holidays
    return {item.code for item in (*rules.fixed, *rules.hijri)}


@transaction.atomic
def check_keys(*, actor: Actor) -> list[str]:
    """Hold the key file against what this database was written with; a key not seen before is noted.

    For the start of everything (`takatuf up`, `takatuf keys check`): a new database gets a new key file here.
    Returns the ids of the keys. Raises KeyFileError when the file is missing, lacks a key of this database,
    or has another one under its name: nothing is served with a wrong key.
    """
    ring = keyring()
    known = dict(KeyCheck.objects.values_list("key_id", "fingerprint"))
    prove(ring, known)
    mine = ring.fingerprints()
    KeyCheck.objects.bulk_create(
        [
            KeyCheck(key_id=key_id, fingerprint=fingerprint, created_at=clock.now())
            for key_id, fingerprint in mine.items()
            if key_id not in known
        ],
        ignore_conflicts=True,
    )
    return sorted(mine)
