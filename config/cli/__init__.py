"""The front door of everything: `takatuf …`. Commands load only when called, so help is quick."""

import importlib
import os
import sys
from typing import NoReturn

import click

from config.trouble import Trouble
from takatuf.kernel.text import Text

OK, REFUSED, USAGE, ENVIRONMENT = 0, 1, 2, 3

# name → (module:click command, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "up": (
        "config.cli.up:app",
        "Start everything: database, web, worker; prints the address and the demo accounts.",
    ),
    "db": ("config.cli.db:app", "Create, migrate and inspect the database."),
    "pack": ("config.cli.pack:app", "Check and load a country pack."),
    "nation": ("config.cli.nation:app", "Grow a synthetic nation with known truth."),
    "import": ("config.cli.import_:app", "Bring in an agency's file; quarantine and retry refused rows."),
    "journal": ("config.cli.journal:app", "Show, export and verify the journal."),
    "seal": ("config.cli.seal:app", "Seal the journal's new entries."),
    "stats": ("config.cli.stats:app", "Take a snapshot of the nameless facts and compute the tables."),
    "keys": ("config.cli.keys:app", "Show, rotate and check the encryption keys."),
    "duties": ("config.cli.duties:app", "Escalate overdue duties; list them."),
    "messages": ("config.cli.messages:app", "Extract, check and compile the Arabic and English texts."),
    "docs": ("config.cli.docs:app", "Generate docs/reference and GLOSSARY.md."),
    "bench": ("config.cli.bench:app", "Measure: import, report, pages, journal."),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


def django_ready() -> None:
    """Set Django up for a command; cheap when already done."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def fail(sentence: str | Text, code: int = ENVIRONMENT) -> NoReturn:
    """One clear sentence on standard error (in both languages when it is a Text), and out."""
    for line in (sentence.en, sentence.ar) if isinstance(sentence, Text) else (sentence,):
        click.secho(line, err=True, fg="red")
    sys.exit(code)


cli = LazyGroup(name="takatuf", help="Takatuf (تكاتف): protection from domestic violence.")


def main() -> None:
    try:
        cli(prog_name="takatuf")
    except Trouble as trouble:
        fail(trouble.text)
    except Exception as error:
        known = explained(error)
        if known is None:
            raise
        fail(known)


def explained(error: Exception) -> str | Text | None:
    """The sentence for what anybody may meet: a wrong setting or key file, a database that is away. Else None."""
    from takatuf.kernel.keyfile import KeyFileError

    if isinstance(error, KeyFileError):
        return Text(ar=error.ar, en=error.en)
    if "django" not in sys.modules:
        return None
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, ProgrammingError

    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if isinstance(error, OperationalError):
        from config.roles import unreachable

        return unreachable(str(error)).text
    if isinstance(error, ProgrammingError) and "does not exist" in str(error):
        return Text(
            en="The database is not migrated to this version: `takatuf db migrate`.",
            ar="لم تُحدَّث قاعدة البيانات إلى هذا الإصدار: نفّذ `takatuf db migrate`.",
        )
    return None
