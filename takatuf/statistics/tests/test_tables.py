"""The closed list: what a table is made of in this country, what is asked of it, and how it is laid out."""

from datetime import date

import pytest

from takatuf.kernel.reference import PackError, pack
from takatuf.statistics import country, tables, words
from takatuf.statistics.cube.definition import TOTAL, UNKNOWN, Counts
from takatuf.statistics.grid import Kind, lay_out
from takatuf.statistics.rules import (
    Month,
    Name,
    Period,
    Reason,
    Scope,
    StatisticsRefused,
    months_known,
    question,
    usual_period,
)

YEAR = Period(Month(2026, 1), Month(2026, 12))


def source(**codes):
    land = pack()
    known = {name: frozenset(found) for name, found in codes.items()}
    return tables.Source(
        country=land,
        definitions=country.definitions(land),
        codes=known,
        period=Period(YEAR.first, Month(2026, 3)),
    )


def table(name, **codes):
    return tables.table(name, source(**codes))


# What is asked


def ask(**words_asked):
    known = Period(Month(2025, 11), Month(2026, 11))
    return question(
        known=known,
        usual=usual_period(known=known, last=date(2026, 11, 20)),
        agencies=frozenset({"MOI"}),
        **words_asked,
    )


def test_nothing_chosen_is_the_twelve_months_to_the_newest_report():
    asked = ask()
    assert (str(asked.period.first), str(asked.period.last)) == ("2025-12", "2026-11")
    assert asked.scope is asked.agency is None


@pytest.mark.parametrize(
    ("said", "period"),
    [
        ({"first": "2026-05"}, ("2026-05", "2026-11")),
        ({"last": "2026-05"}, ("2025-12", "2026-05")),
        ({"last": "2025-11"}, ("2025-11", "2025-11")),
        ({"first": "2025-11", "last": "2025-11"}, ("2025-11", "2025-11")),
    ],
)
def test_half_a_period_is_completed(said, period):
    asked = ask(**said)
    assert (str(asked.period.first), str(asked.period.last)) == period


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"first": "2026-13"}, Reason.UNKNOWN_MONTH),
        ({"first": "2026-1"}, Reason.UNKNOWN_MONTH),
        ({"first": "٢٠٢٦-٠١"}, Reason.UNKNOWN_MONTH),
        ({"first": "2026-01'; DROP TABLE report --"}, Reason.UNKNOWN_MONTH),
        ({"first": "2025-10"}, Reason.UNKNOWN_MONTH),
        ({"last": "2026-12"}, Reason.UNKNOWN_MONTH),
        ({"first": "2026-05", "last": "2026-04"}, Reason.PERIOD_BACKWARDS),
        ({"scope": "everything"}, Reason.UNKNOWN_SCOPE),
        ({"agency": "moi"}, Reason.UNKNOWN_AGENCY),
    ],
)
def test_what_is_not_of_the_list_is_refused(said, reason):
    with pytest.raises(StatisticsRefused) as refused:
        ask(**said)
    assert refused.value.reason is reason


def test_what_is_of_the_list_is_asked():
    asked = ask(scope="outside", agency="MOI")
    assert (asked.scope, asked.agency) == (Scope.OUTSIDE, "MOI")


def test_months_begin_and_end_where_they_do():
    assert Month(2028, 2).last == date(2028, 2, 29)
    assert Month(2026, 12).plus(1) == Month(2027, 1)
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert [str(month) for month in Period(Month(2025, 12), Month(2026, 2)).months()] == [
        "2025-12", "2026-01", "2026-02",
    ]  # fmt: skip


def test_a_snapshot_without_reports_knows_its_own_month():
    known = months_known(first=None, last=None, taken_on=date(2026, 11, 24))
    assert known == Period(Month(2026, 11), Month(2026, 11)) == usual_period(known=known, last=None)


def test_old_reports_are_shown_where_they_are():
    """An instance with a file of years ago opens on the years of the file, not on an empty present."""
    known = months_known(first=date(2009, 1, 5), last=date(2010, 6, 1), taken_on=date(2026, 11, 24))
    assert usual_period(known=known, last=date(2010, 6, 1)) == Period(Month(2009, 7), Month(2010, 6))


# What a table is made of


def test_every_age_is_in_exactly_one_band():
    ages = table(Name.VICTIMS).dimensions[1]
    assert all(len(ages.of(str(age))) == 1 for age in range(126))
    assert ages.of("") == ()


def test_a_sub_form_stands_below_its_form_and_within_it():
    forms = table(Name.VICTIMS).dimensions[0]
    assert forms.of("VRB") == ("PSY", "VRB")
    codes = [member.code for member in forms.members]
    assert codes.index("VRB") == codes.index("PSY") + 1
    assert forms.members[codes.index("VRB")].depth == 1


