"""A file from the browser: kept closed, brought in by the worker as the person who sent it, then gone."""

import io
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from takatuf.access import services as access
from takatuf.access.models import Membership
from takatuf.access.rules import AccessRefused
from takatuf.cases.imports import selectors, services
from takatuf.cases.imports.models import ImportRun
from takatuf.cases.imports.rules import CannotImport, Reason
from takatuf.cases.models import Report
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from tests.cast import ADMINISTRATION, NOON, Cast

from .files import GOOD, REFUSED, as_csv, declared

WORKER = system("imports.run")


@pytest.fixture
def offered(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One declaration is offered in this instance, and its state folder is the test's own."""
    (tmp_path / "packs" / "mappings").mkdir(parents=True)
    (tmp_path / "packs" / "mappings" / "register.yaml").write_text(declared().text)
    (tmp_path / "packs" / "mappings" / "broken.yaml").write_text("mapping: [")
    home = tmp_path / "home"
    home.mkdir()
    shown = SimpleNamespace(PACKS_DIR=tmp_path / "packs", TAKATUF_HOME=home)
    monkeypatch.setattr(selectors, "settings", shown)


def content(tmp_path: Path) -> io.BytesIO:
    return io.BytesIO(as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED]).read_bytes())


def uploaded(cast: Cast, tmp_path: Path) -> ImportRun:
    return services.upload(
        actor=cast.clerk,
        content=content(tmp_path),
        file_name="../../register.csv",
        mapping_code="test_register",
        now=NOON,
    )


def jobs() -> list[dict[str, Any]]:
    from procrastinate.contrib.django.models import ProcrastinateJob

    return list(ProcrastinateJob.objects.filter(task_name="run_import").values("args", "status"))


def test_an_uploaded_file_is_kept_closed_brought_in_by_the_worker_and_removed(
    cast: Cast, tmp_path: Path, offered: None
) -> None:
    run = uploaded(cast, tmp_path)

    with acting(cast.clerk):
        path = selectors.stored(cast.clerk, run=run)
        assert path is not None and stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700 and path.name == str(run.pk)
        assert (run.file_name, run.position, run.rows_in_file) == ("register.csv", 0, 10)
    assert jobs() == [{"args": {"run_id": str(run.pk)}, "status": "todo"}]

    done = services.work(actor=WORKER, run_id=run.pk)

    assert done is not None and (done.state, done.created, done.quarantined) == ("finished", 5, 5)
    assert not path.exists() and not list(path.parent.iterdir())
    with acting(cast.clerk):
        assert Report.objects.count() == 5
        assert set(Report.objects.values_list("signed_by", flat=True)) == {cast.clerk.user_id}
    assert services.work(actor=WORKER, run_id=run.pk) is None, "a second job finds nothing to do"


def test_a_file_that_is_refused_is_not_kept(cast: Cast, tmp_path: Path, offered: None) -> None:
    with pytest.raises(CannotImport) as refused:
        services.upload(
            actor=cast.clerk,
            content=io.BytesIO(b"a,b\n1,2\n"),
            file_name="f.csv",
            mapping_code="test_register",
            now=NOON,
        )
    assert refused.value.reason == Reason.MISSING_COLUMNS
    assert not list(selectors.folder(cast.clerk).iterdir()) and not jobs()


def test_a_file_without_end_is_cut_short(
    cast: Cast, tmp_path: Path, offered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "LARGEST", 100)
    with pytest.raises(CannotImport) as refused:
        uploaded(cast, tmp_path)
    assert refused.value.reason == Reason.TOO_LARGE
    assert not list(selectors.folder(cast.clerk).iterdir())


def test_who_lost_the_role_has_nothing_brought_in_and_the_run_says_so(
    cast: Cast, tmp_path: Path, offered: None
) -> None:
    run = uploaded(cast, tmp_path)
    with acting(ADMINISTRATION):
        membership = Membership.objects.get(user_id=cast.clerk.user_id, until=None)
        access.take_role(actor=ADMINISTRATION, membership_id=membership.pk, now=NOON)

    assert services.work(actor=WORKER, run_id=run.pk) is None

    with acting(cast.clerk):
        now = ImportRun.objects.get(pk=run.pk)
        assert now.trouble == {"reason": "not_a_member", "role": "data_clerk"} and now.position == 0
        assert not selectors.progress(cast.clerk, run=now, now=NOON).moving


def test_a_worker_that_died_is_noticed_and_the_file_queued_again_once(
    cast: Cast, tmp_path: Path, offered: None
) -> None:
    run = uploaded(cast, tmp_path)
    later = NOON + timedelta(minutes=10)

    assert services.stalled(actor=WORKER, now=NOON) == []
    assert services.stalled(actor=WORKER, now=later) == [run.pk]
    assert services.stalled(actor=WORKER, now=later) == [run.pk]
    assert len(jobs()) == 1


def test_a_run_can_be_resumed_by_hand_as_long_as_its_file_is_kept(
    cast: Cast, tmp_path: Path, offered: None
) -> None:
    run = uploaded(cast, tmp_path)
    assert services.resume(actor=cast.clerk, run_id=run.pk).pk == run.pk
    with acting(cast.clerk), transaction.atomic():
        path = selectors.stored(cast.clerk, run=run)
    assert path is not None
    path.unlink()
    with pytest.raises(CannotImport) as refused:
        services.resume(actor=cast.clerk, run_id=run.pk)
    assert refused.value.reason == Reason.FILE_GONE


def test_giving_a_run_up_removes_its_file(cast: Cast, tmp_path: Path, offered: None) -> None:
    run = uploaded(cast, tmp_path)
    services.abandon(actor=cast.clerk, run_id=run.pk, now=NOON)
    assert not list(selectors.folder(cast.clerk).iterdir())


def test_declarations_are_offered_to_whom_they_fit(cast: Cast, offered: None) -> None:
    assert [one.code for one in selectors.mappings(cast.clerk)] == ["test_register"]
    with pytest.raises(CannotImport) as refused:
        selectors.mapping(cast.clerk, code="no_such")
    assert refused.value.reason == Reason.NO_SUCH_MAPPING


def test_who_may_not_import_may_not_upload(cast: Cast, tmp_path: Path, offered: None) -> None:
    weak = replace(cast, clerk=cast.officer)
    with pytest.raises(AccessRefused):
        uploaded(weak, tmp_path)
