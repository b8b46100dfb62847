"""`takatuf seal`: put the newest entries of the journal under a signed head."""

import json

import click

from config.cli import django_ready


@click.command(
    name="seal",
    help="Seal the journal's new entries: a Merkle root, signed and chained. The worker does it too.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object, with the last head to be witnessed elsewhere."
)
def app(as_json: bool) -> None:
    django_ready()
    from django.db import transaction

    from config.cli.journal import refusals_said
    from takatuf.journal import selectors, services
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("journal.seal")
    with refusals_said():
        sealing = services.seal(actor=actor, now=clock.now())
    with acting(actor), transaction.atomic():
        waiting, last = selectors.waiting(actor=actor), selectors.last_seal(actor=actor)
    found = {
        "sealed": sealing.entries,
        "batches": len(sealing.seals),
        "waiting": waiting,
        "busy": sealing.busy,
        "last_head": last.head.document() if last else None,
    }
    if as_json:
        click.echo(json.dumps(found))
        return
    if sealing.busy:
        click.echo("another sealer is at work: it will seal these entries too")
    click.echo(
        f"sealed {sealing.entries} entries in {len(sealing.seals)} batches; {waiting} wait for open transactions"
    )
    if last:
        click.echo(f"last head: {last.number}  {last.head.hash()}")
