"""What a table is: whom it counts, along which dimensions. Frozen, and checked when it is made.

One mechanism carries every dimension: what a report says becomes a short text (`raw`), and each member of the
dimension lists the texts it covers. What no member covers is not known, and is counted as such.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from takatuf.kernel.text import Text

TOTAL, UNKNOWN = "*", "?"
JOINT = ":"  # between the texts of a dimension that reads two columns


class Unit(StrEnum):
    """What is counted. The names are columns of the snapshot."""

    REPORT = "report"
    VICTIM = "victim"
    PAIR = "pair"


class Column(StrEnum):
    """What may be read of a report, after the gaps that the person index can fill are filled."""

    AGENCY = "agency"
    MONTH = "month"
    RELATION = "relation"
    FORM = "form"
    SEVERITY = "severity"
    SEX = "sex"
    AGE = "age"
    AREA = "area"


class Pick(StrEnum):
    """Several reports may say several things of one person: which of them places her in the table."""

    EACH = "each"  # all of them: she is counted under each, and the members do not add up
    FIRST = "first"  # what the earliest report says that says anything
    GRAVEST = "gravest"  # the last member, in the order of the list, that any report names


class Broken(ValueError):
    """A definition that contradicts itself: a mistake of ours, never of a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One row or column: `covers` are the raw texts it counts; `depth` 1 is part of the member before it."""

    code: str
    text: Text
    covers: tuple[str, ...]
    depth: int = 0
    always: bool = True  # shown even if nothing was counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    code: str
    columns: tuple[Column, ...]
    pick: Pick
    members: tuple[Member, ...]
    certain: bool = False  # every report says it: no row for "not known" is shown, unless something is in it

    def __post_init__(self) -> None:
        codes = [member.code for member in self.members]
        if len(set(codes)) != len(codes) or {TOTAL, UNKNOWN} & set(codes):
            raise Broken(f"{self.code}: a member is there twice, or is named like a total")
        if not self.columns or (len(self.columns) > 1 and self.pick is not Pick.FIRST):
            raise Broken(f"{self.code}: only what is known first can be joined of two columns")
        if Column.FORM in self.columns and self.pick is not Pick.EACH:
            raise Broken(f"{self.code}: a report has several forms: pick each")
        covered = [raw for member in self.members for raw in member.covers]
        if self.pick is Pick.GRAVEST and len(set(covered)) != len(covered):
            raise Broken(f"{self.code}: of two members that cover the same text neither is the graver")

    def of(self, raw: str) -> tuple[str, ...]:
        """The members that cover a text."""
        return tuple(member.code for member in self.members if raw in member.covers)

    def pairs(self) -> Iterator[tuple[str, str, int]]:
        """(raw, member, place in the order): the dimension as a table."""
        for place, member in enumerate(self.members):
            for raw in member.covers:
                yield raw, member.code, place


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the closed list. `gaps`: keys of cells that nobody can know, which is not zero."""

    code: str
    unit: Unit
    dimensions: tuple[Dimension, ...]
    gaps: frozenset[tuple[str, ...]] = frozenset()

    def __post_init__(self) -> None:
        codes = [dimension.code for dimension in self.dimensions]
        if not codes or len(set(codes)) != len(codes):
            raise Broken(f"{self.code}: needs dimensions, each once")
        if any(len(gap) != len(codes) for gap in self.gaps):
            raise Broken(f"{self.code}: a gap is a key of every dimension")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which reports are in the question: received in these days, of these scopes, by this agency. None: all."""

    first: date
    last: date
    scopes: frozenset[str] | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Every cell and every total of a table. A total is counted, never added up from its parts.

    `nameless`: how many of the counted have a victim nobody could identify; the same person may be in them twice.
    """

    cells: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    nameless: int = 0

    def at(self, *key: str) -> int:
        return self.cells.get(key, 0)
