"""A nation in the tables: by the services of its units, once, with time passing."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction

from takatuf.cases.models import Case, Report
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.nation import selectors, services, truth
from takatuf.nation.settings import Settings
from tests.cast import NOON

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
        journalled = Entry.objects.filter(did="duties.done").count()
    closed = [duty for duty in duties if duty.status == "done"]
    assert len(closed) == journalled == done > 0
    assert all(duty.opened_at <= duty.closed_at < end for duty in closed if duty.closed_at)
    late = [duty for duty in closed if duty.closed_at and duty.closed_at > duty.due_at]
    overdue = [duty for duty in duties if duty.status == "open" and duty.due_at < end]
    assert 0.05 < len(late) / len(closed) < 0.4
    assert 0 < len(overdue) < 0.15 * len(duties)
    # What waits longest has climbed its ladder in its time, not today.
    assert any(duty.escalation for duty in overdue)
    assert all(duty.escalated_at is None or duty.escalated_at < end for duty in duties)


def fingerprint() -> str:
    """All that is the same in two nations of one seed: what was filed, by whom, who is one with whom, what was done."""
    with acting(SYSTEM):
        reports = {report.pk: report for report in Report.objects.all()}
        persons: dict[object, list[str]] = {}
        for report in reports.values():
            persons.setdefault(report.victim_id, []).append(f"{report.external_ref} victim")
            persons.setdefault(report.aggressor_id, []).append(f"{report.external_ref} aggressor")
        duties = [
            (duty.kind, str(duty.opened_at), str(duty.due_at), duty.status, str(duty.closed_at))
            for duty in Duty.objects.all()
        ]
    filed = [(one.external_ref, one.unit, str(one.signed_at), one.relation, one.scope, one.victim_age)
             for one in reports.values()]  # fmt: skip
    same = (sorted(filed, key=str), sorted(map(sorted, persons.values())), sorted(duties))
    return hashlib.sha256(repr(same).encode()).hexdigest()


class CutOffError(Exception):
    """The machine stops."""


def test_cut_off_and_gone_on_with_it_is_the_same_nation_to_the_last_duty(world: None, tmp_path: Path) -> None:
    with transaction.atomic():
        grown(tmp_path / "whole")
        whole = fingerprint()
        transaction.set_rollback(True)

    def stop(what: str, done: int, total: int) -> None:
        if what == "reports" and done > total / 2:
            raise CutOffError

    with pytest.raises(CutOffError):
        services.grow(
            actor=SYSTEM, settings=SMALL, seed=11, until=UNTIL, folder=tmp_path / "half", bulk=False,
            progress=stop,
        )  # fmt: skip
    assert not selectors.is_grown(SYSTEM, seed=11)
    rest = grown(tmp_path / "half")
    assert 0 < rest.present < rest.reports
    assert fingerprint() == whole


def test_a_nation_grown_to_its_end_is_left_to_its_users(world: None, tmp_path: Path) -> None:
    grown(tmp_path)
    assert selectors.is_grown(SYSTEM, seed=11)
    before = fingerprint()
    again = grown(tmp_path)
    assert (again.created, again.duties_done) == (0, 0)
    assert fingerprint() == before


def test_what_is_still_to_come_on_the_last_day_waits(world: None, tmp_path: Path) -> None:
    noon = datetime(2026, 6, 1, 9, tzinfo=UTC)
    half = services.grow(actor=SYSTEM, settings=SMALL, seed=11, until=UNTIL, folder=tmp_path, now=noon)
    assert 0 < half.created < half.reports
    with acting(SYSTEM):
        assert max(report.received_at for report in Report.objects.all()) < noon
        assert all(duty.closed_at is None or duty.closed_at < noon for duty in Duty.objects.all())


def test_the_register_is_measured_against_the_truth(world: None, tmp_path: Path) -> None:
    assert selectors.measure(SYSTEM, seed=11, folder=tmp_path, now=NOON) is None
    filed = grown(tmp_path).reports
    measured = selectors.measure(SYSTEM, seed=11, folder=tmp_path, now=NOON)
    assert measured is not None
    assert (measured.reports, measured.missing) == (filed, 0)
    assert measured.persons.mentions == 2 * filed
    assert measured.persons.precision is not None
    assert measured.persons.precision > 0.97
    assert measured.victims.recall is not None
    assert measured.victims.recall > 0.5
    # Whoever is not named cannot be found again: of the others more is found.
    assert measured.named.recall is not None
    assert measured.persons.recall is not None
    assert measured.named.recall >= measured.persons.recall
    services.note_measured(actor=SYSTEM, seed=11, measured=measured)
    with acting(SYSTEM):
        assert Entry.objects.filter(did="nation.measured").count() == 1


def test_the_truth_stays_out_of_the_database(world: None, tmp_path: Path) -> None:
    grown(tmp_path)
    rows = pq.read_table(truth.path_of(tmp_path, 11, "persons")).to_pylist()
    names = {row["name_ar"] for row in rows} | {row["number"] for row in rows if row["number"]}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type IN ('character varying', 'text', 'jsonb')"
        )
        columns = cursor.fetchall()
        with acting(SYSTEM):
            for table, column in columns:
                cursor.execute(f'SELECT DISTINCT "{column}"::text FROM "{table}"')
                assert not names & {value for (value,) in cursor.fetchall()}, f"{table}.{column}"


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
