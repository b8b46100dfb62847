"""The legal calendar: working days, holidays, and deadlines with their proof. Pure.

Days are local days of the country; moments are aware and in UTC. How days are written: `kernel.dates`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from takatuf.kernel.dates import (
    FIRST_HIJRI,
    LAST_HIJRI,
    UNITS,
    HijriDay,
    OutOfRange,
    add_hijri_months,
    add_months,
    counted,
    from_hijri,
    hijri,
    hijri_month_length,
    long_text,
    short_text,
)
from takatuf.kernel.text import Text

__all__ = [
    "Calendar",
    "Deadline",
    "HijriDay",
    "Holiday",
    "OutOfRange",
    "Override",
    "YearlyHoliday",
    "build_holidays",
    "from_hijri",
    "hijri",
    "long_text",
]

ONE_DAY = timedelta(days=1)
START_DAYS = ("next_day", "same_day", "same_moment")
ROLLS = ("none", "next_working_day")
BASES = ("gregorian", "hijri")
# An announced day belongs to the computed days of its holiday that begin within so many days of it.
NEAR = timedelta(days=20)
WEEKEND = Text("عطلة أسبوعية", "weekend")

# From a day on, the Hijri calendar runs so many days ahead (+1) or behind (−1): (day, offset), in order.
Offsets = tuple[tuple[date, int], ...]


def offset_on(day: date, offsets: Offsets) -> int:
    """The offset of the Hijri calendar in force on a day; 0 before the first."""
    return next((days for since, days in reversed(offsets) if since <= day), 0)


@dataclass(frozen=True, slots=True)
class Holiday:
    """`estimated`: computed, until the circular after the moon was seen says otherwise."""

    day: date
    name: Text
    source: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class YearlyHoliday:
    """`length` days each year from a day of a month, Gregorian or Hijri as the list it stands in says.

    A day that a year has not (29 February, 30 of a short Hijri month) is no holiday that year.
    """

    month: int
    day: int
    length: int
    name: Text
    source: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """An announced day. `add` makes it a holiday, `cancel` an ordinary day.

    An added day `of` a holiday (its code) moves that holiday: the computed days of that year, and what
    was given instead of them, are no longer any, and the announced days alone stand for it.
    """

    day: date
    action: str
    name: Text
    source: str = ""
    of: str = ""


def build_holidays(
    *,
    fixed: Iterable[YearlyHoliday],
    hijri_days: Iterable[YearlyHoliday],
    overrides: Iterable[Override],
    years: range,
    weekend: frozenset[int],
    substitute: bool,
    offsets: Offsets = (),
) -> dict[date, Holiday]:
    """Every holiday of `years`; announced days win over computed ones.

    With `substitute`, a computed holiday on the weekend also gives the next day that is neither weekend nor
    holiday; of an announced day the announcement says all. Raises OutOfRange for years before 1925 or after
    2076 if there are Hijri holidays.
    """
    said = tuple(overrides)
    found: dict[date, Holiday] = {}
    for code, days in (*_fixed_runs(fixed, years), *_hijri_runs(hijri_days, years, offsets)):
        if days and not _moved(code, days[0].day, said):
            for holiday in days:
                found.setdefault(holiday.day, holiday)
    cancelled = {override.day for override in said if override.action == "cancel"}
    found = {day: holiday for day, holiday in found.items() if day not in cancelled}
    added = {one.day: Holiday(one.day, one.name, one.source) for one in said if one.action == "add"}
    instead = _substitutes(found, {*found, *added}, weekend) if substitute else {}
    everything = {day: one for day, one in instead.items() if day not in cancelled} | found | added
    return {day: everything[day] for day in sorted(everything) if day.year in years}


def _fixed_runs(fixed: Iterable[YearlyHoliday], years: range) -> Iterator[tuple[str, list[Holiday]]]:
    for item in fixed:
        # From the year before: its last days may reach into the first year asked for.
        for year in range(years.start - 1, years.stop):
            try:
                first = date(year, item.month, item.day)
            except ValueError:
                continue
            yield item.code, _run(item, first, estimated=False)


def _hijri_runs(
    lunar: Iterable[YearlyHoliday], years: range, offsets: Offsets
) -> Iterator[tuple[str, list[Holiday]]]:
    items = tuple(lunar)
    if not items or not len(years):
        return
    since, until = date(years.start, 1, 1), date(years.stop - 1, 12, 31)
    if since < FIRST_HIJRI or until > LAST_HIJRI:
        raise OutOfRange(
            f"holidays of {years.start}–{years.stop - 1}: Umm al-Qura is known from {FIRST_HIJRI} to {LAST_HIJRI}"
        )
    first_year, last_year = hijri(max(FIRST_HIJRI, since - NEAR)).year, hijri(until).year
    for item in items:
        for year in range(first_year, last_year + 1):
            if item.day <= hijri_month_length(year, item.month):
                computed = from_hijri(year, item.month, item.day)
                first = computed - timedelta(days=offset_on(computed, offsets))
                yield item.code, _run(item, first, estimated=True)


def _run(item: YearlyHoliday, first: date, *, estimated: bool) -> list[Holiday]:
    days = (first + timedelta(days=further) for further in range(item.length))
    return [Holiday(day, item.name, item.source, estimated) for day in days]


def _moved(code: str, first: date, said: tuple[Override, ...]) -> bool:
    return bool(code) and any(
        one.of == code and one.action == "add" and abs(one.day - first) <= NEAR for one in said
    )


def _substitutes(
    found: Mapping[date, Holiday], taken: set[date], weekend: frozenset[int]
) -> dict[date, Holiday]:
    """For each holiday on the weekend, in order, the next free day. `taken` grows."""
    instead: dict[date, Holiday] = {}
    for day in sorted(found):
        if day.isoweekday() not in weekend:
            continue
        holiday, free = found[day], day
        while free.isoweekday() in weekend or free in taken:
            free += ONE_DAY
        taken.add(free)
        name = Text(f"بدل {holiday.name.ar}", f"{holiday.name.en} (substitute)")
        instead[free] = Holiday(free, name, holiday.source, holiday.estimated)
    return instead


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` is an aware moment in UTC; `day` the last local day; `proof` shows every step, one a line."""

    due: datetime
    day: date
    proof: Text