def test_a_code_that_the_list_has_lost_keeps_its_own_name():
    table_ = table(Name.AGENCIES, agency={"OLD"})
    lost = next(member for member in table_.dimensions[0].members if member.code == "OLD")
    assert (lost.text.ar, lost.text.en) == ("OLD", "OLD")


def test_direction_is_named_as_the_country_names_it():
    directions = table(Name.RELATIONS).dimensions[0]
    by_code = {member.code: member for member in directions.members}
    assert by_code["HUS_female"].text.en == "Husband → wife"
    assert by_code["HUS_female"].text.ar == "زوج ← زوجة"
    assert by_code["HUS_female"].always
    assert not by_code["OTH_female"].always
    assert directions.of("HUS:female") == ("HUS_female",)
    assert directions.of("HUS:") == ("HUS_unknown",)
    assert directions.of(":female") == ()


def test_an_agency_that_has_never_reported_is_not_known_and_one_that_has_is_zero():
    reporting = table(Name.AGENCIES, agency={"MOI"})
    grid = lay_out(reporting, Counts({("MOI", "2026-01"): 3, ("MOI", TOTAL): 3, (TOTAL, TOTAL): 3}))
    rows = {row.head.code: row.cells for row in grid.rows}
    assert rows["MOI"] == (3, 0, 0, 3)
    assert set(rows["PP"]) == {None}
    assert [words.figure(cell) for cell in rows["PP"]] == ["—"] * 4
    assert words.figure(0) == "0"
    assert grid.has_gaps


def test_what_every_report_says_has_no_row_for_not_known_unless_something_is_in_it():
    reporting = table(Name.AGENCIES, agency={"MOI"})
    assert Kind.UNKNOWN not in {head.kind for head in lay_out(reporting, Counts()).columns}
    lost = lay_out(reporting, Counts({(TOTAL, UNKNOWN): 1}))
    assert Kind.UNKNOWN in {head.kind for head in lost.columns}


def test_not_known_stands_apart_before_the_total_in_rows_and_columns():
    grid = lay_out(table(Name.VICTIMS), Counts())
    assert [head.kind for head in grid.columns][-2:] == [Kind.UNKNOWN, Kind.TOTAL]
    assert [group.head.kind for group in grid.groups if group.head][-2:] == [Kind.UNKNOWN, Kind.TOTAL]
    for group in grid.groups:
        assert [row.head.kind for row in group.rows][-2:] == [Kind.UNKNOWN, Kind.TOTAL]


# The country's part


def written(tmp_path, text):
    (tmp_path / country.FILE).write_text(text)
    return country._read(tmp_path / country.FILE, frozenset({"HUS"}))


def test_a_pack_without_the_file_has_bands_of_its_own(tmp_path):
    found = country._read(tmp_path / country.FILE, frozenset())
    assert [band.first for band in found.age_bands] == list(country.AGE_BANDS)
    assert found.directions == ()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("age_bands: [{first: 5}]", 1, "begin with 0"),
        ("age_bands: [{first: 0}, {first: 0}]", 1, "begin with 0 and rise"),
        ("age_bands: []", 1, "begin with 0"),
        ("age_band: []", 1, "Extra inputs"),
        ("directions:\n- {relation: HUSS, victim_sex: female, ar: زوج, en: x}", 2, "HUSS is unknown"),
        ("directions:\n- {relation: HUS, victim_sex: woman, ar: زوج, en: x}", 2, "female"),
        ("directions:\n- {relation: HUS, victim_sex: female, ar: husband, en: x}", 2, "no Arabic letter"),
        ("directions: [\n", 2, "is not YAML"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(tmp_path, text, line, message):
    with pytest.raises(PackError) as error:
        written(tmp_path, text)
    (problem, *_others) = error.value.problems
    assert (problem.file, problem.line) == (country.FILE, line)
    assert message in problem.message


# Words


def test_every_refusal_has_its_sentence():
    assert words.REFUSALS.keys() == set(Reason)


@pytest.mark.parametrize("named", [words.TITLES, words.SHORT, words.UNITS, words.NOTES, words.FINDINGS])
def test_every_table_has_its_words(named):
    assert named.keys() == set(Name)


def test_every_dimension_and_scope_has_its_words():
    found = {dimension.code for name in Name for dimension in table(name).dimensions}
    assert found == words.DIMENSIONS.keys()
    assert words.SCOPES.keys() == {None, *Scope}


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 0, "0%"),
        (0, 9, "0%"),
        (1, 1000, "<1%"),
        (1, 2, "50%"),
        (1, 3, "33%"),
        (999, 1000, ">99%"),
        (5, 5, "100%"),
    ],
)
def test_a_share_never_says_none_or_all_where_it_is_not(part, whole, said):
    assert words.share(part, whole) == said
