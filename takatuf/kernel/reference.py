"""Country packs: what a country is, read from its folder, checked whole, and frozen.

A mistake is named by file, line and field; all of them are told at once.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from takatuf.kernel.text import Text

ARABIC = re.compile("[\u0600-\u06ff]")
DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
UNIT_OF_VALUE = Literal[
    "hours", "days", "working_days", "weeks", "months", "years", "percent", "minor_units", "count", "sessions"
]


class Problem(NamedTuple):
    """One mistake in a pack: where it is and what is wrong."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.field}: {self.message}"


class PackError(Exception):
    """The pack cannot be loaded; `problems` lists every mistake that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class NoRule(LookupError):
    """No version of the rule is in force on that day."""


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Entry):
    """Anything with a code and a name in both languages."""

    code: str = Field(min_length=1, max_length=40)
    ar: str
    en: str = Field(min_length=1)
    order: int | None = None
    retired: date | None = None
    legal_basis: str | None = None
    verified: bool | None = None
    source: str | None = None

    @field_validator("code", mode="before")
    @classmethod
    def text(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("quote it: YAML read yes, no, on or off")
        return str(value) if isinstance(value, int) else value

    @field_validator("ar")
    @classmethod
    def arabic(cls, value: str) -> str:
        if not ARABIC.search(value):
            raise ValueError("has no Arabic letter")
        return value

    @property
    def name(self) -> Text:
        return Text(self.ar, self.en)


class Agency(Named):
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None


class Unit(Named):
    agency: str
    kind: str
    area: str | None = None


class Role(Named):
    agency_kinds: tuple[str, ...] = ()
    powers: tuple[str, ...] = ()
    about_ar: str = ""
    about_en: str = ""


class Relation(Named):
    """Of the aggressor to the victim. `scope`: whether the law's list of family members names it."""

    scope: Literal["inside", "outside", "configurable"]
    clause: str | None = None
    aggressor_sex: Literal["female", "male"] | None = None
    direction: str = "other"


class Form(Named):
    parent: str | None = None
    statutory: bool = True


class ReporterKind(Named):
    mandated: bool = False


class Area(Named):
    pass


class Block(Entry):
    """Blocks `first`–`last` lie in `area`; null where nobody could say: unknown is never guessed."""

    first: int
    last: int
    area: str | None
    verified: bool = False
    source: str | None = None


class Hotline(Named):
    number: str
    free: bool = False


class Rule(Entry):
    """One version of a legal rule: its value, its basis, whether it was checked against the gazette, and when it holds."""

    id: str
    ar: str
    en: str
    kind: Literal["deadline", "limit", "age", "rate", "count", "amount"]
    value: int
    unit: UNIT_OF_VALUE
    start_day: Literal["next_day", "same_day", "same_moment"] = "next_day"
    calendar_basis: Literal["gregorian", "hijri"] = "gregorian"
    legal_basis: Text
    verified: bool
    source: str = Field(min_length=1)
    valid_from: date
    valid_to: date | None = None

    @field_validator("legal_basis", mode="before")
    @classmethod
    def both_languages(cls, value: Any) -> Any:
        if not isinstance(value, dict) or set(value) != {"ar", "en"} or not all(value.values()):
            raise ValueError("needs ar and en")
        if not ARABIC.search(str(value["ar"])):
            raise ValueError("ar has no Arabic letter")
        return Text(ar=value["ar"], en=value["en"])

    @model_validator(mode="after")
    def in_order(self) -> "Rule":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    @property
    def name(self) -> Text:
        return Text(self.ar, self.en)


class Step(Entry):
    after_hours: int = Field(ge=0)
    to: Literal["supervisor", "agency_head", "strategy_owner"]


class DutyKind(Named):
    rule: str
    event: str
    owner: str
    priority: Annotated[int, Field(ge=1, le=4)]
    when: Mapping[str, tuple[bool | str | int, ...]] = Field(default_factory=dict)
    ladder: tuple[Step, ...] = ()


