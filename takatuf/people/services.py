"""The only module that writes persons, their records, tokens and kinship."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access_selectors
from takatuf.access import services as access
from takatuf.journal import services as journal
from takatuf.kernel import crypto
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.db import bulk, prepared
from takatuf.kernel.ids import new_id
from takatuf.kernel.keyring import Keyring, keyring
from takatuf.kernel.reference import Pack, pack
from takatuf.people.linkage import names

from . import rules, selectors, tokens
from .models import Kinship, Membership, Person, PersonRecord, Token
from .vault import key_aad, payload_aad


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One person of one report, waiting for her place in the index. `not_with`: index of the other party."""

    person: rules.PersonIn
    birth_year: int | None
    received_at: datetime
    not_with: int | None = None


@dataclass(slots=True, kw_only=True)
class Resolved:
    """Where a record went. `data_key` is in the clear, for sealing what belongs to her; never stored."""

    person_id: UUID
    record_id: UUID
    data_key: bytes = field(repr=False)
    outcome: str
    kinds: frozenset[str]
    possible: UUID | None = None
    number_token: bytes | None = None


@dataclass(slots=True)
class _Known:
    """A person as seen while a batch is resolved: from the table, or made a moment ago."""

    sex: str
    birth_year: int | None
    named: bool
    data_key: bytes | None = None
    wrapped: bytes | None = None


Row = dict[str, Any]  # of a table, by column
NOBODY_LIKE_HER = rules.Decision(outcome=rules.Outcome.NEW, person=None)


class _Index:
    """The tokens of one batch: what the table knows, and what the batch itself adds as it goes."""

    def __init__(self, country: Pack, ring: Keyring) -> None:
        self.country, self.ring = country, ring
        self.by_token: dict[bytes, set[UUID]] = {}
        self.known: dict[UUID, _Known] = {}

    def load(self, wanted: set[bytes]) -> None:
        if not wanted:
            return
        with prepared.cursor() as cursor:
            cursor.execute(
                "SELECT t.token, p.id, p.sex, p.birth_year, p.named, p.wrapped_key FROM people_token t "
                "JOIN people_person p ON p.id = t.person_id WHERE t.token = ANY(%s) AND p.erased_at IS NULL",
                [list(wanted)],
            )
            for token, person_id, sex, birth_year, named, wrapped in cursor.fetchall():
                self.by_token.setdefault(bytes(token), set()).add(person_id)
                if person_id not in self.known:
                    self.known[person_id] = _Known(sex, birth_year, named, wrapped=bytes(wrapped))

    def candidates(self, mine: dict[bytes, str]) -> list[rules.Candidate]:
        kinds: dict[UUID, set[str]] = {}
        for token, kind in mine.items():
            for person_id in self.by_token.get(token, ()):
                kinds.setdefault(person_id, set()).add(kind)
        return [
            rules.Candidate(
                person=str(person_id),
                kinds=frozenset(shared),
                sex=self.known[person_id].sex,
                birth_year=self.known[person_id].birth_year,
                named=self.known[person_id].named,
            )
            for person_id, shared in kinds.items()
        ]

    def data_key(self, person_id: UUID) -> bytes:
        known = self.known[person_id]
        if known.data_key is None:
            assert known.wrapped is not None, "loaded with its wrapped key"
            known.data_key = self.ring.unwrap(known.wrapped, key_aad(person_id))
        return known.data_key

    def add(self, person_id: UUID, mine: dict[bytes, str]) -> None:
        for token in mine:
            self.by_token.setdefault(token, set()).add(person_id)


