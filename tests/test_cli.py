"""The console: whatever it offers says what it does, in help and in exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from config.cli import (
    COMMANDS,
    ENVIRONMENT,
    INTERRUPTED,
    OK,
    OUR_MISTAKE,
    REFUSED,
    USAGE,
    cli,
    explained,
    main,
)
from config.trouble import Trouble

# What a program may want to read, and so can be had as JSON. A command that only acts or only shows need not.
ACTS_ONLY = {
    "up",
    "db start",
    "db stop",
    "db migrate",
    "db makemigrations",
    "db psql",
    "db reset",
    "db assets",
    "messages extract",
    "messages compile",
    "docs build",
    "journal new-key",
    "messages check",
    "docs check",
}
# What these print is for programs by itself: JSON or keys, or the form is chosen by an option of its own.
FOR_PROGRAMS = {"journal head", "journal proof", "journal public-keys", "stats table"}


def every_command() -> Iterator[tuple[str, click.Command]]:
    """(path, command) of each leaf and group, the lazily loaded ones too."""

    def below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None, f"takatuf {path} {name} is listed, but is not there"
                yield from below(f"{path} {name}".strip(), child)

    for path, command in below("", cli):
        if path:
            yield path, command


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_the_front_door_is_there(name: str) -> None:
    assert cli.get_command(click.Context(cli), name) is not None


def test_every_command_and_every_option_says_what_it_does() -> None:
    silent = [path for path, command in every_command() if not (command.help or "").strip()]
    assert not silent, f"commands without help, write a docstring: {silent}"
    mute = [
        f"{path} {parameter.opts[-1]}"
        for path, command in every_command()
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    assert not mute, f"options without help=: {mute}"


def test_what_a_program_may_read_can_be_had_as_json() -> None:
    without = [
        path
        for path, command in every_command()
        if not isinstance(command, click.Group)
        and path not in ACTS_ONLY | FOR_PROGRAMS
        and not any("--json" in parameter.opts for parameter in command.params)
    ]
    assert not without, f"give these --json, or add them to ACTS_ONLY here: {without}"


def test_the_front_page_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    said = cli.get_help(click.Context(cli))
    for code in (OK, REFUSED, USAGE, ENVIRONMENT, OUR_MISTAKE, INTERRUPTED):
        assert f" {code}  " in said, f"exit code {code} is not in `takatuf --help`"


def takatuf(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("TAKATUF", "DJANGO"))}
    return subprocess.run(
        [str(Path(sys.executable).with_name("takatuf")), *arguments],
        env=known | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_wrong_command_line_is_two(tmp_path: Path) -> None:
    done = takatuf("nation", "grow", "--people", "many", TAKATUF_HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "many" in done.stderr


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("TAKATUF_DEMO", "perhaps"),
        ("TAKATUF_ROLE_PREFIX", "Not-A-Name"),
        ("DATABASE_URL", "mysql://somewhere"),
        ("TAKATUF_HOME", "/proc/nowhere"),
    ],
)
def test_a_wrong_setting_is_three_and_a_sentence_in_both_languages(
    tmp_path: Path, setting: str, value: str
) -> None:
    done = takatuf("db", "status", **({"TAKATUF_HOME": str(tmp_path)} | {setting: value}))
    assert done.returncode == ENVIRONMENT
    english, arabic = done.stderr.strip().splitlines()
    assert setting in english + arabic or value in english
    assert any("\u0600" <= letter <= "\u06ff" for letter in arabic)
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_three(tmp_path: Path) -> None:
    away = f"postgresql://nobody@/nothing?host={tmp_path}"
    done = takatuf("duties", "list", TAKATUF_HOME=str(tmp_path), DATABASE_URL=away)
    assert done.returncode == ENVIRONMENT
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def ends_with(code: int, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def breaks(*_arguments: object, **_named: object) -> None:
        raise error

    monkeypatch.setattr("config.cli.cli", breaks)
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == code


def test_each_ending_has_its_own_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ends_with(ENVIRONMENT, monkeypatch, Trouble(en="No room.", ar="لا مكان."))
    ends_with(ENVIRONMENT, monkeypatch, OSError(28, "No space left on device", "/somewhere/var"))
    ends_with(INTERRUPTED, monkeypatch, KeyboardInterrupt())
    ends_with(INTERRUPTED, monkeypatch, click.Abort())
    ends_with(USAGE, monkeypatch, click.UsageError("what?"))
    said = capsys.readouterr().err
    assert "No room." in said
    assert "لا مكان." in said
    assert "is full" in said
    assert "Traceback" not in said
    ends_with(OUR_MISTAKE, monkeypatch, ZeroDivisionError("ours"))
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_full_disk_of_the_database_is_told_from_a_database_that_is_away() -> None:
    import psycopg
    from django.db import OperationalError

    full, away = OperationalError("could not extend file"), OperationalError("connection refused")
    full.__cause__ = psycopg.errors.DiskFull("could not extend file")
    assert "is full" in str(getattr(explained(full), "en", ""))
    assert "DATABASE_URL" in str(getattr(explained(away), "en", ""))


def test_a_nation_is_refused_outside_a_demo(tmp_path: Path) -> None:
    done = takatuf("nation", "grow", TAKATUF_HOME=str(tmp_path), TAKATUF_DEMO="no")
    assert done.returncode == REFUSED
    assert "TAKATUF_DEMO" in done.stderr


def test_nothing_to_measure_is_one(tmp_path: Path) -> None:
    done = takatuf("nation", "measure", "--seed", "99", "--json", TAKATUF_HOME=str(tmp_path))
    assert done.returncode == REFUSED
    assert done.stdout == ""
    assert "--seed 99" in done.stderr


def test_json_goes_to_standard_output_alone(tmp_path: Path) -> None:
    done = takatuf("db", "status", "--json", TAKATUF_HOME=str(tmp_path))
    assert json.loads(done.stdout) == {"server": "embedded", "running": False}
    assert done.returncode == REFUSED
