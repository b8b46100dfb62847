"""The legal calendar: working days, holidays, deadlines with their proof, Hijri beside Gregorian. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hijridate import Gregorian, Hijri

from takatuf.kernel.text import Text

# Umm al-Qura tables of the library: 1343–1500 AH.
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
UNITS = {
    "hours": Text("ساعة", "hours"),
    "days": Text("يوماً", "days"),
    "working_days": Text("يوم عمل", "working days"),
    "weeks": Text("أسبوعاً", "weeks"),
    "months": Text("شهراً", "months"),
    "years": Text("سنة", "years"),
}


class OutOfRange(ValueError):
    """The Umm al-Qura calendar is known from 1343 to 1500 AH only."""


@dataclass(frozen=True, slots=True)
class HijriDay:
    year: int
    month: int
    day: int

    @property
    def text(self) -> Text:
        month = HIJRI_MONTHS[self.month - 1]
        return Text(f"{self.day} {month.ar} {self.year}", f"{self.day} {month.en} {self.year}")


def hijri(day: date, *, offset: int = 0) -> HijriDay:
    """The Umm al-Qura day, moved by −1, 0 or +1 where the moon was seen otherwise. Raises OutOfRange."""
    moved = day + timedelta(days=offset)
    if not FIRST_HIJRI <= moved <= LAST_HIJRI:
        raise OutOfRange(f"{day.isoformat()} is outside the Umm al-Qura tables (1343–1500 AH)")
    found = Gregorian(moved.year, moved.month, moved.day).to_hijri()
    return HijriDay(found.year, found.month, found.day)


def from_hijri(year: int, month: int, day: int) -> date:
    """The Gregorian day of a Hijri one. Raises OutOfRange."""
    if not 1343 <= year <= 1500:
        raise OutOfRange(f"{year} AH is outside the Umm al-Qura tables (1343–1500 AH)")
    found = Hijri(year, month, day).to_gregorian()
    return date(found.year, found.month, found.day)


def long_text(day: date, *, offset: int = 0) -> Text:
    """Weekday, Gregorian and Hijri: "الاثنين 23 نوفمبر 2026 · 13 جمادى الآخرة 1448"."""
    weekday, month = WEEKDAYS[day.isoweekday()], MONTHS[day.month - 1]
    ar, en = f"{weekday.ar} {day.day} {month.ar} {day.year}", f"{weekday.en} {day.day} {month.en} {day.year}"
    if FIRST_HIJRI <= day + timedelta(days=offset) <= LAST_HIJRI:
        beside = hijri(day, offset=offset).text
        return Text(f"{ar} · {beside.ar}", f"{en} · {beside.en}")
    return Text(ar, en)


@dataclass(frozen=True, slots=True)
class Holiday:
    """`estimated`: computed, until the circular after the moon was seen says otherwise."""

    day: date
    name: Text
    source: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class FixedHoliday:
    month: int
    day: int
    length: int
    name: Text
    source: str = ""


@dataclass(frozen=True, slots=True)
class HijriHoliday:
    month: int
    day: int
    length: int
    name: Text
    source: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """An announced day: `add` makes it a holiday, `cancel` makes it an ordinary day."""

    day: date
    action: str
    name: Text
    source: str = ""


def build_holidays(
    *,
    fixed: tuple[FixedHoliday, ...],
    hijri_days: tuple[HijriHoliday, ...],
    overrides: tuple[Override, ...],
    years: range,
    weekend: frozenset[int],
    substitute: bool,
) -> dict[date, Holiday]:
    """Every holiday of `years`; announced days win over computed ones.

    With `substitute`, a holiday on the weekend gives the next day that is neither weekend nor holiday.
    """
    found: dict[date, Holiday] = {}
    for year in years:
        for item in fixed:
            for extra in range(item.length):
                day = date(year, item.month, item.day) + timedelta(days=extra)
                found[day] = Holiday(day, item.name, item.source)
    for hijri_year in range(hijri(date(years.start, 1, 1)).year - 1, hijri(date(years.stop - 1, 12, 31)).year + 2):
        for lunar in hijri_days:
            first = from_hijri(hijri_year, lunar.month, lunar.day)
            for extra in range(lunar.length):
                day = first + timedelta(days=extra)
                if day.year in years:
                    found.setdefault(day, Holiday(day, lunar.name, lunar.source, estimated=True))
    if substitute:
        for holiday in sorted(found.values(), key=lambda one: one.day):
            if holiday.day.isoweekday() in weekend:
                instead = holiday.day
                while instead.isoweekday() in weekend or instead in found:
                    instead += timedelta(days=1)
                name = Text(f"بدل {holiday.name.ar}", f"{holiday.name.en} (substitute)")
                found[instead] = Holiday(instead, name, holiday.source, holiday.estimated)
    for override in overrides:
        if override.action == "cancel":
            found.pop(override.day, None)
        else:
            found[override.day] = Holiday(override.day, override.name, override.source)
    return found


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` is an aware moment in UTC; `day` the last local day; `proof` shows every step in both languages."""

    due: datetime
    day: date
    proof: Text


