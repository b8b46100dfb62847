"""The legal calendar. The tables are written to be read, and corrected, by somebody who knows the law."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takatuf.kernel.calendar import Calendar, OutOfRange, Override, YearlyHoliday, build_holidays
from takatuf.kernel.tests.island import EID, FRIDAY_SATURDAY, YEARS, island
from takatuf.kernel.text import Text

ISLAND = island()
ZONE = ZoneInfo(ISLAND.timezone)
NAME = Text("يوم معلن", "Announced day")


def at(text: str) -> datetime:
    """A local moment of the island."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


# Monday 23 November 2026. The weekend is Friday and Saturday; 16 and 17 December (Wednesday, Thursday) are holidays.
DEADLINES = [
    # start               value unit           start_day      roll                due day
    ("2026-11-23 10:15", 1, "days", "next_day", "none", "2026-11-24"),
    ("2026-11-23 10:15", 1, "days", "same_day", "none", "2026-11-23"),
    ("2026-11-23 10:15", 1, "days", "same_moment", "none", "2026-11-24"),
    ("2026-11-23 00:00", 7, "days", "next_day", "none", "2026-11-30"),
    ("2026-11-23 23:59", 7, "days", "next_day", "none", "2026-11-30"),
    ("2026-11-23 10:15", 7, "days", "same_day", "none", "2026-11-29"),
    ("2026-11-23 10:15", 0, "days", "next_day", "none", "2026-11-23"),
    ("2026-11-23 10:15", 4, "days", "next_day", "none", "2026-11-27"),  # a Friday
    ("2026-11-23 10:15", 4, "days", "next_day", "next_working_day", "2026-11-29"),
    ("2026-11-23 10:15", 1, "weeks", "next_day", "none", "2026-11-30"),
    ("2026-11-23 10:15", 2, "weeks", "same_day", "none", "2026-12-06"),
    ("2026-11-23 10:15", 1, "working_days", "next_day", "none", "2026-11-24"),
    ("2026-11-23 10:15", 1, "working_days", "same_day", "none", "2026-11-23"),
    ("2026-11-23 10:15", 4, "working_days", "next_day", "none", "2026-11-29"),
    ("2026-11-26 10:15", 1, "working_days", "next_day", "none", "2026-11-29"),  # Thursday → Sunday
    ("2026-11-27 10:15", 1, "working_days", "next_day", "none", "2026-11-29"),  # from a Friday
    ("2026-11-27 10:15", 1, "working_days", "same_day", "none", "2026-11-29"),  # Friday is not counted
    ("2026-11-27 10:15", 0, "working_days", "next_day", "none", "2026-11-29"),
    (
        "2026-12-13 10:15",
        3,
        "working_days",
        "next_day",
        "none",
        "2026-12-20",
    ),  # over Founding Days and a weekend
    ("2026-12-15 10:15", 1, "working_days", "next_day", "none", "2026-12-20"),
    ("2026-12-15 10:15", 1, "days", "next_day", "next_working_day", "2026-12-20"),
    ("2027-01-31 10:15", 1, "months", "next_day", "none", "2027-02-28"),
    ("2028-01-31 10:15", 1, "months", "next_day", "none", "2028-02-29"),
    ("2027-01-31 10:15", 1, "months", "same_day", "none", "2027-02-28"),  # no 31st: the month's last day
    ("2027-01-15 10:15", 1, "months", "next_day", "none", "2027-02-15"),
    ("2027-01-15 10:15", 1, "months", "same_day", "none", "2027-02-14"),
    ("2027-01-15 10:15", 6, "months", "next_day", "none", "2027-07-15"),
    ("2028-02-29 10:15", 1, "years", "next_day", "none", "2029-02-28"),
    ("2027-01-01 10:15", 1, "years", "same_day", "none", "2027-12-31"),
]


