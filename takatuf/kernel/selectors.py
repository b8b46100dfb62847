"""The legal calendar in force: the pack's rules and the days announced since."""

from datetime import date
from functools import lru_cache

from django.db.models import Count, Max

from takatuf.kernel.calendar import Calendar, FixedHoliday, HijriHoliday, Override, build_holidays
from takatuf.kernel.models import HolidayOverride
from takatuf.kernel.reference import Pack, pack
from takatuf.kernel.text import Text

YEARS = range(2005, 2041)


def legal_calendar() -> Calendar:
    """The calendar of the country in force now.

    Built once per state of the announced days: the count and time of the last edit are asked each
    time (one small query), so an edit in another process acts at once.
    """
    state = HolidayOverride.objects.filter(retired_at=None).aggregate(number=Count("id"), last=Max("edited_at"))
    return _calendar(pack(), (state["number"], state["last"]))


@lru_cache(maxsize=8)
def _calendar(country: Pack, state: tuple[int, object]) -> Calendar:
    announced = tuple(
        Override(row.day, row.action, Text(row.name_ar, row.name_en), row.basis)
        for row in HolidayOverride.objects.filter(retired_at=None)
    )
    return calendar_of(country, announced)


def calendar_of(country: Pack, announced: tuple[Override, ...] = ()) -> Calendar:
    """The calendar of a pack and these announced days."""
    weekend = frozenset(country.weekend)
    holidays = country.holidays
    found = build_holidays(
        fixed=tuple(
            FixedHoliday(item.month, item.day, item.length, item.name, item.source or "") for item in holidays.fixed
        ),
        hijri_days=tuple(
            HijriHoliday(item.month, item.day, item.length, item.name, item.source or "") for item in holidays.hijri
        ),
        overrides=(
            *(Override(item.day, item.action, item.name, item.source or "") for item in holidays.overrides),
            *announced,
        ),
        years=YEARS,
        weekend=weekend,
        substitute=holidays.substitute,
    )
    return Calendar(weekend=weekend, timezone=country.timezone, holidays=found)


def announced(*, since: date) -> list[HolidayOverride]:
    """Announced days in force from a day on, for the calendar page."""
    return list(HolidayOverride.objects.filter(retired_at=None, day__gte=since).order_by("day"))