@dataclass(frozen=True, slots=True)
class _Rule:
    value: int
    unit: str
    start_day: str
    roll: str
    basis: str

    def check(self) -> None:
        if self.value < 0:
            raise ValueError("a deadline is not negative")
        for given, known in (
            (self.unit, tuple(UNITS)),
            (self.start_day, START_DAYS),
            (self.roll, ROLLS),
            (self.basis, BASES),
        ):
            if given not in known:
                raise ValueError(f"unknown {given!r}: one of {', '.join(known)}")


@dataclass(frozen=True)
class Calendar:
    """A country's working time. `weekend`: ISO weekday numbers; `years`: those the holidays are known for.

    Outside `years` (if given) the calendar does not guess: it raises OutOfRange.
    """

    weekend: frozenset[int]
    timezone: str
    holidays: Mapping[date, Holiday] = field(default_factory=dict)
    offsets: Offsets = ()
    years: range | None = None

    def __post_init__(self) -> None:
        if not self.weekend < frozenset(range(1, 8)):
            raise ValueError("a weekend is some of the ISO weekdays 1–7, not all")
        ZoneInfo(self.timezone)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def is_working_day(self, day: date) -> bool:
        """Raises OutOfRange."""
        return self.why_not(day) is None

    def why_not(self, day: date) -> Text | None:
        """Why a day is not a working day; None if it is. Raises OutOfRange."""
        if self.years is not None and day.year not in self.years:
            raise OutOfRange(f"the holidays of {day.year} are not known")
        if (holiday := self.holidays.get(day)) is not None:
            if holiday.estimated:
                return Text(f"{holiday.name.ar} (تقديري)", f"{holiday.name.en} (estimated)")
            return holiday.name
        return WEEKEND if day.isoweekday() in self.weekend else None

    def next_working_day(self, day: date) -> date:
        """The day itself if it is one, else the first after it. Raises OutOfRange."""
        while not self.is_working_day(day):
            day += ONE_DAY
        return day

    def end_of(self, day: date) -> datetime:
        """The last second of a local day, in UTC."""
        midnight = datetime.combine(day + ONE_DAY, time(0), self.zone)
        return midnight.astimezone(UTC) - timedelta(seconds=1)

    def local_day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def offset_on(self, day: date) -> int:
        return offset_on(day, self.offsets)

    def hijri(self, day: date) -> HijriDay:
        """As the moon was seen. Raises OutOfRange."""
        return hijri(day, offset=self.offset_on(day))

    def text(self, day: date) -> Text:
        return long_text(day, offset=self.offset_on(day))

    def deadline(
        self,
        *,
        start: datetime,
        value: int,
        unit: str,
        start_day: str = "next_day",
        roll: str = "none",
        calendar_basis: str = "gregorian",
    ) -> Deadline:
        """When something is due that was set off at `start` (aware).

        `hours` run from the moment, through nights and holidays; a value of 0 from the `same_moment` is due
        at once. Every other unit ends with its last local day. `same_day` counts the day of the start as day
        one; `next_day` and `same_moment` begin with the day after. A month that has no such day ends with its
        last (31 January + 1 month = 28 or 29 February); `calendar_basis="hijri"` counts months and years in
        Hijri months. `roll="next_working_day"` moves a last day that is no working day.

        Raises ValueError for a naive start, a negative value or an unknown word, OutOfRange for days whose
        holidays are not known.
        """
        if start.tzinfo is None:
            raise ValueError("the start of a deadline has a time zone")
        rule = _Rule(value, unit, start_day, roll, calendar_basis)
        rule.check()
        if unit == "hours" or (value == 0 and start_day == "same_moment"):
            return self._moment(start, value, unit)
        lines = [self._start_line(start), _rule_line(rule)]
        last = self._last_day(self.local_day(start), rule, lines)
        if roll == "next_working_day":
            last = self._rolled(last, lines)
        ended = self.text(last)
        lines.append(Text(f"ينتهي الميعاد بنهاية يوم {ended.ar}.", f"Due: end of {ended.en}."))
        return Deadline(self.end_of(last), last, _joined(lines))

    def _moment(self, start: datetime, value: int, unit: str) -> Deadline:
        due = start.astimezone(UTC) + timedelta(hours=value)
        ended = due.astimezone(self.zone)
        words, length = self.text(ended.date()), counted(value, unit)
        rule = Text(
            f"المدة: {length.ar} من لحظة البدء، وتُحسب أيام العطل.",
            f"Period: {length.en} from that moment, holidays included.",
        )
        if value == 0:
            rule = Text("المدة: فوراً.", "Period: at once.")
        result = Text(
            f"ينتهي الميعاد يوم {words.ar}، الساعة {ended:%H:%M}.", f"Due: {words.en}, {ended:%H:%M}."
        )
        return Deadline(due, ended.date(), _joined([self._start_line(start), rule, result]))

    def _last_day(self, first: date, rule: _Rule, lines: list[Text]) -> date:
        if rule.unit == "working_days":
            return self._after_working_days(first, rule, lines)
        same_day = rule.start_day == "same_day" and rule.value > 0
        if rule.unit in {"days", "weeks"}:
            days = rule.value * (7 if rule.unit == "weeks" else 1)
            return first + timedelta(days=days - same_day)
        last, short = self._after_months(first, rule)
        if short:
            lines.append(
                Text(
                    "ليس في الشهر الأخير يوم مماثل، فيُحسب آخر يوم فيه.",
                    "The last month has no such day, so it ends with its last.",
                )
            )
            return last
        return last - ONE_DAY if same_day else last

    def _after_months(self, first: date, rule: _Rule) -> tuple[date, bool]:
        months = rule.value * (12 if rule.unit == "years" else 1)
        if rule.basis == "gregorian":
            return add_months(first, months)
        reached, short = add_hijri_months(self.hijri(first), months)
        last = from_hijri(reached.year, reached.month, reached.day)
        return last - timedelta(days=self.offset_on(last)), short

    def _after_working_days(self, first: date, rule: _Rule, lines: list[Text]) -> date:
        left = max(rule.value, 1)
        day = first if rule.start_day == "same_day" or rule.value == 0 else first + ONE_DAY
        skipped: list[tuple[date, Text]] = []
        while True:
            why = self.why_not(day)
            if why is not None:
                skipped.append((day, why))
            elif left == 1:
                break
            else:
                left -= 1
            day += ONE_DAY
        if skipped:
            lines.append(_skipped_line(Text("لا تُحسب", "Not counted"), skipped))
        return day

    def _rolled(self, last: date, lines: list[Text]) -> date:
        skipped: list[tuple[date, Text]] = []
        while (why := self.why_not(last)) is not None:
            skipped.append((last, why))
            last += ONE_DAY
        if skipped:
            begun = Text(
                "صادف آخر الميعاد عطلة، فيمتد إلى أول يوم عمل بعدها",
                "The last day is no working day, so it moves to the next one",
            )
            lines.append(_skipped_line(begun, skipped))
        return last

    def _start_line(self, start: datetime) -> Text:
        begun = start.astimezone(self.zone)
        words = self.text(begun.date())
        return Text(f"البدء: {words.ar}، الساعة {begun:%H:%M}.", f"Start: {words.en}, {begun:%H:%M}.")


