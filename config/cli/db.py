"""`takatuf db …`: the database, from start to reset."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import click

from config.cli import django_ready, fail
from takatuf.kernel.text import Text


@click.group(name="db", help="Create, migrate and inspect the database.")
def app() -> None:
    django_ready()


@app.command()
def start() -> None:
    """Start the embedded server, if it is the one in use. It stays until `takatuf db stop`."""
    from config import database

    started = database.ensure_running()
    place = database.cluster().socket_folder if database.is_embedded() else "DATABASE_URL"
    click.echo(f"{'started' if started else 'running'}: {place}")


@app.command()
def stop() -> None:
    """Stop the embedded server."""
    from config import database

    if not database.is_embedded():
        fail(
            Text(
                en="DATABASE_URL is set: that server is not ours to stop.",
                ar="المتغير DATABASE_URL محدد: إيقاف ذلك الخادم ليس من شأننا.",
            ),
            code=1,
        )
    click.echo("stopped" if database.cluster().stop() else "was not running")


@app.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def status(as_json: bool) -> None:
    """Say whether the server runs, what is in it, and whether it is up to date. Exit code 1 if not."""
    from config import database, roles

    facts: dict[str, Any] = {"server": "embedded" if database.is_embedded() else "DATABASE_URL"}
    if database.is_embedded():
        facts["running"] = database.cluster().pid() is not None
    if facts.get("running", True):
        facts |= roles.status()
        facts["migrated"] = database.is_current()
    if as_json:
        click.echo(json.dumps(facts))
    else:
        for name, value in facts.items():
            click.echo(f"{name:10} {value}")
    sys.exit(0 if facts.get("migrated") else 1)


@app.command()
def migrate() -> None:
    """Make the database and its roles if they are missing, migrate, and set the grants right."""
    from config import database
    from config.cli.progress import steps

    database.ensure_running()
    with steps() as show:
        database.migrate(show)
    click.echo("migrated")


@app.command()
@click.argument("apps", nargs=-1)
def makemigrations(apps: tuple[str, ...]) -> None:
    """Write migrations for changed models (of APPS, else of all)."""
    from django.core.management import call_command

    from config import database

    database.ensure_running()
    call_command("makemigrations", *apps)


@app.command()
@click.option(
    "--as",
    "role",
    type=click.Choice(["app", "owner", "statistics"]),
    default="app",
    help="Whose eyes to look with.",
)
def psql(role: str) -> None:
    """Open psql on the database. As the app role, without an actor, row-level security shows no rows."""
    from django.conf import settings

    from config.postgres import BIN

    place = settings.DATABASES["default" if role == "app" else role]
    environment = os.environ | {
        "PGHOST": place["HOST"],
        "PGPORT": str(place["PORT"] or 5432),
        "PGUSER": place["USER"],
        "PGPASSWORD": place["PASSWORD"],
        "PGDATABASE": place["NAME"],
    }
    program = shutil.which("psql") or str(BIN / "psql")
    sys.exit(subprocess.run([program], env=environment, check=False).returncode)


@app.command()
@click.option("--yes", is_flag=True, help="Do not ask. For scripts.")
def reset(yes: bool) -> None:
    """Drop the database with everything in it, and make it anew, empty."""
    from django.conf import settings

    from config import database

    name = settings.DATABASES["default"]["NAME"]
    if not yes:
        click.confirm(f"Everything in the database {name} will be lost. Go on?", abort=True)
    database.ensure_running()
    database.drop(name)
    database.migrate()
    click.echo(f"{name}: empty")
