"""A table definition as one SQL statement, made of named steps that a person can read.

Only names of our own enums stand in the text; whatever comes from outside travels as a parameter, and the members
of the dimensions as a relation of their own (`member`: dimension, raw, code, place).
"""

from dataclasses import dataclass, field
from typing import Any

from .definition import JOINT, TOTAL, UNKNOWN, Asked, Column, Dimension, Pick, Table, Unit

# What a report says, gaps filled from the person index: the same rules as `plain.texts`.
COLUMNS = {
    Column.AGENCY: "nullif(r.agency, '')",
    Column.MONTH: "strftime(r.received_on, '%Y-%m')",
    Column.RELATION: "nullif(r.relation, '')",
    Column.SEVERITY: "nullif(r.severity, '')",
    Column.SEX: "nullif(nullif(CASE WHEN r.victim_sex <> 'unknown' THEN r.victim_sex ELSE coalesce(p.sex, '') END, "
    "'unknown'), '')",
    # `greatest` passes over NULL: without the CASE an unknown year of birth would make a newborn.
    Column.AGE: "CAST(coalesce(r.victim_age, CASE WHEN p.birth_year IS NOT NULL "
    "THEN greatest(0, year(r.received_on) - p.birth_year) END) AS VARCHAR)",
    Column.AREA: "nullif(r.victim_area, '')",
    Column.FORM: "r.forms",
}
UNITS = {Unit.REPORT: "r.place", Unit.VICTIM: "r.victim", Unit.PAIR: "r.pair"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """The statement, its parameters, and the rows of the relation `member`."""

    sql: str
    parameters: dict[str, Any]
    members: tuple[tuple[str, str, str, int], ...] = field(default=())


def compile_table(table: Table, asked: Asked) -> Compiled:
    """The statement answers one row a cell: the codes of its key, its count, and how many of it are nameless."""
    steps = [_asked(table, asked)]
    for dimension in table.dimensions:
        steps += _placed(dimension)
    codes = [dimension.code for dimension in table.dimensions]
    steps.append(_cells(codes))
    keys = ", ".join(f"CASE WHEN grouping({code}) = 1 THEN '{TOTAL}' ELSE {code} END" for code in codes)
    sql = (
        "WITH\n"
        + ",\n".join(steps)
        + f"\nSELECT {keys}, count(DISTINCT number), count(DISTINCT number) FILTER (WHERE nameless)\n"
        f"FROM cells GROUP BY CUBE ({', '.join(codes)})"
    )
    members = tuple((d.code, raw, code, place) for d in table.dimensions for raw, code, place in d.pairs())
    return Compiled(sql, _parameters(asked), members)


def _parameters(asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = {"first": asked.first, "last": asked.last}
    if asked.scopes is not None:
        found["scopes"] = sorted(asked.scopes)
    if asked.agency is not None:
        found["agency"] = asked.agency
    return found


def _asked(table: Table, asked: Asked) -> str:
    """The reports in the question, and who is counted by each."""
    columns = sorted({column for dimension in table.dimensions for column in dimension.columns})
    listed = "".join(f",\n    {COLUMNS[column]} AS {column.value}_said" for column in columns)
    where = ["r.received_on BETWEEN $first AND $last"]
    if asked.scopes is not None:
        where.append("list_contains($scopes, r.scope)")
    if asked.agency is not None:
        where.append("r.agency = $agency")
    return (
        f"asked AS (\n  SELECT {UNITS[table.unit]} AS unit, r.place, coalesce(p.anonymous, false) AS nameless{listed}\n"
        "  FROM report r LEFT JOIN person p ON p.person = r.victim\n"
        f"  WHERE {' AND '.join(where)}\n)"
    )


def _placed(dimension: Dimension) -> list[str]:
    """Two steps: what is said of each unit, and under which members that places it."""
    name, first = dimension.code, dimension.columns[0].value
    if dimension.pick is Pick.FIRST:
        picked = f" || '{JOINT}' || ".join(
            f"coalesce(arg_min({column.value}_said, place) FILTER (WHERE {column.value}_said IS NOT NULL), '')"
            for column in dimension.columns
        )
        said = f"SELECT unit, {picked} AS raw FROM asked GROUP BY unit"
    elif Column.FORM in dimension.columns:
        said = f"SELECT DISTINCT unit, unnest({first}_said) AS raw FROM asked"
    else:
        said = f"SELECT DISTINCT unit, {first}_said AS raw FROM asked WHERE {first}_said IS NOT NULL"
    code = "arg_max(m.code, m.place)" if dimension.pick is Pick.GRAVEST else "m.code"
    grouped = " GROUP BY s.unit" if dimension.pick is Pick.GRAVEST else ""
    placed = (
        f"SELECT DISTINCT s.unit, {code} AS code FROM {name}_said s\n"
        f"  JOIN member m ON m.dimension = '{name}' AND m.raw = s.raw{grouped}"
    )
    return [f"{name}_said AS (\n  {said}\n)", f"{name}_placed AS (\n  {placed}\n)"]


def _cells(codes: list[str]) -> str:
    """Each unit beside every combination of its members; where a dimension places it nowhere, it is not known."""
    listed = ", ".join(f"coalesce({code}_placed.code, '{UNKNOWN}') AS {code}" for code in codes)
    joins = "".join(f"\n  LEFT JOIN {code}_placed ON {code}_placed.unit = u.unit" for code in codes)
    units = (
        "SELECT unit, row_number() OVER () AS number, bool_or(nameless) AS nameless FROM asked GROUP BY unit"
    )
    return f"cells AS (\n  SELECT u.number, u.nameless, {listed}\n  FROM ({units}) u{joins}\n)"