def _rule_line(rule: _Rule) -> Text:
    if rule.value == 0:
        return Text("المدة: في اليوم نفسه.", "Period: the same day.")
    length = counted(rule.value, rule.unit)
    lunar = rule.basis == "hijri" and rule.unit in {"months", "years"}
    ar, en = (f"{length.ar} بالتقويم الهجري", f"{length.en}, Hijri") if lunar else (length.ar, length.en)
    if rule.start_day == "same_day":
        return Text(f"المدة: {ar}، ويُحسب يوم البدء.", f"Period: {en}; the day of the start counts.")
    return Text(f"المدة: {ar}، ولا يُحسب يوم البدء.", f"Period: {en}; the day of the start does not count.")


def _skipped_line(begun: Text, skipped: list[tuple[date, Text]]) -> Text:
    """Days with their reasons; neighbours with one reason are told as from … to …."""
    runs: list[tuple[date, date, Text]] = []
    for day, why in skipped:
        if runs and runs[-1][1] + ONE_DAY == day and runs[-1][2] == why:
            runs[-1] = (runs[-1][0], day, why)
        else:
            runs.append((day, day, why))
    told = [_span(first, last, why) for first, last, why in runs]
    return Text(
        f"{begun.ar}: {'؛ '.join(one.ar for one in told)}.",
        f"{begun.en}: {'; '.join(one.en for one in told)}.",
    )


def _span(first: date, last: date, why: Text) -> Text:
    one, other = short_text(first), short_text(last)
    if first == last:
        return Text(f"{one.ar} ({why.ar})", f"{one.en} ({why.en})")
    return Text(f"من {one.ar} إلى {other.ar} ({why.ar})", f"{one.en} to {other.en} ({why.en})")


def _joined(lines: Iterable[Text]) -> Text:
    told = list(lines)
    return Text("\n".join(line.ar for line in told), "\n".join(line.en for line in told))