def resolve_many(*, actor: Actor, slots: Sequence[Slot], now: datetime) -> list[Resolved]:
    """Give every record its person: joined, new, or new with a possible twin; in the caller's transaction.

    The caller must act in the `linker` scope, because the right person may be one that the actor's
    unit cannot see. Persons found are never shown by this: the result holds ids and keys only.
    """
    country, ring = pack(), keyring()
    index = _Index(country, ring)
    cleaned = [tokens.clean(slot.person, country=country) for slot in slots]
    mine = [tokens.blind(tokens.composites(person), keyring=ring) for person in cleaned]
    _queue_behind_same_tokens(mine)
    index.load({token for blind in mine for token in blind})
    results: list[Resolved] = []
    persons: list[Row] = []
    records: list[Row] = []
    members: list[Row] = []
    rows: list[Row] = []
    for slot, person, blind in zip(slots, cleaned, mine, strict=True):
        other = results[slot.not_with].person_id if slot.not_with is not None else None
        resolved = _place(index, slot, person, blind, other, persons, now)
        index.add(resolved.person_id, blind)
        aad = payload_aad(resolved.record_id)
        records.append(
            {
                "id": resolved.record_id,
                "person_id": resolved.person_id,
                "unit_id": actor.unit_id,
                "agency": actor.agency,
                "received_at": slot.received_at,
                # As received, not as cleaned: what was typed is evidence.
                "payload": crypto.seal(resolved.data_key, tokens.to_json(slot.person), aad),
                "names_version": names.VERSION,
            }
        )
        members.append(
            {
                "id": new_id(),
                "record_id": resolved.record_id,
                "person_id": resolved.person_id,
                "since": now,
                "how": resolved.outcome,
                "evidence": {},
                "names": str(names.VERSION),
            }
        )
        rows += [
            {"token": token, "kind": kind, "person_id": resolved.person_id, "record_id": resolved.record_id}
            for token, kind in blind.items()
        ]
        resolved.number_token = next(
            (token for token, kind in blind.items() if kind == rules.Kind.NUMBER), None
        )
        results.append(resolved)
    bulk.insert(Person, persons)
    bulk.insert(PersonRecord, records)
    bulk.insert(Membership, members)
    bulk.insert(Token, rows)
    return results


def _place(
    index: _Index,
    slot: Slot,
    person: rules.PersonIn,
    blind: dict[bytes, str],
    other: UUID | None,
    persons: list[Row],
    now: datetime,
) -> Resolved:
    named = bool(person.name_ar or person.name_latin)
    candidates = index.candidates(blind)
    decision = (
        rules.decide(
            sex=person.sex,
            birth_year=slot.birth_year,
            named=named,
            candidates=candidates,
            not_this=str(other) if other else None,
        )
        if candidates
        else NOBODY_LIKE_HER
    )
    if decision.outcome == rules.Outcome.JOINED and decision.person is not None:
        person_id = UUID(decision.person)
        return Resolved(
            person_id=person_id,
            record_id=new_id(),
            data_key=index.data_key(person_id),
            outcome=decision.outcome.value,
            kinds=decision.kinds,
        )
    person_id, data_key = new_id(), crypto.new_data_key()
    persons.append(
        {
            "id": person_id,
            "wrapped_key": index.ring.wrap(data_key, key_aad(person_id)),
            "sex": person.sex,
            "birth_year": slot.birth_year,
            "anonymous": person.anonymous or tokens.is_anonymous(person),
            "named": named,
            "created_at": now,
        }
    )
    index.known[person_id] = _Known(person.sex, slot.birth_year, named, data_key=data_key)
    return Resolved(
        person_id=person_id,
        record_id=new_id(),
        data_key=data_key,
        outcome=decision.outcome.value,
        kinds=decision.kinds,
        possible=UUID(decision.person) if decision.person else None,
    )


def _queue_behind_same_tokens(mine: Sequence[dict[bytes, str]]) -> None:
    """Two transactions that bring the same woman at the same moment wait for each other.

    The lock is one of 256 buckets of the joining tokens, taken in order and given back at commit:
    strangers seldom meet, twins always do. Records without such tokens wait for nobody.
    """
    waits = {rules.Kind.NUMBER.value} | {kind.value for kind in rules.JOINING}
    # Nobody is merged while a record is finding its place (see merging.alone).
    with prepared.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(7342, 0)")
    buckets = sorted({token[0] for blind in mine for token, kind in blind.items() if kind in waits})
    if buckets:
        with prepared.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(7341, b) FROM (SELECT unnest(%s::int[]) AS b ORDER BY 1) s",
                [buckets],
            )


