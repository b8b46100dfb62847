"""`takatuf duties …`: what is owed, and what is late."""

import json
from uuid import UUID

import click

from config.cli import django_ready

COLUMNS = ("unit", "kind", "open", "late")


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
    """Open and overdue duties by unit and kind: numbers, no names."""
    from django.db import transaction

    from takatuf.access import selectors as access
    from takatuf.access.rules import Power
    from takatuf.duties import selectors as duties
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("duties.list", powers=frozenset({Power.DUTY_OVERSEE_NATIONAL.value}))
    with acting(actor), transaction.atomic():
        codes = {unit.pk: unit.code for unit in access.units(actor)}
        rows = [
            {"unit": codes.get(UUID(str(row["unit_id"])), str(row["unit_id"]))}
            | {name: row[name] for name in ("kind", "open", "late")}
            for row in duties.overdue_nationally(actor, now=clock.now())
        ]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row))
        return
    heading: dict[str, object] = dict(zip(COLUMNS, COLUMNS, strict=True))
    for row in [heading, *rows]:
        click.echo("{unit:20} {kind:24} {open:>6} {late:>6}".format_map(row))
