"""The shapes a declaration is made of: source, identity, and ten kinds of rule. Pure.

`packs/mappings/example_police.yaml` shows each kind at work.
"""

from collections.abc import Iterator, Mapping
from datetime import time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from takatuf.cases import rules as cases
from takatuf.people.rules import Sex

# A target of the report → what it takes. `code:` names the list of the pack that must know the value.
_PERSON = {
    "name_ar": "text",
    "name_latin": "text",
    "personal_number": "text",
    "phones": "texts",
    "birth_date": "date",
    "age": "number",
    "sex": "sex",
    "nationality": "code:nationalities",
    "address": "text",
    "block": "text",
    "area": "code:areas",
    "marital_status": "code:marital",
    "education": "code:education",
    "occupation": "code:occupations",
    "anonymous": "flag",
}
TARGETS: dict[str, str] = {
    "channel": "code:channels",
    "received_at": "moment",
    "received_place": "text",
    "relation": "code:relations",
    "forms": "codes:forms",
    "severity": "code:severities",
    "tool": "code:tools",
    "child_exposure": "exposure",
    "incident_on": "date",
    "incident_time": "time",
    "incident_area": "code:areas",
    "incident_block": "text",
    "incident_place": "code:places",
    "reported_before": "known",
    "investigation_started_at": "moment",
    "investigation_finished_at": "moment",
    "narrative": "text",
    "injuries": "text",
    "reporter.kind": "code:reporter_kinds",
    "reporter.name": "text",
    "reporter.phone": "text",
    "reporter.personal_number": "text",
    "reporter.note": "text",
    **{f"victim.{name}": kind for name, kind in _PERSON.items()},
    **{f"aggressor.{name}": kind for name, kind in _PERSON.items()},
}
FIXED: dict[str, frozenset[str]] = {
    "sex": frozenset(Sex),
    "exposure": frozenset(cases.Exposure),
    "known": frozenset(cases.Known),
    "flag": frozenset({"true", "false"}),
}
# What a target takes → the kinds of rule that can fill it.
FITTING: dict[str, frozenset[str]] = {
    "text": frozenset({"constant", "text", "codes"}),
    "texts": frozenset({"text", "many"}),
    "number": frozenset({"number"}),
    "date": frozenset({"date", "parts"}),
    "moment": frozenset({"date", "parts"}),
    "time": frozenset({"time"}),
    "code": frozenset({"constant", "codes", "text"}),
    "codes": frozenset({"constant", "codes", "many", "one_hot", "positions"}),
    **dict.fromkeys(FIXED, frozenset({"constant", "codes"})),
}
SEPARATOR = "|"  # joins the values of several columns for one table of codes


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(Strict):
    """When a rule applies. Exactly one test: in, not_in, between (whole numbers, both ends), all, any."""

    column: str | None = None
    in_: list[str] | None = Field(default=None, alias="in")
    not_in: list[str] | None = None
    between: tuple[int, int] | None = None
    all: list["Condition"] | None = None
    any: list["Condition"] | None = None

    @model_validator(mode="after")
    def _one_test(self) -> "Condition":
        of_column = [test for test in (self.in_, self.not_in, self.between) if test is not None]
        joined = [test for test in (self.all, self.any) if test is not None]
        if len(of_column) + len(joined) != 1:
            raise ValueError("exactly one of in, not_in, between, all, any")
        if bool(of_column) != (self.column is not None):
            raise ValueError("in, not_in and between test a column; all and any name none")
        return self

    def columns(self) -> Iterator[str]:
        if self.column is not None:
            yield self.column
        for part in (*(self.all or ()), *(self.any or ())):
            yield from part.columns()


class Rule(Strict):
    """What all kinds of rule share. `required`: an unknown value refuses the row."""

    when: Condition | None = None
    required: bool = False

    def own_columns(self) -> Iterator[str]:
        yield from ()

    def all_columns(self) -> Iterator[str]:
        yield from self.own_columns()
        if self.when is not None:
            yield from self.when.columns()


class _OfColumns(Rule):
    column: str | None = None
    columns: list[str] | None = Field(default=None, min_length=2)
    unknown: list[str] = []

    @model_validator(mode="after")
    def _column_or_columns(self) -> "_OfColumns":
        if (self.column is None) == (self.columns is None):
            raise ValueError("either column or columns")
        return self

    def own_columns(self) -> Iterator[str]:
        yield from self.columns or (self.column or "",)


class _OfColumn(Rule):
    column: str
    unknown: list[str] = []

    def own_columns(self) -> Iterator[str]:
        yield self.column