@pytest.mark.parametrize(("start", "value", "unit", "start_day", "roll", "due"), DEADLINES)
def test_deadlines_in_days_end_with_their_last_local_day(start, value, unit, start_day, roll, due):
    found = ISLAND.deadline(start=at(start), value=value, unit=unit, start_day=start_day, roll=roll)

    assert found.day == date.fromisoformat(due)
    assert found.due == at(f"{due} 23:59:59")
    assert found.due.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "value", "due"),
    [
        ("2026-11-26 10:15", 24, "2026-11-27 10:15"),  # through the weekend
        ("2026-11-26 10:15", 72, "2026-11-29 10:15"),
        ("2026-11-23 23:30", 1, "2026-11-24 00:30"),
        ("2026-11-23 10:15", 0, "2026-11-23 10:15"),
    ],
)
def test_hours_run_from_the_moment_through_nights_and_holidays(start, value, due):
    assert ISLAND.deadline(start=at(start), value=value, unit="hours", start_day="same_moment").due == at(due)
    assert ISLAND.deadline(start=at(start), value=value, unit="hours").due == at(due)


def test_at_once_is_the_same_moment():
    found = ISLAND.deadline(start=at("2026-11-23 10:15"), value=0, unit="days", start_day="same_moment")
    assert found.due == at("2026-11-23 10:15")
    assert "فوراً" in found.proof.ar
    assert "at once" in found.proof.en


def test_the_day_is_the_local_one_not_that_of_utc():
    # 22:30 in UTC is half past one of the next day on the island.
    found = ISLAND.deadline(start=datetime(2026, 11, 23, 22, 30, tzinfo=UTC), value=1, unit="days")
    assert found.day == date(2026, 11, 25)


def test_hours_are_real_hours_when_clocks_change():
    north = Calendar(weekend=frozenset({6, 7}), timezone="Europe/Berlin")
    start = datetime(2027, 3, 27, 12, tzinfo=ZoneInfo("Europe/Berlin"))  # clocks go forward that night
    assert north.deadline(start=start, value=24, unit="hours").due == start.astimezone(UTC) + timedelta(
        hours=24
    )
    assert north.deadline(start=start, value=1, unit="days").due == datetime(
        2027, 3, 28, 21, 59, 59, tzinfo=UTC
    )


def test_a_day_that_ends_where_midnight_is_skipped_still_ends():
    # There, clocks go from 24:00 of Thursday 22 April 2027 to 01:00 of Friday.
    found = Calendar(weekend=FRIDAY_SATURDAY, timezone="Africa/Cairo").end_of(date(2027, 4, 29))
    assert found == datetime(2027, 4, 29, 21, 59, 59, tzinfo=UTC)


def test_months_may_be_counted_in_hijri():
    start = at("2027-01-31 10:15")  # 23 Sha'ban 1448
    found = ISLAND.deadline(start=start, value=1, unit="months", calendar_basis="hijri")
    assert found.day == date(2027, 3, 2)
    assert "23 Ramadan 1448" in found.proof.en
    assert "بالتقويم الهجري" in found.proof.ar


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": "fortnights"},
        {"value": -1},
        {"start_day": "tomorrow"},
        {"roll": "back"},
        {"calendar_basis": "julian"},
        {"start": datetime(2026, 11, 23, 10, 15)},  # noqa: DTZ001
    ],
)
def test_what_is_not_understood_is_refused(wrong):
    with pytest.raises(ValueError, match=r"unknown|negative|time zone"):
        ISLAND.deadline(**({"start": at("2026-11-23 10:15"), "value": 1, "unit": "days"} | wrong))


# The proof


