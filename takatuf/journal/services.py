"""The only module that writes the journal: entries, and the seals over them.

Writing an entry takes no lock that another writer waits for. Sealing goes by transaction numbers, not by
`seq`: it takes all entries of transactions that had ended, one way or the other, at the moment it looked, and
so never passes over one that commits late. (PostgreSQL manual, 9.27.8: pg_current_snapshot.)
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from takatuf.kernel import clock
from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting
from takatuf.kernel.db import prepared
from takatuf.kernel.ids import new_id

from . import bundle, keys, merkle, rules, selectors
from .models import Seal

BATCH = 100_000  # entries under one head, unless a single transaction wrote more
CHUNK = 2_000  # entries of one INSERT in bulk
SEALER = 8_202_013  # advisory lock: one sealer at a time; no writer of entries ever asks for it

INSERT = """
INSERT INTO journal_entry
    (id, at, user_id, unit_id, unit, agency, role, did, subjects, purpose, basis, details)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::text[], %s, %s, %s::jsonb)
"""

INSERT_MANY = """
INSERT INTO journal_entry
    (id, at, user_id, unit_id, unit, agency, role, did, subjects, purpose, basis, details)
SELECT id, at, %s, %s, %s, %s, %s, did, string_to_array(subjects, ','), %s, basis, details::jsonb
FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[])
     WITH ORDINALITY AS e (id, at, did, subjects, basis, details, place)
ORDER BY place
"""


@transaction.atomic(savepoint=False)
def record(
    *,
    actor: Actor,
    did: str,
    to: Sequence[str] | str,
    basis: str = "",
    at: datetime | None = None,
    **details: Any,
) -> UUID:
    """Append one entry in the caller's transaction; returns its id. A refused entry undoes the deed with it.

    `did` is dotted (`cases.report_received`; a reading ends in `.read` or `.opened`), `to` the subjects
    (`case:<uuid>`, `person:<uuid>`), `at` the moment of the deed (default: now). `details` are plain values.
    Raises JournalRefused for clear personal data and for what is not plain.
    """
    subjects = _checked(did, to, basis, details)
    entry_id = new_id()
    row = [
        *(entry_id, at or clock.now(), *_who(actor), did, subjects),
        *(_purpose(actor), basis, json.dumps(details, ensure_ascii=False)),
    ]
    with prepared.cursor() as cursor:
        cursor.execute(INSERT, row)
    return entry_id


@transaction.atomic(savepoint=False)
def record_many(*, actor: Actor, entries: Iterable[rules.EntryIn]) -> int:
    """Append many entries of one actor, in order, by few statements; returns how many."""
    moment, rows = clock.now(), []
    for entry in entries:
        subjects = _checked(entry.did, entry.to, entry.basis, entry.details)
        details = json.dumps(dict(entry.details), ensure_ascii=False)
        rows.append((new_id(), entry.at or moment, entry.did, ",".join(subjects), entry.basis, details))
    with prepared.cursor() as cursor:
        for start in range(0, len(rows), CHUNK):
            columns = [list(column) for column in zip(*rows[start : start + CHUNK], strict=True)]
            cursor.execute(INSERT_MANY, [*_who(actor), _purpose(actor), *columns])
    return len(rows)


def _checked(did: str, to: Sequence[str] | str, basis: str, details: Any) -> list[str]:
    rules.check_deed(did)
    rules.check_words(basis=basis)
    rules.check_details(details)
    return rules.subjects_of(to)


def _who(actor: Actor) -> tuple[str, str, str, str, str]:
    return str(actor.user_id or ""), str(actor.unit_id or ""), actor.unit, actor.agency, actor.role


def _purpose(actor: Actor) -> str:
    rules.check_words(purpose=actor.purpose)
    return actor.purpose


# --- Sealing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sealing:
    """The seals that were made, oldest first; `busy` when another sealer was at work and ours stood back."""

    seals: list[Seal]
    busy: bool = False

    @property
    def entries(self) -> int:
        return sum(seal.count for seal in self.seals)


@dataclass(frozen=True, slots=True)
class Range:
    """The transactions of one batch."""

    cluster: str
    lo_xact: int
    hi_xact: int


def seal(*, actor: Actor, now: datetime, most: int = BATCH) -> Sealing:
    """Seal all entries of transactions that have ended by now, in batches of at most `most`, each in a transaction.

    One sealer at a time; a second one returns at once. Entries of open transactions, and those written after
    them or while we seal, wait for the next time: to run after a busy journal would seal it in crumbs.
    Raises JournalRefused: not_the_system, key_missing, key_unreadable, or time_went_back when the cluster's
    transaction numbers lie behind what is sealed already.
    """
    selectors.check_is_system(actor)
    seals: list[Seal] = []
    with acting(actor):  # whoever sees only some entries would seal only those
        horizon: tuple[str, int] | None = None
        while True:
            with transaction.atomic():
                if not _only_sealer():
                    return Sealing(seals, busy=True)
                horizon = horizon or _horizon(actor)
                batch = _next_range(actor, *horizon, most)
                if batch is None:
                    return Sealing(seals)
                seals.append(_seal(actor, batch, now))


def _only_sealer() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER])
        return bool(cursor.fetchone()[0])


# The first transaction that may still write entries: the oldest one running in this database, our own included, else
# the next one to come. Numbers are given out per server: what runs in another database never writes here, and whoever
# works there for hours must not keep us from sealing. A transaction that is known to be elsewhere holds the lock on its
# own number there; one that nothing is known of counts as ours.
OPEN_FROM = """
WITH taken AS MATERIALIZED (SELECT pg_current_snapshot() AS snapshot),
elsewhere AS MATERIALIZED (
    SELECT l.transactionid::text::bigint AS low_half FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
      AND a.datid <> (SELECT oid FROM pg_database WHERE datname = current_database()))
