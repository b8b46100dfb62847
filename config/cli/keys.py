"""`takatuf keys …`: which keys there are, whether they are this database's, a new one."""

import json
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from config.cli import django_ready
from config.cli.progress import console, steps
from takatuf.kernel.actor import Actor
from takatuf.kernel.keyring import Keyring


@click.group(name="keys", help="Show, rotate and check the encryption keys. Key material is never shown.")
def app() -> None:
    django_ready()


@app.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def show(as_json: bool) -> None:
    """Ids, fingerprints and ages of the keys in the key file. Needs no database."""
    from takatuf.kernel import clock
    from takatuf.kernel.keyring import Keyring, key_file

    ring = Keyring.load(key_file())
    found = told(ring, now=clock.now())
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("key", "state", "created", "age", "fingerprint")
    for key in found["keys"]:
        state = "active" if key["active"] else "former"
        table.add_row(key["id"], state, key["created"], f"{key['age_days']} d", key["fingerprint"])
    table.add_row("blind", "for ever", "", "", found["blind"])
    console.print(f"{found['file']}")
    console.print(table)


def told(ring: Keyring, *, now: datetime) -> dict[str, Any]:
    """What may be told of a keyring: never anything to open a value with."""
    prints = ring.fingerprints()
    return {
        "file": str(ring.path),
        "keys": [
            {
                "id": kek.id,
                "active": kek.active,
                "created": kek.created,
                "age_days": (now - datetime.fromisoformat(kek.created)).days,
                "fingerprint": prints[kek.id],
            }
            for kek in ring.keks.values()
        ],
        "blind": prints["blind"],
    }


@app.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def check(as_json: bool) -> None:
    """Whether the key file is the one this database was written with; a new database gets one. Exit 3 if not."""
    keys = checked()
    click.echo(
        json.dumps({"ok": True, "keys": keys}) if as_json else f"the right key file: {', '.join(keys)}"
    )


@app.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def rotate(as_json: bool) -> None:
    """Add a key-encryption key, and wrap every person's data key anew under it.

    The former keys stay in the file. Back the file up before and after. If the second part is broken off,
    `takatuf keys rewrap` goes on with it.
    """
    from django.db import transaction

    from takatuf.journal import services as journal
    from takatuf.kernel.keyring import keyring

    checked()
    actor = rotator()
    with transaction.atomic():
        ring = keyring().rotate()
        journal.record(actor=actor, did="kernel.key_added", to=f"keyring:kek-{ring.active.id}")
    checked()
    say(ring, wrapped_anew(actor), as_json=as_json)


@app.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def rewrap(as_json: bool) -> None:
    """Wrap anew what is not yet under the active key: goes on where a rotation was broken off."""
    from takatuf.kernel.keyring import keyring

    checked()
    say(keyring(), wrapped_anew(rotator()), as_json=as_json)


def checked() -> list[str]:
    """The keys' ids. Raises KeyFileError, which the front door turns into its sentence."""
    from takatuf.kernel import services as kernel
    from takatuf.kernel.actor import system

    return kernel.check_keys(actor=system("keys.check"))


def rotator() -> Actor:
    from takatuf.access.rules import Power
    from takatuf.kernel.actor import system

    return system("keys.rotate", powers=frozenset({Power.KEYS_ROTATE.value}))


def wrapped_anew(actor: Actor) -> int:
    from takatuf.cases.imports import services as imports
    from takatuf.kernel.context import acting
    from takatuf.people import services as people

    with acting(actor), steps("wrapping anew · إعادة التغليف") as bar:
        persons = people.rewrap_keys(actor=actor, progress=lambda done, total: bar("", done, total))
        return persons + imports.rewrap_keys(actor=actor)


def say(ring: Keyring, number: int, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"active": ring.active.id, "rewrapped": number}))
    else:
        click.echo(f"active key: {ring.active.id}; {number} data keys wrapped anew")
