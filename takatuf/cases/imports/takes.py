"""How each kind of rule takes its value out of a row: closures over the places of the columns. Pure.

A closure is called with the cells of a row and raises RowRefused. What repeats in a file (codes, dates, ages)
is worked out once and remembered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import TypeVar

from takatuf.kernel.errors import Refusal
from takatuf.people.rules import Precision

from .rules import RowReason
from .shapes import (
    SEPARATOR,
    CodesRule,
    ConstantRule,
    DateRule,
    Importation,
    ManyRule,
    NumberRule,
    OneHotRule,
    PartsRule,
    PositionsRule,
    Rule,
    TextRule,
    TimeRule,
)

Cells = Sequence[str]
Places = Mapping[str, int]
Take = Callable[[Cells], object]
Value = TypeVar("Value")
LONGEST_SHOWN = 40
LONGEST_CODE = 20
REMEMBERED = 20_000
UNKNOWN_DATE = (None, Precision.UNKNOWN.value)


class RowRefused(Refusal):
    """The row cannot be taken. Facts name the column; `value` only of coded lists, else its `shape`."""


def shape(text: str) -> str:
    """What a value looks like without saying it: digits as 9, letters as a."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text[:LONGEST_SHOWN]))


def told(value: str) -> dict[str, str]:
    """The value where it looks like a code, else its shape.

    In a shifted row a name, a phone or a personal number may stand where a code should.
    """
    plain = len(value) <= LONGEST_CODE and not re.search(r"\d{5}|@|\s", value)
    return {"value": value} if plain else {"shape": shape(value)}


def unknown_code(column: str, value: str) -> RowRefused:
    """A code that is in no table."""
    return RowRefused(RowReason.UNKNOWN_CODE, column=column, **told(value))


def nothing_of(kind: str) -> object:
    """What says "unknown" in a field of this kind."""
    match kind:
        case "sex" | "exposure" | "known":
            return "unknown"
        case "number" | "time" | "moment":
            return None
        case "codes" | "texts":
            return ()
        case "date":
            return UNKNOWN_DATE
        case "flag":
            return False
        case _:
            return ""


def _as_kind(kind: str, value: str) -> object:
    """A code as the field holds it."""
    if not value:
        return nothing_of(kind)
    if kind == "flag":
        return value == "true"
    return (value,) if kind in ("codes", "texts") else value


def taking(mapping: Importation, kind: str, rule: Rule, places: Places) -> Take:
    """The closure of one rule, for a field of this kind."""
    unknown = frozenset(mapping.unknown) | frozenset(getattr(rule, "unknown", ())) | {""}
    take = _KINDS[type(rule)](mapping, kind, rule, places, unknown)
    # A report without a moment of receipt is none: there "unknown" refuses the row by itself.
    if not rule.required and kind != "moment":
        return take
    column, nothing = next(rule.own_columns(), ""), nothing_of(kind)

    def required(cells: Cells) -> object:
        value = take(cells)
        if value == nothing:
            raise RowRefused(RowReason.MISSING_VALUE, column=column)
        return value

    return required


def _constant(
    mapping: Importation, kind: str, rule: ConstantRule, places: Places, unknown: frozenset[str]
) -> Take:
    value = _as_kind(kind, rule.constant)
    return lambda cells: value


def _text(mapping: Importation, kind: str, rule: TextRule, places: Places, unknown: frozenset[str]) -> Take:
    ats = [places[name] for name in rule.own_columns()]
    join = rule.join

    def take(cells: Cells) -> object:
        return _as_kind(kind, join.join([text for at in ats if (text := cells[at].strip()) not in unknown]))

    return take


def _codes(mapping: Importation, kind: str, rule: CodesRule, places: Places, unknown: frozenset[str]) -> Take:
    names = list(rule.own_columns())
    table = {code: _as_kind(kind, value) for code, value in rule.expanded(mapping.tables).items()}
    nothing = nothing_of(kind)
    if len(names) > 1:
        return _joined_codes(names, [places[name] for name in names], table, nothing, unknown)
    for code in unknown:
        table.setdefault(code, nothing)
    name, at = names[0], places[names[0]]

    def take(cells: Cells) -> object:
        try:
            return table[cells[at]]
        except KeyError:
            stripped = cells[at].strip()
            if stripped in table:
                return table[stripped]
            raise unknown_code(name, stripped) from None

    return take