SELECT takatuf_cluster(), least(
    pg_current_xact_id_if_assigned()::text::bigint,
    (SELECT min(xip::text::bigint) FROM taken, pg_snapshot_xip(snapshot) AS xip
     WHERE xip::text::bigint % 4294967296 NOT IN (SELECT low_half FROM elsewhere)),
    (SELECT pg_snapshot_xmax(snapshot)::text::bigint FROM taken))
"""


def _horizon(actor: Actor) -> tuple[str, int]:
    """This cluster, and the first transaction of it that may still write entries. To be asked by the only sealer."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_FROM)
        here, open_from = cursor.fetchone()
    sealed = selectors.sealed_until(actor=actor, cluster=here)
    if open_from <= sealed:
        raise rules.JournalRefused(rules.Reason.TIME_WENT_BACK, sealed=sealed, oldest=open_from)
    return here, open_from


def _next_range(actor: Actor, here: str, open_from: int, most: int) -> Range | None:
    """The next transactions to seal: leftovers of former clusters first, then of the present one what has ended."""
    known = selectors.clusters(actor=actor)
    for cluster in [*(name for name in known if name != here), here]:
        lo_xact = selectors.sealed_until(actor=actor, cluster=cluster) + 1
        # No transaction of a former cluster is still open: everything it wrote is there.
        hi_xact = open_from - 1 if cluster == here else _last_xact(cluster)
        boundary = _boundary(cluster, lo_xact, hi_xact, most)
        if boundary is not None:
            return Range(cluster, lo_xact, boundary)
    return None


def _last_xact(cluster: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT xact::text::bigint FROM journal_entry WHERE cluster = %s ORDER BY xact DESC LIMIT 1",
            [cluster],
        )
        return int(cursor.fetchone()[0])


