"""Run a compiled table in DuckDB, over Parquet files or Arrow tables. Nothing is fetched, nothing is written."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from .definition import Asked, Counts, Table
from .sql import Compiled, compile_table

MEMBER = pa.schema(
    [("dimension", pa.string()), ("raw", pa.string()), ("code", pa.string()), ("place", pa.int32())]
)
SETTINGS = {
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
}


def count(table: Table, asked: Asked, *, reports: Path | pa.Table, persons: Path | pa.Table) -> Counts:
    """Count a table over the reports and persons of a snapshot."""
    compiled = compile_table(table, asked)
    with duckdb.connect(":memory:", config=dict(SETTINGS)) as connection:
        _show(connection, "report", reports)
        _show(connection, "person", persons)
        connection.register("member", _members(compiled))
        connection.execute(compiled.sql, compiled.parameters)
        rows = connection.fetchall()
    cells = {tuple(row[:-2]): row[-2] for row in rows if row[-2]}
    whole = next((row[-1] for row in rows if set(row[:-2]) == {"*"}), 0)
    return Counts(cells, whole)


def _show(connection: duckdb.DuckDBPyConnection, name: str, source: Path | pa.Table) -> None:
    if isinstance(source, Path):
        connection.from_parquet(str(source)).create_view(name)
    else:
        connection.register(name, source)


def _members(compiled: Compiled) -> Any:
    columns = zip(*compiled.members, strict=True) if compiled.members else ([], [], [], [])
    return pa.table([list(column) for column in columns], schema=MEMBER)
