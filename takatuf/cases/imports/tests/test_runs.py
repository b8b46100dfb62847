"""A file comes in: whole, once, also when it is cut off, and seen by nobody it does not concern."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from takatuf.access.models import Unit
from takatuf.access.rules import AccessRefused
from takatuf.cases.imports import selectors, services
from takatuf.cases.imports.mapping import Loaded
from takatuf.cases.imports.models import ImportRun, QuarantinedRow
from takatuf.cases.imports.rules import CannotImport, Reason
from takatuf.cases.models import Report
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people.models import Person
from tests.cast import NOON, Cast, employ

from .files import GOOD, REFUSED, as_csv, declared, packed, row

SEE_ALL = system("tests")


def bring_in(actor: Actor, path: Path, loaded: Loaded | None = None) -> ImportRun:
    run = services.start(actor=actor, path=path, loaded=loaded or declared(), now=NOON)
    return services.carry_on(actor=actor, run_id=run.pk, path=path, tick=lambda: NOON)


def counts(run: ImportRun) -> tuple[int, int, int]:
    return run.created, run.present, run.quarantined


def everything() -> dict[str, int]:
    """How many rows every table holds."""
    with acting(SEE_ALL):
        return {
            model._meta.label: model.objects.count()  # type: ignore[attr-defined]
            for model in apps.get_models()
            if model._meta.managed
            and model._meta.app_label in {"cases", "people", "journal", "access", "duties"}
        }


def test_every_row_is_a_report_or_waits_and_the_run_proves_it(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED])

    run = bring_in(cast.clerk, path)

    assert (run.state, counts(run), run.rows_in_file) == ("finished", (5, 0, 5), 10)
    assert run.proof == {
        "rows": 10, "read": 10, "created": 5, "present": 0, "quarantined": 5,
        "reports_in_table": 5, "quarantined_in_table": 5, "adds_up": True,
    }  # fmt: skip
    with acting(cast.clerk):
        assert set(Report.objects.values_list("external_ref", flat=True)) == {one[0] for one in GOOD}
        assert {one.reason for one in selectors.rows(cast.clerk, run_id=run.pk)} == {
            "unknown_code", "not_a_date", "not_a_number", "number_out_of_range", "received_in_future",
        }  # fmt: skip
    with acting(SEE_ALL):
        deeds = Entry.objects.filter(subjects__contains=[f"import:{run.pk}"]).values_list("did", flat=True)
        assert set(deeds) == {"cases.import_started", "cases.import_finished"}
        assert Entry.objects.filter(did="cases.report_received").count() == 5


def test_a_dry_run_says_what_would_come_of_it_and_writes_nothing(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED, GOOD[0]])
    before = everything()

    tried = services.dry_run(actor=cast.clerk, path=path, loaded=declared(), now=NOON)

    assert everything() == before
    assert (tried.rows, tried.created, tried.present, tried.quarantined) == (11, 5, 1, 5)
    assert [one.line for one in tried.refusals] == [7, 8, 9, 10, 11]
    run = bring_in(cast.clerk, path)
    assert counts(run) == (tried.created, tried.present, tried.quarantined)


def test_the_same_file_a_second_time_adds_nothing_packed_or_not(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED])
    bring_in(cast.clerk, path)
    before = everything()

    for again in (path, packed(path)):
        assert counts(bring_in(cast.clerk, again)) == (0, 5, 5)

    after = everything()
    changed = {name for name, number in after.items() if number != before[name]}
    assert changed == {"cases.ImportRun", "cases.QuarantinedRow", "journal.Entry"}
    with acting(cast.clerk):
        assert selectors.rows(cast.clerk).count() == 5, "each refused row waits once, in the latest run"


def test_a_row_that_came_with_another_file_is_present_by_its_reference(cast: Cast, tmp_path: Path) -> None:
    bring_in(cast.clerk, as_csv(tmp_path / "one.csv", GOOD))

    later = bring_in(cast.clerk, as_csv(tmp_path / "two.csv", [*GOOD[3:], row(6), row(7), row(7)]))

    assert counts(later) == (2, 3, 0)


def test_a_reference_that_another_unit_of_the_agency_used_is_present_too(cast: Cast, tmp_path: Path) -> None:
    units = Unit.objects.filter(agency=cast.clerk.agency, active=True).exclude(pk=cast.clerk.unit_id)
    other = employ("clerk2", "police", "data_clerk", unit=units[0])
    path = as_csv(tmp_path / "register.csv", GOOD)
    bring_in(other, path)
    with acting(cast.clerk):
        assert not Report.objects.exists(), "their reports are not hers to see"

    assert counts(bring_in(cast.clerk, path)) == (0, 5, 0)


def test_rows_are_filed_under_the_unit_the_file_names(cast: Cast, tmp_path: Path) -> None:
    other = Unit.objects.filter(agency=cast.clerk.agency, active=True).exclude(pk=cast.clerk.unit_id)[0]
    loaded = declared(unit=f"{{column: sex, codes: {{1: {other.code}}}, unknown: ['2']}}")

    run = bring_in(cast.clerk, as_csv(tmp_path / "f.csv", [row(1), row(2, sex="2")]), loaded)

    assert counts(run) == (2, 0, 0)
    with acting(SEE_ALL):
        filed = dict(Report.objects.values_list("external_ref", "unit"))
    assert filed == {"T-1": other.code, "T-2": cast.clerk.unit}


def test_a_unit_of_another_agency_is_not_filed_for(cast: Cast, tmp_path: Path) -> None:
    loaded = declared(unit=f"{{constant: {cast.nurse.unit}}}")

    with pytest.raises(CannotImport) as refused:
        bring_in(cast.clerk, as_csv(tmp_path / "f.csv", GOOD), loaded)

    assert refused.value.reason == Reason.NOT_THIS_AGENCY
    assert everything()["cases.ImportRun"] == 0


class Cut(Exception):
    """The power fails."""


def cut_after(batches: int) -> Any:
    done = []

    def progress(row: int, total: int) -> None:
        done.append(row)
        if len(done) == batches:
            raise Cut

    return progress


def test_a_run_that_was_cut_off_goes_on_where_it_stood(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 3)
    path = as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED])
    run = services.start(actor=cast.clerk, path=path, loaded=declared(), now=NOON)
    with pytest.raises(Cut):
        services.carry_on(actor=cast.clerk, run_id=run.pk, path=path, progress=cut_after(2))
    with acting(cast.clerk):
        assert ImportRun.objects.get().position == 6

    again = services.start(actor=cast.clerk, path=packed(path), loaded=declared(), now=NOON)
    assert again.pk == run.pk, "the same content is the same run, packed or not"
    done = services.carry_on(actor=cast.clerk, run_id=run.pk, path=path)

    assert (done.state, counts(done), done.proof and done.proof["adds_up"]) == ("finished", (5, 0, 5), True)
    assert everything()["cases.Report"] == 5


def test_an_unfinished_run_is_not_continued_with_another_declaration_but_may_be_given_up(
    cast: Cast, tmp_path: Path
) -> None:
    path = as_csv(tmp_path / "register.csv", GOOD)
    run = services.start(actor=cast.clerk, path=path, loaded=declared(), now=NOON)
    other = declared(forms="2: PHY, 1: PSY")

    with pytest.raises(CannotImport) as refused:
        services.start(actor=cast.clerk, path=path, loaded=other, now=NOON)
    assert (refused.value.reason, refused.value.facts["run"]) == (Reason.OTHER_MAPPING, run.reference)

    services.abandon(actor=cast.clerk, run_id=run.pk, now=NOON)
    assert counts(bring_in(cast.clerk, path, other)) == (5, 0, 0)
    with pytest.raises(CannotImport) as refused:
        services.carry_on(actor=cast.clerk, run_id=run.pk, path=path)
    assert refused.value.reason == Reason.NOT_RUNNING


def test_a_run_does_not_go_on_with_another_file(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "register.csv", GOOD)
    run = services.start(actor=cast.clerk, path=path, loaded=declared(), now=NOON)
    as_csv(path, [*GOOD, row(99)])

    with pytest.raises(CannotImport) as refused:
        services.carry_on(actor=cast.clerk, run_id=run.pk, path=path)
    assert refused.value.reason == Reason.FILE_CHANGED


def test_two_processes_do_not_take_the_same_rows(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    path = as_csv(tmp_path / "register.csv", GOOD)
    run = services.start(actor=cast.clerk, path=path, loaded=declared(), now=NOON)

    def the_other(done: int, total: int) -> None:
        services.carry_on(actor=cast.clerk, run_id=run.pk, path=path)

    with pytest.raises(CannotImport) as refused:
        services.carry_on(actor=cast.clerk, run_id=run.pk, path=path, progress=the_other)

    assert refused.value.reason == Reason.RUN_BUSY
    with acting(cast.clerk):
        assert counts(ImportRun.objects.get()) == (5, 0, 0)


def test_counts_that_do_not_add_up_are_said_and_the_run_is_not_called_finished(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED])
    monkeypatch.setattr(services, "_quarantined", lost_one(services._quarantined))

    with pytest.raises(CannotImport) as refused:
        bring_in(cast.clerk, path)

    assert refused.value.reason == Reason.DOES_NOT_ADD_UP
    assert (refused.value.facts["quarantined"], refused.value.facts["quarantined_in_table"]) == (5, 4)
    with acting(cast.clerk):
        assert ImportRun.objects.get().state == "running"


def lost_one(make: Any) -> Any:
    """A fault planted: one refused row is written over, as if under another run."""

    def faulty(work: Any, one: Any, before: Any) -> Any:
        made = make(work, one, before)
        if one.reference == "T-12":
            made.status, made.settled_at = "created", NOON
        return made

    return faulty


def test_another_agency_sees_nothing_of_a_run_also_without_the_python_filter(
    cast: Cast, tmp_path: Path
) -> None:
    run = bring_in(cast.clerk, as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED]))
    stranger = employ("stranger", "health", "data_clerk")

    with acting(stranger):
        assert not ImportRun.objects.exists() and not QuarantinedRow.objects.exists()
        assert not selectors.runs(stranger).exists() and not selectors.rows(stranger, status="").exists()
        assert not ImportRun.objects.filter(pk=run.pk).update(state="abandoned")
        assert not QuarantinedRow.objects.update(reason="seen")
    for deed in (
        lambda: services.retry(actor=stranger, run_id=run.pk, now=NOON),
        lambda: services.abandon(actor=stranger, run_id=run.pk, now=NOON),
        lambda: services.export(actor=stranger, run_id=run.pk, now=NOON),
    ):
        with pytest.raises(CannotImport) as refused:
            deed()
        assert refused.value.reason == Reason.NOT_VISIBLE
    with acting(None):
        assert not ImportRun.objects.exists() and not QuarantinedRow.objects.exists()
    with acting(cast.officer):
        assert not QuarantinedRow.objects.exists(), "a colleague without the power sees no refused row"


def test_who_may_not_import_does_not(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "register.csv", GOOD)
    weak = replace(cast.clerk, powers=cast.clerk.powers - {"import.run"})
    for deed in (
        lambda: services.dry_run(actor=weak, path=path, loaded=declared(), now=NOON),
        lambda: services.start(actor=weak, path=path, loaded=declared(), now=NOON),
    ):
        with pytest.raises(AccessRefused):
            deed()


def test_anonymous_rows_are_persons_of_their_own_and_named_ones_are_joined(
    cast: Cast, tmp_path: Path
) -> None:
    nameless = [row(number, name="") for number in range(1, 4)]
    same = [row(number, name="سعاد علي حسن المرزوق", phone="36000077") for number in range(4, 6)]

    bring_in(cast.clerk, as_csv(tmp_path / "f.csv", [*nameless, *same]))

    with acting(SEE_ALL):
        victims = Report.objects.values_list("external_ref", "victim_id")
        found = dict(victims)
        assert len({found[f"T-{number}"] for number in (1, 2, 3)}) == 3, "nobody is joined by nothing"
        assert found["T-4"] == found["T-5"]
        assert Person.objects.count() == 3 + 1 + 5


def test_a_declaration_that_writes_codes_nobody_knows_is_refused_before_the_first_row(
    cast: Cast, tmp_path: Path
) -> None:
    with pytest.raises(CannotImport) as refused:
        bring_in(cast.clerk, as_csv(tmp_path / "f.csv", GOOD), declared(forms="1: NOSUCH"))
    assert refused.value.facts["codes"] == ["forms: NOSUCH"]


def test_progress_is_told_with_the_time_that_is_left(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "register.csv", GOOD)
    run = services.start(actor=cast.clerk, path=path, loaded=declared(), now=NOON)

    told = selectors.progress(cast.clerk, run=run, now=NOON)
    assert (told.percent, told.moving, told.seconds_left) == (0, True, None)
    done = services.carry_on(actor=cast.clerk, run_id=run.pk, path=path, tick=lambda: NOON)
    assert selectors.progress(cast.clerk, run=done, now=NOON).percent == 100