def _boundary(cluster: str, lo_xact: int, hi_xact: int, most: int) -> int | None:
    """The last transaction of a batch of at most `most` entries (more only if one wrote more); None without any."""
    query = (
        "SELECT xact::text::bigint FROM journal_entry WHERE cluster = %s "
        "AND xact >= %s::text::xid8 AND xact <= %s::text::xid8 ORDER BY xact LIMIT 1 OFFSET %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [cluster, str(lo_xact), str(hi_xact), 0])
        first = cursor.fetchone()
        cursor.execute(query, [cluster, str(lo_xact), str(hi_xact), most])
        beyond = cursor.fetchone()
    if first is None:
        return None
    if beyond is None:
        return hi_xact
    return int(max(first[0], beyond[0] - 1))


def _seal(actor: Actor, batch: Range, now: datetime) -> Seal:
    leaves, frontier = bytearray(), merkle.Frontier()
    first_seq = last_seq = 0
    for line in selectors.lines(
        actor=actor, cluster=batch.cluster, lo_xact=batch.lo_xact, hi_xact=batch.hi_xact
    ):
        frontier.add(line.leaf_hash)
        leaves += line.leaf_hash
        first_seq, last_seq = first_seq or line.seq, line.seq
    last = selectors.last_seal(actor=actor)
    key = keys.signing_key(settings.TAKATUF_HOME, may_make=last is None)
    head = rules.Head(
        number=last.number + 1 if last else 1,
        cluster=batch.cluster,
        lo_xact=batch.lo_xact,
        hi_xact=batch.hi_xact,
        count=frontier.size,
        first_seq=first_seq,
        last_seq=last_seq,
        root=frontier.root(),
        prev=last.head.hash() if last else rules.FIRST_PREV,
        at=now,
        key_id=keys.key_id(key.public_key()),
    )
    return Seal.objects.create(
        number=head.number,
        cluster=head.cluster,
        lo_xact=head.lo_xact,
        hi_xact=head.hi_xact,
        count=head.count,
        first_seq=head.first_seq,
        last_seq=head.last_seq,
        root=head.root,
        prev=head.prev,
        at=head.at,
        key_id=head.key_id,
        signature=key.sign(head.signed_bytes()),
        leaves=bytes(leaves),
    )


@transaction.atomic
def change_key(*, actor: Actor, now: datetime) -> str:
    """Sign with a new key from now on; returns its id. What the old key signed stays verifiable by its public half.

    Needs the power `keys.rotate`, or the system itself.
    """
    if actor.scope != "system" and not actor.may("keys.rotate"):
        raise rules.JournalRefused(rules.Reason.NO_POWER, power="keys.rotate")
    last = selectors.last_seal(actor=actor)
    keys.make(settings.TAKATUF_HOME, replace=True)
    new = keys.key_id(keys.signing_key(settings.TAKATUF_HOME, may_make=False).public_key())
    record(actor=actor, did="journal.key_changed", to=f"key:k{new}", at=now, old=last.key_id if last else "")
    return new


# --- Export -------------------------------------------------------------------------------------------------------


def export(
    *, actor: Actor, to: Path, now: datetime, progress: Callable[[int], None] = lambda _: None
) -> bundle.Made:
    """Write all sealed entries as a bundle that `tools/verify_journal.py` checks alone: a folder, or a `.zip`.

    Memory does not grow with the journal. `progress` is told how many entries were written since it was last told.
    Raises JournalRefused(place_taken) rather than overwrite. The export is itself a deed in the journal.
    """
    selectors.check_is_system(actor)
    with acting(actor):
        with transaction.atomic():
            key = keys.signing_key(settings.TAKATUF_HOME, may_make=selectors.last_seal(actor=actor) is None)
            made = bundle.write(
                to,
                selectors.sealed(actor=actor),
                now=now,
                waiting=selectors.waiting(actor=actor),
                key=key,
                public_keys=keys.public_keys(settings.TAKATUF_HOME),
                progress=progress,
            )
        counts: dict[str, Any] = {"entries": made.entries, "batches": made.batches}
        record(actor=actor, did="journal.exported", to="journal:all", at=now, **counts)
    return made
