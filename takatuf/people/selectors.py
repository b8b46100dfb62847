"""What a given actor may know of persons: full, or hit / no hit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access
from takatuf.kernel import crypto, ids
from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting
from takatuf.kernel.db import prepared
from takatuf.kernel.keyring import Keyring, keyring
from takatuf.kernel.reference import Pack, pack

from . import rules, scoring, tokens
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
    weight: float = 0.0
    evidence: tuple[tuple[str, str, float], ...] = ()  # field, level, bits


def search(actor: Actor, *, wanted: rules.PersonIn, now: datetime) -> list[Hit]:
    """Who this may be, best first. Raises PersonRefused(nothing_to_search), AccessRefused(no_power).

    Retrieval is by keyed tokens in the `linker` scope; what is shown is decided in the actor's own.
    `people.services.search` is the deed: it asks for the purpose and journals.
    """
    access_rules.check_power(actor, access_rules.Power.PERSON_SEARCH)
    mine, seen = asked(actor, wanted=wanted, now=now)
    if not mine:
        raise rules.PersonRefused(rules.Reason.NOTHING_TO_SEARCH)
    with acting(replace(actor, scope="linker")):
        kinds = _sharing(mine)
        known = [
            scoring.Known(person=str(pk), members=tuple(records))
            for pk, (_, records) in members(
                actor, found=_closest(kinds), country=pack(), ring=keyring()
            ).items()
            if records
        ]
        best = scoring.worth_showing(scoring.rank(seen, known))[:MOST_HITS]
        facts = _facts([UUID(one.person) for one, _ in best])
    shown = views(actor, ids=[UUID(one.person) for one, _ in best], now=now)
    more = actor.may(access_rules.Power.HIT_DETAIL.value)
    hits = []
    for one, strong in best:
        pk = UUID(one.person)
        view, told = shown.get(pk), pk in shown or more
        sex, birth_year, holders = facts[pk]
        hits.append(
            Hit(
                visible=view is not None,
                person=view,
                strength="strong" if strong else "possible",
                kinds=tuple(sorted(kinds[pk])),
                holders=holders,
                birth_year=birth_year if told else None,
                sex=sex if told else rules.Sex.UNKNOWN.value,
                person_id=pk if told else None,
                weight=one.evidence.weight,
                evidence=tuple((said.field, said.level, said.bits) for said in one.evidence.contributions),
            )
        )
    return hits


def asked(
    actor: Actor, *, wanted: rules.PersonIn, now: datetime
) -> tuple[dict[bytes, str], scoring.Features]:
    """The tokens of a question, and what can be weighed of it. A number is looked for with one digit wrong as well."""
    country = pack()
    person = tokens.clean(wanted, country=country)
    seen = scoring.features(person, record_id=ids.new_id(), seen_on=now.date(), country=country)
    composed = tokens.composites(person, features=seen)
    return tokens.blind(composed | tokens.one_digit_off(person.personal_number), keyring=keyring()), seen


# Asked of each token alone: what many share is cut off, and costs no more than what few do.
SHARING = """
SELECT w.token, t.person_id FROM unnest(%s::bytea[]) AS w (token)
CROSS JOIN LATERAL (SELECT person_id FROM people_token t WHERE t.token = w.token LIMIT %s) t
"""
MOST_WEIGHED = 40  # candidates that are decrypted and weighed for one question


def _sharing(mine: Mapping[bytes, str]) -> dict[UUID, set[str]]:
    """Persons that share tokens with the question, and which kinds of them."""
    kinds: dict[UUID, set[str]] = {}
    with prepared.cursor() as cursor:
        cursor.execute(SHARING, [list(mine), rules.MOST_SHARED])
        for token, person_id in cursor.fetchall():
            kinds.setdefault(person_id, set()).add(mine[bytes(token)])
    return kinds


def _closest(kinds: Mapping[UUID, set[str]]) -> list[UUID]:
    """Those that share most, where they are more than can be weighed."""
    return sorted(kinds, key=lambda pk: (-len(kinds[pk] - rules.WEAK), -len(kinds[pk]), pk))[:MOST_WEIGHED]


def _facts(found: Sequence[UUID]) -> dict[UUID, tuple[str, int | None, tuple[UUID, ...]]]:
    """Sex, year of birth, and the units that described the person."""
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.sex, p.birth_year, array_agg(DISTINCT r.unit_id) FROM people_person p "
            "JOIN people_personrecord r ON r.person_id = p.id WHERE p.id = ANY(%s) GROUP BY p.id",
            [list(found)],
        )
        return {pk: (sex, year, tuple(units)) for pk, sex, year, units in cursor.fetchall()}


MEMBERS = """
SELECT r.person_id, p.wrapped_key, r.id, r.agency, r.received_at, r.payload, h.id, h.wrapped_key
FROM people_personrecord r JOIN people_person p ON p.id = r.person_id
JOIN people_person h ON h.id = coalesce(r.sealed_for_id, r.person_id)
WHERE r.person_id = ANY(%s) AND p.erased_at IS NULL AND h.erased_at IS NULL
"""


def members(
    actor: Actor, *, found: Collection[UUID], country: Pack, ring: Keyring
) -> dict[UUID, tuple[bytes, list[scoring.Features]]]:
    """The data key of each person and what can be compared of all her records; in the `linker` scope."""
    known: dict[UUID, tuple[bytes, list[scoring.Features]]] = {}
    if not found:
        return known
    keys: dict[UUID, bytes] = {}
    with prepared.cursor() as cursor:
        cursor.execute(MEMBERS, [list(found)])
        rows = cursor.fetchall()
    for person_id, wrapped, record_id, agency, received_at, payload, holder, sealing in rows:
        for pk, key in ((person_id, wrapped), (holder, sealing)):
            if pk not in keys:
                keys[pk] = ring.unwrap(bytes(key), key_aad(pk))
        said = tokens.from_json(crypto.open_(keys[holder], bytes(payload), payload_aad(record_id)))
        seen = scoring.features(
            tokens.clean(said, country=country),
            record_id=record_id,
            seen_on=received_at.date(),
            agency=agency,
            country=country,
        )
        known.setdefault(person_id, (keys[person_id], []))[1].append(seen)
    return known
