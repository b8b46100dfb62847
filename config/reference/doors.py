"""The doors of the house: web addresses, console commands, environment variables."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import click
from django.conf import settings as django_settings
from django.urls import get_resolver

from config.reference import walk
from config.reference.markdown import code, table

KEPT = "\b"  # click: the paragraph that follows is not filled
HOUSE = Path(__file__).resolve().parent.parent.parent

# What each environment variable is for. tests/test_architecture.py: every variable that is read stands here.
VARIABLES = {
    "DATABASE_URL": "The PostgreSQL to use (15 or later), as a user who may make roles and databases; "
    "without it, the embedded one",
    "TAKATUF_BIND": "The address the web listens on",
    "TAKATUF_DATABASE_ROLE_PASSWORD": "Password of the three database roles; made once in the state folder if unset",
    "TAKATUF_DEBUG": "Error pages with details, for development only",
    "TAKATUF_DEMO": "Demo accounts, synthetic people, second factor off; said loudly on every page",
    "TAKATUF_DEMO_PASSWORD": "The password of every demo account, in demo mode only",
    "TAKATUF_DEMO_PEOPLE": "How many synthetic persons a demo begins with; 0 for none",
    "TAKATUF_DJANGO_SECRET_KEY": "The key of sessions and forms; made once in the state folder if unset",
    "TAKATUF_HOME": "The folder of all state: database, keys, snapshots",
    "TAKATUF_HOSTS": "Names under which the web answers",
    "TAKATUF_HTTPS": "Cookies over HTTPS only, and strict transport security",
    "TAKATUF_KEYRING": "The file of the encryption keys, if not in the state folder",
    "TAKATUF_ORIGINS": "Origins whose forms are accepted, behind a proxy",
    "TAKATUF_PACK": "The country: a folder of packs/",
    "TAKATUF_PACKS_DIR": "The folder of the country packs",
    "TAKATUF_PORT": "The port the web listens on",
    "TAKATUF_ROLE_PREFIX": "What the names of the three database roles begin with",
    "TAKATUF_SECOND_FACTOR": "Whether a second factor is asked for; off only in demo mode unless said otherwise",
}
# Read, but nobody's to set: they come from the system.
OF_THE_SYSTEM = {"PATH", "HOME", "LANG", "COLUMNS", "NO_COLOR", "TERM"}


def urls() -> str:
    importlib.import_module(django_settings.ROOT_URLCONF)
    rows = [
        (code(f"/{path}"), code(walk.guard_of(view) or "nobody said"))
        for path, view in walk.routes(get_resolver().url_patterns)
    ]
    return table(("address", "guard"), rows)


def console() -> str:
    from config.cli import cli

    return "\n\n".join(_commands("takatuf", cli))


def _commands(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    yield f"## {name}\n\n{_about(command)}"
    if not isinstance(command, click.Group):
        usage = " ".join(command.collect_usage_pieces(context))
        rows = [
            (code(", ".join((*option.opts, *option.secondary_opts))), option.help or "")
            for option in command.params
            if isinstance(option, click.Option)
        ]
        yield f"```\n{name} {usage}\n```"
        if rows:
            yield table(("option", "about"), rows)
        return
    for sub in command.list_commands(context):
        found = command.get_command(context, sub)
        if found is not None and not found.hidden:
            yield from _commands(f"{name} {sub}", found)


def _about(command: click.Command) -> str:
    """The help as paragraphs; what click is told to leave as it stands (\\b) stays so."""
    paragraphs = [dedent(part).strip("\n") for part in (command.help or "").split("\n\n")]
    return "\n\n".join(
        f"```\n{part.removeprefix(KEPT).strip()}\n```" if part.startswith(KEPT) else " ".join(part.split())
        for part in paragraphs
    )


def settings() -> str:
    rows = [
        (code(one.name), VARIABLES.get(one.name, ""), code(one.default) if one.default else "")
        for one in walk.variables(HOUSE)
        if one.name not in OF_THE_SYSTEM and one.name != "DJANGO_SETTINGS_MODULE"
    ]
    return table(("variable", "about", "unless set"), rows)
