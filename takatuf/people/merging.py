"""Two persons turn out to be one, and back: each a deed with a reason, and the second puts back what the first moved.

What a merge does to each foreign key to a person stands in the ties (settings.TAKATUF_TIES); while one is missing
there, nobody is merged. Rows of other capabilities are refiled by modules that the ties name: people looks up, never
imports what stands above it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import ForeignObjectRel, Q

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access_selectors
from takatuf.access import services as access
from takatuf.journal import services as journal
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.ids import new_id
from takatuf.kernel.keyring import keyring

from . import rules
from .models import Kinship, Membership, Merge, Override, Person, PersonRecord, Token
from .rules import PersonRefused, Reason
from .vault import reason_aad

# Whoever finds a place for a record holds this lock shared; whoever merges holds it alone.
ONE_AT_A_TIME = 7342

Moved = dict[str, Any]


class Refiler(Protocol):
    """A capability above that keeps rows about persons: all in the caller's transaction and the system's sight."""

    def check(self, *, actor: Actor, kept: UUID, gone: UUID) -> None: ...
    def refile(self, *, actor: Actor, kept: UUID, gone: UUID, now: datetime) -> Moved: ...
    def protected(self, *, actor: Actor, persons: Sequence[UUID], now: datetime) -> bool: ...
    def part(self, *, actor: Actor, kept: UUID, gone: UUID, moved: Moved, now: datetime) -> None: ...


@transaction.atomic
def merge(*, actor: Actor, kept_id: UUID, gone_id: UUID, reason: str, now: datetime) -> Merge:
    """Take two persons for one: `gone` becomes a redirect, her records, tokens, kinship and cases follow.

    Raises AccessRefused(no_power | reason_too_short | conflict_of_interest) and PersonRefused(same_person |
    already_merged | erased | kin | told_apart | opposite_parties | tie_missing); then nothing has changed.
    """
    access_rules.check_power(actor, access_rules.Power.PERSON_LINK)
    access_rules.check_reason(reason)
    if kept_id == gone_id:
        raise PersonRefused(Reason.SAME_PERSON)
    above = refilers()
    _check_no_interest(actor, [kept_id, gone_id])
    with acting(system("people.merge")):
        alone()
        _check(_both(kept_id, gone_id), kept_id, gone_id)
        for refiler in above.values():
            refiler.check(actor=actor, kept=kept_id, gone=gone_id)
        pk = new_id()
        done = Merge.objects.create(
            id=pk,
            kept_id=kept_id,
            gone_id=gone_id,
            at=now,
            by=actor.user_id,
            reason=keyring().seal_alone(reason.strip().encode(), reason_aad(pk, "reason")),
        )
        pair = _pair(kept_id, gone_id)
        moved = _move(done, now)
        note_override(actor=actor, pair=pair, same=True, now=now)
        moved["pair"] = pair
        moved["access"] = access.follow(actor=actor, moves={gone_id: ("person", kept_id)}, now=now)
        moved["refiled"] = {
            label: refiler.refile(actor=actor, kept=kept_id, gone=gone_id, now=now)
            for label, refiler in above.items()
        }
        done.moved = moved
        done.save(update_fields=["moved"])
    journal.record(
        actor=actor,
        did="people.merged",
        to=[f"person:{kept_id}", f"person:{gone_id}"],
        at=now,
        merge=str(pk),
        records=len(moved["records"]),
    )
    return done


@transaction.atomic
def un_merge(*, actor: Actor, merge_id: UUID, reason: str, now: datetime) -> Merge:
    """Part again whom a merge took for one: what it moved goes back, what came since stays with whom it came to.

    The two are told apart from now on. Raises AccessRefused(no_power | reason_too_short | conflict_of_interest)
    and PersonRefused(not_merged | erased | undo_later_first | tie_missing).
    """
    access_rules.check_power(actor, access_rules.Power.PERSON_LINK)
    access_rules.check_reason(reason)
    above = refilers()
    with acting(system("people.un_merge")):
        alone()
        done = Merge.objects.select_for_update().filter(pk=merge_id, undone_at=None).first()
        if done is None:
            raise PersonRefused(Reason.NOT_MERGED)
        kept, gone = done.kept_id, done.gone_id
    _check_no_interest(actor, [kept, gone])
    with acting(system("people.un_merge")):
        persons = _both(kept, gone)
        if persons[kept].merged_into_id is not None or persons[gone].merged_into_id != kept:
            raise PersonRefused(Reason.UNDO_LATER_FIRST)
        if any(person.erased_at for person in persons.values()):
            raise PersonRefused(Reason.ERASED)
        _put_back(done, now)
        for label, moved in done.moved["refiled"].items():
            above[label].part(actor=actor, kept=kept, gone=gone, moved=moved, now=now)
        access.take_back(actor=actor, made=done.moved["access"], now=now)
        note_override(actor=actor, pair=done.moved["pair"], same=False, now=now)
        done.undone_at, done.undone_by = now, actor.user_id
        done.undone_reason = keyring().seal_alone(
            reason.strip().encode(), reason_aad(done.pk, "undone_reason")
        )
        done.save(update_fields=["undone_at", "undone_by", "undone_reason"])
    journal.record(
        actor=actor,
        did="people.unmerged",
        to=[f"person:{kept}", f"person:{gone}"],
        at=now,
        merge=str(merge_id),
        records=len(done.moved["records"]),
    )
    return done


def note_override(*, actor: Actor, pair: Sequence[UUID | str], same: bool, now: datetime) -> None:
    """Keep what a human decided about two records; what was decided before ends. In the system's sight."""
    if len(pair) < 2:
        return
    one, other = pair
    either = Q(record_id=one, other_id=other) | Q(record_id=other, other_id=one)
    standing = Override.objects.filter(either, until=None)
    if not standing.filter(same=same).exists():
        standing.update(until=now)
        Override.objects.create(record_id=one, other_id=other, same=same, since=now, by=actor.user_id)


