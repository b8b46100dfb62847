"""A process that is killed in the middle, for real: what it committed stands, and the next one goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from takatuf.cases.imports.models import ImportRun
from takatuf.cases.models import Report
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from tests.cast import Cast

from .files import as_csv, declared, row

ROWS = 1_000
EVERY = 50
PROGRAM = """
import sys
import django
django.setup()
from config import database
database.point_at(sys.argv[1])
from takatuf.cases.imports import services
services.BATCH = int(sys.argv[2])
from config.cli import cli
cli(sys.argv[3:], prog_name="takatuf")
"""


def command(cast: Cast, path: Path, mapping: Path) -> list[str]:
    database = str(connection.settings_dict["NAME"])
    arguments = [
        "import",
        str(path),
        "--mapping",
        str(mapping),
        "--agency",
        cast.clerk.agency,
        "--unit",
        cast.clerk.unit,
    ]
    return [sys.executable, "-c", PROGRAM, database, str(EVERY), *arguments, "--json"]


def position() -> int:
    with acting(system("tests")), transaction.atomic():
        run = ImportRun.objects.first()
        return run.position if run is not None else 0


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_the_same_command_goes_on_to_the_same_counts(cast: Cast, tmp_path: Path) -> None:
    rows = [row(number, form="77" if number % 10 == 0 else "1") for number in range(1, ROWS + 1)]
    path = as_csv(tmp_path / "register.csv", rows)
    mapping = tmp_path / "register.yaml"
    mapping.write_text(declared().text)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.testing"}

    first = subprocess.Popen(
        command(cast, path, mapping),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        env=environment,
    )
    until = time.monotonic() + 60
    while position() < 3 * EVERY:
        assert first.poll() is None and time.monotonic() < until, "it ended before it could be killed"
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    cut = position()
    assert first.returncode == -signal.SIGKILL and 0 < cut < ROWS and cut % EVERY == 0

    second = subprocess.run(
        command(cast, path, mapping),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=settings.BASE_DIR,
        env=environment,
    )

    assert second.returncode == 1, second.stderr  # rows wait in quarantine
    with acting(system("tests")), transaction.atomic():
        run = ImportRun.objects.get()
        assert (run.state, run.created, run.present, run.quarantined) == (
            "finished",
            ROWS - ROWS // 10,
            0,
            ROWS // 10,
        )
        assert run.proof and run.proof["adds_up"]
        assert Report.objects.count() == ROWS - ROWS // 10
        assert Report.objects.values("external_ref").distinct().count() == Report.objects.count()
