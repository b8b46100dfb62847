"""A snapshot: whole or not at all, ours alone, nameless, journalled, the same facts again."""

import errno
import json
import os
import stat
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from django.db import connections, transaction

from config.worker import snapshot as nightly
from takatuf.access.rules import AccessRefused
from takatuf.cases import services as cases
from takatuf.cases.models import Case, Report
from takatuf.journal import services as journal
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.kernel.reference import pack
from takatuf.statistics import selectors, services, snapshot
from takatuf.statistics.cube.definition import Column
from takatuf.statistics.rules import Name, Reason, StatisticsRefused
from tests.cast import KHALID, MARYAM, MARYAM_IN_LATIN, NOON, a_report

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "statistics"])
LATER = NOON + timedelta(hours=3)


@pytest.fixture(autouse=True)
def no_snapshots(tmp_path, settings):
    settings.TAKATUF_HOME = tmp_path


@pytest.fixture
def told(cast):
    """Maryam was reported twice: by the police, and under her Latin name by a hospital."""
    with acting(cast.officer):
        cases.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(cast.nurse):
        second = a_report(victim=MARYAM_IN_LATIN, forms=("PSY",), severity="", reporter=a_report().reporter)
        cases.receive(actor=cast.nurse, report=second, now=NOON + timedelta(minutes=5))
    return cast


def take(actor, now=LATER):
    with acting(actor), transaction.atomic():
        return services.take_snapshot(actor=actor, now=now)


def test_it_holds_every_report_and_person_and_no_word_of_who_they_are(told):
    shot = take(told.analyst)

    reports, persons = pq.read_table(shot.reports_file), pq.read_table(shot.persons_file)
    assert (shot.reports, shot.persons) == (reports.num_rows, persons.num_rows) == (2, 2)
    assert len(set(reports["victim"].to_pylist())) == 1  # the index knew her again
    everything = (
        b"".join(path.read_bytes() for path in shot.folder.iterdir())
        + repr([reports.to_pylist(), persons.to_pylist()]).encode()
    )
    with acting(system("tests")), transaction.atomic():
        rows = list(Report.objects.values_list("id", "case_id", "victim_id", "aggressor_id", "reference"))
    ids = [part.bytes for row in rows for part in row[:4]] + [
        str(part).encode() for row in rows for part in row
    ]
    for secret in (*ids, MARYAM.name_ar.encode(), MARYAM.personal_number.encode(), KHALID.name_ar.encode()):
        assert secret not in everything


def test_it_holds_exactly_the_columns_that_tables_read(told):
    shot = take(told.analyst)
    read = {
        column for name in Name for dimension in _table(shot, name).dimensions for column in dimension.columns
    }
    assert read == set(Column), "a column that no table reads has no place in the cube, nor in the snapshot"


def _table(shot, name):
    with acting(system("tests")), transaction.atomic():
        actor = system("tests")
        return selectors.answer(actor, name=name, of=shot, to=selectors.asked(actor, of=shot)).table


def test_its_files_are_ours_alone(told):
    shot = take(told.analyst)
    assert (
        stat.S_IMODE(shot.folder.stat().st_mode) == stat.S_IMODE(shot.folder.parent.stat().st_mode) == 0o700
    )
    for path in shot.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {path.name for path in shot.folder.iterdir()} == {
        "manifest.json",
        "persons.parquet",
        "reports.parquet",
    }


def test_the_manifest_says_what_a_rebuild_needs(told):
    with acting(system("tests")):
        journal.seal(actor=system("journal.seal"), now=NOON + timedelta(hours=1))
    shot = take(told.analyst)

    said = json.loads((shot.folder / "manifest.json").read_text())
    assert said["pack"] == {"code": pack().code, "version": pack().version}
    assert said["code_version"].startswith("0.1.0+")
    assert said["seal"]["number"] == 1
    assert len(said["seal"]["head"]) == 64
    for name, told_of in said["files"].items():
        path = shot.folder / f"{name}.parquet"
        assert told_of["sha256"] == snapshot.sha256(path)
        assert told_of["bytes"] == path.stat().st_size
    assert (said["first_received"], said["last_received"]) == ("2026-11-24", "2026-11-24")


def test_taking_it_is_a_deed_with_the_digest_of_its_manifest(told):
    shot = take(told.analyst)
    with acting(system("tests")), transaction.atomic():
        entry = Entry.objects.get(did="statistics.snapshot_taken")
    assert entry.subjects == [f"snapshot:S{shot.name}"]
    assert entry.details == {"reports": 2, "persons": 2, "manifest": shot.digest}
    assert entry.user_id == str(told.analyst.user_id)


def test_without_its_entry_there_is_no_snapshot(told, monkeypatch):
    def broken(**_anything):
        raise RuntimeError("the journal is down")

    monkeypatch.setattr(services.journal, "record", broken)
    with pytest.raises(RuntimeError):
        take(told.analyst)
    assert snapshot.names(selectors.home()) == []
    assert [path.name for path in selectors.home().iterdir()] == [".lock"]


