"""Records of a Parquet file with the columns of the linkage benchmark, and features written for an engine to read."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .record import Features, Record
from .tokens import composites

_CALLED = Path(__file__).with_name("data") / "benchmark_columns.json"
# our word → the file's
COLUMNS: dict[str, str] = json.loads(_CALLED.read_text(encoding="utf-8"))["columns"]
WANTED = tuple(column for word, column in COLUMNS.items() if word != "agency")
_BATCH = 20_000


class WrongFile(ValueError):
    """The file lacks a column, or is no Parquet."""


def records(path: Path, *, birth_month: tuple[int, int] | None = (2, 4)) -> Iterator[Record]:
    """Every row as a record, in the order of the file. `birth_month`: the place of the month in a number.

    Raises WrongFile.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise WrongFile(f"{path.name}: {error}") from error
    missing = [name for name in WANTED if name not in file.schema_arrow.names]
    if missing:
        raise WrongFile(f"{path.name}: no column {', '.join(missing)}")
    columns = [name for name in COLUMNS.values() if name in file.schema_arrow.names]
    for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
        for row in batch.to_pylist():
            yield _record(row, birth_month)


def _record(row: dict[str, Any], birth_month: tuple[int, int] | None) -> Record:
    said = {word: "" if row.get(column) is None else row[column] for word, column in COLUMNS.items()}
    number = str(said["number"])
    return Record(
        id=str(said["id"]),
        name_ar=said["name"],
        number=number,
        number_birth=_in_number(number, birth_month) if birth_month else None,
        birth=_day(said["birth"]),
        phones=(str(said["phone"]),) if said["phone"] else (),
        area=str(said["area"]),
        nationality=said["nationality"],
        sex=said["sex"],
        source=said["agency"],
    )


def _in_number(number: str, place: tuple[int, int]) -> tuple[int, int] | None:
    start, end = place
    said = number[start - 2 : end]
    return (int(said[:2]), int(said[2:])) if len(said) == end - start + 2 and said.isdecimal() else None


def _day(text: Any) -> date | None:
    if isinstance(text, date):
        return text
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
_COLUMNS: dict[str, pa.DataType] = {
    "id": _TEXT,
    "given": _TEXT,
    "given_keys": _TEXTS,
    "given_rarity": pa.int8(),
    "given_known": pa.bool_(),
    "father": _TEXT,
    "father_keys": _TEXTS,
    "father_rarity": pa.int8(),
    "second_keys": _TEXTS,
    "family": _TEXT,
    "family_keys": _TEXTS,
    "family_rarity": pa.int8(),
    "part_keys": _TEXTS,
    "number": _TEXT,
    "number_odd": pa.bool_(),
    "birth": _TEXT,
    "born": _TEXT,
    "year": pa.int16(),
    "year_exact": pa.bool_(),
    "phones": _TEXTS,
    "area": _TEXT,
    "nationality": _TEXT,
    "sex": _TEXT,
    "script": _TEXT,
}


def table(people: Iterable[Features]) -> pa.Table:
    """The features as columns, with one column t_<kind> for each composite (absent: null)."""
    from .tokens import Kind

    columns: dict[str, list[Any]] = {name: [] for name in (*_COLUMNS, *(f"t_{kind}" for kind in Kind))}
    for person in people:
        for name, kind in _COLUMNS.items():
            value = getattr(person, name)
            columns[name].append(sorted(value) if kind == _TEXTS else value)
        held = composites(person)
        for token in Kind:
            columns[f"t_{token}"].append(held.get(token))
    types = {**_COLUMNS, **{f"t_{kind}": _TEXT for kind in Kind}}
    return pa.table({name: pa.array(values, type=types[name]) for name, values in columns.items()})
