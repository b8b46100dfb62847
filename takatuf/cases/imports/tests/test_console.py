"""`takatuf import …` as somebody at a console meets it."""

import json
import stat
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from config.cli.imports import app
from takatuf.cases.imports.models import ImportRun
from takatuf.kernel.context import acting
from tests.cast import Cast

from .files import GOOD, REFUSED, as_csv, declared, row
from .test_runs import everything


class Console:
    """The command with the agency, the unit and the declaration of the tests."""

    def __init__(self, cast: Cast, folder: Path) -> None:
        self.cast, self.folder = cast, folder
        self.mapping = folder / "register.yaml"
        self.mapping.write_text(declared().text)

    def run(self, *arguments: object) -> Result:
        whose = ["--agency", self.cast.clerk.agency, "--unit", self.cast.clerk.unit]
        return CliRunner().invoke(app, [*map(str, arguments), *whose], catch_exceptions=False)

    def told(self, *arguments: object, code: int = 0) -> dict[str, Any]:
        result = self.run(*arguments, "--json")
        assert result.exit_code == code, result.output
        found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        return found

    def bring_in(self, rows: list[list[str]], *more: object, code: int = 0) -> dict[str, Any]:
        path = as_csv(self.folder / "register.csv", rows)
        return self.told(path, "--mapping", self.mapping, *more, code=code)


@pytest.fixture
def console(cast: Cast, tmp_path: Path) -> Console:
    return Console(cast, tmp_path)


def test_a_file_comes_in_and_its_sum_is_printed(console: Console) -> None:
    told = console.bring_in([*GOOD, *REFUSED], code=1)
    assert (told["rows"], told["created"], told["present"], told["quarantined"]) == (10, 5, 0, 5)
    assert told["proof"]["adds_up"] and sum(told["reasons"].values()) == 5

    again = console.run(console.folder / "register.csv", "--mapping", console.mapping)
    assert again.exit_code == 1 and "0 + 5 + 5 = 10" in again.output
    assert console.bring_in([row(6)])["created"] == 1


def test_a_dry_run_shows_the_refusals_and_writes_nothing(console: Console) -> None:
    before = everything()
    told = console.bring_in([*GOOD, *REFUSED], "--dry-run")
    assert (told["created"], told["quarantined"], told["dry_run"]) == (5, 5, True)
    assert {"row": 6, "line": 7}.items() <= told["refusals"][0].items() and told["refusals"][0]["ar"]
    assert everything() == before


def test_a_refused_row_is_shown_read_mended_thrown_away_and_tried_again(console: Console) -> None:
    run = console.bring_in([*GOOD, *REFUSED], code=1)["run"]

    shown = console.told("show", run)
    assert [one["row"] for one in shown["waiting"]] == [6, 7, 8, 9, 10]
    assert all(one["ar"] and one["en"] for one in shown["waiting"])
    assert "سعاد" not in json.dumps(shown, ensure_ascii=False), "a list shows no values"
    assert console.told("row", run, 6)["values"]["name"] == "سعاد رقم 11"
    assert console.told("mend", run, 6, "form=1") == {"row": 6, "status": "created"}
    assert console.told("mend", run, 7, "received=32.1.2026", code=1)["status"] == "waiting"
    assert console.told("discard", run, 8, "--reason", "سُجل مرتين في السجل")["status"] == "discarded"
    assert console.told("retry", run, code=1) == {"tried": 3, "created": 0, "present": 0, "waiting": 3}
    assert console.told("retry", run, "--row", 7, code=1)["tried"] == 1
    listed = json.loads(console.run("list", "--json").stdout)
    assert (listed["created"], listed["quarantined"]) == (6, 4)


def test_the_export_is_the_clerks_own_and_is_never_written_over(console: Console) -> None:
    run = console.bring_in(REFUSED, code=1)["run"]
    to = console.folder / "quarantine.xlsx"

    assert console.told("export", run, to)["rows"] == 5

    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    sheet = openpyxl.load_workbook(to)["quarantine"]
    assert [cell.value for cell in sheet[1]][:4] == ["row", "line", "why", "السبب"]
    again = console.run("export", run, to)
    assert again.exit_code == 1 and "not there yet" in again.output and "غير موجود" in again.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("show", "I-NOSUCH"), "There is nothing of this reference in your agency."),
        (("retry", "I-NOSUCH"), "There is nothing of this reference in your agency."),
        (("absent.csv", "--mapping", "MAPPING"), "There is no file absent.csv."),
    ],
)
def test_what_cannot_be_done_is_one_sentence_in_both_languages(
    console: Console, arguments: tuple[str, ...], sentence: str
) -> None:
    given = [str(console.mapping) if one == "MAPPING" else one for one in arguments]
    result = console.run(*given)
    assert result.exit_code == 1 and sentence in result.output
    assert any("\u0600" <= letter <= "\u06ff" for letter in result.output)


def test_an_agency_or_unit_that_is_not_there_is_said(console: Console) -> None:
    whose = ["list", "--agency"]
    nobody = CliRunner().invoke(app, [*whose, "NOSUCH"])
    assert nobody.exit_code == 1 and "There is no agency NOSUCH." in nobody.output
    elsewhere = CliRunner().invoke(
        app, [*whose, console.cast.clerk.agency, "--unit", console.cast.nurse.unit]
    )
    assert elsewhere.exit_code == 1 and "There is no active unit" in elsewhere.output


def test_mistakes_of_a_declaration_name_file_line_and_field(console: Console) -> None:
    console.mapping.write_text(console.mapping.read_text().replace("formats:", "format:"))
    result = console.run(as_csv(console.folder / "f.csv", GOOD), "--mapping", console.mapping)
    assert result.exit_code == 1 and "register.yaml:" in result.output and "received_at" in result.output


def test_a_fresh_start_gives_up_what_was_not_finished(console: Console) -> None:
    from takatuf.cases.imports import services
    from tests.cast import NOON

    path = as_csv(console.folder / "register.csv", GOOD)
    begun = services.start(actor=console.cast.clerk, path=path, loaded=declared(), now=NOON)

    told = console.told(path, "--mapping", console.mapping, "--fresh")

    assert told["created"] == 5 and told["run"] != begun.reference
    with acting(console.cast.clerk):
        assert ImportRun.objects.get(pk=begun.pk).state == "abandoned"
