"""`takatuf pack …`: what a country is, checked and loaded."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from config.cli import OK, REFUSED, django_ready


@click.group(name="pack", help="Check and load a country pack.")
def app() -> None:
    django_ready()


@app.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def check(folder: Path | None, as_json: bool) -> None:
    """Tell every mistake of the pack in FOLDER (default: this instance's) by file, line and field.

    Exit 1 if there is one. Needs no database.
    """
    found = checked(folder or of_the_instance())
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for problem in found["problems"]:
            click.echo("{file}:{line} {field}: {message}".format_map(problem))
        click.echo(_summary(found))
    sys.exit(OK if found["ok"] else REFUSED)


def of_the_instance() -> Path:
    from django.conf import settings

    return Path(settings.PACKS_DIR) / settings.TAKATUF_PACK


def checked(folder: Path) -> dict[str, Any]:
    """{"ok", "folder", "problems"}, and of a whole pack its code, version and sizes."""
    from takatuf.access.rules import Power, separate_duties_broken
    from takatuf.kernel.reference import PackError, Problem, load

    try:
        country = load(folder, powers=frozenset(power.value for power in Power))
    except PackError as error:
        return _told(folder, error.problems)
    apart = [
        Problem("roles.yaml", 0, role.code, f"one role may not hold {' and '.join(sorted(together))}")
        for role in country.roles
        for together in separate_duties_broken(frozenset(role.powers))
    ]
    return _told(folder, apart) | {
        "code": country.code,
        "version": country.version,
        "rules": len(country.all_rules),
        "unverified": sum(not rule.verified for rule in country.all_rules),
        **{name: len(items) for name, items in country.lists.items()},
    }


def _told(folder: Path, problems: list[Any]) -> dict[str, Any]:
    return {"ok": not problems, "folder": str(folder), "problems": [one._asdict() for one in problems]}


def _summary(found: dict[str, Any]) -> str:
    if not found["ok"]:
        return f"{len(found['problems'])} mistakes · أخطاء: {len(found['problems'])}"
    return (
        f"{found['code']} {found['version']}: whole; {found['units']} units, {found['roles']} roles, "
        f"{found['rules']} rules, {found['unverified']} of them not verified"
    )


@app.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object for programs.")
def load(as_json: bool) -> None:
    """Bring the agencies and units of this instance's pack into the database; those that left it become inactive."""
    from config import instance

    units = instance.load_pack()
    click.echo(json.dumps({"units": units}) if as_json else f"units: {units}")
