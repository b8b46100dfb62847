"""Country packs: what a country is, read from its folder, checked whole, and frozen.

A mistake is named by file, line and field; all of them are told at once.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from takatuf.kernel.text import Text
from takatuf.kernel.yamlfile import PackError, Place, Problem, Source, read

__all__ = [
    "ARABIC",
    "DIGITS",
    "LISTS",
    "About",
    "Account",
    "Agency",
    "Area",
    "Block",
    "Currency",
    "DatedDay",
    "DutyKind",
    "Entry",
    "Form",
    "Holidays",
    "Hotline",
    "Named",
    "NoRule",
    "NumberFormat",
    "Pack",
    "PackError",
    "Phone",
    "Problem",
    "Relation",
    "ReporterKind",
    "Role",
    "Rule",
    "Step",
    "Unit",
    "YearlyDay",
    "fold",
    "load",
    "override",
    "pack",
    "read",
]

ARABIC = re.compile("[\u0600-\u06ff]")
DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
UNIT_OF_VALUE = Literal[
    "hours", "days", "working_days", "weeks", "months", "years", "percent", "minor_units", "count", "sessions"
]
UNITS_OF_TIME = frozenset({"hours", "days", "working_days", "weeks", "months", "years"})
RECEIVING_UNIT = "receiving_unit"  # owner of a duty: whoever took the report


def _in_arabic(text: str) -> str:
    if not ARABIC.search(text):
        raise ValueError("has no Arabic letter")
    return text


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"is not a pattern: {error}") from error
    return pattern


Arabic = Annotated[str, AfterValidator(_in_arabic)]
English = Annotated[str, Field(min_length=1)]
Pattern = Annotated[str, AfterValidator(_compiles)]


class NoRule(LookupError):
    """No version of the rule is in force on that day."""


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Entry):
    """Anything with a code and a name in both languages."""

    code: str = Field(min_length=1, max_length=40)
    ar: Arabic
    en: English
    order: int | None = None
    retired: date | None = None
    legal_basis: str | None = None
    verified: bool | None = None
    source: str | None = None

    @field_validator("code", mode="before")
    @classmethod
    def text(cls, value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("quote it: YAML read yes, no, on or off")  # noqa: TRY004 - pydantic's way
        return str(value) if isinstance(value, int) else value

    @property
    def name(self) -> Text:
        return Text(self.ar, self.en)


class Agency(Named):
    kind: str
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def in_order(self) -> "Agency":
        if self.valid_from is not None and self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self


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

    @model_validator(mode="after")
    def in_order(self) -> "Block":
        if self.last < self.first:
            raise ValueError("last is before first")
        return self


class Hotline(Named):
    number: str
    free: bool = False


class Rule(Entry):
    """One version of a legal rule: value, basis, whether it was checked against a source, and when it holds."""

    id: str
    ar: Arabic
    en: English
    kind: Literal["deadline", "limit", "age", "rate", "count", "amount"]
    value: Annotated[int, Field(strict=True, ge=0)]
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
    def consistent(self) -> "Rule":
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        if self.kind == "deadline" and self.unit not in UNITS_OF_TIME:
            raise ValueError(f"a deadline is not counted in {self.unit}")
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

    @field_validator("ladder")
    @classmethod
    def climbs(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        hours = [step.after_hours for step in steps]
        if hours != sorted(set(hours)):
            raise ValueError("each step comes later than the one before")
        return steps


class YearlyDay(Entry):
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    length: Annotated[int, Field(ge=1, le=10)] = 1
    ar: Arabic
    en: English
    source: str | None = None
    code: str = ""  # by which an announced day names the holiday it moves

    @property
    def name(self) -> Text:
        return Text(self.ar, self.en)


class DatedDay(Entry):
    day: date
    action: Literal["add", "cancel"] = "add"
    ar: Arabic
    en: English
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

    @field_validator("fixed")
    @classmethod
    def in_the_calendar(cls, days: tuple[YearlyDay, ...]) -> tuple[YearlyDay, ...]:
        leap_year = 2028
        for one in days:
            try:
                date(leap_year, one.month, one.day)
            except ValueError as error:
                raise ValueError(f"{one.en}: month {one.month} has no day {one.day}") from error
        return days

    @field_validator("hijri")
    @classmethod
    def in_a_lunar_month(cls, days: tuple[YearlyDay, ...]) -> tuple[YearlyDay, ...]:
        for one in days:
            if one.day > 30:
                raise ValueError(f"{one.en}: no Hijri month has a day {one.day}")
        return days


class Account(Entry):
    """A demo account: an invented person in a unit and role."""

    username: str
    unit: str
    role: str
    ar: Arabic
    en: English
    personal_number: str = ""


class Currency(Entry):
    code: str
    minor_digits: Annotated[int, Field(ge=0, le=4)]
    ar: Arabic
    en: English


class NumberFormat(Entry):
    pattern: Pattern
    ar: Arabic
    en: English
    birth_month: tuple[int, int] | None = None  # where the month of birth stands, for a warning only
    demo: str = ""  # template of numbers that are nobody's

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


class Phone(Entry):
    country_code: str
    pattern: Pattern
    demo: str = ""

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)


class About(Entry):
    code: str
    ar: Arabic
    en: English
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

    @field_validator("timezone")
    @classmethod
    def of_this_world(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("is no time zone")
        return name

    @field_validator("weekend")
    @classmethod
    def some_days(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(days)) != len(days) or len(days) > 6:
            raise ValueError("a weekend is some of the ISO weekdays 1–7, each once, not all")
        return days


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
        if not digits.isdecimal():
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
        return len(set(cleaned)) == 1 or (cleaned in "01234567890" and len(cleaned) > 3)

    def personal_number_warning(self, text: str) -> str | None:
        """ "month" when the month part is not 01–12: a warning only, old and special numbers exist."""
        where, number = self.about.personal_number.birth_month, self.normalise_personal_number(text)
        if where is None or number is None:
            return None
        part = number[where[0] : where[1]]
        return None if part.isdecimal() and 1 <= int(part) <= 12 else "month"

    def is_nobodys_number(self, text: str) -> bool:
        """A number with a month of no calendar, where numbers have months: fit for demonstrations."""
        has_month = self.about.personal_number.birth_month is not None
        return not has_month or self.personal_number_warning(text) == "month"

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


class _Reader:
    """Reads a folder, collecting problems instead of stopping at the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self._sources: dict[str, Source | None] = {}
        self._places: dict[int, tuple[Source, Place]] = {}  # of each entry that was read, by identity

    def source(self, name: str) -> Source | None:
        if name not in self._sources:
            try:
                self._sources[name] = read(self.folder / f"{name}.yaml")
            except PackError as error:
                self.problems += error.problems
                self._sources[name] = None
        return self._sources[name]

    def blame(self, entry: Entry, field: str | Place, message: str) -> None:
        """Tell of a mistake in an entry, at the line of the field, or of the entry where that is not written."""
        source, place = self._places[id(entry)]
        self._tell(source, (*place, *((field,) if isinstance(field, str) else field)), message)

    def _tell(self, source: Source, place: Place, message: str) -> None:
        self.problems.append(Problem(source.name, source.line(place), ".".join(map(str, place)), message))

    def one(self, model: type[BaseModel], source: Source, data: Any, place: Place) -> Any:
        try:
            entry = model.model_validate(data)
        except ValidationError as error:
            for mistake in error.errors():
                message = mistake["msg"].removeprefix("Value error, ")
                if mistake["type"] == "extra_forbidden":
                    message = f"unknown field{_hint(str(mistake['loc'][-1]), set(model.model_fields))}"
                self._tell(source, (*place, *mistake["loc"]), message)
            return None
        self._places[id(entry)] = (source, place)
        return entry

    def many(self, model: type[BaseModel], source: Source, data: Any, place: Place = ()) -> tuple[Any, ...]:
        if not isinstance(data, list):
            self._tell(source, place, "must be a list")
            return ()
        found = (self.one(model, source, item, (*place, index)) for index, item in enumerate(data))
        return tuple(item for item in found if item is not None)

    def twins(self, entries: Iterable[Any], field: str) -> None:
        """No two entries with the same value."""
        seen: set[str] = set()
        for entry in entries:
            value = getattr(entry, field)
            if value in seen:
                self.blame(entry, field, f"{value} is there twice")
            seen.add(value)

    def dangling(self, entries: Iterable[Any], field: str, known: Collection[str]) -> None:
        """Every reference leads somewhere."""
        for entry in entries:
            value = getattr(entry, field)
            for code in value if isinstance(value, tuple) else (value,):
                if code is not None and code != "" and code not in known:
                    self.blame(entry, field, f"{code} is unknown{_hint(str(code), known)}")


