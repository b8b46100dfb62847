"""What a given actor may read of the journal. Pages go backwards by `seq`: the newest first."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum

from takatuf.kernel.actor import Actor
from takatuf.kernel.context import current

from . import merkle, rules
from .bundle import Batch, Line
from .models import Entry, EntryQuerySet, Seal

READS = (".read", "_read", ".opened", "_opened")  # how a deed ends that only looked
LAST_SEQ = 2**63 - 1
DETAILS = rules.COLUMNS.index("details")
FETCHED = 5_000  # rows in memory at a time

ROW_SQL = (
    "SELECT seq, id, at, user_id, unit_id, unit, agency, role, did, subjects, purpose, basis, details, "
    "xact::text::bigint, cluster FROM journal_entry"
)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; `before` is the cursor of the next page, None at the end."""

    entries: list[Entry]
    before: int | None


def about(
    *,
    actor: Actor,
    subject: str,
    before: int | None = None,
    limit: int = 50,
    reads: bool | None = None,
    granted: bool = False,
) -> Page:
    """The entries about one subject (`case:…`, `person:…`): a timeline, or with `reads=True` who opened the file.

    Without `granted` only the actor's own and her unit's entries are looked for. `granted=True` says that
    the caller has seen a grant of the actor on this subject; the database asks again.
    """
    entries = Entry.objects.all() if granted else Entry.objects.visible_to(actor)
    return _page(_reading(entries.about(subject), reads), before, limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One line of "who opened this file": a user in a unit and role, how often, first and last when."""

    user_id: UUID | None
    unit_id: UUID | None
    unit: str
    agency: str
    role: str
    times: int
    first_at: datetime
    last_at: datetime


def readers(*, actor: Actor, subject: str, granted: bool = False) -> list[Reader]:
    """Who opened a subject, by user, unit and role, the latest first. `granted` as in `about`; one statement."""
    entries = Entry.objects.all() if granted else Entry.objects.visible_to(actor)
    rows = (
        _reading(entries.about(subject), reads=True)
        .values("user_id", "unit_id", "unit", "agency", "role")
        .annotate(times=Count("seq"), first_at=Min("at"), last_at=Max("at"))
        .order_by("-last_at", "user_id")
    )
    return [
        Reader(
            user_id=_uuid(row["user_id"]),
            unit_id=_uuid(row["unit_id"]),
            unit=row["unit"],
            agency=row["agency"],
            role=row["role"],
            times=row["times"],
            first_at=row["first_at"],
            last_at=row["last_at"],
        )
        for row in rows
    ]


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None


def timeline(
    *,
    actor: Actor,
    subject: str,
    limit: int,
    before: tuple[datetime, int] | None = None,
    without: Sequence[str] = (),
    without_own: Sequence[str] = (),
    agency: str = "",
) -> list[Entry]:
    """Deeds about a subject the actor holds a grant on, by their moment, the newest first; readings left out.

    `before`: moment and seq of the last one seen. Left out because the caller shows them otherwise: the deeds
    `without`, and those of the actor's unit `without_own`.
    """
    entries = _reading(Entry.objects.all().about(subject), reads=False).exclude(did__in=list(without))
    if without_own:
        entries = entries.exclude(did__in=list(without_own), unit_id=str(actor.unit_id or ""))
    if agency:
        entries = entries.filter(agency=agency)
    if before is not None:
        entries = entries.filter(Q(at__lt=before[0]) | Q(at=before[0], seq__lt=before[1]))
    return list(entries.order_by("-at", "-seq")[:limit])


def by_user(*, actor: Actor, user_id: UUID, before: int | None = None, limit: int = 50) -> Page:
    """What one user did and read, as far as the actor may see it."""
    return _page(Entry.objects.visible_to(actor).filter(user_id=str(user_id)), before, limit)


def search(
    *,
    actor: Actor,
    subject: str = "",
    user_id: UUID | None = None,
    agency: str = "",
    unit: str = "",
    did: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    reads: bool | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Page:
    """Entries that match all that is given. `did` is the beginning of a deed (`cases.`); `until` is not included."""
    entries = Entry.objects.visible_to(actor)
    if subject:
        entries = entries.about(subject)
    exact = {"user_id": str(user_id or ""), "agency": agency, "unit": unit}
    entries = entries.filter(**{column: value for column, value in exact.items() if value})
    if did:
        entries = entries.filter(did__startswith=did)
    if since:
        entries = entries.filter(at__gte=since)
    if until:
        entries = entries.filter(at__lt=until)
    return _page(_reading(entries, reads), before, limit)


def _reading(entries: EntryQuerySet, reads: bool | None) -> EntryQuerySet:
    if reads is None:
        return entries
    looked = Q()
    for ending in READS:
        looked |= Q(did__endswith=ending)
    return entries.filter(looked if reads else ~looked)


def _page(entries: EntryQuerySet, before: int | None, limit: int) -> Page:
    if before is not None:
        entries = entries.filter(seq__lt=before)
    found = list(entries.order_by("-seq")[: limit + 1])
    return Page(found[:limit], found[limit - 1].seq if len(found) > limit else None)


# --- Seals --------------------------------------------------------------------------------------------------------


def last_seal(*, actor: Actor) -> Seal | None:
    """The newest seal, without its leaves; None before the first."""
    return Seal.objects.defer("leaves").order_by("-number").first()


def heads(*, actor: Actor) -> Iterator[Seal]:
    """Every seal in order, without its leaves."""
    return Seal.objects.defer("leaves").order_by("number").iterator()


def sealed(*, actor: Actor) -> Iterator[Batch]:
    """Every sealed batch in order, with its entries as they are today. Streams: within a transaction only."""
    check_sees_all(actor)
    for number in list(Seal.objects.order_by("number").values_list("number", flat=True)):
        seal = Seal.objects.get(number=number)
        entries = lines(actor=actor, cluster=seal.cluster, lo_xact=seal.lo_xact, hi_xact=seal.hi_xact)
        yield Batch(seal.head, bytes(seal.signature), split(bytes(seal.leaves)), entries)


def sealed_entries(*, actor: Actor) -> int:
    """How many entries are sealed, as the heads count them."""
    return int(Seal.objects.aggregate(sum=Sum("count"))["sum"] or 0)


def lines(*, actor: Actor, cluster: str, lo_xact: int, hi_xact: int) -> Iterator[Line]:
    """The entries of a range of transactions in the order of sealing. Streams: within a transaction only.

    The actor must be the system: whoever sees only some entries would seal or verify only those.
    """
    check_sees_all(actor)
    where = " WHERE cluster = %s AND xact >= %s::text::xid8 AND xact <= %s::text::xid8 ORDER BY seq"
    with connection.chunked_cursor() as cursor:
        cursor.execute(ROW_SQL + where, [cluster, str(lo_xact), str(hi_xact)])
        while rows := cursor.fetchmany(FETCHED):
            yield from map(_line, rows)


def _line(row: Sequence[Any]) -> Line:
    values = list(row)
    values[DETAILS] = json.loads(values[DETAILS])  # Django leaves jsonb as text
    data = rules.leaf_bytes(values)
    return Line(data, merkle.leaf(data), row[0], row[1])


def check_is_system(actor: Actor) -> None:
    if actor.scope != "system":
        raise rules.JournalRefused(rules.Reason.NOT_THE_SYSTEM)


def check_sees_all(actor: Actor) -> None:
    """Refuses whoever the database would show only some rows, or, outside of a transaction, none."""
    check_is_system(actor)
    acts = current()
    if acts is None or acts.scope != "system" or not connection.in_atomic_block:
        raise rules.JournalRefused(rules.Reason.NOT_THE_SYSTEM)


def proof(*, actor: Actor, seq: int) -> dict[str, Any]:
    """What convinces an outsider that this one entry is sealed: the entry, its path to the root, the signed head.

    RFC 9162 §2.1.3. Raises JournalRefused: no_such_entry, not_sealed_yet, or altered when the entry is no
    longer what was sealed.
    """
    check_sees_all(actor)
    with connection.cursor() as cursor:
        cursor.execute(ROW_SQL + " WHERE seq = %s", [seq])
        row = cursor.fetchone()
    if row is None:
        raise rules.JournalRefused(rules.Reason.NO_SUCH_ENTRY, seq=seq)
    line, cluster, xact = _line(row), row[-1], row[-2]
    found = Seal.objects.filter(cluster=cluster, lo_xact__lte=xact, hi_xact__gte=xact).first()
    if found is None:
        raise rules.JournalRefused(rules.Reason.NOT_SEALED_YET, seq=seq)
    leaves = split(bytes(found.leaves))
    if line.leaf_hash not in leaves:
        raise rules.JournalRefused(rules.Reason.ALTERED, seq=seq, batch=found.number)
    index = leaves.index(line.leaf_hash)
    return {
        "kind": "takatuf.journal.proof",
        "format": rules.FORMAT,
        "entry": line.data.decode(),
        "index": index,
        "path": [neighbour.hex() for neighbour in merkle.inclusion_proof(index, leaves)],
        "head": found.head.document(),
        "signature": bytes(found.signature).hex(),
    }


def split(leaves: bytes) -> list[bytes]:
    """The leaf hashes that a seal keeps as one value."""
    return [leaves[at : at + merkle.HASH_LENGTH] for at in range(0, len(leaves), merkle.HASH_LENGTH)]


def clusters(*, actor: Actor) -> list[str]:
    """The clusters whose transactions wrote entries: one, and those before it if the database has moved."""
    check_sees_all(actor)
    with connection.cursor() as cursor:
        # One step through the index per cluster; DISTINCT would read every entry.
        cursor.execute(
            """
            WITH RECURSIVE known (cluster) AS (
                (SELECT cluster FROM journal_entry ORDER BY cluster LIMIT 1)
                UNION ALL
                SELECT (SELECT e.cluster FROM journal_entry e WHERE e.cluster > known.cluster
                        ORDER BY e.cluster LIMIT 1)
                FROM known WHERE known.cluster IS NOT NULL)
            SELECT cluster FROM known WHERE cluster IS NOT NULL
            """
        )
        return [row[0] for row in cursor.fetchall()]


def sealed_until(*, actor: Actor, cluster: str) -> int:
    """The last transaction of the cluster that a seal covers; -1 before the first."""
    last = Seal.objects.filter(cluster=cluster).order_by("-lo_xact").values_list("hi_xact", flat=True).first()
    return -1 if last is None else last


def waiting(*, actor: Actor) -> int:
    """How many entries no seal covers yet."""
    count = 0
    for cluster in clusters(actor=actor):
        with connection.cursor() as cursor:
            following = sealed_until(actor=actor, cluster=cluster) + 1
            cursor.execute(
                "SELECT count(*) FROM journal_entry WHERE cluster = %s AND xact >= %s::text::xid8",
                [cluster, str(following)],
            )
            count += cursor.fetchone()[0]
    return count