@transaction.atomic
def add_kinship(*, actor: Actor, person_id: UUID, other_id: UUID, relation: str, now: datetime) -> Kinship:
    """Record that one person is kin of another, as a body knows it. Serves the conflict-of-interest lock."""
    access_rules.check_power(actor, access_rules.Power.CASE_WRITE)
    if person_id == other_id:
        raise rules.PersonRefused(rules.Reason.SAME_PERSON)
    unit_id = access_rules.check_unit(actor)
    kinship, _ = Kinship.objects.get_or_create(
        person_id=person_id,
        other_id=other_id,
        relation=relation,
        until=None,
        defaults={"since": now, "unit_id": unit_id},
    )
    with acting(replace(actor, scope="linker")):
        # Cases that are there already close to a public servant who turns out to be kin.
        lock_out_kin(actor=actor, pairs=[(person_id, other_id), (other_id, person_id)], now=now)
    journal.record(
        actor=actor,
        did="people.kinship_recorded",
        to=[f"person:{person_id}", f"person:{other_id}"],
        at=now,
        relation=relation,
    )
    return kinship


Party = tuple[bytes | None, UUID]


def lock_out_parties(
    *,
    actor: Actor,
    parties_by_case: Mapping[UUID, Sequence[Party]],
    now: datetime,
    fresh: Collection[UUID] = (),
) -> int:
    """Lock users who are parties of a case, or registered kin of one, out of everything about it.

    `parties_by_case`: case → (token of the personal number, person id); `fresh`: persons made a moment ago, of
    whom no kin can be registered. In the caller's transaction.
    """
    persons = {person_id for parties in parties_by_case.values() for _, person_id in parties} - set(fresh)
    kin = _kin_tokens(list(persons)) if persons else {}
    wanted = {token for parties in parties_by_case.values() for token, _ in parties if token} | set(kin)
    users = access_selectors.users_with_tokens(actor, tokens=wanted) if wanted else {}
    if not users:
        return 0
    locks = []
    for case_id, parties in parties_by_case.items():
        of_case = {person_id for _, person_id in parties}
        for token, user_id in users.items():
            party = any(token == own for own, _ in parties)
            if party or kin.get(token, set()) & of_case:
                why = access_rules.Why.PARTY if party else access_rules.Why.KIN
                locks += [(user_id, subject, why.value) for subject in {case_id, *of_case}]
    return access.lock_out(actor=actor, locks=locks, now=now) if locks else 0


def lock_out_kin(*, actor: Actor, pairs: Sequence[tuple[UUID, UUID]], now: datetime) -> int:
    """Lock users who are the first of a pair out of everything about the second. In the caller's transaction."""
    found = Token.objects.filter(person_id__in={one for one, _ in pairs}, kind=rules.Kind.NUMBER.value)
    numbers = [(person_id, bytes(token)) for person_id, token in found.values_list("person_id", "token")]
    users = access_selectors.users_with_tokens(actor, tokens=[token for _, token in numbers])
    kin = {(person_id, users[token]) for person_id, token in numbers if token in users}
    why = access_rules.Why.KIN.value
    locks = [(user_id, other, why) for person_id, user_id in kin for one, other in pairs if one == person_id]
    return access.lock_out(actor=actor, locks=locks, now=now) if locks else 0


def _kin_tokens(person_ids: Sequence[UUID]) -> dict[bytes, set[UUID]]:
    """Number tokens of the registered kin of these persons → whose kin they are."""
    found: dict[bytes, set[UUID]] = {}
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT t.token, k.mine FROM ("
            "  SELECT person_id AS mine, other_id AS kin FROM people_kinship"
            "  WHERE until IS NULL AND person_id = ANY(%(ids)s)"
            "  UNION ALL"
            "  SELECT other_id, person_id FROM people_kinship WHERE until IS NULL AND other_id = ANY(%(ids)s)"
            ") k JOIN people_token t ON t.person_id = k.kin AND t.kind = 'N'",
            {"ids": list(person_ids)},
        )
        for token, mine in cursor.fetchall():
            found.setdefault(bytes(token), set()).add(mine)
    return found