def alone() -> None:
    """Wait until no record is finding its place, and let none begin until this transaction has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [ONE_AT_A_TIME])


def untied() -> list[str]:
    """Foreign keys to a person about which the ties say nothing, as `app.Model.field`."""
    ties = _ties().TIES
    found = set()
    for relation in Person._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many:
            found.add(f"{relation.field.model._meta.label}.{relation.field.name}")
    return sorted(found - set(ties))


def _ties() -> Any:
    return import_module(settings.TAKATUF_TIES)


def refilers() -> Mapping[str, Refiler]:
    """Who refiles what. Raises PersonRefused(tie_missing) while the ties are silent about a relation."""
    missing = untied()
    if missing:
        raise PersonRefused(Reason.TIE_MISSING, relations=", ".join(missing))
    found = {label: import_module(path) for label, path in _ties().REFILERS.items()}
    return cast("Mapping[str, Refiler]", found)


def _check_no_interest(actor: Actor, person_ids: Sequence[UUID]) -> None:
    if access_selectors.is_locked_out(actor, subject_ids=person_ids):
        raise access_rules.AccessRefused(access_rules.Reason.CONFLICT_OF_INTEREST)


def _both(kept: UUID, gone: UUID) -> dict[UUID, Person]:
    rows = Person.objects.select_for_update().filter(pk__in=[kept, gone]).order_by("pk")
    persons = {row.pk: row for row in rows}
    if len(persons) < 2:
        raise PersonRefused(Reason.NOT_VISIBLE)
    return persons


def _check(persons: Mapping[UUID, Person], kept: UUID, gone: UUID) -> None:
    if any(person.merged_into_id for person in persons.values()):
        raise PersonRefused(Reason.ALREADY_MERGED)
    if any(person.erased_at for person in persons.values()):
        raise PersonRefused(Reason.ERASED)
    related = Q(person_id=kept, other_id=gone) | Q(person_id=gone, other_id=kept)
    if Kinship.objects.filter(related, until=None).exists():
        raise PersonRefused(Reason.KIN)
    between = Q(record__person_id=kept, other__person_id=gone) | Q(
        record__person_id=gone, other__person_id=kept
    )
    if Override.objects.filter(between, same=False, until=None).exists():
        raise PersonRefused(Reason.TOLD_APART)


FILLED = ("sex", "birth_year", "anonymous", "named")


def _move(done: Merge, now: datetime) -> Moved:
    """Everything of `gone` that this room keeps, moved to `kept`; returns what an un-merge needs to know."""
    kept, gone = done.kept_id, done.gone_id
    records: list[tuple[UUID, UUID | None]] = list(
        PersonRecord.objects.filter(person_id=gone).order_by("pk").values_list("pk", "sealed_for_id")
    )
    PersonRecord.objects.filter(person_id=gone, sealed_for=None).update(person_id=kept, sealed_for_id=gone)
    PersonRecord.objects.filter(person_id=gone).update(person_id=kept)
    # What was sealed for the remaining person herself, and came back to her, is at home again.
    PersonRecord.objects.filter(person_id=kept, sealed_for_id=kept).update(sealed_for=None)
    Token.objects.filter(person_id=gone).update(person_id=kept)
    redirects = list(Person.objects.filter(merged_into_id=gone).values_list("pk", flat=True))
    Person.objects.filter(pk__in=[*redirects, gone]).update(merged_into_id=kept)
    _members([pk for pk, _ in records], kept, rules.How.MERGED, done, now)
    return {
        "records": [str(pk) for pk, _ in records],
        "sealed": {str(pk): str(holder) for pk, holder in records if holder is not None},
        "redirects": [str(pk) for pk in redirects],
        "kinship": _move_kinship(kept, gone, now),
        "facts": _fill(kept, gone),
    }


def _members(records: Sequence[UUID], person: UUID, how: rules.How, done: Merge, now: datetime) -> None:
    Membership.objects.filter(record_id__in=records, until=None).update(until=now)
    Membership.objects.bulk_create(
        [
            Membership(
                record_id=pk, person_id=person, since=now, how=how.value, decided_by=done.by, merge=done
            )
            for pk in records
        ]
    )


def _move_kinship(kept: UUID, gone: UUID, now: datetime) -> Moved:
    """Kinship follows; what the remaining person has already ends, what is between the two stays as it was."""
    moved, ended = [], []
    for row in Kinship.objects.filter(Q(person_id=gone) | Q(other_id=gone)).order_by("pk"):
        person, other = (kept if pk == gone else pk for pk in (row.person_id, row.other_id))
        if person == other:
            continue
        same = Kinship.objects.filter(person_id=person, other_id=other, relation=row.relation, until=None)
        if row.until is None and same.exists():
            ended.append(str(row.pk))
            Kinship.objects.filter(pk=row.pk).update(until=now)
        else:
            moved.append([str(row.pk), str(row.person_id), str(row.other_id)])
            Kinship.objects.filter(pk=row.pk).update(person_id=person, other_id=other)
    return {"moved": moved, "ended": ended}


def _fill(kept: UUID, gone: UUID) -> Moved:
    """What the remaining person's row did not say, the other's may. Returns what it said before."""
    one, other = Person.objects.get(pk=kept), Person.objects.get(pk=gone)
    before = {name: getattr(one, name) for name in FILLED}
    if one.sex == rules.Sex.UNKNOWN:
        one.sex = other.sex
    one.birth_year = one.birth_year if one.birth_year is not None else other.birth_year
    one.anonymous = one.anonymous and other.anonymous
    one.named = one.named or other.named
    one.save(update_fields=FILLED)
    return before


def _put_back(done: Merge, now: datetime) -> None:
    moved, kept, gone = done.moved, done.kept_id, done.gone_id
    records = [UUID(pk) for pk in moved["records"]]
    sealed = {UUID(pk): UUID(holder) for pk, holder in moved["sealed"].items()}
    mine = PersonRecord.objects.filter(pk__in=records, person_id=kept)
    mine.exclude(pk__in=sealed).update(person_id=gone, sealed_for=None)
    for pk, holder in sealed.items():
        PersonRecord.objects.filter(pk=pk, person_id=kept).update(person_id=gone, sealed_for_id=holder)
    Token.objects.filter(record_id__in=records).update(person_id=gone)
    Person.objects.filter(pk__in=moved["redirects"]).update(merged_into_id=gone)
    Person.objects.filter(pk=gone).update(merged_into=None)
    Person.objects.filter(pk=kept).update(**moved["facts"])
    for pk, person, other in moved["kinship"]["moved"]:
        Kinship.objects.filter(pk=pk).update(person_id=person, other_id=other)
    Kinship.objects.filter(pk__in=moved["kinship"]["ended"]).update(until=None)
    _members(records, gone, rules.How.PARTED, done, now)


def _pair(kept: UUID, gone: UUID) -> list[str]:
    """The first record of each: one pair speaks for the two persons, since every member of a person is asked about."""
    first = [
        PersonRecord.objects.filter(person_id=pk).order_by("received_at", "pk").first() for pk in (gone, kept)
    ]
    return [str(record.pk) for record in first if record is not None]
