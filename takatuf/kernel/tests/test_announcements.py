"""Announced holidays and moon sightings: who may, what follows, and that an edit acts at once."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from takatuf.kernel import reference, services
from takatuf.kernel.actor import Actor
from takatuf.kernel.models import HijriOffset, HolidayOverride
from takatuf.kernel.reference import About, Holidays, Pack
from takatuf.kernel.selectors import announced, legal_calendar, moon_sightings
from takatuf.kernel.services import CalendarRefused, Reason
from takatuf.kernel.text import Text

NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = date(2027, 3, 10)
EDITOR = Actor(
    user_id=uuid4(),
    unit_id=uuid4(),
    unit="council",
    agency="council",
    role="administrator",
    purpose="test",
    powers=frozenset({"reference.edit"}),
)
OFFICER = Actor(
    user_id=uuid4(), unit_id=uuid4(), unit="north", agency="police", role="officer", purpose="test"
)


@pytest.fixture(autouse=True)
def country():
    """A country with a fixed day, a feast, and a circular in its pack."""
    about = About.model_validate(
        {
            "code": "island", "ar": "الجزيرة", "en": "Island", "version": "1", "dated": date(2026, 1, 1),
            "languages": ["en"], "timezone": "Asia/Riyadh", "weekend": [5, 6],
            "currency": {"code": "XXX", "minor_digits": 2, "ar": "قرش", "en": "crown"},
            "personal_number": {"pattern": "[0-9]{9}", "ar": "رقم", "en": "Number"},
            "phone": {"country_code": "999", "pattern": "[0-9]{8}"}, "nationality_home": "XXX",
            "majority_rule": "majority",
        }
    )  # fmt: skip
    holidays = Holidays.model_validate(
        {
            "fixed": [{"month": 12, "day": 16, "length": 2, "ar": "يوم التأسيس", "en": "Founding Days"}],
            "hijri": [{"month": 10, "day": 1, "length": 3, "ar": "عيد الفطر", "en": "Eid", "code": "eid"}],
            "overrides": [{"day": date(2026, 12, 14), "ar": "يوم معلن", "en": "From the pack"}],
        }
    )
    island = Pack(about, {}, (), (), holidays, (), Path())
    with reference.override(island):
        yield island


def announce(day: date = DAY, **changes: Any) -> services.HolidaySet:
    told: dict[str, Any] = {
        "action": "add",
        "name_ar": "يوم معلن",
        "name_en": "Announced",
        "basis": "Circular 7/2027",
    }
    return services.set_holiday(**{"actor": EDITOR, "day": day, "now": NOON, **told, **changes})


@pytest.mark.django_db
def test_the_calendar_of_the_pack_is_in_force():
    calendar = legal_calendar()
    assert (calendar.timezone, calendar.weekend) == ("Asia/Riyadh", frozenset({5, 6}))
    assert calendar.holidays[date(2026, 12, 16)].name.en == "Founding Days"
    assert calendar.holidays[date(2027, 3, 9)].estimated
    assert calendar.holidays[date(2026, 12, 14)].name.en == "From the pack"


@pytest.mark.django_db
def test_an_announced_day_acts_at_once_and_so_does_taking_it_back():
    day = date(2026, 11, 25)
    assert legal_calendar().is_working_day(day)
    row = announce(day).now
    assert legal_calendar().why_not(day) == Text("يوم معلن", "Announced")
    services.retire_holiday(actor=EDITOR, holiday_id=row.pk, now=NOON)
    assert legal_calendar().is_working_day(day)


@pytest.mark.django_db
def test_an_edit_that_was_rolled_back_leaves_nothing_behind():
    day = date(2026, 11, 25)
    point = transaction.savepoint()
    announce(day)
    assert not legal_calendar().is_working_day(day)
    transaction.savepoint_rollback(point)
    announce(date(2026, 11, 26))
    assert legal_calendar().is_working_day(day)
    assert not legal_calendar().is_working_day(date(2026, 11, 26))


@pytest.mark.django_db
def test_a_second_announcement_of_a_day_retires_the_first_and_says_so():
    first = announce().now
    second = announce(action="cancel", name_en="Withdrawn")
    assert second.before is not None
    assert second.before.pk == first.pk
    assert HolidayOverride.objects.get(pk=first.pk).retired_at == NOON
    assert [row.name_en for row in announced(actor=OFFICER, since=DAY)] == ["Withdrawn"]
    assert second.now.edited_by == EDITOR.user_id
    assert legal_calendar().is_working_day(DAY)


@pytest.mark.django_db
def test_an_announced_day_wins_over_one_of_the_pack():
    announce(date(2026, 12, 14), action="cancel")
    assert legal_calendar().is_working_day(date(2026, 12, 14))


@pytest.mark.django_db
def test_the_days_of_a_circular_stand_for_the_whole_feast():
    for day in (10, 11, 13):
        announce(date(2027, 3, day), of="eid")
    calendar = legal_calendar()
    assert calendar.is_working_day(date(2027, 3, 9))
    assert not calendar.is_working_day(date(2027, 3, 10))
    assert calendar.holidays[date(2028, 2, 27)].name.en == "Eid"


@pytest.mark.django_db
def test_the_moon_moves_the_feast_and_the_date_of_the_page():
    row = services.set_hijri_offset(
        actor=EDITOR, from_day=date(2027, 3, 1), days=1, basis="Moon Council, 29 Sha'ban", now=NOON
    )
    calendar = legal_calendar()
    assert row.before is None
    assert calendar.holidays[date(2027, 3, 8)].estimated
    assert calendar.hijri(date(2027, 3, 8)).day == 1
    again = services.set_hijri_offset(
        actor=EDITOR, from_day=date(2027, 3, 1), days=0, basis="Corrected", now=NOON
    )
    assert again.before is not None
    assert [row.days for row in moon_sightings(actor=OFFICER)] == [0]
    assert date(2027, 3, 8) not in legal_calendar().holidays


@pytest.mark.django_db
def test_asking_for_the_calendar_is_one_query_and_it_is_built_once(django_assert_num_queries):
    announce()
    built = legal_calendar()
    with django_assert_num_queries(1):
        assert legal_calendar() is built


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": OFFICER}, Reason.NO_POWER),
        ({"action": "move"}, Reason.UNKNOWN_ACTION),
        ({"name_ar": "  "}, Reason.NAME_IN_BOTH_LANGUAGES),
        ({"name_en": ""}, Reason.NAME_IN_BOTH_LANGUAGES),
        ({"basis": " "}, Reason.BASIS_NEEDED),
        ({"of": "easter"}, Reason.UNKNOWN_HOLIDAY),
        ({"of": "eid", "action": "cancel"}, Reason.UNKNOWN_HOLIDAY),
    ],
)
def test_what_may_not_be_announced_changes_nothing(changes, reason):
    with pytest.raises(CalendarRefused) as refused:
        announce(**changes)
    assert refused.value.reason is reason
    assert not HolidayOverride.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": OFFICER}, Reason.NO_POWER),
        ({"days": 2}, Reason.ONE_DAY_AT_MOST),
        ({"basis": ""}, Reason.BASIS_NEEDED),
    ],
)
def test_what_may_not_be_said_of_the_moon_changes_nothing(changes, reason):
    told: dict[str, Any] = {"actor": EDITOR, "from_day": DAY, "days": 1, "basis": "Moon Council", "now": NOON}
    with pytest.raises(CalendarRefused) as refused:
        services.set_hijri_offset(**{**told, **changes})
    assert refused.value.reason is reason
    assert not HijriOffset.objects.exists()


@pytest.mark.django_db
def test_only_who_may_takes_back_and_only_what_is_there():
    row = announce().now
    with pytest.raises(CalendarRefused) as refused:
        services.retire_holiday(actor=OFFICER, holiday_id=row.pk, now=NOON)
    assert refused.value.reason is Reason.NO_POWER
    services.retire_holiday(actor=EDITOR, holiday_id=row.pk, now=NOON)
    with pytest.raises(CalendarRefused) as refused:
        services.retire_holiday(actor=EDITOR, holiday_id=row.pk, now=NOON)
    assert refused.value.reason is Reason.GONE


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [{"action": "move"}, {"name_ar": ""}, {"name_en": ""}, {"day": date(2026, 12, 31)}]
)
def test_the_database_refuses_what_the_service_would(change):
    announce(date(2026, 12, 31))
    row = announce().now
    with pytest.raises(IntegrityError), transaction.atomic():
        HolidayOverride.objects.filter(pk=row.pk).update(**change)


@pytest.mark.django_db
def test_what_was_announced_cannot_be_deleted():
    announce()
    with (
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM kernel_holidayoverride")