def test_the_proof_shows_every_step_in_both_languages():
    feast = island(Override(date(2026, 12, 15), "add", NAME))
    proof = feast.deadline(start=at("2026-12-10 10:15"), value=7, unit="working_days").proof

    assert proof.en.splitlines() == [
        "Start: Thursday 10 December 2026 · 1 Rajab 1448, 10:15.",
        "Period: 7 working days; the day of the start does not count.",
        (
            "Not counted: Friday 11 December 2026 to Saturday 12 December 2026 (weekend); "
            "Tuesday 15 December 2026 (Announced day); "
            "Wednesday 16 December 2026 to Thursday 17 December 2026 (Founding Days); "
            "Friday 18 December 2026 to Saturday 19 December 2026 (weekend)."
        ),
        "Due: end of Thursday 24 December 2026 · 15 Rajab 1448.",
    ]
    assert proof.ar.splitlines() == [
        "البدء: الخميس 10 ديسمبر 2026 · 1 رجب 1448، الساعة 10:15.",
        "المدة: 7 أيام عمل، ولا يُحسب يوم البدء.",
        (
            "لا تُحسب: من الجمعة 11 ديسمبر 2026 إلى السبت 12 ديسمبر 2026 (عطلة أسبوعية)؛ "
            "الثلاثاء 15 ديسمبر 2026 (يوم معلن)؛ "
            "من الأربعاء 16 ديسمبر 2026 إلى الخميس 17 ديسمبر 2026 (يوم التأسيس)؛ "
            "من الجمعة 18 ديسمبر 2026 إلى السبت 19 ديسمبر 2026 (عطلة أسبوعية)."
        ),
        "ينتهي الميعاد بنهاية يوم الخميس 24 ديسمبر 2026 · 15 رجب 1448.",
    ]


def test_the_proof_says_that_a_moon_sighted_holiday_is_an_estimate():
    proof = ISLAND.deadline(start=at("2027-03-08 10:15"), value=1, unit="working_days").proof
    assert "(Eid al-Fitr (estimated))" in proof.en
    assert "(عيد الفطر (تقديري))" in proof.ar


def test_the_proof_says_why_a_last_day_moved():
    proof = ISLAND.deadline(start=at("2026-11-23 10:15"), value=4, unit="days", roll="next_working_day").proof
    assert "moves to the next one: Friday 27 November 2026 to Saturday 28 November 2026 (weekend)" in proof.en
    assert "فيمتد إلى أول يوم عمل بعدها" in proof.ar


def test_the_proof_says_that_a_month_has_no_such_day():
    proof = ISLAND.deadline(start=at("2027-01-31 10:15"), value=1, unit="months").proof
    assert "has no such day" in proof.en


# Holidays


def days_of(calendar: Calendar, name: str, year: int) -> list[str]:
    return [
        f"{day:%m-%d}"
        for day, holiday in calendar.holidays.items()
        if holiday.name.en == name and day.year == year
    ]


def test_computed_feasts_are_estimates_and_fixed_days_are_not():
    assert days_of(ISLAND, "Eid al-Fitr", 2027) == ["03-09", "03-10", "03-11"]
    assert ISLAND.holidays[date(2027, 3, 9)].estimated
    assert not ISLAND.holidays[date(2027, 1, 1)].estimated


def test_a_hijri_feast_may_come_twice_in_a_year_and_be_in_every_year():
    assert days_of(ISLAND, "Hijri New Year", 2008) == ["01-10", "12-29"]
    assert all(days_of(ISLAND, "Hijri New Year", year) for year in YEARS)


def test_an_announced_day_is_a_holiday_and_no_estimate():
    calendar = island(Override(date(2026, 11, 24), "add", NAME, "circular 7"))
    holiday = calendar.holidays[date(2026, 11, 24)]
    assert (holiday.name, holiday.source, holiday.estimated) == (NAME, "circular 7", False)


def test_a_cancelled_day_is_an_ordinary_day():
    calendar = island(Override(date(2026, 12, 16), "cancel", NAME))
    assert calendar.is_working_day(date(2026, 12, 16))
    assert not calendar.is_working_day(date(2026, 12, 17))


def test_announced_days_of_a_feast_take_the_place_of_the_computed_ones_of_that_year():
    circular = [Override(date(2027, 3, day), "add", EID.name, of="eid_fitr") for day in (10, 11, 12, 13)]
    calendar = island(*circular)
    assert days_of(calendar, "Eid al-Fitr", 2027) == ["03-10", "03-11", "03-12", "03-13"]
    assert calendar.is_working_day(date(2027, 3, 9))
    assert days_of(calendar, "Eid al-Fitr", 2028) == days_of(ISLAND, "Eid al-Fitr", 2028)