class YearlyDay(Entry):
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    length: Annotated[int, Field(ge=1, le=10)] = 1
    ar: str
    en: str
    source: str | None = None
    code: str = ""  # by which an announced day names the holiday it moves

    @property
    def name(self) -> Text:
        return Text(self.ar, self.en)


class DatedDay(Entry):
    day: date
    action: Literal["add", "cancel"] = "add"
    ar: str
    en: str
    source: str | None = None
    of: str = ""

    @property
    def name(self) -> Text:
        return Text(self.ar, self.en)


class Holidays(Entry):
    fixed: tuple[YearlyDay, ...] = ()
    hijri: tuple[YearlyDay, ...] = ()
    overrides: tuple[DatedDay, ...] = ()
    substitute: bool = False


class Account(Entry):
    """A demo account: an invented person in a unit and role."""

    username: str
    unit: str
    role: str
    ar: str
    en: str
    personal_number: str = ""


class Currency(Entry):
    code: str
    minor_digits: int
    ar: str
    en: str


class NumberFormat(Entry):
    pattern: str
    ar: str
    en: str
    birth_month: tuple[int, int] | None = None  # where the month of birth stands, for a warning only
    demo: str = ""  # template of numbers that are nobody's

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


class Phone(Entry):
    country_code: str
    pattern: str
    demo: str = ""

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


class About(Entry):
    code: str
    ar: str
    en: str
    version: str
    dated: date
    languages: tuple[Literal["ar", "en"], ...] = Field(min_length=1)
    timezone: str
    weekend: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(min_length=1)
    currency: Currency
    personal_number: NumberFormat
    phone: Phone
    nationality_home: str
    majority_rule: str
    placeholder_names: tuple[str, ...] = ()
    placeholder_numbers: tuple[str, ...] = ()


LISTS: dict[str, type[Named]] = {
    "agencies": Agency,
    "units": Unit,
    "roles": Role,
    "relations": Relation,
    "forms": Form,
    "severities": Named,
    "tools": Named,
    "places": Named,
    "channels": Named,
    "reporter_kinds": ReporterKind,
    "exposures": Named,
    "marital": Named,
    "education": Named,
    "occupations": Named,
    "nationalities": Named,
    "areas": Area,
    "hotlines": Hotline,
    "duties": DutyKind,
}
# Lists that share a file with another: file → the lists under its keys.
SHARED_FILES = {"agencies": ("agencies", "units"), "areas": ("areas", "blocks")}


