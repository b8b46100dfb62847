"""What happens by itself: under row-level security, as the system, for a named purpose; without them nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from procrastinate.contrib.django import app

from config import worker
from takatuf.access import services as access
from takatuf.access.models import Grant
from takatuf.access.rules import Basis, Level
from takatuf.cases import services as cases
from takatuf.duties import services as duties
from takatuf.duties.models import Duty
from takatuf.journal import selectors as journal
from takatuf.journal.models import Entry
from takatuf.kernel import clock
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting, current
from tests.cast import NOON, Cast, a_report

SYSTEM = system("tests")
LATER = NOON + timedelta(days=60)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return LATER


def run(name: str) -> None:
    """As the worker runs it: nobody acts before, nobody acts after."""
    with acting(None):
        app.tasks[name].func(timestamp=int(LATER.timestamp()))
        assert current() is None


def report(cast: Cast) -> None:
    with acting(cast.officer):
        cases.receive(actor=cast.officer, report=a_report(), now=NOON)


def test_sealing_escalation_and_expiry_are_due_each_minute_one_at_a_time() -> None:
    periodic = {task.task.name: task for task in app.periodic_registry.periodic_tasks.values()}
    for name in ("seal", "escalate", "expire"):
        assert periodic[name].cron == worker.EACH_MINUTE
        assert periodic[name].task.queueing_lock == periodic[name].task.lock == name


def test_overdue_duties_climb_by_themselves(cast: Cast, later: datetime) -> None:
    report(cast)
    run("escalate")
    with acting(SYSTEM):
        assert Duty.objects.filter(status="open", escalation__gt=0, escalated_at=later).exists()
        entry = Entry.objects.filter(did="duties.escalated").first()
    assert entry is not None
    assert (entry.role, entry.purpose, entry.user_id) == ("system", "duties.escalate", "")


def test_the_journal_is_sealed_by_itself(cast: Cast, later: datetime) -> None:
    report(cast)
    with acting(SYSTEM):
        before = journal.last_seal(actor=SYSTEM)
    run("seal")
    with acting(SYSTEM):
        after = journal.last_seal(actor=SYSTEM)
        waiting = journal.waiting(actor=SYSTEM)
    # Entries of a transaction that still runs, as this test's does, wait for its end: else a gap could be sealed.
    assert waiting > 0
    assert before == after


def test_grants_whose_time_is_over_are_closed(cast: Cast, later: datetime) -> None:
    report(cast)
    with acting(SYSTEM):
        case = Grant.objects.filter(subject_kind="case").values_list("subject_id", flat=True)[0]
        Grant.objects.create(
            subject_kind="case",
            subject_id=case,
            unit_id=cast.nurse.unit_id,
            level=Level.FULL,
            basis=Basis.CONSENT.value,
            purpose="test",
            since=NOON,
            until=NOON + timedelta(days=1),
        )
    run("expire")
    with acting(SYSTEM):
        assert Grant.objects.filter(revoked_at=later).count() == 1
        assert Grant.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize(
    ("deed", "changed"),
    [
        (duties.escalate, lambda: Duty.objects.filter(escalation__gt=0)),
        (access.expire, lambda: Grant.objects.exclude(revoked_at=None)),
    ],
)
def test_a_job_that_forgot_to_act_finds_nothing(
    cast: Cast, deed: Callable[..., int], changed: Callable[[], Any]
) -> None:
    report(cast)
    with acting(None):
        assert Duty.objects.count() == 0
        assert deed(actor=SYSTEM, now=LATER) == 0
    with acting(SYSTEM):
        assert Duty.objects.count() > 0
        assert not changed().exists()