def _joined_codes(
    names: Sequence[str],
    ats: Sequence[int],
    table: Mapping[str, object],
    nothing: object,
    unknown: frozenset[str],
) -> Take:
    """Several columns together are unknown as soon as one of them is, unless the table says better."""
    column = " + ".join(names)

    def take(cells: Cells) -> object:
        parts = [cells[at].strip() for at in ats]
        joined = SEPARATOR.join(parts)
        if joined in table:
            return table[joined]
        if any(part in unknown for part in parts):
            return nothing
        raise unknown_code(column, joined)

    return take


def _remembering(slow: Callable[[str], Value], at: int) -> Take:
    """Work a cell out once per distinct text; forget all when there are too many."""
    seen: dict[str, Value] = {}

    def take(cells: Cells) -> object:
        raw = cells[at]
        try:
            return seen[raw]
        except KeyError:
            value = slow(raw)
            if len(seen) >= REMEMBERED:
                seen.clear()
            seen[raw] = value
            return value

    return take


def _number(
    mapping: Importation, kind: str, rule: NumberRule, places: Places, unknown: frozenset[str]
) -> Take:
    name, (least, most) = rule.column, rule.number

    def slow(raw: str) -> int | None:
        text = raw.strip()
        whole, point, rest = text.partition(".")
        if text in unknown or (whole in unknown and whole and not rest.strip("0")):
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", whole, re.ASCII) or rest.strip("0") or (point and not rest):
            raise RowRefused(RowReason.NOT_A_NUMBER, column=name, shape=shape(text))
        if not least <= int(whole) <= most:
            raise RowRefused(
                RowReason.NUMBER_OUT_OF_RANGE, column=name, shape=shape(text), least=least, most=most
            )
        return int(whole)

    return _remembering(slow, places[name])


def _read(text: str, formats: Sequence[str]) -> datetime | None:
    for format_ in formats:
        try:
            return datetime.strptime(text, format_)  # noqa: DTZ007  the zone is the declaration's, added by the caller
        except ValueError:
            continue
    return None


def _date(mapping: Importation, kind: str, rule: DateRule, places: Places, unknown: frozenset[str]) -> Take:
    name, formats = rule.column, rule.formats

    def day(raw: str) -> date | None:
        text = raw.strip()
        if text in unknown:
            return None
        found = _read(text, formats)
        if found is None:
            raise RowRefused(RowReason.NOT_A_DATE, column=name, shape=shape(text))
        return found.date()

    if kind == "date":
        return _remembering(lambda raw: _known_day(day(raw)), places[name])
    zone, usual = mapping.zone, rule.at or time()
    day_of = _remembering(day, places[name])
    time_of = _times(rule.time_column or "", rule.time_formats, places, unknown) if rule.time_column else None

    def moment(cells: Cells) -> object:
        found = day_of(cells)
        if not isinstance(found, date):
            return None
        hour = time_of(cells) if time_of is not None else None
        return datetime.combine(found, hour if isinstance(hour, time) else usual, tzinfo=zone)

    return moment


def _known_day(found: date | None) -> tuple[date | None, str]:
    return (found, Precision.DAY.value) if found is not None else UNKNOWN_DATE


def _times(name: str, formats: Sequence[str], places: Places, unknown: frozenset[str]) -> Take:
    def slow(raw: str) -> time | None:
        text = raw.strip()
        if text in unknown:
            return None
        found = _read(text, formats)
        if found is None:
            raise RowRefused(RowReason.NOT_A_TIME, column=name, shape=shape(text))
        return found.time()

    return _remembering(slow, places[name])


def _time(mapping: Importation, kind: str, rule: TimeRule, places: Places, unknown: frozenset[str]) -> Take:
    return _times(rule.column, rule.times, places, unknown)