class Pack:
    """A country, frozen. Lists are attributes: `pack.relations`, `pack.forms`, …"""

    def __init__(
        self,
        about: About,
        lists: dict[str, tuple[Any, ...]],
        rules: tuple[Rule, ...],
        blocks: tuple[Block, ...],
        holidays: Holidays,
        demo: tuple[Account, ...],
        folder: Path,
    ) -> None:
        self.about, self.lists, self.folder = about, lists, folder
        self.all_rules, self.blocks, self.holidays, self.demo = rules, blocks, holidays, demo
        self._by_code = {name: {item.code: item for item in items} for name, items in lists.items()}
        self._placeholders = {fold(name) for name in about.placeholder_names}

    @property
    def code(self) -> str:
        return self.about.code

    @property
    def version(self) -> str:
        return self.about.version

    @property
    def name(self) -> Text:
        return Text(self.about.ar, self.about.en)

    @property
    def languages(self) -> tuple[str, ...]:
        return self.about.languages

    @property
    def timezone(self) -> str:
        return self.about.timezone

    @property
    def weekend(self) -> tuple[int, ...]:
        return self.about.weekend

    @property
    def currency(self) -> Currency:
        return self.about.currency

    @property
    def agencies(self) -> tuple[Agency, ...]:
        return self.lists["agencies"]

    @property
    def units(self) -> tuple[Unit, ...]:
        return self.lists["units"]

    @property
    def roles(self) -> tuple[Role, ...]:
        return self.lists["roles"]

    @property
    def relations(self) -> tuple[Relation, ...]:
        return self.lists["relations"]

    @property
    def forms(self) -> tuple[Form, ...]:
        return self.lists["forms"]

    @property
    def areas(self) -> tuple[Area, ...]:
        return self.lists["areas"]

    @property
    def hotlines(self) -> tuple[Hotline, ...]:
        return self.lists["hotlines"]

    @property
    def duties(self) -> tuple[DutyKind, ...]:
        return self.lists["duties"]

    def items(self, list_name: str) -> tuple[Any, ...]:
        """All items of a list, retired ones too, in their order."""
        return self.lists[list_name]

    def item(self, list_name: str, code: str) -> Any | None:
        return self._by_code[list_name].get(code)

    def label(self, list_name: str, code: str) -> Text:
        """The name of a code; a code the pack no longer knows is its own name, so that nothing goes blank."""
        found = self._by_code[list_name].get(code)
        return found.name if found is not None else Text(code, code)

    def choices(self, list_name: str, language: str, *, on: date | None = None) -> list[tuple[str, str]]:
        """(code, name) of what may be chosen on a day: retired codes are kept, but not offered."""
        return [
            (item.code, item.name.in_(language))
            for item in self.lists[list_name]
            if item.retired is None or (on is not None and item.retired > on)
        ]

    def rule(self, rule_id: str, *, on: date) -> Rule:
        """The version of a rule in force on a day. Raises NoRule."""
        for rule in self.all_rules:
            if (
                rule.id == rule_id
                and rule.valid_from <= on
                and (rule.valid_to is None or on <= rule.valid_to)
            ):
                return rule
        # A fact older than the rule is still measured by its first version: a duty without a clock helps nobody.
        versions = sorted(
            (rule for rule in self.all_rules if rule.id == rule_id), key=lambda rule: rule.valid_from
        )
        if versions and on < versions[0].valid_from:
            return versions[0]
        raise NoRule(f"{rule_id} on {on.isoformat()}")

    def age_of_majority(self, *, on: date) -> int:
        return self.rule(self.about.majority_rule, on=on).value

    def relation_scope(self, code: str, *, on: date) -> str:
        """inside or outside; what the pack leaves configurable counts as outside, apart."""
        relation = self._by_code["relations"].get(code)
        return "inside" if relation is not None and relation.scope == "inside" else "outside"

    def area_of_block(self, block: str, on: date | None = None) -> str | None:
        """The area a block lies in; None where the table does not know."""
        digits = block.translate(DIGITS).strip()
        if not digits.isdigit():
            return None
        return next((row.area for row in self.blocks if row.first <= int(digits) <= row.last), None)

    def normalise_personal_number(self, text: str) -> str | None:
        """The number in one form, or None for a placeholder or what cannot be a number. Never raises.

        No check digit is applied: where its rule is not public, a true number would be refused.
        """
        cleaned = re.sub(r"[\s\-./_]", "", INVISIBLE.sub("", text.translate(DIGITS))).upper()
        if (
            not cleaned
            or self.is_placeholder_number(cleaned)
            or not self.about.personal_number.compiled.fullmatch(cleaned)
        ):
            return None
        return cleaned

    def is_placeholder_number(self, text: str) -> bool:
        """What clerks type when there is no number: all the same digit, 123456789, or the pack's list."""
        cleaned = re.sub(r"[\s\-./_]", "", INVISIBLE.sub("", text.translate(DIGITS))).upper()
        if not cleaned or cleaned in self.about.placeholder_numbers or fold(cleaned) in self._placeholders:
            return True
        return len(set(cleaned)) == 1 or cleaned in "01234567890" and len(cleaned) > 3

    def personal_number_warning(self, text: str) -> str | None:
        """ "month" when the month part is not 01–12: a warning only, old and special numbers exist."""
        where, number = self.about.personal_number.birth_month, self.normalise_personal_number(text)
        if where is None or number is None:
            return None
        part = number[where[0] : where[1]]
        return None if part.isdigit() and 1 <= int(part) <= 12 else "month"

    def normalise_phone(self, text: str) -> str | None:
        """National significant number, or + and digits for a foreign one; None if it cannot be a phone."""
        cleaned = re.sub(r"[^\d+]", "", text.translate(DIGITS))
        cleaned = re.sub(r"^00", "+", cleaned)
        home = f"+{self.about.phone.country_code}"
        national = cleaned.removeprefix(home)
        if national.startswith(self.about.phone.country_code) and not self.about.phone.compiled.fullmatch(
            national
        ):
            national = national.removeprefix(self.about.phone.country_code)
        if self.about.phone.compiled.fullmatch(national) and len(set(national)) > 1:
            return national
        return cleaned if re.fullmatch(r"\+\d{7,15}", cleaned) else None

    def is_placeholder_name(self, text: str) -> bool:
        """What is typed instead of a name, and what holds no letter."""
        folded = fold(text)
        return folded in self._placeholders or not re.search(r"[^\W\d_]", folded)


