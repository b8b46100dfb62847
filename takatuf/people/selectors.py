"""What a given actor may know of persons: full, or hit / no hit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access
from takatuf.kernel import crypto
from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import pack

from . import rules, tokens
from .models import Kinship, Person, PersonRecord, Token
from .vault import key_aad, payload_aad

MOST_HITS = 20


def visible_to(actor: Actor, *, now: datetime) -> QuerySet[Person]:
    """Persons whom the actor's unit described itself, or holds a full grant on; a redirect with whom it leads to."""
    standing = Coalesce(OuterRef("merged_into_id"), OuterRef("pk"))
    own = PersonRecord.objects.filter(person_id=standing, unit_id=actor.own_unit)
    granted = access.granted(actor, now=now, least=access_rules.Level.FULL).filter(subject_id=standing)
    return Person.objects.filter(Exists(own) | Exists(granted), erased_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A person as the actor may see her: the latest words of each field, and how many records stand behind."""

    id: UUID
    sex: str
    birth_year: int | None
    anonymous: bool
    latest: rules.PersonIn
    records: int

    @property
    def name(self) -> str:
        return self.latest.name_ar or self.latest.name_latin


def views(actor: Actor, *, ids: Iterable[UUID], now: datetime) -> dict[UUID, View]:
    """The persons among `ids` whom the actor may see, decrypted; a redirect shows whom it leads to.

    Two statements whatever the number, two more where somebody was merged.
    """
    asked = {person.pk: person for person in visible_to(actor, now=now).filter(pk__in=set(ids))}
    leads_to = {pk: person.merged_into_id for pk, person in asked.items() if person.merged_into_id}
    persons = {pk: person for pk, person in asked.items() if pk not in leads_to}
    if leads_to:
        further = set(leads_to.values()) - set(persons)
        persons |= {person.pk: person for person in visible_to(actor, now=now).filter(pk__in=further)}
    found = _views(actor, persons, now)
    return {pk: found[at] for pk in asked if (at := leads_to.get(pk, pk)) in found}


def _views(actor: Actor, persons: dict[UUID, Person], now: datetime) -> dict[UUID, View]:
    ring = keyring()
    described: dict[UUID, list[rules.PersonIn]] = {}
    keys: dict[UUID, bytes] = {}
    granted = access.granted(actor, now=now, least=access_rules.Level.FULL)
    records = list(
        PersonRecord.objects.filter(
            Q(unit_id=actor.unit_id) | Exists(granted.filter(subject_id=OuterRef("person_id"))),
            person_id__in=persons,
        ).order_by("-received_at", "-id")
    )
    wrapped = {pk: bytes(person.wrapped_key or b"") for pk, person in persons.items()}
    others = {record.sealed_for_id for record in records if record.sealed_for_id} - set(wrapped)
    if others:
        held = visible_to(actor, now=now).filter(pk__in=others).values_list("pk", "wrapped_key")
        wrapped |= {pk: bytes(key or b"") for pk, key in held}
    for record in records:
        holder = record.sealed_for_id or record.person_id
        if holder not in wrapped:
            continue  # erased: it can never be read again
        if holder not in keys:
            keys[holder] = ring.unwrap(wrapped[holder], key_aad(holder))
        clear = crypto.open_(keys[holder], bytes(record.payload), payload_aad(record.pk))
        described.setdefault(record.person_id, []).append(tokens.from_json(clear))
    return {
        pk: View(
            id=pk,
            sex=person.sex,
            birth_year=person.birth_year,
            anonymous=person.anonymous,
            latest=latest(described.get(pk, [])),
            records=len(described.get(pk, [])),
        )
        for pk, person in persons.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Something that another capability sealed under a person's key: its bytes, and the place they are bound to."""

    person_id: UUID
    aad: str
    data: bytes


def open_sealed(actor: Actor, *, sealed: Sequence[Sealed], now: datetime) -> list[bytes | None]:
    """What was sealed under persons' keys, opened, in the same order; the keys themselves never leave this room.

    None where the actor may not see the person, or where she was erased. One statement whatever the number.
    """
    ids = {one.person_id for one in sealed}
    wrapped = dict(visible_to(actor, now=now).filter(pk__in=ids).values_list("pk", "wrapped_key"))
    ring = keyring()
    keys = {pk: ring.unwrap(bytes(key), key_aad(pk)) for pk, key in wrapped.items() if key is not None}
    return [
        crypto.open_(keys[one.person_id], one.data, one.aad) if one.person_id in keys else None
        for one in sealed
    ]


def numbered(actor: Actor, *, token: bytes) -> list[UUID]:
    """Persons with this token of a personal number, and their registered kin; only in the `linker` scope."""
    own = set(
        Token.objects.filter(token=token, kind=rules.Kind.NUMBER.value).values_list("person_id", flat=True)
    )
    pairs = Kinship.objects.filter(Q(person_id__in=own) | Q(other_id__in=own), until=None)
    return list(own.union(*pairs.values_list("person_id", "other_id")))


def has_number(actor: Actor, *, person_id: UUID, token: bytes) -> bool:
    """Whether a record of the person carries this token of a number; only in the `linker` scope."""
    return Token.objects.filter(token=token, kind=rules.Kind.NUMBER.value, person_id=person_id).exists()


def latest(records: Sequence[rules.PersonIn]) -> rules.PersonIn:
    """One description from several, newest first: a known word is never hidden by a later blank."""
    merged = rules.PersonIn()
    for record in records:
        blank = {
            name: getattr(record, name)
            for name in rules.PersonIn.__dataclass_fields__
            if getattr(merged, name) in ("", None, (), "unknown")
        }
        merged = replace(merged, **blank)
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One answer of a search. Without a grant: only that a record exists, and whom to ask."""

    visible: bool
    person: View | None
    strength: str
    kinds: tuple[str, ...]
    holders: tuple[UUID, ...]
    birth_year: int | None = None
    sex: str = rules.Sex.UNKNOWN.value
    person_id: UUID | None = None


def search(actor: Actor, *, wanted: rules.PersonIn, now: datetime) -> list[Hit]:
    """Who this may be, best first. Raises PersonRefused(nothing_to_search), AccessRefused(no_power).

    Retrieval is by keyed tokens in the `linker` scope; what is shown is decided in the actor's own.
    `people.services.search` is the deed: it asks for the purpose and journals.
    """
    access_rules.check_power(actor, access_rules.Power.PERSON_SEARCH)
    country, ring = pack(), keyring()
    person = tokens.clean(wanted, country=country)
    mine = tokens.blind(tokens.composites(person), keyring=ring)
    if not mine:
        raise rules.PersonRefused(rules.Reason.NOTHING_TO_SEARCH)
    found, holders = _candidates(actor, mine)
    best = sorted(found, key=lambda one: (-one.trust, one.person))[:MOST_HITS]
    shown = views(actor, ids=[UUID(one.person) for one in best], now=now)
    return [_hit(actor, one, shown.get(UUID(one.person)), holders.get(UUID(one.person), ())) for one in best]


def _hit(actor: Actor, one: rules.Candidate, view: View | None, holders: tuple[UUID, ...]) -> Hit:
    strong = bool(one.kinds & (rules.JOINING | {rules.Kind.NUMBER}))
    more = actor.may(access_rules.Power.HIT_DETAIL.value)
    return Hit(
        visible=view is not None,
        person=view,
        strength="strong" if strong else "possible",
        kinds=tuple(sorted(one.kinds)),
        holders=holders,
        birth_year=one.birth_year if view is not None or more else None,
        sex=one.sex if view is not None or more else rules.Sex.UNKNOWN.value,
        person_id=UUID(one.person) if view is not None or more else None,
    )


def _candidates(
    actor: Actor, mine: dict[bytes, str]
) -> tuple[list[rules.Candidate], dict[UUID, tuple[UUID, ...]]]:
    kinds: dict[UUID, set[str]] = {}
    facts: dict[UUID, tuple[str, int | None, bool]] = {}
    holders: dict[UUID, tuple[UUID, ...]] = {}
    with acting(replace(actor, scope="linker")), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT t.token, p.id, p.sex, p.birth_year, p.named FROM people_token t "
            "JOIN people_person p ON p.id = t.person_id WHERE t.token = ANY(%s) AND p.erased_at IS NULL LIMIT 2000",
            [list(mine)],
        )
        for token, person_id, sex, birth_year, named in cursor.fetchall():
            kinds.setdefault(person_id, set()).add(mine[bytes(token)])
            facts[person_id] = (sex, birth_year, named)
        cursor.execute(
            "SELECT person_id, array_agg(DISTINCT unit_id) FROM people_personrecord "
            "WHERE person_id = ANY(%s) GROUP BY person_id",
            [list(kinds)],
        )
        holders = {person_id: tuple(units) for person_id, units in cursor.fetchall()}
    candidates = [
        rules.Candidate(
            person=str(person_id),
            kinds=frozenset(shared),
            sex=facts[person_id][0],
            birth_year=facts[person_id][1],
            named=facts[person_id][2],
        )
        for person_id, shared in kinds.items()
    ]
    return candidates, holders
