"""The front door of everything: `takatuf …`. Commands load only when called, so help is quick."""

import errno
import importlib
import os
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import click

from config.trouble import Trouble, disk_full, is_full
from takatuf.kernel.text import Text

OK, REFUSED, USAGE, ENVIRONMENT, OUR_MISTAKE, INTERRUPTED = 0, 1, 2, 3, 70, 130

# name → (module:click command, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "up": (
        "config.cli.up:app",
        "Start everything: database, web, worker; prints the address and the demo accounts.",
    ),
    "db": ("config.cli.db:app", "Create, migrate and inspect the database."),
    "pack": ("config.cli.pack:app", "Check and load a country pack."),
    "reference": (
        "config.cli.reference:app",
        "Rules with their legal basis, deadlines with their proof, holidays.",
    ),
    "nation": ("config.cli.nation:app", "Grow a synthetic nation with known truth."),
    "import": ("config.cli.imports:app", "Bring in an agency's file; quarantine and retry refused rows."),
    "journal": ("config.cli.journal:app", "Show, export and verify the journal."),
    "seal": ("config.cli.seal:app", "Seal the journal's new entries."),
    "link": ("config.cli.link:app", "Find the records of one person in a file, by the pinned match model."),
    "stats": ("config.cli.stats:app", "Take a snapshot of the nameless facts and compute the tables."),
    "account": ("config.cli.account:app", "Open an administrator's account; list who administers."),
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


HELP = """Takatuf (تكاتف): protection from domestic violence.

\b
Exit codes of every command:
    0  done, or the answer is yes
    1  refused by a rule, or the answer is no: the sentence says which
    2  the command line is wrong
    3  the environment does not allow it: database, disk, port, key file, setting
   70  a mistake of ours: the trace is on standard error
  130  interrupted
Results go to standard output, everything else to standard error.
"""
cli = LazyGroup(name="takatuf", help=HELP)


def main() -> None:
    """Run the command line; whatever ends it has its own exit code, and a sentence where anybody could meet it."""
    try:
        code = cli(prog_name="takatuf", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else OK)
    except click.ClickException as mistake:
        mistake.show()
        sys.exit(mistake.exit_code)
    except (click.Abort, KeyboardInterrupt):
        fail(Text(en="Interrupted.", ar="توقف التنفيذ بطلب منك."), INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone, `head` for one. The interpreter must not try to write to it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(OK)
    except Trouble as trouble:
        fail(trouble.text)
    except Exception as error:  # noqa: BLE001 - the last line of defence
        known = explained(error)
        if known is None:
            traceback.print_exc()
            sys.exit(OUR_MISTAKE)
        fail(known)


def explained(error: Exception) -> str | Text | None:
    """The sentence for what anybody may meet: a full disk, a wrong key file, a database that is away. Else None."""
    from takatuf.kernel.keyfile import KeyFileError

    if isinstance(error, KeyFileError):
        return Text(ar=error.ar, en=error.en)
    if isinstance(error, OSError):
        return _of_files(error)
    return _of_django(error) if "django" in sys.modules else None


def _of_files(error: OSError) -> Text | None:
    place = str(error.filename or os.environ.get("TAKATUF_HOME", "var"))
    if is_full(error):
        return disk_full(Path(place)).text
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS, errno.EFBIG}:
        return Text(
            en=f"{place} cannot be used ({error.strerror}): run as the user who owns it, "
            "or set TAKATUF_HOME to a folder of your own.",
            ar=f"تعذّر استخدام {place} ({error.strerror}): شغّل باسم المستخدم المالك له، "
            "أو عيّن TAKATUF_HOME على مجلد لك.",
        )
    return None


def _of_django(error: Exception) -> str | Text | None:
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError, ProgrammingError

    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if isinstance(error, OperationalError):
        from config.roles import unreachable

        if getattr(error.__cause__, "sqlstate", None) == "53100" or "No space left on device" in str(error):
            return disk_full(Path(os.environ.get("TAKATUF_HOME", "var")).resolve()).text
        return unreachable(str(error)).text
    if isinstance(error, ProgrammingError) and "does not exist" in str(error):
        return Text(
            en="The database is not migrated to this version: `takatuf db migrate`.",
            ar="لم تُحدَّث قاعدة البيانات إلى هذا الإصدار: نفّذ `takatuf db migrate`.",
        )
    return None