def fold(text: str) -> str:
    return " ".join(INVISIBLE.sub("", text).lower().split())


@dataclass(frozen=True)
class _Source:
    """A YAML file with the line of every key."""

    name: str
    data: Any
    lines: dict[tuple[Any, ...], int]

    def line(self, path: tuple[Any, ...]) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(path: Path) -> _Source:
    """Raises PackError for what is not YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise PackError(
            [Problem(path.name, line, "", f"is not YAML: {getattr(error, 'problem', error)}")]
        ) from error
    except OSError as error:
        raise PackError([Problem(path.name, 0, "", "is missing")]) from error
    lines: dict[tuple[Any, ...], int] = {}
    _walk(node, (), lines)
    return _Source(path.name, data, lines)


def _walk(node: Any, path: tuple[Any, ...], lines: dict[tuple[Any, ...], int]) -> None:
    if node is None:
        return
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*path, key.value)] = key.start_mark.line + 1
            _walk(value, (*path, key.value), lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines)


class _Reader:
    """Reads a folder, collecting problems instead of stopping at the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def source(self, name: str) -> _Source | None:
        try:
            return read(self.folder / f"{name}.yaml")
        except PackError as error:
            self.problems += error.problems
            return None

    def one(self, model: type[BaseModel], source: _Source, data: Any, path: tuple[Any, ...]) -> Any:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for mistake in error.errors():
                place = (*path, *mistake["loc"])
                message = mistake["msg"].removeprefix("Value error, ")
                if mistake["type"] == "extra_forbidden":
                    close = difflib.get_close_matches(str(mistake["loc"][-1]), model.model_fields, 1)
                    message = "unknown field" + (f"; did you mean {close[0]}?" if close else "")
                field = ".".join(str(part) for part in place)
                self.problems.append(Problem(source.name, source.line(place), field, message))
            return None

    def many(
        self, model: type[BaseModel], source: _Source, data: Any, path: tuple[Any, ...] = ()
    ) -> tuple[Any, ...]:
        if not isinstance(data, list):
            self.problems.append(
                Problem(source.name, source.line(path), ".".join(map(str, path)), "must be a list")
            )
            return ()
        found = [self.one(model, source, item, (*path, index)) for index, item in enumerate(data)]
        key = "id" if model is Rule else "code"
        if issubclass(model, Named):
            self._twins(
                [(index, item) for index, item in enumerate(found) if item is not None], source, path, key
            )
        return tuple(item for item in found if item is not None)

    def _twins(self, items: list[tuple[int, Any]], source: _Source, path: tuple[Any, ...], key: str) -> None:
        seen: dict[str, int] = {}
        for index, item in items:
            code = getattr(item, key)
            if code in seen:
                place = (*path, index, key)
                self.problems.append(
                    Problem(source.name, source.line(place), f"{index}.{key}", f"{code} is there twice")
                )
            seen[code] = index

    def dangling(self, file: str, items: tuple[Any, ...], field: str, known: set[str]) -> None:
        """Every reference leads somewhere."""
        source = self.source(file)
        for index, item in enumerate(items):
            value = getattr(item, field)
            for code in value if isinstance(value, tuple) else (value,):
                if code is not None and code != "" and code not in known:
                    close = difflib.get_close_matches(str(code), known, 1)
                    hint = f"; did you mean {close[0]}?" if close else ""
                    line = source.line((index, field)) if source else 0
                    if source and line <= 1:
                        line = next(
                            (at for path, at in source.lines.items() if path[-2:] == (index, field)), 1
                        )
                    self.problems.append(
                        Problem(f"{file}.yaml", line, f"{index}.{field}", f"{code} is unknown{hint}")
                    )


