"""Many rows in one statement: an INSERT of arrays, one array a column.

COPY would be the usual way, but PostgreSQL refuses it on tables with row-level security; this goes through the same
policies, constraints and triggers as a single INSERT. The ORM's bulk_create does too, at several times the cost.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection, models

from . import prepared

MOST = 5_000  # rows of one statement, so that no parameter grows without end

Write = Callable[[Any], str]


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows given as attname → value, all with the same keys; what is not given takes the model's default.

    Ids and times are the caller's: a default that is worked out anew for each row must be given. In the caller's
    transaction.
    """
    if not rows:
        return
    given = tuple(rows[0])
    usual = _usual(model, given)
    names = (*given, *usual)
    sql, writers = _statement(model, names)
    for start in range(0, len(rows), MOST):
        part = rows[start : start + MOST]
        arrays = [
            "{" + ",".join(["NULL" if (value := row[name]) is None else write(value) for row in part]) + "}"
            for name, write in zip(given, writers, strict=False)
        ]
        for (_, value), write in zip(usual.items(), writers[len(given) :], strict=True):
            arrays.append("{" + ",".join([write(value)] * len(part)) + "}")
        with prepared.cursor() as cursor:
            cursor.execute(sql, arrays)


@lru_cache(maxsize=64)
def _usual(model: type[models.Model], given: tuple[str, ...]) -> dict[str, Any]:
    """The constants of the columns that are not given; a null or a default of the database's own need not be said."""
    found = {}
    for field in model._meta.concrete_fields:
        if field.attname in given or field.has_db_default() or field.generated:
            continue
        if field.has_default() and callable(field.default) and field.default not in (dict, list):
            raise TypeError(f"{model.__name__}.{field.attname} must be given: each row has one of its own")
        value = field.get_default()
        if value is not None:
            found[field.attname] = value
    return found


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[Write, ...]]:
    fields = {field.attname: field for field in model._meta.concrete_fields}
    quote = connection.ops.quote_name
    types, wanted, writers = [], [], []
    for at, name in enumerate(names):
        field = fields[name]
        # What the column itself would say, without its length: the INSERT checks that, a cast would cut.
        kind = (field.db_type(connection) or "text").partition("(")[0]
        if kind.endswith("[]") or field.get_internal_type() == "ArrayField":
            types.append("text[]")
            wanted.append(f"c{at}::text[]")
        else:
            kind = "text" if kind == "varchar" else kind
            types.append(f"{kind}[]")
            wanted.append(f"c{at}")
        writers.append(_writer(field))
    columns = ", ".join(quote(str(fields[name].column)) for name in names)
    given = ", ".join(f"%s::{kind}" for kind in types)
    called = ", ".join(f"c{at}" for at in range(len(names)))
    # Table and columns are the model's own; values are parameters.
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) "
        f"SELECT {', '.join(wanted)} FROM unnest({given}) AS u ({called})"
    )
    return sql, tuple(writers)


def _writer(field: "models.Field[Any, Any]") -> Write:
    """How a value of this column stands in the text of an array."""
    kind = field.get_internal_type()
    if kind in ("ForeignKey", "OneToOneField"):
        return _writer(field.target_field)  # type: ignore[attr-defined]
    return _WRITERS.get(kind, _quoted)


def _quoted(value: Any) -> str:
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _uuid(value: UUID | str) -> str:
    return value.hex if isinstance(value, UUID) else UUID(value).hex


def _bytes(value: bytes) -> str:
    return f'"\\\\x{value.hex()}"'


def _moment(value: date | datetime | time) -> str:
    return value.isoformat()


def _json(value: Any) -> str:
    return _quoted(json.dumps(value, ensure_ascii=False))


def _list(value: Sequence[str]) -> str:
    return _quoted("{" + ",".join(map(_quoted, value)) + "}")


def _number(value: int) -> str:
    return str(int(value))


_WRITERS: dict[str, Write] = {
    "UUIDField": _uuid,
    "BinaryField": _bytes,
    "DateTimeField": _moment,
    "DateField": _moment,
    "TimeField": _moment,
    "JSONField": _json,
    "ArrayField": _list,
    "BooleanField": lambda value: "t" if value else "f",
    "IntegerField": _number,
    "BigIntegerField": _number,
    "SmallIntegerField": _number,
    "PositiveIntegerField": _number,
    "PositiveSmallIntegerField": _number,
}
