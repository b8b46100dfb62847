"""A small fictional country for the tests of the calendar: Friday–Saturday weekend, moon-sighted feasts."""

from takatuf.kernel.calendar import Calendar, Override, YearlyHoliday, build_holidays
from takatuf.kernel.text import Text

FRIDAY_SATURDAY = frozenset({5, 6})
YEARS = range(2005, 2061)

NEW_YEAR = YearlyHoliday(1, 1, 1, Text("رأس السنة الميلادية", "New Year"), code="new_year")
FOUNDING = YearlyHoliday(12, 16, 2, Text("يوم التأسيس", "Founding Days"), code="founding")
EID = YearlyHoliday(10, 1, 3, Text("عيد الفطر", "Eid al-Fitr"), code="eid_fitr")
HIJRI_NEW_YEAR = YearlyHoliday(1, 1, 1, Text("رأس السنة الهجرية", "Hijri New Year"), code="hijri_new_year")


def island(
    *overrides: Override,
    substitute: bool = False,
    offsets: tuple = (),
    timezone: str = "Asia/Riyadh",
    weekend: frozenset[int] = FRIDAY_SATURDAY,
) -> Calendar:
    holidays = build_holidays(
        fixed=(NEW_YEAR, FOUNDING),
        hijri_days=(EID, HIJRI_NEW_YEAR),
        overrides=overrides,
        years=YEARS,
        weekend=weekend,
        substitute=substitute,
        offsets=offsets,
    )
    return Calendar(weekend=weekend, timezone=timezone, holidays=holidays, offsets=offsets, years=YEARS)
