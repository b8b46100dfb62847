"""The same tables counted the slow, obvious way. It exists to be compared with the SQL; see tests/test_cube.py."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from .definition import JOINT, TOTAL, UNKNOWN, Asked, Column, Counts, Dimension, Pick, Table, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A report as the snapshot holds it. `place` orders reports in time; empty text and None: not known."""

    place: int
    pair: bytes
    victim: bytes
    agency: str
    received_on: date
    relation: str
    scope: str
    forms: tuple[str, ...]
    severity: str
    victim_sex: str
    victim_age: int | None
    victim_area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """A person as the snapshot holds her."""

    person: bytes
    sex: str
    birth_year: int | None
    anonymous: bool


def count(
    table: Table, asked: Asked, reports: Iterable[ReportRow], persons: Mapping[bytes, PersonRow]
) -> Counts:
    """Count a table: group the reports by what is counted, place each group, add one to every cell it is in."""
    groups: dict[object, list[ReportRow]] = {}
    for report in sorted(reports, key=lambda report: report.place):
        if is_asked(report, asked):
            groups.setdefault(unit_of(report, table.unit), []).append(report)
    cells: dict[tuple[str, ...], int] = {}
    nameless = 0
    for group in groups.values():
        places = [place(dimension, group, persons) for dimension in table.dimensions]
        for key in product(*({*found, TOTAL} for found in places)):
            cells[key] = cells.get(key, 0) + 1
        nameless += any(report.victim in persons and persons[report.victim].anonymous for report in group)
    return Counts(cells, nameless)


def is_asked(report: ReportRow, asked: Asked) -> bool:
    return (
        asked.first <= report.received_on <= asked.last
        and (asked.scopes is None or report.scope in asked.scopes)
        and (asked.agency is None or report.agency == asked.agency)
    )


def unit_of(report: ReportRow, unit: Unit) -> object:
    return {Unit.REPORT: report.place, Unit.VICTIM: report.victim, Unit.PAIR: report.pair}[unit]


def place(dimension: Dimension, group: list[ReportRow], persons: Mapping[bytes, PersonRow]) -> set[str]:
    """The members a group of reports, in their order, falls under."""
    said = [
        [text for report in group for text in texts(report, column, persons.get(report.victim))]
        for column in dimension.columns
    ]
    first = [JOINT.join(column[0] if column else "" for column in said)]
    raws = first if dimension.pick is Pick.FIRST else said[0]
    members = [member for raw in raws for member in dimension.of(raw)]
    if dimension.pick is Pick.GRAVEST and members:
        order = [member.code for member in dimension.members]
        return {max(members, key=order.index)}
    return set(members) or {UNKNOWN}


def texts(report: ReportRow, column: Column, person: PersonRow | None) -> list[str]:
    """What one report says in a column: no text if it does not say."""
    match column:
        case Column.FORM:
            return list(report.forms)
        case Column.MONTH:
            return [f"{report.received_on:%Y-%m}"]
        case Column.AGE:
            age = report.victim_age
            if age is None and person is not None and person.birth_year is not None:
                age = max(0, report.received_on.year - person.birth_year)
            return [] if age is None else [str(age)]
        case Column.SEX:
            known = (
                report.victim_sex if report.victim_sex != "unknown" else person.sex if person else "unknown"
            )
            return [] if known in {"", "unknown"} else [known]
        case Column.AGENCY | Column.RELATION | Column.SEVERITY:
            value = getattr(report, column.value)
        case Column.AREA:
            value = report.victim_area
    return [value] if value else []