class ConstantRule(Rule):
    """Always this value; an empty one means unknown."""

    constant: str


class TextRule(_OfColumns):
    """The text itself, blanks at the ends taken off; several columns are joined."""

    text: Literal["whole"] = "whole"
    join: str = " "


class CodesRule(_OfColumns):
    """A code of the source → a code of ours. Keys: a code, a range `21-26`, or codes of several columns `1|2`.

    `codes` is a table or the name of one in `tables`. What is neither in it nor in `unknown` refuses the row.
    """

    codes: dict[str, str] | str

    def expanded(self, tables: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """The table with its ranges spelled out."""
        given = tables[self.codes] if isinstance(self.codes, str) else self.codes
        return expand(given)


class NumberRule(_OfColumn):
    """A whole number (`30` or `30.0`) within both ends."""

    number: tuple[int, int]


class DateRule(_OfColumn):
    """A date in one of the formats; for a moment also its time: from a column, or `at` when none is known."""

    formats: list[str] = Field(min_length=1)
    at: time | None = None
    time_column: str | None = None
    time_formats: list[str] = []

    @model_validator(mode="after")
    def _time(self) -> "DateRule":
        if (self.time_column is None) != (not self.time_formats):
            raise ValueError("time_column and time_formats go together")
        return self

    def own_columns(self) -> Iterator[str]:
        yield self.column
        if self.time_column is not None:
            yield self.time_column


class PartsRule(Rule):
    """A date from its parts. An unknown day leaves the month, an unknown month the year, an unknown year nothing.

    `impossible_day` (31 June): `refuse` the row, or keep the `month`.
    """

    year: str
    month: str | None = None
    day: str | None = None
    unknown: list[str] = []
    impossible_day: Literal["refuse", "month"] = "refuse"
    at: time | None = None

    def own_columns(self) -> Iterator[str]:
        yield from (part for part in (self.year, self.month, self.day) if part is not None)


class TimeRule(_OfColumn):
    """A time of day in one of the formats."""

    times: list[str] = Field(min_length=1)


class ManyRule(_OfColumn):
    """Several values in one cell."""

    split: str = Field(min_length=1)
    codes: dict[str, str] | str | None = None

    def expanded(self, tables: Mapping[str, Mapping[str, str]]) -> dict[str, str] | None:
        if self.codes is None:
            return None
        return expand(tables[self.codes] if isinstance(self.codes, str) else self.codes)


class OneHotRule(Rule):
    """One column per code, each saying yes, no or unknown."""

    one_hot: dict[str, str] = Field(min_length=1)
    yes: list[str] = Field(min_length=1)
    no: list[str] = Field(min_length=1)
    unknown: list[str] = []

    def own_columns(self) -> Iterator[str]:
        yield from self.one_hot


class PositionsRule(_OfColumn):
    """One letter per code at a fixed place of the cell, each saying yes, no or unknown."""

    positions: list[str] = Field(min_length=1)
    yes: str = Field(min_length=1, max_length=1)
    no: str = Field(min_length=1, max_length=1)
    unknown_letter: str | None = Field(default=None, min_length=1, max_length=1)


_KINDS = (
    ("constant", "constant"),
    ("one_hot", "one_hot"),
    ("positions", "positions"),
    ("year", "parts"),
    ("formats", "date"),
    ("times", "time"),
    ("number", "number"),
    ("split", "many"),
    ("codes", "codes"),
)


def kind_of(value: Any) -> str:
    """The kind of a rule, by the key only it has."""
    if isinstance(value, Rule):
        names = {type_: kind for kind, type_ in RULES.items()}
        return names[type(value)]
    keys = value if isinstance(value, dict) else {}
    return next((kind for key, kind in _KINDS if key in keys), "text")


RULES: dict[str, type[Rule]] = {
    "constant": ConstantRule,
    "one_hot": OneHotRule,
    "positions": PositionsRule,
    "parts": PartsRule,
    "date": DateRule,
    "time": TimeRule,
    "number": NumberRule,
    "many": ManyRule,
    "codes": CodesRule,
    "text": TextRule,
}
AnyRule = Annotated[
    Annotated[ConstantRule, Tag("constant")]
    | Annotated[OneHotRule, Tag("one_hot")]
    | Annotated[PositionsRule, Tag("positions")]
    | Annotated[PartsRule, Tag("parts")]
    | Annotated[DateRule, Tag("date")]
    | Annotated[TimeRule, Tag("time")]
    | Annotated[NumberRule, Tag("number")]
    | Annotated[ManyRule, Tag("many")]
    | Annotated[CodesRule, Tag("codes")]
    | Annotated[TextRule, Tag("text")],
    Discriminator(kind_of),
]


class Source(Strict):
    """The shape of the file. Encodings are those in which a line ends with the byte 10."""

    format: Literal["csv", "xlsx", "jsonl"]
    encoding: Literal["utf-8", "cp1252", "latin-1", "cp1256", "iso-8859-6"] = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    sheet: str | None = None
    # The names of the columns, where the file has no header line.
    header: list[str] | None = None

    @field_validator("delimiter", mode="before")
    @classmethod
    def _tab(cls, value: Any) -> Any:
        return "\t" if value in ("tab", "\\t") else value


class Identity(Strict):
    """What makes a row the same row when it comes again: columns of its own, or its number in this very file."""

    columns: list[str] | None = Field(default=None, min_length=1)
    row_number: bool = False

    @model_validator(mode="after")
    def _one(self) -> "Identity":
        if bool(self.columns) == self.row_number:
            raise ValueError("either columns or row_number")
        return self


class Importation(Strict):
    """One declaration, checked."""

    mapping: str = Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")
    version: str
    ar: str
    en: str
    source: Source
    pack: str | None = None
    agency: str | None = None
    timezone: str
    identity: Identity
    duties: Literal["open", "none"] = "open"
    duties_reason: str | None = None
    unknown: list[str] = [""]
    tables: dict[str, dict[str, str]] = {}
    unit: CodesRule | ConstantRule | None = None
    fields: dict[str, AnyRule | list[AnyRule]]

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not a time zone of the IANA list")
        return value

    @field_validator("fields", mode="before")
    @classmethod
    def _targets(cls, value: Any) -> Any:
        if isinstance(value, dict):
            for target in value:
                if target not in TARGETS:
                    raise ValueError(f"{target} is not a field of a report")
            for target in ("channel", "received_at"):
                if target not in value:
                    raise ValueError(f"{target} must be filled")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Importation":
        if self.duties == "none" and not self.duties_reason:
            raise ValueError("duties: none needs duties_reason: why nobody is obliged by these reports")
        if self.source.format == "xlsx" and self.source.header is not None:
            raise ValueError("an xlsx has its header in the first row")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def rules_of(self, target: str) -> list[Rule]:
        """The alternatives of one target; the first whose `when` holds is taken."""
        rule = self.fields[target]
        return list(rule) if isinstance(rule, list) else [rule]

    def columns(self) -> list[str]:
        """Every column the declaration reads, each once, in order of first use."""
        found: dict[str, None] = dict.fromkeys(self.identity.columns or ())
        if self.unit is not None:
            found |= dict.fromkeys(self.unit.all_columns())
        for target in self.fields:
            for rule in self.rules_of(target):
                found |= dict.fromkeys(rule.all_columns())
        return list(found)

    def outputs(self) -> dict[str, set[str]]:
        """List of the pack → codes that this declaration can produce, so that a wrong one is seen before the file."""
        found: dict[str, set[str]] = {}
        for target in self.fields:
            kind, _, list_name = TARGETS[target].partition(":")
            if kind in ("code", "codes"):
                for rule in self.rules_of(target):
                    found.setdefault(list_name, set()).update(produced(rule, self.tables))
        return {name: codes - {""} for name, codes in found.items()}

    def units(self) -> set[str]:
        """Codes of the units that rows may be filed under; empty when all go to the importing unit."""
        return produced(self.unit, self.tables) if self.unit is not None else set()


def produced(rule: Rule, tables: Mapping[str, Mapping[str, str]]) -> set[str]:
    """The values a rule can produce, where they are a list."""
    if isinstance(rule, ConstantRule):
        return {rule.constant}
    if isinstance(rule, OneHotRule):
        return set(rule.one_hot.values())
    if isinstance(rule, PositionsRule):
        return set(rule.positions)
    if isinstance(rule, CodesRule | ManyRule):
        return set((rule.expanded(tables) or {}).values())
    return set()


def expand(given: Mapping[str, str]) -> dict[str, str]:
    """A table with ranges such as `21-26` spelled out. Raises ValueError where two keys meet."""
    found: dict[str, str] = {}
    for key, value in given.items():
        first, dash, last = key.partition("-")
        numbers = [key]
        if dash and first.isdecimal() and last.isdecimal():
            if not 0 <= int(last) - int(first) <= 10_000:
                raise ValueError(f"{key} is not a range")
            numbers = [str(number) for number in range(int(first), int(last) + 1)]
        for number in numbers:
            if number in found:
                raise ValueError(f"{number} is given twice")
            found[number] = value
    return found
