"""`takatuf pack` and `takatuf reference`: packs, rules with their basis, deadlines with their proof, holidays."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.conf import settings

from config.cli import OK, REFUSED, USAGE, pack, reference
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.kernel.models import HijriOffset, HolidayOverride
from takatuf.kernel.selectors import legal_calendar

DAY = "2026-12-15"
NAMES = ("--name-ar", "يوم معلن", "--name-en", "Announced day")
CIRCULAR = ("--basis", "Circular 7 of 2026")


def run(app: Any, *arguments: str) -> Result:
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == OK, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_whole_pack_is_told_by_its_sizes() -> None:
    (found,) = lines(run(pack.app, "check", "--json"))
    assert found["ok"] and found["code"] == settings.TAKATUF_PACK and found["problems"] == []
    assert found["rules"] > 40 and 0 < found["unverified"] < found["rules"]
    assert "whole" in run(pack.app, "check", str(settings.PACKS_DIR / "xx")).stdout


def test_every_mistake_of_a_pack_is_named_and_ends_in_one(tmp_path: Path) -> None:
    folder = tmp_path / "xx"
    shutil.copytree(settings.PACKS_DIR / "xx", folder)
    roles = (folder / "roles.yaml").read_text()
    (folder / "roles.yaml").write_text(
        roles.replace("[access.manage,", "[access.manage, journal.read, case.read,")
    )
    found = run(pack.app, "check", str(folder), "--json")
    assert found.exit_code == REFUSED
    messages = [one["message"] for one in json.loads(found.stdout)["problems"]]
    assert messages == [
        "one role may not hold access.manage and case.read",
        "one role may not hold access.manage and journal.read",
    ]
    (folder / "roles.yaml").write_text(
        roles.replace("duty.do, break_glass.use", "duty.do, break_glass.ues", 1)
    )
    found = run(pack.app, "check", str(folder))
    assert found.exit_code == REFUSED
    assert found.stdout.splitlines()[0] == (
        "roles.yaml:1 0.powers: break_glass.ues is unknown; did you mean break_glass.use?"
    )
    assert run(pack.app, "check", str(tmp_path / "nowhere")).exit_code == REFUSED


def test_rules_are_listed_with_their_basis_and_whether_anybody_checked_them() -> None:
    found = {rule["id"]: rule for rule in lines(run(reference.app, "rules", "--json"))}
    assert found["minor_carer"]["legal_basis"]["ar"] and found["minor_carer"]["verified"]
    assert found["minor_carer"]["valid_from"] == "2015-08-11" and found["minor_carer"]["valid_to"] is None
    doubtful = lines(run(reference.app, "rules", "--unverified", "--json"))
    assert {"fund_monthly_cap", "breach_notice"} <= {rule["id"] for rule in doubtful}
    assert not [rule for rule in doubtful if rule["verified"]]
    assert lines(run(reference.app, "rules", "--on", "1990-01-01", "--json")) == []
    assert "minor_carer" in run(reference.app, "rules", "--all").stdout


@pytest.mark.django_db
def test_a_deadline_is_told_with_its_proof_in_both_languages() -> None:
    (due,) = lines(run(reference.app, "deadline", "minor_carer", "--start", "2026-11-24 12:00", "--json"))
    assert (due["day"], due["due"]) == ("2026-12-08", "2026-12-08T20:59:59+00:00")
    assert due["rule"]["verified"] is True
    shown = run(reference.app, "deadline", "fund_first_payment", "--start", "2026-11-24 12:00").stdout
    assert due["proof"]["ar"] and "Not yet verified." in shown and "لم يُتحقق منها بعد." in shown
    assert run(reference.app, "deadline", "no_such", "--start", "2026-11-24").exit_code == REFUSED
    assert run(reference.app, "deadline", "wage_attachment", "--start", "2026-11-24").exit_code == REFUSED
    assert run(reference.app, "deadline", "minor_carer").exit_code == USAGE


@pytest.mark.django_db
def test_an_announced_day_moves_deadlines_at_once_and_is_in_the_journal_and_can_be_taken_back() -> None:
    start = ("deadline", "refer_prosecution", "--start", "2026-12-13 10:00", "--json")
    assert lines(run(reference.app, *start))[0]["day"] == DAY
    (said,) = lines(run(reference.app, "holidays", "announce", DAY, *NAMES, *CIRCULAR, "--json"))
    (moved,) = lines(run(reference.app, *start))
    assert moved["day"] == "2026-12-20", "over two holidays and the weekend"
    assert "Announced day" in moved["proof"]["en"] and "يوم معلن" in moved["proof"]["ar"]
    listed = {
        one["day"]: one for one in lines(run(reference.app, "holidays", "list", "--year", "2026", "--json"))
    }
    assert listed[DAY]["source"] == "Circular 7 of 2026" and not listed[DAY]["estimated"]
    assert any(one["estimated"] for one in listed.values())
    run(reference.app, "holidays", "retire", DAY)
    assert lines(run(reference.app, *start))[0]["day"] == DAY
    assert run(reference.app, "holidays", "retire", DAY).exit_code == REFUSED
    with acting(system("tests")):
        deeds = (
            Entry.objects.filter(subjects=[f"holiday:{said['id']}"])
            .order_by("seq")
            .values_list("did", flat=True)
        )
        assert list(deeds) == ["kernel.holiday_announced", "kernel.holiday_retired"]


@pytest.mark.django_db
def test_a_day_can_be_cancelled_and_a_feast_moved_as_the_circular_says() -> None:
    run(reference.app, "holidays", "announce", "2026-12-16", "--cancel", *NAMES, *CIRCULAR)
    assert legal_calendar().is_working_day(date(2026, 12, 16))
    run(reference.app, "holidays", "announce", "2027-03-11", "--of", "eid_fitr", *NAMES, *CIRCULAR)
    calendar = legal_calendar()
    assert [day for day in calendar.holidays if day.year == 2027 and day.month == 3] == [date(2027, 3, 11)]


@pytest.mark.django_db
def test_the_moon_moves_the_date_of_the_page() -> None:
    before = legal_calendar().hijri(date(2027, 2, 20))
    assert run(reference.app, "moon", "2027-02-08", *CIRCULAR, "--", "-1").exit_code == OK
    assert legal_calendar().hijri(date(2027, 2, 20)) != before
    assert run(reference.app, "moon", "2027-02-08", "--basis", "x", "2").exit_code == USAGE
    with acting(system("tests")):
        assert Entry.objects.filter(did="kernel.moon_sighted", details__days=-1).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((*NAMES, "--basis", " "), "Give the basis"),
        (("--name-ar", " ", "--name-en", "x", *CIRCULAR), "Name the day in Arabic and in English."),
        ((*NAMES, *CIRCULAR, "--of", "christmas"), "no holiday with the code christmas"),
    ],
)
def test_what_may_not_be_announced_is_a_sentence_in_both_languages_and_leaves_nothing(
    arguments: tuple[str, ...], sentence: str
) -> None:
    refused = run(reference.app, "holidays", "announce", DAY, *arguments)
    assert refused.exit_code == REFUSED and refused.stdout == ""
    english, arabic = refused.stderr.strip().splitlines()
    assert sentence in english and any("\u0600" <= letter <= "\u06ff" for letter in arabic)
    assert not HolidayOverride.objects.exists() and not HijriOffset.objects.exists()


@pytest.mark.django_db
def test_the_units_of_the_pack_are_loaded_once() -> None:
    first, second = run(pack.app, "load", "--json"), run(pack.app, "load", "--json")
    assert json.loads(first.stdout) == json.loads(second.stdout) and json.loads(first.stdout)["units"] > 40
