"""A counted table laid out for reading: rows under each other, columns beside each other, totals, gaps. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from takatuf.kernel.text import Text

from .cube.definition import TOTAL, UNKNOWN, Counts, Dimension, Table

NOT_KNOWN = Text(ar="غير معروف", en="Not known")
ALL = Text(ar="المجموع", en="Total")


class Kind(StrEnum):
    """What a row or column is: a member, what is not known, or the total."""

    MEMBER = "member"
    UNKNOWN = "unknown"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a row or column."""

    code: str
    text: Text
    kind: Kind = Kind.MEMBER
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    head: Head
    cells: tuple[int | None, ...]  # None: nobody can know; 0: counted, and there was none


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together: of one member of the first dimension where a table has three, else all rows."""

    head: Head | None
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """`stub`: codes of the dimensions that run downwards; `across`: the one that runs across."""

    stub: tuple[str, ...]
    across: str
    columns: tuple[Head, ...]
    groups: tuple[Group, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def has_gaps(self) -> bool:
        return any(cell is None for row in self.rows for cell in row.cells)


def lay_out(table: Table, counts: Counts) -> Grid:
    """The last dimension runs across, those before it downwards."""
    *down, across = table.dimensions
    columns = heads(table, counts, across)
    if len(down) == 1:
        rows = _rows(table, counts, (), heads(table, counts, down[0]), columns)
        groups: tuple[Group, ...] = (Group(None, tuple(rows)),)
    else:
        outer, inner = down
        groups = tuple(
            Group(head, tuple(_rows(table, counts, (head.code,), heads(table, counts, inner), columns)))
            for head in heads(table, counts, outer)
        )
    return Grid(tuple(dimension.code for dimension in down), across.code, columns, groups)


def heads(table: Table, counts: Counts, dimension: Dimension) -> tuple[Head, ...]:
    """Its members, then what is not known, then the total. A member that need not be shown is, if it counts."""
    shown = [
        Head(member.code, member.text, depth=member.depth)
        for member in dimension.members
        if member.always or alone(table, counts, dimension, member.code)
    ]
    if not dimension.certain or alone(table, counts, dimension, UNKNOWN):
        shown.append(Head(UNKNOWN, NOT_KNOWN, Kind.UNKNOWN))
    return (*shown, Head(TOTAL, ALL, Kind.TOTAL))


def alone(table: Table, counts: Counts, dimension: Dimension, code: str) -> int:
    """The count of one member over everything else."""
    return counts.at(*(code if other is dimension else TOTAL for other in table.dimensions))


def _rows(
    table: Table, counts: Counts, before: tuple[str, ...], down: Sequence[Head], columns: Sequence[Head]
) -> Iterator[Row]:
    for head in down:
        keys = [(*before, head.code, column.code) for column in columns]
        yield Row(head, tuple(None if key in table.gaps else counts.at(*key) for key in keys))