def _parts(mapping: Importation, kind: str, rule: PartsRule, places: Places, unknown: frozenset[str]) -> Take:
    ats = [places[part] if part is not None else None for part in (rule.year, rule.month, rule.day)]
    names = (rule.year, rule.month or "", rule.day or "")
    seen: dict[tuple[str, ...], object] = {}
    zone, usual, keeps_month = mapping.zone, rule.at or time(), rule.impossible_day == "month"

    def slow(raw: tuple[str, ...]) -> object:
        numbers = [_part(text.strip(), name, unknown) for text, name in zip(raw, names, strict=True)]
        found, precision = _assembled(numbers, names, keeps_month=keeps_month)
        if kind == "date":
            return (found, precision)
        # A report comes in on a day: half a date is no moment.
        return datetime.combine(found, usual, tzinfo=zone) if found and precision == Precision.DAY else None

    def take(cells: Cells) -> object:
        raw = tuple([cells[at] if at is not None else "" for at in ats])
        if raw not in seen:
            if len(seen) >= REMEMBERED:
                seen.clear()
            seen[raw] = slow(raw)
        return seen[raw]

    return take


def _part(text: str, name: str, unknown: frozenset[str]) -> int | None:
    if text in unknown:
        return None
    whole, _, rest = text.partition(".")
    if not re.fullmatch(r"[0-9]{1,4}", whole, re.ASCII) or rest.strip("0"):
        raise RowRefused(RowReason.NOT_A_DATE, column=name, shape=shape(text))
    return int(whole)


def _assembled(
    numbers: Sequence[int | None], names: Sequence[str], *, keeps_month: bool
) -> tuple[date | None, str]:
    """A date and how much of it is known. A later part without an earlier one is worth nothing."""
    year, month, day = numbers
    if year is None:
        return UNKNOWN_DATE
    for number, name, least, most in (
        (year, names[0], 1900, 2200),
        (month, names[1], 1, 12),
        (day, names[2], 1, 31),
    ):
        if number is not None and not least <= number <= most:
            raise RowRefused(RowReason.IMPOSSIBLE_DATE, column=name, shape=shape(str(number)))
    if month is None:
        return date(year, 1, 1), Precision.YEAR.value
    if day is None:
        return date(year, month, 1), Precision.MONTH.value
    try:
        return date(year, month, day), Precision.DAY.value
    except ValueError:
        if keeps_month:
            return date(year, month, 1), Precision.MONTH.value
        raise RowRefused(RowReason.IMPOSSIBLE_DATE, column=names[2], shape=shape(str(day))) from None


def _many(mapping: Importation, kind: str, rule: ManyRule, places: Places, unknown: frozenset[str]) -> Take:
    name, split, table = rule.column, rule.split, rule.expanded(mapping.tables)

    def slow(raw: str) -> tuple[str, ...]:
        parts = [part for text in raw.split(split) if (part := text.strip()) not in unknown]
        if table is not None:
            for part in parts:
                if part not in table:
                    raise unknown_code(name, part)
            parts = [table[part] for part in parts]
        return tuple(dict.fromkeys(part for part in parts if part))

    return _remembering(slow, places[name])


def _one_hot(
    mapping: Importation, kind: str, rule: OneHotRule, places: Places, unknown: frozenset[str]
) -> Take:
    said = dict.fromkeys(unknown, False) | dict.fromkeys(rule.no, False) | dict.fromkeys(rule.yes, True)
    wanted = [(places[name], name, code) for name, code in rule.one_hot.items()]

    def take(cells: Cells) -> object:
        found = []
        for at, name, code in wanted:
            text = cells[at]
            if text not in said:
                text = text.strip()
                if text not in said:
                    raise unknown_code(name, text)
            if said[text]:
                found.append(code)
        return tuple(dict.fromkeys(found))

    return take


def _positions(
    mapping: Importation, kind: str, rule: PositionsRule, places: Places, unknown: frozenset[str]
) -> Take:
    name, codes = rule.column, rule.positions
    letters = {rule.yes, rule.no} | ({rule.unknown_letter} if rule.unknown_letter is not None else set())

    def slow(raw: str) -> tuple[str, ...]:
        text = raw.strip()
        if text in unknown:
            return ()
        if len(text) != len(codes) or not set(text) <= letters:
            raise unknown_code(name, text)
        return tuple(code for letter, code in zip(text, codes, strict=True) if letter == rule.yes)

    return _remembering(slow, places[name])


_KINDS: dict[type[Rule], Callable[..., Take]] = {
    ConstantRule: _constant,
    TextRule: _text,
    CodesRule: _codes,
    NumberRule: _number,
    DateRule: _date,
    PartsRule: _parts,
    TimeRule: _time,
    ManyRule: _many,
    OneHotRule: _one_hot,
    PositionsRule: _positions,
}
