"""A nation in the tables: by the services of its units, once, with time passing."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from takatuf.cases.models import Case, Report
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.nation import services, truth
from takatuf.nation.settings import Settings

SMALL = Settings(people=900, years=1)
UNTIL = date(2026, 11, 24)
SYSTEM = system("tests")


def grown(folder: Path, *, bulk: bool = True, settings: Settings = SMALL, seed: int = 11) -> services.Grown:
    return services.grow(actor=SYSTEM, settings=settings, seed=seed, until=UNTIL, folder=folder, bulk=bulk)


def test_every_report_of_the_plan_is_filed_once_by_its_unit_at_its_time(world: None, tmp_path: Path) -> None:
    first = grown(tmp_path)
    assert first.refused == {}
    assert first.created == first.reports > 20
    again = grown(tmp_path)
    assert (again.created, again.present) == (0, first.reports)
    told = {row["external_ref"]: row for row in pq.read_table(first.truth).to_pylist()}
    with acting(SYSTEM):
        filed = {report.external_ref: report for report in Report.objects.all()}
        written_by = set(Entry.objects.filter(did="cases.report_received").values_list("unit", flat=True))
    assert filed.keys() == told.keys()
    for reference, row in told.items():
        assert filed[reference].unit == row["unit"]
        assert filed[reference].received_at == datetime.fromisoformat(row["received_at"])
    assert written_by == {row["unit"] for row in told.values()}


def test_reports_of_one_pair_mostly_meet_in_one_case_and_never_with_the_roles_confused(
    world: None, tmp_path: Path
) -> None:
    told = {row["external_ref"]: row for row in pq.read_table(grown(tmp_path).truth).to_pylist()}
    with acting(SYSTEM):
        cases = {report.external_ref: report.case_id for report in Report.objects.all()}
        assert 0 < Case.objects.count() < len(cases)
    pairs = {(row["victim"], row["aggressor"]) for row in told.values()}
    assert len(pairs) <= len(set(cases.values())) < len(cases)


def test_time_passes_most_duties_are_done_some_are_late_and_some_wait(world: None, tmp_path: Path) -> None:
    done = grown(tmp_path).duties_done
    end = datetime(2026, 11, 24, tzinfo=UTC)
    with acting(SYSTEM):
        duties = list(Duty.objects.all())
    closed = [duty for duty in duties if duty.status == "done"]
    assert len(closed) == done > 0
    assert any(duty.status == "open" for duty in duties)
    assert all(duty.opened_at <= duty.closed_at < end for duty in closed if duty.closed_at)


def test_report_by_report_is_the_same_nation(world: None, tmp_path: Path) -> None:
    tiny = Settings(people=250, years=1)
    found = grown(tmp_path, bulk=False, settings=tiny, seed=4)
    assert found.refused == {}
    assert found.created == found.reports
    assert grown(tmp_path, settings=tiny, seed=4).present == found.reports


def test_the_truth_of_another_nation_is_never_overwritten(world: None, tmp_path: Path) -> None:
    grown(tmp_path, settings=Settings(people=60, years=1))
    kept = truth.path_of(tmp_path, 11).read_bytes()
    with pytest.raises(services.AlreadyGrown):
        grown(tmp_path, settings=Settings(people=61, years=1))
    with pytest.raises(services.AlreadyGrown):
        services.grow(
            actor=SYSTEM,
            settings=Settings(people=60, years=1),
            seed=11,
            until=date(2026, 11, 25),
            folder=tmp_path,
        )
    assert services.known_until(tmp_path, 11, Settings(people=60, years=1)) == UNTIL
    assert truth.path_of(tmp_path, 11).read_bytes() == kept
