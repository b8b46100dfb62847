"""What happens by itself: each minute the journal is sealed, overdue duties climb, ended grants are closed; uploaded
files are brought in.

Jobs live in the same PostgreSQL (procrastinate). Each acts as the system for a named purpose, so that row-level
security lets it through and the journal names it. `takatuf up` starts the worker; on a server of one's own:
`python -m django procrastinate worker`. A job still waiting or running is not queued again.
"""

from collections.abc import Callable
from datetime import datetime

from procrastinate.contrib.django import app

EACH_MINUTE = "* * * * *"
EACH_NIGHT = "30 22 * * *"  # in UTC


def each_minute(deed: Callable[[datetime], object]) -> Callable[[datetime], object]:
    """Register `deed(now)` as a job that is due each minute, one at a time."""
    return regularly(EACH_MINUTE, deed)


def each_night(deed: Callable[[datetime], object]) -> Callable[[datetime], object]:
    """Register `deed(now)` as a job that is due once a day."""
    return regularly(EACH_NIGHT, deed)


def regularly(cron: str, deed: Callable[[datetime], object]) -> Callable[[datetime], object]:
    name = deed.__name__

    @app.periodic(cron=cron, periodic_id=name)
    @app.task(name=name, queueing_lock=name, lock=name)
    def job(timestamp: int) -> None:
        from takatuf.kernel import clock

        deed(clock.now())

    return deed


@each_minute
def seal(now: datetime) -> object:
    """Seal the journal's new entries."""
    from takatuf.journal import services as journal
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("journal.seal")
    with acting(actor):
        return journal.seal(actor=actor, now=now)


@each_minute
def escalate(now: datetime) -> object:
    """Let overdue duties climb their ladder."""
    from takatuf.duties import services as duties
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("duties.escalate")
    with acting(actor):
        return duties.escalate(actor=actor, now=now)


@each_minute
def expire(now: datetime) -> object:
    """Close grants whose time is over; they open nothing since the moment they ended."""
    from takatuf.access import services as access
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("access.expire")
    with acting(actor):
        return access.expire(actor=actor, now=now)


@each_night
def snapshot(now: datetime) -> object:
    """Take a snapshot of the nameless facts, so that there are figures of each day."""
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting
    from takatuf.statistics import services as statistics

    actor = system("statistics.snapshot")
    with acting(actor):
        return statistics.take_snapshot(actor=actor, now=now)


@each_minute
def resume_imports(now: datetime) -> object:
    """Queue again the uploaded files whose worker was cut off in the middle; what was committed stands."""
    from takatuf.cases.imports import services as imports
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    actor = system("imports.resume")
    with acting(actor):
        return imports.stalled(actor=actor, now=now)


@app.task(name="run_import")
def run_import(run_id: str) -> None:
    """Take an uploaded file to its end, as the person who uploaded it."""
    from uuid import UUID

    from takatuf.cases.imports import services as imports
    from takatuf.kernel.actor import system

    imports.work(actor=system("imports.run"), run_id=UUID(run_id))