@dataclass(frozen=True)
class Calendar:
    """A country's working time. `weekend`: ISO weekday numbers."""

    weekend: frozenset[int]
    timezone: str
    holidays: Mapping[date, Holiday] = field(default_factory=dict)
    hijri_offset: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def is_working_day(self, day: date) -> bool:
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def why_not(self, day: date) -> Text | None:
        """Why a day is not a working day; None if it is."""
        if day in self.holidays:
            holiday = self.holidays[day]
            if holiday.estimated:
                return Text(f"{holiday.name.ar} (تقديري)", f"{holiday.name.en} (estimated)")
            return holiday.name
        if day.isoweekday() in self.weekend:
            return Text("عطلة أسبوعية", "weekend")
        return None

    def end_of(self, day: date) -> datetime:
        """The last second of a local day, in UTC."""
        return datetime.combine(day, time(23, 59, 59), self.zone).astimezone(UTC)

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def text(self, day: date) -> Text:
        return long_text(day, offset=self.hijri_offset)

    def deadline(
        self, *, start: datetime, value: int, unit: str, start_day: str = "next_day", roll: str = "none"
    ) -> Deadline:
        """When something is due that was set off at `start` (aware).

        `start_day`: `same_moment` counts from the minute; `same_day` counts the day of the event as
        day one; `next_day` begins with the day after. `roll="next_working_day"` moves a last day
        that is no working day. Raises ValueError for an unknown unit, a naive start, a negative value.
        """
        if start.tzinfo is None:
            raise ValueError("the start of a deadline has a time zone")
        if value < 0:
            raise ValueError("a deadline is not negative")
        if unit not in UNITS:
            raise ValueError(f"unknown unit {unit!r}")
        first = self.local_day(start)
        if unit == "hours" or start_day == "same_moment" and value == 0:
            return self._hours(start, value)
        skipped: list[tuple[date, Text]] = []
        if unit == "working_days":
            last = self._working(first, value, start_day, skipped)
        else:
            last = self._calendar_days(first, value, unit, start_day)
        if roll == "next_working_day":
            while (why := self.why_not(last)) is not None:
                skipped.append((last, why))
                last += timedelta(days=1)
        return Deadline(self.end_of(last), last, self._proof(first, value, unit, start_day, skipped, last))

    def _hours(self, start: datetime, value: int) -> Deadline:
        due = start.astimezone(UTC) + timedelta(hours=value)
        begun, ended = start.astimezone(self.zone), due.astimezone(self.zone)
        from_, to = self.text(begun.date()), self.text(ended.date())
        ar = f"من {from_.ar} الساعة {begun:%H:%M} + {value} ساعة = {to.ar} الساعة {ended:%H:%M}"
        en = f"From {from_.en} at {begun:%H:%M} + {value} hours = {to.en} at {ended:%H:%M}"
        if value == 0:
            ar, en = f"فوراً: {from_.ar} الساعة {begun:%H:%M}", f"At once: {from_.en} at {begun:%H:%M}"
        return Deadline(due, ended.date(), Text(ar, en))

    def _working(self, first: date, value: int, start_day: str, skipped: list[tuple[date, Text]]) -> date:
        day = first if start_day == "same_day" else first + timedelta(days=1)
        left = max(value, 1)
        while True:
            why = self.why_not(day)
            if why is None:
                left -= 1
                if left == 0:
                    return day
            else:
                skipped.append((day, why))
            day += timedelta(days=1)

    def _calendar_days(self, first: date, value: int, unit: str, start_day: str) -> date:
        if unit in ("days", "weeks"):
            last = first + timedelta(days=value * (7 if unit == "weeks" else 1))
        else:
            last = add_months(first, value * (12 if unit == "years" else 1))
        return last - timedelta(days=1) if start_day == "same_day" and value else last

    def _proof(
        self, first: date, value: int, unit: str, start_day: str, skipped: list[tuple[date, Text]], last: date
    ) -> Text:
        words, begun, ended = UNITS[unit], self.text(first), self.text(last)
        how_ar = "يُحسب يوم الواقعة" if start_day == "same_day" else "لا يُحسب يوم الواقعة"
        how_en = "the day of the event counts" if start_day == "same_day" else "the day of the event does not count"
        ar, en = f"من {begun.ar}، {value} {words.ar} ({how_ar})", f"From {begun.en}, {value} {words.en} ({how_en})"
        if skipped:
            ar += "؛ لا تُحسب: " + "، ".join(f"{day.isoformat()} {why.ar}" for day, why in skipped)
            en += "; not counted: " + ", ".join(f"{day.isoformat()} {why.en}" for day, why in skipped)
        return Text(f"{ar} = نهاية {ended.ar}", f"{en} = end of {ended.en}")


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last: 31 January + 1 month is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (following - timedelta(days=1)).day))
