"""The legal calendar in force: the pack's rules, the days announced since, the moon as it was seen."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from takatuf.kernel.actor import Actor
from takatuf.kernel.calendar import Calendar, Offsets, Override, YearlyHoliday, build_holidays
from takatuf.kernel.db import prepared
from takatuf.kernel.models import HijriOffset, HolidayOverride
from takatuf.kernel.reference import Pack, YearlyDay, pack
from takatuf.kernel.text import Text

YEARS = range(1925, 2077)  # as far as Umm al-Qura is known; beyond, the calendar refuses to guess

STATE = """
SELECT (SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM kernel_holidayoverride WHERE retired_at IS NULL),
       (SELECT md5(string_agg(id::text, ',' ORDER BY id)) FROM kernel_hijrioffset WHERE retired_at IS NULL)
"""


def legal_calendar() -> Calendar:
    """The calendar of the country in force now. One small query: in a loop, ask once and keep it.

    Built once per set of announced days. Rows are never rewritten, so the ids of those in force are the
    state: an edit acts at once in every process, and one that was rolled back leaves nothing behind, which
    neither a count, nor the time of the last edit, nor a time to live could promise.
    """
    with prepared.cursor() as cursor:
        cursor.execute(STATE)
        state = cursor.fetchone()
    return _calendar(pack(), state)


@lru_cache(maxsize=8)
def _calendar(country: Pack, state: tuple[str | None, str | None]) -> Calendar:
    rows = HolidayOverride.objects.filter(retired_at=None) if state[0] else ()
    said = [Override(row.day, row.action, Text(row.name_ar, row.name_en), row.basis, row.of) for row in rows]
    moons = HijriOffset.objects.filter(retired_at=None).order_by("from_day") if state[1] else ()
    return calendar_of(country, said, tuple((moon.from_day, moon.days) for moon in moons))


def calendar_of(country: Pack, announced: Iterable[Override] = (), offsets: Offsets = ()) -> Calendar:
    """The calendar of a pack with these announced days, which win over the pack's own."""
    weekend, rules = frozenset(country.weekend), country.holidays
    said = {
        one.day: Override(one.day, one.action, one.name, one.source or "", one.of) for one in rules.overrides
    }
    said |= {one.day: one for one in announced}
    holidays = build_holidays(
        fixed=map(_yearly, rules.fixed),
        hijri_days=map(_yearly, rules.hijri),
        overrides=said.values(),
        years=YEARS,
        weekend=weekend,
        substitute=rules.substitute,
        offsets=offsets,
    )
    return Calendar(
        weekend=weekend, timezone=country.timezone, holidays=holidays, offsets=offsets, years=YEARS
    )


def _yearly(item: YearlyDay) -> YearlyHoliday:
    return YearlyHoliday(item.month, item.day, item.length, item.name, item.source or "", item.code)


def announced(*, actor: Actor, since: date) -> list[HolidayOverride]:
    """Announced days in force from a day on. Public: every actor sees them."""
    return list(HolidayOverride.objects.filter(retired_at=None, day__gte=since).order_by("day"))


def moon_sightings(*, actor: Actor) -> list[HijriOffset]:
    """Offsets of the Hijri calendar in force, the latest first. Public: every actor sees them."""
    return list(HijriOffset.objects.filter(retired_at=None).order_by("-from_day"))
