"""Are they one person? Pairs of records that the model would not decide alone, shown side by side and judged.

A pair is asked about once. Where a protected file is touched, two readers must say the same. "Same" is a merge, with
all its checks; "different" is kept as an override that no model goes against.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access_selectors
from takatuf.journal import services as journal
from takatuf.kernel import crypto
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.keyring import keyring

from . import merging, rules, tokens
from .models import Judgement, Kinship, Merge, Person, PersonRecord, ReviewItem
from .rules import PersonRefused, Reason, ReviewStatus, Verdict
from .vault import key_aad, payload_aad

# The merge that follows a judgement says where it came from; what was seen stands in the item.
JUDGED_SAME = "Judged in the review queue to be one person, records side by side."
JUDGED_DIFFERENT = "Judged in the review queue to be two persons, records side by side."


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A pair to be asked about. `evidence`: levels and bits; never what was written in a record."""

    record: UUID
    other: UUID
    why: rules.Why
    weight: float | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    guards: Sequence[str] = ()
    model: str = ""
    names: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One record of a pair, in the clear."""

    record_id: UUID
    person_id: UUID
    said: rules.PersonIn | None  # None: erased
    agency: str
    received_at: datetime
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a reader sees: both records, why she is asked, and what is known of the two besides."""

    item: ReviewItem
    sides: tuple[Side, Side]
    kin: tuple[str, ...]
    household: bool
    protected: bool


def propose(*, actor: Actor, proposals: Sequence[Proposal], now: datetime) -> None:
    """Ask about pairs; one that was asked about before is not asked again. In the `linker` scope."""
    ReviewItem.objects.bulk_create(
        [
            ReviewItem(
                record_id=one.record,
                other_id=one.other,
                why=one.why.value,
                priority=rules.priority(why=one.why, weight=one.weight, guards=one.guards),
                weight=one.weight,
                evidence=dict(one.evidence),
                guards=sorted(one.guards),
                model=one.model,
                names=one.names,
                opened_at=now,
            )
            for one in proposals
        ],
        ignore_conflicts=True,
    )


def waiting(actor: Actor) -> QuerySet[ReviewItem]:
    """The pairs that wait for this reader, the most urgent first; not those she judged, nor those she may not see."""
    access_rules.check_power(actor, access_rules.Power.PERSON_REVIEW)
    mine = Judgement.objects.filter(item=OuterRef("pk"), user_id=actor.own_user)
    found = ReviewItem.objects.filter(~Exists(mine), closed_at=None)
    locked = access_selectors.locked_subjects(actor)
    if locked:
        found = found.exclude(Q(record__person_id__in=locked) | Q(other__person_id__in=locked))
    return found.order_by("priority", F("weight").desc(nulls_last=True), "id")


@transaction.atomic
def show(*, actor: Actor, item_id: UUID, now: datetime) -> Pair | None:
    """A pair side by side; each showing is journalled. None where there is nothing for this reader."""
    access_rules.check_power(actor, access_rules.Power.PERSON_REVIEW)
    with acting(replace(actor, scope="linker")):
        item = waiting(actor).filter(pk=item_id).select_related("record", "other").first()
        if item is None:
            return None
        sides = (_side(item.record), _side(item.other))
        persons = [side.person_id for side in sides]
        kin = _kin(persons)
    with acting(system("people.review")):
        protected = _protected(actor, persons, now)
    journal.record(
        actor=actor,
        did="people.pair_read",
        to=[f"person:{pk}" for pk in dict.fromkeys(persons)],
        at=now,
        item=str(item.pk),
    )
    return Pair(item=item, sides=sides, kin=kin, household=_household(*sides), protected=protected)


