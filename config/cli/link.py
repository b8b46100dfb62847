"""`takatuf link …`: all records of a file to their persons, by the pinned model."""

import json
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from config.cli import ENVIRONMENT, REFUSED, fail
from takatuf.kernel.text import Text


@click.command(name="link")
@click.option("--full", is_flag=True, help="Every record against every other that shares something with it.")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Parquet with the columns of the linkage benchmark.",
)
@click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="Who computes.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write record and person to this Parquet file.")
@click.option("--json", "as_json", is_flag=True, help="Kept for scripts: the JSON line is always printed.")
def app(full: bool, file: Path, engine: str, out: Path | None, as_json: bool) -> None:
    """Find the records of one person. Nothing is written to the register."""
    from takatuf.people.linkage import batch, files, model
    from takatuf.people.linkage.record import features

    if not full:
        raise click.UsageError("Say --full: a file is always linked as a whole.")
    begun = perf_counter()
    try:
        pinned = model.shipped()
        people = [features(record) for record in files.records(file)]
        persons = batch.relink(people, model=pinned, engine=engine)
    except files.WrongFile as error:
        fail(Text(en=f"This file cannot be linked: {error}", ar=f"تعذّر ربط هذا الملف: {error}"), REFUSED)
    except batch.EngineMissing as error:
        fail(
            Text(
                en=f"The engine {engine} is not available here ({error}): install pyspark and Java, or use duckdb.",
                ar=f"المحرك {engine} غير متاح هنا ({error}): ثبّت pyspark وJava أو استخدم duckdb.",
            ),
            ENVIRONMENT,
        )
    held = [(one.id, persons.find(one.id)) for one in people]
    if out:
        write(out, held)
    told: dict[str, Any] = {
        "records": len(people),
        "persons": len({person for _, person in held}),
        "stopped_by_guards": len(persons.refused),
        "model": pinned.version,
        "engine": engine,
        "seconds": round(perf_counter() - begun, 1),
    }
    for key, value in told.items():
        click.echo(f"{key:18} {value}", err=True)
    click.echo(json.dumps(told))


def write(out: Path, held: list[tuple[str, str]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    records, persons = zip(*held, strict=True) if held else ((), ())
    pq.write_table(pa.table({"record": list(records), "person": list(persons)}), out)
