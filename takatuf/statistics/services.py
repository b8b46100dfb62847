"""The only module that takes snapshots and hands figures out. Each deed leaves its entry in the journal."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from psycopg import IsolationLevel

from takatuf.access.rules import Power, check_power
from takatuf.cases import facts as cases
from takatuf.journal import selectors as journal_selectors
from takatuf.journal import services as journal
from takatuf.kernel.actor import Actor
from takatuf.kernel.reference import pack
from takatuf.people import facts as people

from . import selectors, snapshot, xlsx
from .rules import Name, Question, Reason, StatisticsRefused
from .selectors import Answer
from .snapshot import Snapshot

Progress = Callable[[str, int], None]  # what, how many so far


def take_snapshot(*, actor: Actor, now: datetime, progress: Progress | None = None) -> Snapshot:
    """Write what is known now, nameless, as the newest snapshot. One at a time, all facts of one moment.

    Raises StatisticsRefused: busy, too_soon (a snapshot of this second is there), no_space.
    """
    _check(actor)
    told = progress or (lambda what, done: None)
    home = selectors.home()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(home), _room(), snapshot.draft(home, moment=now, timezone=pack().timezone) as draft:
        with _one_moment():
            draft.write_persons(people.persons(), progress=lambda done: told("persons", done))
            draft.write_reports(cases.reports(), progress=lambda done: told("reports", done))
        with transaction.atomic():
            manifest = draft.manifest(
                pack={"code": pack().code, "version": pack().version},
                code_version=code_version(actor=actor),
                seal=_last_seal(actor),
            )
            journal.record(
                actor=actor,
                did="statistics.snapshot_taken",
                to=f"snapshot:S{snapshot.name_of(now)}",
                at=now,
                reports=draft.rows["reports"],
                persons=draft.rows["persons"],
                manifest=sha256(manifest).hexdigest(),
            )
            # Last, so that there is no snapshot without its entry.
            return draft.finish()


def open_table(*, actor: Actor, name: Name, of: Snapshot, to: Question, now: datetime) -> Answer:
    """Count a table to be looked at. Small numbers may point at people, so the reading is a deed."""
    _check(actor)
    answer = selectors.answer(actor, name=name, of=of, to=to)
    _note(actor, "statistics.table_opened", answer, now)
    return answer


def export_table(
    *, actor: Actor, name: Name, of: Snapshot, to: Question, language: str, now: datetime
) -> tuple[str, bytes]:
    """A table as an XLSX file: (file name, content). Marked not for publication, inside and in its name."""
    _check(actor)
    answer = selectors.answer(actor, name=name, of=of, to=to)
    content = xlsx.workbook(answer, language=language, now=now)
    _note(actor, "statistics.table_exported", answer, now, format="xlsx", sha256=sha256(content).hexdigest())
    return f"takatuf-{name}-{of.name}-{language}-not-for-publication.xlsx", content


def note_export(*, actor: Actor, answer: Answer, form: str, now: datetime) -> None:
    """A table left the house in another form (console): the journal knows."""
    _check(actor)
    _note(actor, "statistics.table_exported", answer, now, format=form)


def _note(actor: Actor, did: str, answer: Answer, now: datetime, **more: Any) -> None:
    asked = answer.question
    journal.record(
        actor=actor,
        did=did,
        to=f"snapshot:S{answer.snapshot.name}",
        at=now,
        table=answer.name.value,
        period=f"{asked.period.first}/{asked.period.last}",
        scope=asked.scope.value if asked.scope else "all",
        of_agency=asked.agency or "all",
        **more,
    )


def code_version(*, actor: Actor) -> str:
    """The version of the house, and a digest of the code that makes and counts facts: what a rebuild needs."""
    digest = sha256()
    here = Path(__file__).parent
    for path in sorted([*here.rglob("*.py"), Path(cases.__file__), Path(people.__file__)]):
        if "tests" not in path.parts:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{version('takatuf')}+{digest.hexdigest()[:12]}"


def _check(actor: Actor) -> None:
    if actor.scope != "system":
        check_power(actor, Power.STATISTICS_READ)


def _last_seal(actor: Actor) -> dict[str, Any] | None:
    """The head that the journal had when the snapshot was taken: an outsider can place it in time."""
    last = journal_selectors.last_seal(actor=actor)
    return {"number": last.number, "head": last.head.hash()} if last is not None else None


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One snapshot at a time, in this and every other process; a killed one holds nothing."""
    descriptor = os.open(home / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StatisticsRefused(Reason.BUSY) from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _room() -> Iterator[None]:
    """A full disk is a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StatisticsRefused(Reason.NO_SPACE) from error
        raise


@contextmanager
def _one_moment() -> Iterator[None]:
    """All facts as of one moment, read through the door that opens no name: the role may select, and no more."""
    connection = connections["statistics"]
    connection.ensure_connection()
    inner = connection.connection
    assert inner is not None, "just connected"
    inner.isolation_level, inner.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with transaction.atomic(using="statistics"):
            yield
    finally:
        if not inner.closed:
            inner.isolation_level = inner.read_only = None
