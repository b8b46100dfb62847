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

from . import merging, review, rules, scoring, selectors, tokens
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


Row = dict[str, Any]  # of a table, by column

# Composites that too many share find nobody; asked of each token alone, so that a common one costs no more.
FIND = """
SELECT w.token, t.person_id FROM unnest(%s::bytea[]) AS w (token)
CROSS JOIN LATERAL (SELECT person_id FROM people_token t WHERE t.token = w.token LIMIT %s) t
"""


class _Index:
    """The tokens of one batch: what the table knows, and what the batch itself adds as it goes."""

    def __init__(self, actor: Actor, country: Pack, ring: Keyring) -> None:
        self.actor, self.country, self.ring = actor, country, ring
        self.by_token: dict[bytes, set[UUID]] = {}
        self.members: dict[UUID, list[scoring.Features]] = {}
        self.keys: dict[UUID, bytes] = {}

    def load(self, wanted: set[bytes]) -> None:
        if not wanted:
            return
        with prepared.cursor() as cursor:
            cursor.execute(FIND, [list(wanted), rules.MOST_SHARED + 1])
            for token, person_id in cursor.fetchall():
                self.by_token.setdefault(bytes(token), set()).add(person_id)
        for token in [token for token, held in self.by_token.items() if len(held) > rules.MOST_SHARED]:
            del self.by_token[token]
        found = {person for held in self.by_token.values() for person in held}
        members = selectors.members(self.actor, found=found, country=self.country, ring=self.ring)
        for person_id, (key, records) in members.items():
            self.keys[person_id], self.members[person_id] = key, records

    def candidates(self, mine: Mapping[bytes, str]) -> list[scoring.Known]:
        found = {person for token in mine for person in self.by_token.get(token, ())}
        return [
            scoring.Known(person=str(person), members=tuple(self.members[person]))
            for person in sorted(found)
            if person in self.members
        ]

    def add(self, person_id: UUID, mine: Mapping[bytes, str], features: scoring.Features) -> None:
        self.members.setdefault(person_id, []).append(features)
        for token in mine:
            self.by_token.setdefault(token, set()).add(person_id)


def resolve_many(*, actor: Actor, slots: Sequence[Slot], now: datetime) -> list[Resolved]:
    """Give every record its person: joined, new, or provisional until a human has looked; in the caller's transaction.

    The caller must act in the `linker` scope, because the right person may be one that the actor's
    unit cannot see. Persons found are never shown by this: the result holds ids and keys only.
    """
    country, ring = pack(), keyring()
    index = _Index(actor, country, ring)
    cleaned = [tokens.clean(slot.person, country=country) for slot in slots]
    features = [
        scoring.features(
            person, record_id=new_id(), seen_on=slot.received_at.date(), agency=actor.agency, country=country
        )
        for slot, person in zip(slots, cleaned, strict=True)
    ]
    mine = [
        tokens.blind(tokens.composites(person, features=seen), keyring=ring)
        for person, seen in zip(cleaned, features, strict=True)
    ]
    _queue_behind_same_tokens(mine)
    index.load({token for blind in mine for token in _finding(blind)})
    batch = _Batch(actor=actor, now=now)
    for slot, person, seen, blind in zip(slots, cleaned, features, mine, strict=True):
        other = batch.results[slot.not_with].person_id if slot.not_with is not None else None
        decision = scoring.decide(seen, index.candidates(_finding(blind)), not_this=other)
        batch.place(index, slot, person, seen, blind, decision)
    batch.save()
    return batch.results


def _finding(blind: dict[bytes, str]) -> dict[bytes, str]:
    return {token: kind for token, kind in blind.items() if kind not in rules.WEAK}