def _hint(wrong: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(wrong, known, 1)
    return f"; did you mean {close[0]}?" if close else ""


def load(folder: Path, *, powers: frozenset[str] | None = None) -> Pack:
    """The pack of a folder. Raises PackError with every problem found. `powers`: codes roles may name."""
    reader = _Reader(folder)
    about = _single(reader, "pack", About)
    lists, blocks = _lists(reader)
    rules = _whole(reader, "rules", Rule)
    demo = _whole(reader, "demo", Account)
    holidays = _single(reader, "holidays", Holidays)
    if about is None or holidays is None:
        raise PackError(sorted(set(reader.problems)))
    country = Pack(about, lists, rules, blocks, holidays, demo, folder)
    _references(reader, country, powers)
    _overlaps(reader, country)
    _nobodys_numbers(reader, country)
    if reader.problems:
        raise PackError(sorted(set(reader.problems)))
    return country


def _single(reader: _Reader, name: str, model: type[BaseModel]) -> Any:
    source = reader.source(name)
    return reader.one(model, source, source.data, ()) if source else None


def _whole(reader: _Reader, name: str, model: type[BaseModel]) -> tuple[Any, ...]:
    source = reader.source(name)
    return reader.many(model, source, source.data) if source else ()


def _lists(reader: _Reader) -> tuple[dict[str, tuple[Any, ...]], tuple[Block, ...]]:
    lists: dict[str, tuple[Any, ...]] = dict.fromkeys(LISTS, ())
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
        reader.twins(items, "code")
        lists[name] = tuple(sorted(items, key=lambda item: 10_000 if item.order is None else item.order))
    return lists, blocks


def _references(reader: _Reader, country: Pack, powers: frozenset[str] | None) -> None:
    codes = {name: {item.code for item in items} for name, items in country.lists.items()}
    kinds = {agency.kind for agency in country.agencies}
    unit_kinds = {unit.kind for unit in country.units}
    periods = {rule.id for rule in country.all_rules if rule.unit in UNITS_OF_TIME}
    reader.dangling(country.units, "agency", codes["agencies"])
    reader.dangling(country.units, "area", codes["areas"])
    reader.dangling(country.blocks, "area", codes["areas"])
    reader.dangling(country.forms, "parent", codes["forms"])
    reader.dangling(country.roles, "agency_kinds", kinds)
    reader.dangling(country.duties, "rule", periods)
    reader.dangling(country.duties, "owner", {RECEIVING_UNIT, *codes["units"], *unit_kinds, *kinds})
    reader.dangling(country.demo, "unit", codes["units"])
    reader.dangling(country.demo, "role", codes["roles"])
    reader.dangling([country.about], "majority_rule", {rule.id for rule in country.all_rules})
    reader.dangling([country.about], "nationality_home", codes["nationalities"])
    yearly = {day.code for day in (*country.holidays.fixed, *country.holidays.hijri)}
    for index, day in enumerate(country.holidays.overrides):
        if day.of and day.of not in yearly:
            reader.blame(
                country.holidays, ("overrides", index, "of"), f"{day.of} is unknown{_hint(day.of, yearly)}"
            )
    if powers is not None:
        reader.dangling(country.roles, "powers", powers)


def _overlaps(reader: _Reader, country: Pack) -> None:
    """One version of a rule on each day, one area for each block."""
    versions = sorted(country.all_rules, key=lambda rule: (rule.id, rule.valid_from))
    for earlier, later in pairwise(versions):
        if earlier.id == later.id and (earlier.valid_to is None or later.valid_from <= earlier.valid_to):
            reader.blame(later, "valid_from", f"{later.id} has another version in force on that day")
    for lower, higher in pairwise(sorted(country.blocks, key=lambda block: block.first)):
        if higher.first <= lower.last:
            reader.blame(higher, "first", f"block {higher.first} is there twice")


def _nobodys_numbers(reader: _Reader, country: Pack) -> None:
    """Demo accounts fit their agency, and no number of theirs could be a person's."""
    reader.twins(country.demo, "username")
    reader.twins([account for account in country.demo if account.personal_number], "personal_number")
    for account in country.demo:
        unit, role = country.item("units", account.unit), country.item("roles", account.role)
        agency = country.item("agencies", unit.agency) if unit is not None else None
        if (
            role is not None
            and agency is not None
            and role.agency_kinds
            and agency.kind not in role.agency_kinds
        ):
            reader.blame(account, "role", f"{role.code} is no role of an agency of kind {agency.kind}")
        if account.personal_number and country.normalise_personal_number(account.personal_number) is None:
            reader.blame(account, "personal_number", "is not of the form in pack.yaml")
        elif account.personal_number and not country.is_nobodys_number(account.personal_number):
            reader.blame(account, "personal_number", "could be a person's: give it a month of no calendar")
    demo = country.about.personal_number.demo
    sample = demo.replace("YY", "90", 1).replace("MM", "13", 1).replace("N", "5")
    if demo and country.normalise_personal_number(sample) is None:
        reader.blame(
            country.about, ("personal_number", "demo"), "does not give numbers of the form in pack.yaml"
        )


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
