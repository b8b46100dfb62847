"""Days as people write them. The pairs of dates are those printed on statutes and in almanacs."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takatuf.kernel import dates
from takatuf.kernel.dates import HijriDay, OutOfRange, from_hijri, hijri

GREGORIAN = st.dates(dates.FIRST_HIJRI, dates.LAST_HIJRI)


@pytest.mark.parametrize(
    ("gregorian", "lunar", "arabic", "english"),
    [
        (date(2026, 11, 23), (1448, 6, 13), "13 جمادى الآخرة 1448", "13 Jumada II 1448"),
        (date(2005, 8, 17), (1426, 7, 12), "12 رجب 1426", "12 Rajab 1426"),
        (date(2027, 3, 9), (1448, 10, 1), "1 شوال 1448", "1 Shawwal 1448"),
        (dates.FIRST_HIJRI, (1343, 1, 1), "1 محرم 1343", "1 Muharram 1343"),
        (dates.LAST_HIJRI, (1500, 12, 30), "30 ذو الحجة 1500", "30 Dhu al-Hijjah 1500"),
    ],
)
def test_known_pairs_of_days(gregorian, lunar, arabic, english):
    found = hijri(gregorian)
    assert found == HijriDay(*lunar)
    assert (found.text.ar, found.text.en) == (arabic, english)
    assert from_hijri(*lunar) == gregorian


@given(GREGORIAN)
def test_to_hijri_and_back_is_the_same_day(day):
    found = hijri(day)
    assert from_hijri(found.year, found.month, found.day) == day


@given(st.dates(date(1924, 8, 2), date(2077, 11, 15)))
def test_an_offset_of_one_day_reads_the_neighbouring_day(day):
    assert hijri(day, offset=1) == hijri(day.fromordinal(day.toordinal() + 1))
    assert hijri(day, offset=-1) == hijri(day.fromordinal(day.toordinal() - 1))


@pytest.mark.parametrize("day", [date(1924, 7, 31), date(2077, 11, 17), date(1900, 1, 1), date(2100, 1, 1)])
def test_beyond_the_tables_nothing_is_guessed(day):
    with pytest.raises(OutOfRange, match="1343–1500 AH"):
        hijri(day)
    assert "·" not in dates.long_text(day).ar


@pytest.mark.parametrize("year", [1342, 1501])
def test_beyond_the_tables_there_is_no_way_back(year):
    with pytest.raises(OutOfRange, match=f"{year} AH is outside"):
        from_hijri(year, 1, 1)


def test_a_statute_may_be_dated_by_the_moon_as_it_was_seen():
    # A law of 22 December 1986 carries 20 Rabi II 1407; Umm al-Qura computes the 21st.
    assert hijri(date(1986, 12, 22)).text.en == "21 Rabi II 1407"
    assert hijri(date(1986, 12, 22), offset=-1).text.en == "20 Rabi II 1407"


def test_a_long_day_says_weekday_and_both_calendars():
    told = dates.long_text(date(2026, 11, 23))
    assert told.ar == "الاثنين 23 نوفمبر 2026 · 13 جمادى الآخرة 1448"
    assert told.en == "Monday 23 November 2026 · 13 Jumada II 1448"


def test_a_long_day_follows_the_moon_as_it_was_seen():
    assert dates.long_text(date(2026, 11, 23), offset=-1).en.endswith("12 Jumada II 1448")


@pytest.mark.parametrize(
    ("day", "months", "result", "clamped"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28), True),
        (date(2028, 1, 31), 1, date(2028, 2, 29), True),
        (date(2027, 1, 28), 1, date(2027, 2, 28), False),
        (date(2027, 10, 31), 2, date(2027, 12, 31), False),
        (date(2027, 12, 15), 1, date(2028, 1, 15), False),
        (date(2028, 2, 29), 12, date(2029, 2, 28), True),
        (date(2028, 2, 29), 48, date(2032, 2, 29), False),
        (date(2027, 3, 31), 0, date(2027, 3, 31), False),
    ],
)
def test_a_month_without_that_day_ends_with_its_last(day, months, result, clamped):
    assert dates.add_months(day, months) == (result, clamped)


def test_a_short_hijri_month_ends_with_its_twenty_ninth():
    assert (dates.hijri_month_length(1448, 5), dates.hijri_month_length(1448, 6)) == (30, 29)
    assert dates.add_hijri_months(HijriDay(1448, 5, 30), 1) == (HijriDay(1448, 6, 29), True)
    assert dates.add_hijri_months(HijriDay(1448, 12, 1), 1) == (HijriDay(1449, 1, 1), False)


@pytest.mark.parametrize(
    ("value", "unit", "arabic", "english"),
    [
        (0, "days", "0 يوم", "0 days"),
        (1, "days", "يوم واحد", "1 day"),
        (2, "days", "يومان", "2 days"),
        (3, "days", "3 أيام", "3 days"),
        (10, "days", "10 أيام", "10 days"),
        (11, "days", "11 يوماً", "11 days"),
        (99, "days", "99 يوماً", "99 days"),
        (100, "days", "100 يوم", "100 days"),
        (102, "days", "102 يوم", "102 days"),
        (103, "days", "103 أيام", "103 days"),
        (1, "working_days", "يوم عمل واحد", "1 working day"),
        (7, "working_days", "7 أيام عمل", "7 working days"),
        (14, "working_days", "14 يوم عمل", "14 working days"),
        (24, "hours", "24 ساعة", "24 hours"),
        (2, "weeks", "أسبوعان", "2 weeks"),
        (6, "months", "6 أشهر", "6 months"),
        (1, "years", "سنة واحدة", "1 year"),
    ],
)
def test_numbers_agree_with_their_nouns(value, unit, arabic, english):
    told = dates.counted(value, unit)
    assert (told.ar, told.en) == (arabic, english)
