"""Days as people write them: Gregorian with Hijri beside, in both languages. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from hijridate import Gregorian, Hijri

from takatuf.kernel.text import Text

# The Umm al-Qura tables of the library.
FIRST_HIJRI_YEAR, LAST_HIJRI_YEAR = 1343, 1500
FIRST_HIJRI, LAST_HIJRI = date(1924, 8, 1), date(2077, 11, 16)

WEEKDAYS = {
    1: Text("الاثنين", "Monday"),
    2: Text("الثلاثاء", "Tuesday"),
    3: Text("الأربعاء", "Wednesday"),
    4: Text("الخميس", "Thursday"),
    5: Text("الجمعة", "Friday"),
    6: Text("السبت", "Saturday"),
    7: Text("الأحد", "Sunday"),
}
MONTHS = (
    Text("يناير", "January"),
    Text("فبراير", "February"),
    Text("مارس", "March"),
    Text("أبريل", "April"),
    Text("مايو", "May"),
    Text("يونيو", "June"),
    Text("يوليو", "July"),
    Text("أغسطس", "August"),
    Text("سبتمبر", "September"),
    Text("أكتوبر", "October"),
    Text("نوفمبر", "November"),
    Text("ديسمبر", "December"),
)
HIJRI_MONTHS = (
    Text("محرم", "Muharram"),
    Text("صفر", "Safar"),
    Text("ربيع الأول", "Rabi I"),
    Text("ربيع الآخر", "Rabi II"),
    Text("جمادى الأولى", "Jumada I"),
    Text("جمادى الآخرة", "Jumada II"),
    Text("رجب", "Rajab"),
    Text("شعبان", "Sha'ban"),
    Text("رمضان", "Ramadan"),
    Text("شوال", "Shawwal"),
    Text("ذو القعدة", "Dhu al-Qa'dah"),
    Text("ذو الحجة", "Dhu al-Hijjah"),
)


class OutOfRange(ValueError):
    """A day that the tables do not reach: Umm al-Qura is known from 1343 to 1500 AH only."""


@dataclass(frozen=True, slots=True, order=True)
class HijriDay:
    year: int
    month: int
    day: int

    @property
    def text(self) -> Text:
        month = HIJRI_MONTHS[self.month - 1]
        return Text(f"{self.day} {month.ar} {self.year}", f"{self.day} {month.en} {self.year}")


def hijri(day: date, *, offset: int = 0) -> HijriDay:
    """The Umm al-Qura day; `offset` (−1, 0, +1) where the moon was seen otherwise. Raises OutOfRange."""
    moved = day + timedelta(days=offset)
    if not FIRST_HIJRI <= moved <= LAST_HIJRI:
        raise OutOfRange(f"{day.isoformat()} is outside the Umm al-Qura tables ({_span()})")
    found = Gregorian(moved.year, moved.month, moved.day).to_hijri()
    return HijriDay(found.year, found.month, found.day)


def from_hijri(year: int, month: int, day: int) -> date:
    """The Gregorian day of a Hijri one. Raises OutOfRange, and ValueError for a day that the month has not."""
    _check_year(year)
    found = Hijri(year, month, day).to_gregorian()
    return date(found.year, found.month, found.day)


def hijri_month_length(year: int, month: int) -> int:
    """29 or 30. Raises OutOfRange."""
    _check_year(year)
    return int(Hijri(year, month, 1).month_length())


def _check_year(year: int) -> None:
    if not FIRST_HIJRI_YEAR <= year <= LAST_HIJRI_YEAR:
        raise OutOfRange(f"{year} AH is outside the Umm al-Qura tables ({_span()})")


def _span() -> str:
    return f"{FIRST_HIJRI_YEAR}–{LAST_HIJRI_YEAR} AH, {FIRST_HIJRI} to {LAST_HIJRI}"


def add_months(day: date, months: int) -> tuple[date, bool]:
    """The same day of a later month; True when that month has no such day and its last one stands for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    length = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, length)), day.day > length


def add_hijri_months(day: HijriDay, months: int) -> tuple[HijriDay, bool]:
    """The same in Hijri months. Raises OutOfRange."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    length = hijri_month_length(year, month + 1)
    return HijriDay(year, month + 1, min(day.day, length)), day.day > length


def short_text(day: date) -> Text:
    """Weekday and Gregorian day: "Monday 23 November 2026"."""
    weekday, month = WEEKDAYS[day.isoweekday()], MONTHS[day.month - 1]
    return Text(
        f"{weekday.ar} {day.day} {month.ar} {day.year}", f"{weekday.en} {day.day} {month.en} {day.year}"
    )


def long_text(day: date, *, offset: int = 0) -> Text:
    """Weekday, Gregorian and Hijri: "الاثنين 23 نوفمبر 2026 · 13 جمادى الآخرة 1448".

    Beyond the Hijri tables the Gregorian day stands alone.
    """
    plain = short_text(day)
    try:
        beside = hijri(day, offset=offset).text
    except OutOfRange:
        return plain
    return Text(f"{plain.ar} · {beside.ar}", f"{plain.en} · {beside.en}")


# unit → one, two, three to ten, eleven to ninety-nine, hundreds (Arabic); one, many (English)
UNITS = {
    "hours": (("ساعة واحدة", "ساعتان", "ساعات", "ساعة", "ساعة"), ("hour", "hours")),
    "days": (("يوم واحد", "يومان", "أيام", "يوماً", "يوم"), ("day", "days")),
    "working_days": (
        ("يوم عمل واحد", "يوما عمل", "أيام عمل", "يوم عمل", "يوم عمل"),
        ("working day", "working days"),
    ),
    "weeks": (("أسبوع واحد", "أسبوعان", "أسابيع", "أسبوعاً", "أسبوع"), ("week", "weeks")),
    "months": (("شهر واحد", "شهران", "أشهر", "شهراً", "شهر"), ("month", "months")),
    "years": (("سنة واحدة", "سنتان", "سنوات", "سنة", "سنة"), ("year", "years")),
}


def counted(value: int, unit: str) -> Text:
    """A number with its noun: "3 أيام", "11 يوماً", "100 يوم"; "1 day", "3 days"."""
    arabic, english = UNITS[unit]
    if value in {1, 2}:
        return Text(arabic[value - 1], f"{value} {english[value - 1]}")
    last_two = value % 100
    if 3 <= last_two <= 10:
        noun = arabic[2]
    elif last_two >= 11:
        noun = arabic[3]
    else:
        noun = arabic[4]
    return Text(f"{value} {noun}", f"{value} {english[1]}")