def test_a_holiday_on_the_weekend_gives_the_next_free_day_instead():
    calendar = island(substitute=True)
    # Friday 1 January 2027 → Sunday; Friday 17 December 2027 → Sunday.
    assert days_of(calendar, "New Year (substitute)", 2027) == ["01-03"]
    assert days_of(calendar, "Founding Days (substitute)", 2027) == ["12-19"]
    assert calendar.holidays[date(2027, 1, 3)].name.ar == "بدل رأس السنة الميلادية"


def test_two_days_on_the_weekend_give_two_days_instead():
    # 16 and 17 December 2033 are a Friday and a Saturday.
    assert days_of(island(substitute=True), "Founding Days (substitute)", 2033) == ["12-18", "12-19"]


def test_what_was_given_instead_goes_with_what_it_was_given_for():
    moved = Override(date(2027, 1, 4), "add", NAME, of="new_year")
    assert days_of(island(moved, substitute=True), "New Year (substitute)", 2027) == []
    cancelled = Override(date(2027, 1, 1), "cancel", NAME)
    assert days_of(island(cancelled, substitute=True), "New Year (substitute)", 2027) == []
    not_given = Override(date(2027, 1, 3), "cancel", NAME)
    calendar = island(not_given, substitute=True)
    assert days_of(calendar, "New Year (substitute)", 2027) == []
    assert calendar.is_working_day(date(2027, 1, 3))


def test_the_moon_moves_the_estimates_and_the_hijri_day_alike():
    # Seen a day earlier than computed: the calendar runs one day ahead, and the feast comes a day sooner.
    calendar = island(offsets=((date(2027, 3, 1), 1), (date(2027, 4, 1), 0)))
    assert days_of(calendar, "Eid al-Fitr", 2027) == ["03-08", "03-09", "03-10"]
    assert calendar.text(date(2027, 3, 8)).en == "Monday 8 March 2027 · 1 Shawwal 1448"
    assert calendar.text(date(2027, 2, 28)).en == ISLAND.text(date(2027, 2, 28)).en
    assert calendar.text(date(2027, 4, 8)).en == ISLAND.text(date(2027, 4, 8)).en


def test_a_day_that_a_year_has_not_is_no_holiday_that_year():
    leap = YearlyHoliday(2, 29, 1, Text("يوم كبيس", "Leap Day"))
    thirtieth = YearlyHoliday(6, 30, 1, Text("الثلاثون", "Thirtieth"))
    found = build_holidays(
        fixed=(leap,),
        hijri_days=(thirtieth,),
        overrides=(),
        years=range(2026, 2029),
        weekend=FRIDAY_SATURDAY,
        substitute=False,
    )
    assert [day for day, one in found.items() if one.name == leap.name] == [date(2028, 2, 29)]
    assert date(2026, 12, 10) not in found  # Jumada II 1448 has 29 days: this is 1 Rajab
    assert [day for day, one in found.items() if one.name == thirtieth.name] == [date(2028, 11, 17)]


def test_holidays_beyond_the_tables_are_refused_with_the_years_that_are_known():
    with pytest.raises(OutOfRange, match="1924-08-01 to 2077-11-16"):
        build_holidays(
            fixed=(),
            hijri_days=(EID,),
            overrides=(),
            years=range(2070, 2081),
            weekend=FRIDAY_SATURDAY,
            substitute=False,
        )


def test_working_days_of_years_nobody_knows_are_refused_and_not_guessed():
    with pytest.raises(OutOfRange, match="2061"):
        ISLAND.deadline(start=at("2060-12-30 10:15"), value=5, unit="working_days")
    assert ISLAND.deadline(start=at("2060-12-30 10:15"), value=5, unit="days").day == date(2061, 1, 4)


@pytest.mark.parametrize("weekend", [frozenset(range(1, 8)), frozenset({0}), frozenset({8})])
def test_a_week_has_a_working_day(weekend):
    with pytest.raises(ValueError, match="weekend"):
        Calendar(weekend=weekend, timezone="UTC")


