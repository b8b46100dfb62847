"""`takatuf bench …`: the measures of docs/performance.md. Each prints one JSON object as its last line."""

import importlib
import json
from pathlib import Path
from typing import Any

import click

from config.cli import django_ready


@click.group(
    name="bench", help="Measure: import, report, pages, journal. On a scratch database, dropped at the end."
)
def app() -> None:
    django_ready()


def measure(name: str, **how: Any) -> None:
    """Run config/benches/<name>.py and print what it found: readable, then as one JSON line."""
    found: dict[str, Any] = importlib.import_module(f"config.benches.{name}").run(**how)
    for key, value in found.items():
        click.echo(f"{key:16} {value}", err=True)
    click.echo(json.dumps(found))


as_json = click.option(
    "--json", "as_json", is_flag=True, help="Kept for scripts: the JSON line is always printed."
)


@app.command(name="import")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="The file to bring in.",
)
@click.option(
    "--mapping", type=click.Path(exists=True, path_type=Path), required=True, help="Its mapping (YAML)."
)
@as_json
def import_(file: Path, mapping: Path, as_json: bool) -> None:
    """Bring in a whole file with everything on, and compare with a bare COPY of the same columns."""
    measure("imports", file=file, mapping=mapping)


@app.command()
@click.option(
    "--reports", type=click.IntRange(min=20), default=600, show_default=True, help="How many reports."
)
@as_json
def report(reports: int, as_json: bool) -> None:
    """Create reports one by one through the service."""
    measure("report", reports=reports)


@app.command()
@click.option(
    "--cases", type=click.IntRange(min=100), default=50_000, show_default=True, help="Cases in the database."
)
@as_json
def pages(cases: int, as_json: bool) -> None:
    """Time the main pages, and count their SQL statements."""
    measure("pages", cases=cases)


@app.command()
@click.option(
    "--entries",
    type=click.IntRange(min=1000),
    default=1_000_000,
    show_default=True,
    help="Entries to verify.",
)
@as_json
def journal(entries: int, as_json: bool) -> None:
    """Append over eight connections while sealing; then verify an exported bundle."""
    measure("journal", entries=entries)


parquet = click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Parquet with the columns of the linkage benchmark.",
)


@app.command()
@parquet
@as_json
def linkage(file: Path, as_json: bool) -> None:
    """Link all records of a file with known truth, alone and with reviewers; beside it plain Splink."""
    measure("linkage", file=file)


@app.command()
@click.option(
    "--pairs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="Arabic TAB Latin per line.",
)
@as_json
def names(pairs: Path, as_json: bool) -> None:
    """Find Arabic names by their Latin spellings."""
    measure("names", pairs=pairs)


@app.command()
@parquet
@as_json
def tokens(file: Path, as_json: bool) -> None:
    """Link two registers by keyed tokens alone; and attack the tokens by frequency."""
    measure("tokens", file=file)


@app.command()
@click.option(
    "--people", type=click.IntRange(min=500), default=20_000, show_default=True, help="Of the nation."
)
@click.option("--seed", type=int, default=12, show_default=True, help="Which synthetic nation.")
@as_json
def incidents(people: int, seed: int, as_json: bool) -> None:
    """Bring reports of one event together, on a synthetic nation with known truth."""
    measure("incidents", people=people, seed=seed)


@app.command()
@click.option(
    "--persons", type=click.IntRange(min=1000), default=100_000, show_default=True, help="In the register."
)
@click.option(
    "--questions",
    type=click.IntRange(min=40),
    default=400,
    show_default=True,
    help="How many searches are timed.",
)
@as_json
def search(persons: int, questions: int, as_json: bool) -> None:
    """Find persons among many encrypted ones by less than what is known of them."""
    measure("search", persons=persons, questions=questions)
