"""Announced holidays, and the check of the key file. Journalled by the callers above: the kernel knows no journal."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from takatuf.kernel import clock
from takatuf.kernel.actor import Actor
from takatuf.kernel.errors import Refusal
from takatuf.kernel.keyring import KeyFileError, keyring
from takatuf.kernel.models import HolidayOverride, KeyCheck

EDIT = "reference.edit"


class Reason(StrEnum):
    NO_POWER = "no_power"
    NAME_IN_BOTH_LANGUAGES = "name_in_both_languages"
    UNKNOWN_ACTION = "unknown_action"
    BASIS_NEEDED = "basis_needed"
    GONE = "gone"


class CalendarRefused(Refusal):
    """The calendar may not be changed so."""


@transaction.atomic
def set_holiday(
    *, actor: Actor, day: date, action: str, name_ar: str, name_en: str, basis: str, now: datetime
) -> HolidayOverride:
    """Announce a day: `add` or `cancel`. A former announcement of the same day is retired, not lost."""
    if not actor.may(EDIT):
        raise CalendarRefused(Reason.NO_POWER, power=EDIT)
    if action not in ("add", "cancel"):
        raise CalendarRefused(Reason.UNKNOWN_ACTION)
    if not name_ar.strip() or not name_en.strip():
        raise CalendarRefused(Reason.NAME_IN_BOTH_LANGUAGES)
    if not basis.strip():
        raise CalendarRefused(Reason.BASIS_NEEDED)
    HolidayOverride.objects.filter(day=day, retired_at=None).update(retired_at=now)
    return HolidayOverride.objects.create(
        day=day,
        action=action,
        name_ar=name_ar.strip(),
        name_en=name_en.strip(),
        basis=basis.strip(),
        edited_at=now,
        edited_by=actor.user_id,
    )


@transaction.atomic
def retire_holiday(*, actor: Actor, holiday_id: UUID, now: datetime) -> HolidayOverride:
    """Take an announcement back: the computed calendar holds again for that day."""
    if not actor.may(EDIT):
        raise CalendarRefused(Reason.NO_POWER, power=EDIT)
    row = HolidayOverride.objects.select_for_update().filter(pk=holiday_id, retired_at=None).first()
    if row is None:
        raise CalendarRefused(Reason.GONE)
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    return row


def check_keys(*, actor: Actor) -> list[str]:
    """Compare the key file with what this database was written with; new keys are noted.

    Returns the ids of the keys. Raises KeyFileError when the file lacks a key, or has another one
    under the same name: nothing is served with a wrong key.
    """
    mine = keyring().fingerprints()
    known = dict(KeyCheck.objects.values_list("key_id", "fingerprint"))
    wrong = [key_id for key_id, fingerprint in known.items() if mine.get(key_id) != fingerprint]
    if wrong:
        raise KeyFileError(
            f"The key file is not the one this database was written with (key {', '.join(sorted(wrong))}): "
            "put the right keyring.json back; nothing was changed."
        )
    KeyCheck.objects.bulk_create(
        [
            KeyCheck(key_id=key_id, fingerprint=fingerprint, created_at=clock.now())
            for key_id, fingerprint in mine.items()
            if key_id not in known
        ],
        ignore_conflicts=True,
    )
    return sorted(mine)