# What holds for every deadline

MOMENTS = st.datetimes(datetime(2006, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
VALUES = st.integers(0, 120)
START_DAYS = st.sampled_from(["next_day", "same_day", "same_moment"])
ROLLS = st.sampled_from(["none", "next_working_day"])
COUNTRIES = st.sampled_from(
    [ISLAND, island(substitute=True), island(timezone="America/Lima", weekend=frozenset({6, 7}))]
)


@given(COUNTRIES, MOMENTS, VALUES, START_DAYS, ROLLS)
def test_no_deadline_falls_before_its_days_are_over(country, start, value, start_day, roll):
    found = country.deadline(start=start, value=value, unit="days", start_day=start_day, roll=roll)
    counted_first = start_day == "same_day" and value > 0
    assert found.day >= country.local_day(start) + timedelta(days=value - counted_first)
    assert found.due >= start - timedelta(seconds=1)


@given(COUNTRIES, MOMENTS, VALUES, START_DAYS)
def test_a_deadline_in_working_days_lands_on_a_working_day_and_counts_every_one(
    country, start, value, start_day
):
    found = country.deadline(start=start, value=value, unit="working_days", start_day=start_day)
    if value == 0 and start_day == "same_moment":
        assert found.due == start
        return
    first = country.local_day(start)
    begin = first if start_day == "same_day" or value == 0 else first + timedelta(days=1)
    days = [begin + timedelta(days=n) for n in range((found.day - begin).days + 1)]
    assert country.is_working_day(found.day)
    assert sum(country.is_working_day(day) for day in days) == max(value, 1)


@given(COUNTRIES, MOMENTS, START_DAYS, ROLLS, st.sampled_from(["gregorian", "hijri"]))
def test_a_longer_period_never_ends_earlier(country, start, start_day, roll, basis):
    for unit, values in (
        ("hours", range(50)),
        ("days", range(30)),
        ("working_days", range(30)),
        ("months", range(14)),
    ):
        ends = [
            country.deadline(
                start=start, value=value, unit=unit, start_day=start_day, roll=roll, calendar_basis=basis
            ).due
            for value in values
        ]
        assert all(one <= other for one, other in pairwise(ends)), unit


@given(
    COUNTRIES,
    MOMENTS,
    st.integers(0, 3000),
    VALUES,
    START_DAYS,
    ROLLS,
    st.sampled_from(["hours", "days", "working_days", "weeks", "months"]),
)
def test_what_begins_later_never_ends_earlier(country, start, hours, value, start_day, roll, unit):
    value = min(value, 24) if unit in {"weeks", "months"} else value
    one, other = (
        country.deadline(start=moment, value=value, unit=unit, start_day=start_day, roll=roll).due
        for moment in (start, start + timedelta(hours=hours))
    )
    assert one <= other


@given(COUNTRIES, MOMENTS, VALUES, START_DAYS)
def test_a_rolled_deadline_lands_on_a_working_day_and_is_not_skipped_over_one(
    country, start, value, start_day
):
    plain = country.deadline(start=start, value=value, unit="days", start_day=start_day)
    rolled = country.deadline(
        start=start, value=value, unit="days", start_day=start_day, roll="next_working_day"
    )
    if value == 0 and start_day == "same_moment":
        assert rolled == plain
        return
    assert rolled.day == country.next_working_day(plain.day)


@given(COUNTRIES, MOMENTS, VALUES, st.sampled_from(["hours", "days", "working_days"]), START_DAYS, ROLLS)
def test_every_proof_begins_with_the_start_and_ends_with_the_due_day(
    country, start, value, unit, start_day, roll
):
    found = country.deadline(start=start, value=value, unit=unit, start_day=start_day, roll=roll)
    for lines, language in ((found.proof.ar.splitlines(), "ar"), (found.proof.en.splitlines(), "en")):
        assert country.text(country.local_day(start)).in_(language) in lines[0]
        assert country.text(found.day).in_(language) in lines[-1]
