"""From a row to a report. Pure; compiled once per file into closures over the positions of its columns.

A row is never half taken: either every field converts, or the row is refused with all that is wrong with it.
Unknown stays unknown: never zero, never "no".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from takatuf.cases.rules import ReporterIn, ReportIn
from takatuf.people.rules import PersonIn

from .rules import RowReason
from .shapes import SEPARATOR, TARGETS, Condition, Importation, Rule
from .takes import Cells, Places, RowRefused, Take, taking, unknown_code

LONGEST_REFERENCE = 80


@dataclass(frozen=True, slots=True)
class Converted:
    """A report, its reference within the agency, and the unit it is filed under ("" the importing unit)."""

    report: ReportIn
    unit: str


@dataclass(frozen=True, slots=True)
class Converter:
    """A declaration compiled for the columns of one file."""

    reference_of: Callable[[Cells, int], str]
    convert: Callable[[Cells, int], Converted]


def compile_mapping(mapping: Importation, columns: Sequence[str], *, digest: bytes) -> Converter:
    """Compile for a file with these `columns` and this `digest` (of its content, for references by row number).

    The functions take the cells and the row's position (from 1) and raise RowRefused.
    """
    places = {name: at for at, name in enumerate(columns)}
    reference_of = _reference(mapping, places, digest)
    takes = {target: _target(mapping, target, places) for target in mapping.fields}
    unit_of = _alternatives(mapping, "code", [mapping.unit], places) if mapping.unit is not None else _empty
    build = _builder(mapping, takes)

    def convert(cells: Cells, position: int) -> Converted:
        try:
            return Converted(build(cells, reference_of(cells, position)), str(unit_of(cells)))
        except RowRefused as first:
            others = [
                lambda: reference_of(cells, position),
                *(_bound(take, cells) for take in takes.values()),
            ]
            raise _with_others(first, [*others, _bound(unit_of, cells)]) from None

    return Converter(reference_of=reference_of, convert=convert)


def _empty(cells: Cells) -> str:
    return ""


def _bound(take: Take, cells: Cells) -> Callable[[], object]:
    return lambda: take(cells)


def _with_others(first: RowRefused, others: Sequence[Callable[[], object]]) -> RowRefused:
    """The first refusal, and beside it what else is wrong with the row: it is mended in one go."""
    also: list[dict[str, object]] = []
    for other in others:
        try:
            other()
        except RowRefused as refusal:
            found = {"reason": refusal.reason.value, **refusal.facts}
            if found != {"reason": first.reason.value, **first.facts} and found not in also:
                also.append(found)
    return RowRefused(first.reason, **first.facts, also=also) if also else first


def _builder(mapping: Importation, takes: Mapping[str, Take]) -> Callable[[Cells, str], ReportIn]:
    """Group the fields by the value they belong to; what is constant is made once."""
    parts: dict[str, list[tuple[str, Take]]] = {"": [], "victim": [], "aggressor": [], "reporter": []}
    dated: list[tuple[str, str, str, Take]] = []
    for target, take in takes.items():
        owner, _, name = target.rpartition(".")
        if TARGETS[target] == "date":
            dated.append((owner, name, name.partition("_")[0] + "_precision", take))
        else:
            parts[owner].append((name, take))
    report, victim, aggressor, reporter = (parts[name] for name in ("", "victim", "aggressor", "reporter"))
    of_report, of_persons = ([item for item in dated if bool(item[0]) is person] for person in (False, True))

    def build(cells: Cells, external_ref: str) -> ReportIn:
        values = {name: take(cells) for name, take in report}
        for _, name, precision, take in of_report:
            values[name], values[precision] = take(cells)  # type: ignore[misc]
        one = {name: take(cells) for name, take in victim}
        other = {name: take(cells) for name, take in aggressor}
        for owner, name, precision, take in of_persons:
            person = one if owner == "victim" else other
            person[name], person[precision] = take(cells)  # type: ignore[misc]
        if reporter:
            values["reporter"] = ReporterIn(**{name: take(cells) for name, take in reporter})  # type: ignore[arg-type]
        return ReportIn(
            external_ref=external_ref,
            victim=PersonIn(**one),  # type: ignore[arg-type]
            aggressor=PersonIn(**other),  # type: ignore[arg-type]
            **values,  # type: ignore[arg-type]
        )

    return build


def _reference(mapping: Importation, places: Places, digest: bytes) -> Callable[[Cells, int], str]:
    """The agency's own reference, or the file's digest and the row's number in it."""
    columns = mapping.identity.columns
    if columns is None:
        prefix = digest.hex()[:16]
        return lambda cells, position: f"{prefix}-{position}"
    wanted = [(name, places[name]) for name in columns]

    def reference(cells: Cells, position: int) -> str:
        parts = []
        for name, at in wanted:
            value = cells[at].strip()
            if not value:
                raise RowRefused(RowReason.MISSING_VALUE, column=name)
            parts.append(value)
        joined = SEPARATOR.join(parts)
        if len(joined) > LONGEST_REFERENCE:
            raise RowRefused(RowReason.REFERENCE_TOO_LONG, column=wanted[0][0], longest=LONGEST_REFERENCE)
        return joined

    return reference


def _target(mapping: Importation, target: str, places: Places) -> Take:
    return _alternatives(mapping, TARGETS[target].partition(":")[0], mapping.rules_of(target), places)


def _alternatives(mapping: Importation, kind: str, rules: Sequence[Rule], places: Places) -> Take:
    """The first rule whose condition holds. If none does, the row says something the declaration never thought of."""
    compiled = [(_condition(rule.when, places), taking(mapping, kind, rule, places)) for rule in rules]
    if compiled[0][0] is None:
        return compiled[0][1]
    asked = next(rule.when for rule in rules if rule.when is not None)
    column = next(asked.columns())
    at = places[column]

    def take(cells: Cells) -> object:
        for holds, take_one in compiled:
            if holds is None or holds(cells):
                return take_one(cells)
        raise unknown_code(column, cells[at])

    return take


def _condition(condition: Condition | None, places: Places) -> Callable[[Cells], bool] | None:
    if condition is None:
        return None
    joined = condition.all if condition.all is not None else condition.any
    if joined is not None:
        tests = [test for part in joined if (test := _condition(part, places)) is not None]
        every = all if condition.all is not None else any
        return lambda cells: every(test(cells) for test in tests)
    at = places[condition.column or ""]
    if condition.between is not None:
        least, most = condition.between
        return lambda cells: (text := cells[at].strip()).isdecimal() and least <= int(text[:18]) <= most
    listed = frozenset(condition.in_ if condition.in_ is not None else condition.not_in or ())
    wanted = condition.in_ is not None
    return lambda cells: (cells[at].strip() in listed) is wanted