def _weighed(decision: scoring.Decision) -> Row:
    """What is kept of a decision, with the record and with a question about it: bits and versions, nothing written."""
    evidence = decision.evidence
    return {
        "weight": evidence.weight if evidence else None,
        "evidence": evidence.as_json() if evidence else {},
        "model": evidence.model if evidence else "",
        "names": scoring.VERSION,
    }


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Rows to be written at once, as records find their places."""

    actor: Actor
    now: datetime
    results: list[Resolved] = field(default_factory=list)
    persons: list[Row] = field(default_factory=list)
    records: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    tokens: list[Row] = field(default_factory=list)
    questions: list[review.Proposal] = field(default_factory=list)

    def place(
        self,
        index: _Index,
        slot: Slot,
        person: rules.PersonIn,
        seen: scoring.Features,
        blind: dict[bytes, str],
        decision: scoring.Decision,
    ) -> None:
        joined = decision.outcome == rules.Outcome.JOINED
        person_id = decision.person if joined and decision.person else self._new_person(index, slot, person)
        record_id, data_key = UUID(seen.id), index.keys[person_id]
        shared = {kind for token, kind in blind.items() if decision.person in index.by_token.get(token, ())}
        self.results.append(
            Resolved(
                person_id=person_id,
                record_id=record_id,
                data_key=data_key,
                outcome=decision.outcome.value,
                kinds=frozenset(shared),
                possible=None if joined else decision.person,
                number_token=next(
                    (token for token, kind in blind.items() if kind == rules.Kind.NUMBER), None
                ),
            )
        )
        self.records.append(
            {
                "id": record_id,
                "person_id": person_id,
                "unit_id": self.actor.unit_id,
                "agency": self.actor.agency,
                "received_at": slot.received_at,
                # As received, not as cleaned: what was typed is evidence.
                "payload": crypto.seal(data_key, tokens.to_json(slot.person), payload_aad(record_id)),
                "names_version": names.VERSION,
            }
        )
        weighed = _weighed(decision)
        self.members.append(
            {
                "id": new_id(),
                "record_id": record_id,
                "person_id": person_id,
                "since": self.now,
                "how": decision.outcome.value,
                **weighed,
            }
        )
        self.tokens += [
            {"token": token, "kind": kind, "person_id": person_id, "record_id": record_id}
            for token, kind in blind.items()
        ]
        if decision.outcome == rules.Outcome.POSSIBLE and decision.member is not None:
            self.questions.append(
                review.Proposal(
                    record=record_id,
                    other=decision.member,
                    why=rules.Why.ARRIVAL,
                    guards=[guard.value for guard in decision.guards],
                    **weighed,
                )
            )
        index.add(person_id, blind, seen)

    def _new_person(self, index: _Index, slot: Slot, person: rules.PersonIn) -> UUID:
        person_id, data_key = new_id(), crypto.new_data_key()
        self.persons.append(
            {
                "id": person_id,
                "wrapped_key": index.ring.wrap(data_key, key_aad(person_id)),
                "sex": person.sex,
                "birth_year": slot.birth_year,
                "anonymous": person.anonymous or tokens.is_anonymous(person),
                "named": bool(person.name_ar or person.name_latin),
                "created_at": self.now,
            }
        )
        index.keys[person_id] = data_key
        return person_id

    def save(self) -> None:
        bulk.insert(Person, self.persons)
        bulk.insert(PersonRecord, self.records)
        bulk.insert(Membership, self.members)
        bulk.insert(Token, self.tokens)
        if self.questions:
            review.propose(actor=self.actor, proposals=self.questions, now=self.now)


def _queue_behind_same_tokens(mine: Sequence[dict[bytes, str]]) -> None:
    """Two transactions that bring the same woman at the same moment wait for each other; nobody is merged meanwhile.

    The lock is one of 4,096 buckets of the telling tokens, taken in order and given back at commit:
    strangers seldom meet, twins always do. Records without such tokens wait for nobody.
    """
    buckets = sorted(
        {
            (token[0] << 4) + (token[1] >> 4)
            for blind in mine
            for token, kind in blind.items()
            if kind in rules.TELLING
        }
    )
    with prepared.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [merging.ONE_AT_A_TIME])
        if buckets:
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
    attempted = _locked_persons(actor, wanted, now)
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


def _locked_persons(actor: Actor, wanted: rules.PersonIn, now: datetime) -> list[UUID]:
    """Persons that the words would have found, had a conflict of interest not hidden them."""
    locked = access_selectors.locked_subjects(actor)
    if not locked:
        return []
    mine, _ = selectors.asked(actor, wanted=wanted, now=now)
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
