"""`takatuf messages …`: the Arabic of every string a person sees."""

import sys

import click

from config import messages


@click.group(name="messages", help="Extract, check and compile the Arabic and English texts.")
def app() -> None:
    """Nothing to set up: no database, no settings."""


@app.command()
@click.option("--tidy", is_flag=True, help="Forget translations of strings that are gone.")
def extract(tidy: bool) -> None:
    """Bring locale/ar up to date with code and templates; say what waits for its Arabic."""
    found = messages.found()
    messages.extract(found, tidy=tidy)
    waiting = messages.faults(found)
    for line in waiting:
        click.echo(line)
    click.echo(f"{len(found)} strings, {len(waiting)} to do: {messages.PO.relative_to(messages.HOUSE)}")


@app.command()
def check() -> None:
    """Fail on any string without Arabic, fuzzy, or with other placeholders."""
    try:
        found = messages.found()
    except messages.Unreadable as fault:
        click.echo(str(fault))
        sys.exit(1)
    faults = messages.faults(found)
    for line in faults:
        click.echo(line)
    click.echo(f"{len(found)} strings, {len(faults)} faults")
    sys.exit(1 if faults else 0)


@app.command(name="compile")
def compile_() -> None:
    """Write what Django reads, if it is out of date. `takatuf up` does this by itself."""
    click.echo("compiled" if messages.compile_if_stale() else "up to date")