@transaction.atomic
def erase(*, actor: Actor, person_id: UUID, basis: str, now: datetime) -> None:
    """Destroy a person's data keys: her records, and every narrative under them, can never be read again.

    The journal keeps what it has: opaque ids only. Tokens go with the key, so she is not found again.
    """
    access_rules.check_power(actor, access_rules.Power.BREAK_GLASS_REVIEW)
    person = Person.objects.select_for_update().filter(pk=person_id, erased_at=None).first()
    if person is None:
        raise rules.PersonRefused(rules.Reason.ERASED)
    if person.merged_into_id is not None:
        raise rules.PersonRefused(rules.Reason.ALREADY_MERGED)
    # Whoever turned out to be her goes with her: the same woman under another key.
    Person.objects.filter(Q(pk=person_id) | Q(merged_into_id=person_id)).update(
        wrapped_key=None, erased_at=now
    )
    Token.objects.filter(person_id=person_id).delete()
    journal.record(actor=actor, did="people.erased", to=[f"person:{person_id}"], at=now, basis=basis)


def rewrap_keys(*, actor: Actor, progress: Callable[[int, int], None], batch: int = 2000) -> int:
    """Wrap every data key anew under the active key-encryption key; returns how many.

    Resumable: rows already under the active key are passed over, each batch is one transaction.
    """
    access_rules.check_power(actor, access_rules.Power.KEYS_ROTATE)
    ring, done, last = keyring(), 0, UUID(int=0)
    total = Person.objects.filter(erased_at=None).count()
    while True:
        with transaction.atomic():
            rows = list(
                Person.objects.select_for_update()
                .filter(erased_at=None, pk__gt=last)
                .order_by("pk")
                .only("pk", "wrapped_key")[:batch]
            )
            for row in rows:
                row.wrapped_key = ring.rewrap(bytes(row.wrapped_key or b""), key_aad(row.pk))
            Person.objects.bulk_update(rows, ["wrapped_key"])
            journal.record(actor=actor, did="people.keys_rewrapped", to=["keyring:active"], rows=len(rows))
        if not rows:
            return done
        last, done = rows[-1].pk, done + len(rows)
        progress(done, total)


@transaction.atomic
def search(*, actor: Actor, wanted: rules.PersonIn, purpose: str, now: datetime) -> list[selectors.Hit]:
    """Ask who this may be. The question is a deed: journalled with its purpose and evidence, not with its words.

    Raises PersonRefused(purpose_needed | purpose_names_her | nothing_to_search), AccessRefused(no_power).
    """
    rules.check_purpose(purpose, wanted=wanted)
    hits = selectors.search(actor, wanted=wanted, now=now)
    attempted = _locked_persons(actor, wanted)
    if attempted:
        access.note_attempt(actor=actor, subject_ids=attempted, did="people.searched", now=now)
    journal.record(
        actor=actor.for_purpose(purpose.strip()[:200]),
        did="people.searched",
        to=[f"unit:{actor.unit_id}"],
        at=now,
        hits=len(hits),
        kinds=sorted({kind for hit in hits for kind in hit.kinds}),
    )
    return hits


def _locked_persons(actor: Actor, wanted: rules.PersonIn) -> list[UUID]:
    """Persons that the words would have found, had a conflict of interest not hidden them."""
    locked = access_selectors.locked_subjects(actor)
    if not locked:
        return []
    mine = tokens.blind(tokens.composites(tokens.clean(wanted, country=pack())), keyring=keyring())
    with acting(system("conflict of interest")):
        found = Token.objects.filter(token__in=list(mine), person_id__in=locked)
        return list(found.values_list("person_id", flat=True).distinct())


@transaction.atomic
def note_read(*, actor: Actor, person_ids: Sequence[UUID], page: str, now: datetime) -> None:
    """Journal that identities were read."""
    journal.record(
        actor=actor,
        did="people.read",
        to=[f"person:{person_id}" for person_id in person_ids],
        at=now,
        page=page,
    )