def test_two_snapshots_of_the_same_facts_count_the_same_and_share_no_key(told):
    first, second = take(told.analyst), take(told.analyst, LATER + timedelta(seconds=1))
    assert set(pq.read_table(first.persons_file)["person"].to_pylist()).isdisjoint(
        pq.read_table(second.persons_file)["person"].to_pylist()
    )
    actor = system("tests")
    for name in Name:
        answers = [
            selectors.answer(actor, name=name, of=shot, to=selectors.asked(actor, of=shot))
            for shot in (first, second)
        ]
        assert answers[0].counts == answers[1].counts


def test_days_are_the_countrys_own(told):
    late = datetime(2026, 10, 31, 22, 30, tzinfo=UTC)  # already the next day, and month, east of here
    with acting(told.officer):
        cases.receive(actor=told.officer, report=a_report(received_at=late, incident_on=None), now=NOON)
    assert min(pq.read_table(take(told.analyst).reports_file)["received_on"].to_pylist()) == date(2026, 11, 1)


def test_whoever_may_not_read_statistics_takes_none(told):
    for actor in (told.officer, told.nurse, told.clerk):
        with pytest.raises(AccessRefused):
            take(actor)
    assert not selectors.home().exists()


def test_one_at_a_time(told):
    take(told.analyst)
    with services._alone(selectors.home()), pytest.raises(StatisticsRefused) as refused:
        take(told.analyst, LATER + timedelta(seconds=5))
    assert refused.value.reason is Reason.BUSY


def test_a_second_one_of_the_same_second_is_refused_and_the_first_stays(told):
    shot = take(told.analyst)
    with pytest.raises(StatisticsRefused) as refused:
        take(told.analyst)
    assert refused.value.reason is Reason.TOO_SOON
    assert snapshot.load(shot.folder).digest == shot.digest
    snapshot.check_whole(shot)


def test_a_full_disk_is_a_refusal_and_leaves_nothing(told, monkeypatch):
    def full(*_anything):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StatisticsRefused) as refused:
        take(told.analyst)
    assert refused.value.reason is Reason.NO_SPACE
    assert [path.name for path in selectors.home().iterdir()] == [".lock"]


def test_what_a_killed_one_left_is_swept_and_never_shown(told):
    left = selectors.home() / ".draft-20260101T000000Z"
    left.mkdir(parents=True)
    (left / "manifest.json").write_text("{}")
    shot = take(told.analyst)
    assert not left.exists()
    assert snapshot.names(selectors.home()) == [shot.name]


def test_a_changed_byte_is_found(told):
    shot = take(told.analyst)
    data = bytearray(shot.reports_file.read_bytes())
    data[len(data) // 2] ^= 1
    shot.reports_file.write_bytes(data)
    actor = system("tests")
    with pytest.raises(StatisticsRefused) as refused:
        selectors.answer(actor, name=Name.VICTIMS, of=shot, to=selectors.asked(actor, of=shot))
    assert refused.value.reason is Reason.DAMAGED


def test_a_manifest_that_cannot_be_read_is_said_so(told):
    shot = take(told.analyst)
    (shot.folder / "manifest.json").write_text("{")
    with pytest.raises(StatisticsRefused) as refused:
        selectors.one(system("tests"))
    assert refused.value.reason is Reason.DAMAGED


def test_all_facts_are_of_one_moment(told):
    with services._one_moment(), connections["statistics"].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
        )
        assert cursor.fetchone() == ("repeatable read", "on")
    with connections["statistics"].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')"
        )
        assert cursor.fetchone() == ("read committed", "off")


def test_the_worker_takes_one_each_night(told):
    nightly(LATER)
    assert snapshot.names(selectors.home()) == [snapshot.name_of(LATER)]


def test_the_newest_one_is_answered_for_and_only_what_is_there(told):
    first, second = take(told.analyst), take(told.analyst, LATER + timedelta(days=1))
    actor = system("tests")
    assert selectors.snapshots(actor) == [second.name, first.name]
    assert selectors.one(actor).name == second.name
    assert selectors.one(actor, name=first.name).name == first.name
    for name in ("../..", "20200101T000000Z", ".lock"):
        with pytest.raises(StatisticsRefused) as refused:
            selectors.one(actor, name=name)
        assert refused.value.reason is Reason.UNKNOWN_SNAPSHOT


def test_a_merged_person_is_counted_once(told):
    """A merge refiles the case and leaves the report as it was signed: `facts` asks the case who she is."""
    with acting(told.association):
        other = replace(
            MARYAM, name_ar="سعاد جاسم محمد العلوي", personal_number="907712399", phones=("36000077",)
        )
        cases.receive(actor=told.association, report=a_report(victim=other), now=NOON)
    assert len(victims(take(told.analyst))) == 2
    with acting(system("tests")), transaction.atomic():
        # What a merge does to two cases of one pair: the reports of the one are filed under the other.
        first, second = Case.objects.order_by("-report_count")
        assert Report.objects.filter(case=second).update(case=first) == 1
    assert len(victims(take(told.analyst, LATER + timedelta(minutes=1)))) == 1


def victims(shot):
    return set(pq.read_table(shot.reports_file)["victim"].to_pylist())
