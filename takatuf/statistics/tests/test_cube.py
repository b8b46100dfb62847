"""Two roads to the same number: the SQL and the slow, obvious Python agree on whatever facts there are."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takatuf.kernel.text import Text
from takatuf.statistics.cube import engine, plain
from takatuf.statistics.cube.definition import (
    TOTAL,
    UNKNOWN,
    Asked,
    Broken,
    Column,
    Dimension,
    Member,
    Pick,
    Table,
    Unit,
)
from takatuf.statistics.cube.plain import PersonRow, ReportRow
from takatuf.statistics.snapshot import PERSONS, REPORTS


def member(code, *covers, **more):
    return Member(code=code, text=Text(code, code), covers=covers or (code,), **more)


FORM = Dimension(
    code="form",
    columns=(Column.FORM,),
    pick=Pick.EACH,
    members=(member("PHY"), member("PSY", "PSY", "VRB"), member("VRB", depth=1)),
)
AGE = Dimension(
    code="age",
    columns=(Column.AGE,),
    pick=Pick.FIRST,
    members=(member("0-17", *map(str, range(18))), member("18+", *map(str, range(18, 120)))),
)
AREA = Dimension(code="area", columns=(Column.AREA,), pick=Pick.FIRST, members=(member("N"), member("S")))
MONTH = Dimension(
    code="month", columns=(Column.MONTH,), pick=Pick.EACH, members=(member("2026-01"), member("2026-02"))
)
AGENCY = Dimension(
    code="agency", columns=(Column.AGENCY,), pick=Pick.EACH, members=(member("POL"), member("HOS"))
)
SEVERITY = Dimension(
    code="severity",
    columns=(Column.SEVERITY,),
    pick=Pick.GRAVEST,
    members=(member("SIM"), member("MED"), member("SEV")),
)
DIRECTION = Dimension(
    code="direction",
    columns=(Column.RELATION, Column.SEX),
    pick=Pick.FIRST,
    members=(member("HUS", "HUS:female"), member("BRO_F", "BRO:female"), member("BRO_U", "BRO:")),
)
VICTIMS = Table(code="victims", unit=Unit.VICTIM, dimensions=(FORM, AGE, AREA))
AGENCIES = Table(code="agencies", unit=Unit.REPORT, dimensions=(AGENCY, MONTH))
PAIRS = Table(code="pairs", unit=Unit.PAIR, dimensions=(DIRECTION, SEVERITY))
ALL = Asked(first=date(2026, 1, 1), last=date(2026, 12, 31))


def report(place, who=1, by=9, **changes):
    said: dict[str, Any] = {
        "agency": "POL", "received_on": date(2026, 1, 5), "relation": "HUS", "scope": "inside", "forms": ("PHY",),
        "severity": "SIM", "victim_sex": "female", "victim_age": 30, "victim_area": "N",
    }  # fmt: skip
    key = bytes([who]) * 16
    return ReportRow(place=place, victim=key, pair=key[:15] + bytes([by]), **(said | changes))


def person(who=1, *, sex="female", birth_year=None, anonymous=False):
    return PersonRow(person=bytes([who]) * 16, sex=sex, birth_year=birth_year, anonymous=anonymous)


def both(table, asked, reports, persons):
    """The counts of both roads, which must be one."""
    slow = plain.count(table, asked, reports, {row.person: row for row in persons})
    fast = engine.count(table, asked, reports=arrow(reports, REPORTS), persons=arrow(persons, PERSONS))
    assert fast == slow
    return slow


def arrow(rows, schema):
    return pa.table({name: [getattr(row, name) for row in rows] for name in schema.names}, schema=schema)


# What must hold, case by case


def test_a_woman_with_two_forms_is_one_woman():
    counts = both(VICTIMS, ALL, [report(1, forms=("PHY", "PSY")), report(2, forms=("PHY",))], [person()])
    assert counts.at("PHY", TOTAL, TOTAL) == 1
    assert counts.at("PSY", TOTAL, TOTAL) == 1
    assert counts.at(TOTAL, TOTAL, TOTAL) == 1


def test_a_sub_form_is_counted_within_its_form_and_apart():
    counts = both(VICTIMS, ALL, [report(1, forms=("VRB",)), report(2, who=2, forms=("PSY",))], [])
    assert counts.at("PSY", TOTAL, TOTAL) == 2
    assert counts.at("VRB", TOTAL, TOTAL) == 1


def test_unknown_is_counted_apart_and_is_no_zero():
    counts = both(VICTIMS, ALL, [report(1, forms=(), victim_age=None, victim_area="")], [person()])
    assert counts.at(UNKNOWN, UNKNOWN, UNKNOWN) == 1
    assert counts.at("PHY", TOTAL, TOTAL) == 0


def test_a_form_not_in_the_list_is_not_known():
    assert both(VICTIMS, ALL, [report(1, forms=("XXX",))], []).at(UNKNOWN, TOTAL, TOTAL) == 1


def test_the_earliest_report_that_says_the_age_places_her():
    reports = [report(1, victim_age=None), report(2, victim_age=17), report(3, victim_age=18)]
    counts = both(VICTIMS, ALL, reports, [person()])
    assert counts.at(TOTAL, "0-17", TOTAL) == 1
    assert counts.at(TOTAL, "18+", TOTAL) == 0


def test_an_age_no_report_says_follows_from_the_year_of_birth():
    counts = both(VICTIMS, ALL, [report(1, victim_age=None)], [person(birth_year=2010)])
    assert counts.at(TOTAL, "0-17", TOTAL) == 1


def test_the_gravest_injury_of_a_pair_places_it():
    reports = [report(1, severity="SEV"), report(2, severity="SIM"), report(3, severity="")]
    assert both(PAIRS, ALL, reports, [person()]).at(TOTAL, "SEV") == 1
    assert both(PAIRS, ALL, reports, [person()]).at(TOTAL, TOTAL) == 1


def test_a_sex_no_report_says_is_asked_of_the_index_and_may_stay_unknown():
    reports = [report(1, relation="BRO", victim_sex="unknown")]
    assert both(PAIRS, ALL, reports, [person(sex="female")]).at("BRO_F", TOTAL) == 1
    assert both(PAIRS, ALL, reports, [person(sex="unknown")]).at("BRO_U", TOTAL) == 1
    assert both(PAIRS, ALL, reports, []).at("BRO_U", TOTAL) == 1


def test_whom_nobody_could_identify_is_told_apart():
    reports = [report(1), report(2, who=2), report(3, who=2)]
    assert both(VICTIMS, ALL, reports, [person(), person(2, anonymous=True)]).nameless == 1
    assert both(AGENCIES, ALL, reports, [person(), person(2, anonymous=True)]).nameless == 2


@pytest.mark.parametrize(
    ("asked", "counted"),
    [
        (Asked(first=date(2026, 1, 5), last=date(2026, 1, 5)), 1),
        (Asked(first=date(2026, 1, 6), last=date(2026, 2, 1)), 1),
        (Asked(first=date(2026, 2, 2), last=date(2026, 12, 31)), 0),
        (Asked(first=date(2026, 1, 1), last=date(2026, 12, 31), agency="HOS"), 1),
        (Asked(first=date(2026, 1, 1), last=date(2026, 12, 31), agency="NONE"), 0),
        (Asked(first=date(2026, 1, 1), last=date(2026, 12, 31), scopes=frozenset({"outside"})), 1),
        (Asked(first=date(2026, 1, 1), last=date(2026, 12, 31), scopes=frozenset()), 0),
    ],
)
def test_only_what_is_asked_is_counted(asked, counted):
    reports = [report(1), report(2, received_on=date(2026, 2, 1), agency="HOS", scope="outside")]
    assert both(AGENCIES, asked, reports, []).at(TOTAL, TOTAL) == counted


def test_no_report_at_all():
    for table in (VICTIMS, AGENCIES, PAIRS):
        assert both(table, ALL, [], []).at(*[TOTAL] * len(table.dimensions)) == 0


# Whatever the facts are

SAID = st.fixed_dictionaries(
    {
        "agency": st.sampled_from(["POL", "HOS", "GONE"]),
        "received_on": st.dates(date(2025, 12, 30), date(2026, 3, 2)),
        "relation": st.sampled_from(["", "HUS", "BRO", "OTH"]),
        "scope": st.sampled_from(["inside", "outside", "unknown"]),
        "forms": st.lists(st.sampled_from(["PHY", "PSY", "VRB", "XXX"]), max_size=3, unique=True).map(tuple),
        "severity": st.sampled_from(["", "SIM", "MED", "SEV", "XXX"]),
        "victim_sex": st.sampled_from(["female", "male", "unknown"]),
        "victim_age": st.none() | st.integers(0, 125),
        "victim_area": st.sampled_from(["", "N", "S", "XXX"]),
    }
)
FACTS = st.lists(st.tuples(st.integers(1, 4), st.integers(8, 9), SAID), max_size=12).map(
    lambda rows: [report(place, who, by, **said) for place, (who, by, said) in enumerate(rows)]
)
PERSONS_OF = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from(["female", "male", "unknown"]),
        st.none() | st.integers(1900, 2027),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda row: row[0],
).map(
    lambda rows: [
        person(who, sex=sex, birth_year=year, anonymous=anonymous) for who, sex, year, anonymous in rows
    ]
)
QUESTIONS = st.builds(
    Asked,
    first=st.dates(date(2025, 12, 25), date(2026, 2, 1)),
    last=st.dates(date(2026, 1, 15), date(2026, 3, 15)),
    scopes=st.none() | st.frozensets(st.sampled_from(["inside", "outside", "unknown"])),
    agency=st.none() | st.sampled_from(["POL", "HOS", "GONE"]),
)
TABLES = st.sampled_from([VICTIMS, AGENCIES, PAIRS])


@settings(max_examples=60, deadline=None)
@given(table=TABLES, asked=QUESTIONS, reports=FACTS, persons=PERSONS_OF)
def test_both_roads_lead_to_the_same_numbers(table, asked, reports, persons):
    both(table, asked, reports, persons)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(table=TABLES, asked=QUESTIONS, reports=FACTS, persons=PERSONS_OF)
def test_both_roads_lead_to_the_same_numbers_at_length(table, asked, reports, persons):
    both(table, asked, reports, persons)


@settings(max_examples=60, deadline=None)
@given(reports=FACTS, persons=PERSONS_OF)
def test_dimensions_that_place_once_add_up_and_no_part_exceeds_its_whole(reports, persons):
    counts = plain.count(VICTIMS, ALL, reports, {row.person: row for row in persons})
    for form in (TOTAL, UNKNOWN, "PHY", "PSY", "VRB"):
        whole = counts.at(form, TOTAL, TOTAL)
        assert whole == sum(counts.at(form, age, TOTAL) for age in ("0-17", "18+", UNKNOWN))
        assert whole == sum(counts.at(form, TOTAL, area) for area in ("N", "S", UNKNOWN))
        assert whole <= counts.at(TOTAL, TOTAL, TOTAL)
    assert counts.at("VRB", TOTAL, TOTAL) <= counts.at("PSY", TOTAL, TOTAL)
    assert counts.nameless <= counts.at(TOTAL, TOTAL, TOTAL)


# Definitions that contradict themselves cannot be made


@pytest.mark.parametrize(
    "change",
    [
        {"members": (member("A"), member("A"))},
        {"members": (member(TOTAL),)},
        {"columns": ()},
        {"columns": (Column.SEX, Column.AREA)},
        {"columns": (Column.FORM,)},
        {"members": (member("A", "x"), member("B", "x"))},
    ],
)
def test_a_broken_dimension_is_refused(change):
    sound = {"code": "d", "columns": (Column.AREA,), "pick": Pick.GRAVEST, "members": (member("A"),)}
    with pytest.raises(Broken):
        Dimension(**(sound | change))


def test_a_broken_table_is_refused():
    with pytest.raises(Broken):
        Table(code="t", unit=Unit.REPORT, dimensions=())
    with pytest.raises(Broken):
        Table(code="t", unit=Unit.REPORT, dimensions=(AGE, AGE))
    with pytest.raises(Broken):
        Table(code="t", unit=Unit.REPORT, dimensions=(AGE,), gaps=frozenset({("a", "b")}))