def load(folder: Path, *, powers: frozenset[str] | None = None) -> Pack:
    """The pack of a folder. Raises PackError with every problem found. `powers`: codes roles may name."""
    reader = _Reader(folder)
    about_source = reader.source("pack")
    about = reader.one(About, about_source, about_source.data, ()) if about_source else None
    lists, blocks = _lists(reader)
    rules = _whole(reader, "rules", Rule)
    demo = _whole(reader, "demo", Account)
    holidays_source = reader.source("holidays")
    holidays = reader.one(Holidays, holidays_source, holidays_source.data, ()) if holidays_source else None
    _references(reader, lists, blocks, rules, demo, about, powers)
    if reader.problems or about is None or holidays is None:
        raise PackError(sorted(set(reader.problems)))
    return Pack(about, lists, rules, blocks, holidays, demo, folder)


def _whole(reader: _Reader, name: str, model: type[BaseModel]) -> tuple[Any, ...]:
    source = reader.source(name)
    return reader.many(model, source, source.data) if source else ()


def _lists(reader: _Reader) -> tuple[dict[str, tuple[Any, ...]], tuple[Block, ...]]:
    lists: dict[str, tuple[Any, ...]] = {name: () for name in LISTS}
    blocks: tuple[Block, ...] = ()
    for name, model in LISTS.items():
        if any(name in shared and name != file for file, shared in SHARED_FILES.items()):
            continue
        source = reader.source(name)
        if source is None:
            continue
        if name not in SHARED_FILES:
            lists[name] = reader.many(model, source, source.data)
            continue
        data = source.data if isinstance(source.data, dict) else {}
        lists[name] = reader.many(model, source, data.get(name), (name,))
        if name == "agencies":
            lists["units"] = reader.many(Unit, source, data.get("units"), ("units",))
        else:
            blocks = reader.many(Block, source, data.get("blocks", []), ("blocks",))
    for name, items in lists.items():
        lists[name] = tuple(sorted(items, key=lambda item: 10_000 if item.order is None else item.order))
    return lists, blocks


def _references(
    reader: _Reader,
    lists: dict[str, tuple[Any, ...]],
    blocks: tuple[Block, ...],
    rules: tuple[Rule, ...],
    demo: tuple[Account, ...],
    about: About | None,
    powers: frozenset[str] | None,
) -> None:
    codes = {name: {item.code for item in items} for name, items in lists.items()}
    reader.dangling("agencies", lists["units"], "agency", codes["agencies"])
    reader.dangling("agencies", lists["units"], "area", codes["areas"])
    reader.dangling("areas", blocks, "area", codes["areas"])
    reader.dangling("forms", lists["forms"], "parent", codes["forms"])
    reader.dangling("duties", lists["duties"], "rule", {rule.id for rule in rules})
    reader.dangling("demo", demo, "unit", codes["units"])
    reader.dangling("demo", demo, "role", codes["roles"])
    if powers is not None:
        reader.dangling("roles", lists["roles"], "powers", set(powers))
    if about is not None and about.majority_rule not in {rule.id for rule in rules}:
        reader.problems.append(Problem("pack.yaml", 1, "majority_rule", f"{about.majority_rule} is unknown"))


_override: list[Pack] = []


def pack() -> Pack:
    """The pack of this instance (settings TAKATUF_PACK), loaded once. Raises PackError."""
    if _override:
        return _override[-1]
    from django.conf import settings

    return _loaded(Path(settings.PACKS_DIR) / settings.TAKATUF_PACK)


@lru_cache(maxsize=8)
def _loaded(folder: Path) -> Pack:
    return load(folder)


@contextmanager
def override(country: Pack) -> Iterator[Pack]:
    """Live in another country for a while (tests, measurements)."""
    _override.append(country)
    try:
        yield country
    finally:
        _override.pop()