@transaction.atomic
def judge(*, actor: Actor, item_id: UUID, verdict: Verdict, now: datetime) -> ReviewItem:
    """Say what a pair is. "Same" merges and "different" tells apart, once enough readers agree.

    Raises AccessRefused(no_power | no_unit | conflict_of_interest) and PersonRefused(already_judged), and what
    `merging.merge` raises; then nothing has changed and the pair still waits.
    """
    access_rules.check_power(actor, access_rules.Power.PERSON_REVIEW)
    unit_id = access_rules.check_unit(actor)
    with acting(system("people.judge")):
        item = ReviewItem.objects.select_for_update().filter(pk=item_id, closed_at=None).first()
        if item is None or item.judgements.filter(user_id=actor.own_user).exists():
            raise PersonRefused(Reason.ALREADY_JUDGED)
        record = PersonRecord.objects.get(pk=item.record_id)
        other = PersonRecord.objects.get(pk=item.other_id)
        persons = [record.person_id, other.person_id]
        if access_selectors.is_locked_out(actor, subject_ids=persons):
            raise access_rules.AccessRefused(access_rules.Reason.CONFLICT_OF_INTEREST)
        before = [Verdict(one) for one in item.judgements.order_by("at").values_list("verdict", flat=True)]
        protected = _protected(actor, persons, now)
    Judgement.objects.create(
        item=item, user_id=actor.own_user, unit_id=unit_id, verdict=verdict.value, at=now
    )
    status = rules.judged([*before, verdict], protected=protected)
    done: Merge | None = None
    if status == ReviewStatus.SAME and record.person_id != other.person_id:
        kept, gone = _older_first(persons)
        done = merging.merge(actor=actor, kept_id=kept, gone_id=gone, reason=JUDGED_SAME, now=now)
    with acting(system("people.judge")):
        if status == ReviewStatus.DIFFERENT:
            merging.note_override(actor=actor, pair=[record.pk, other.pk], same=False, now=now)
        item.status, item.merge = status.value, done
        item.closed_at = None if status == ReviewStatus.SECOND else now
        item.save(update_fields=["status", "merge", "closed_at"])
        _close_answered(now)
    journal.record(
        actor=actor,
        did="people.pair_judged",
        to=[f"person:{pk}" for pk in dict.fromkeys(persons)],
        at=now,
        item=str(item.pk),
        verdict=verdict.value,
        status=status.value,
    )
    return item


def _older_first(persons: Sequence[UUID]) -> tuple[UUID, UUID]:
    """The person known for longer keeps her id."""
    with acting(system("people.judge")):
        rows = Person.objects.filter(pk__in=persons).order_by("created_at", "pk")
        first, second = rows.values_list("pk", flat=True)
    return first, second


def _close_answered(now: datetime) -> None:
    """Questions whose records have become one person's by another deed; what was joined and may not be is one still."""
    answered = ReviewItem.objects.filter(closed_at=None, record__person=F("other__person"))
    answered.exclude(why=rules.Why.FRACTURE.value).update(status=ReviewStatus.OVER.value, closed_at=now)


def _side(record: PersonRecord) -> Side:
    holder = record.sealed_for_id or record.person_id
    wrapped = Person.objects.filter(pk=holder).values_list("wrapped_key", flat=True).first()
    said = None
    if wrapped is not None:
        key = keyring().unwrap(bytes(wrapped), key_aad(holder))
        said = tokens.from_json(crypto.open_(key, bytes(record.payload), payload_aad(record.pk)))
    return Side(
        record_id=record.pk,
        person_id=record.person_id,
        said=said,
        agency=record.agency,
        received_at=record.received_at,
        records=PersonRecord.objects.filter(person_id=record.person_id).count(),
    )


def _kin(persons: Sequence[UUID]) -> tuple[str, ...]:
    found = Kinship.objects.filter(person_id__in=persons, other_id__in=persons, until=None)
    return tuple(sorted(set(found.values_list("relation", flat=True))))


def _household(one: Side, other: Side) -> bool:
    """Perhaps of one home: a phone, an address or a block in common."""
    if one.said is None or other.said is None:
        return False
    homes = [
        {said.address.strip(), said.block.strip(), *said.phones} - {""} for said in (one.said, other.said)
    ]
    return bool(homes[0] & homes[1])


def _protected(actor: Actor, persons: Sequence[UUID], now: datetime) -> bool:
    refilers = merging.refilers()
    return any(refiler.protected(actor=actor, persons=persons, now=now) for refiler in refilers.values())
