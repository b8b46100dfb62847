"""`takatuf duties …`: what is owed, and what is late."""

import json

import click
from rich.table import Table

from config.cli import django_ready
from config.cli.progress import console


@click.group(name="duties", help="Escalate overdue duties; list them.")
def app() -> None:
    django_ready()


@app.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def escalate(as_json: bool) -> None:
    """Let overdue duties climb their ladder now. The worker does this each minute."""
    from takatuf.duties import services as duties
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("duties.escalate")
    with acting(actor):
        climbed = duties.escalate(actor=actor, now=clock.now())
    click.echo(json.dumps({"escalated": climbed}) if as_json else f"escalated: {climbed}")


@app.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """Overdue duties by unit and kind: numbers, no names."""
    from takatuf.duties import selectors as duties
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("duties.list")
    with acting(actor):
        rows = [
            {name: str(value) if name.endswith("_id") else value for name, value in row.items()}
            for row in duties.overdue_nationally(actor, now=clock.now())
        ]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, default=str))
        return
    table = Table(*(rows[0] if rows else ["nothing overdue"]))
    for row in rows:
        table.add_row(*map(str, row.values()))
    console.print(table)
