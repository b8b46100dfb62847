"""The identity vault and its index: persons, records as received (encrypted), blind tokens, kinship; who was taken for
one person when, on what evidence; merges, reviews and what humans decided about pairs."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from takatuf.kernel.ids import new_id

from . import rules


class Person(models.Model):
    """A person of the index. In clear only what statistics need; the rest is in her records, under her key."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Her data key, wrapped by the key-encryption key; destroying it erases her everywhere.
    wrapped_key = models.BinaryField(null=True)
    sex = models.CharField(max_length=7, default=rules.Sex.UNKNOWN.value)
    birth_year = models.PositiveSmallIntegerField(null=True)
    anonymous = models.BooleanField(default=False)
    named = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    # Known to be this other person: the id stays as a redirect, its key still opens what was sealed under it.
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="people_person_is_not_merged_into_herself"
            ),
            models.CheckConstraint(
                condition=Q(sex__in=[sex.value for sex in rules.Sex]), name="people_person_sex_is_known_code"
            ),
            # Erased means: no key. Both nulls are named.
            models.CheckConstraint(
                condition=Q(erased_at=None, wrapped_key__isnull=False)
                | Q(erased_at__isnull=False, wrapped_key__isnull=True),
                name="people_person_erased_has_no_key",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "wrapped_key": "key",
            "sex": "personal",
            "birth_year": "personal",
            "anonymous": "internal",
            "named": "internal",
            "created_at": "internal",
            "erased_at": "internal",
            "merged_into": "internal",
        }
        statistics = ("id", "sex", "birth_year", "anonymous", "created_at", "merged_into")

    def __str__(self) -> str:
        return str(self.id)


class PersonRecord(models.Model):
    """One person as one agency described her, as received: immutable but for the person it is of.

    `payload` is the AES-256-GCM sealed JSON of `rules.PersonIn`; AAD `people_record:<id>:payload`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="records")
    # Under whose key the payload is sealed, where that is not the person it is of now.
    sealed_for = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    unit_id = models.UUIDField(db_index=True)
    agency = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    payload = models.BinaryField()
    names_version = models.PositiveSmallIntegerField()

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "person": "internal",
            "unit_id": "internal",
            "agency": "internal",
            "received_at": "internal",
            "payload": "sensitive",
            "names_version": "internal",
            "sealed_for": "internal",
        }
        # A trigger holds all but the person.
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return str(self.id)


class Token(models.Model):
    """A keyed composite token of a record: found by equality only, says nothing without the key."""

    pk = models.CompositePrimaryKey("token", "record_id")
    token = models.BinaryField(max_length=16)
    kind = models.CharField(max_length=3)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    record = models.ForeignKey(PersonRecord, models.PROTECT, related_name="+", db_index=False)

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "token": "personal",
            "kind": "internal",
            "person": "internal",
            "record": "internal",
        }

    def __str__(self) -> str:
        return self.kind


class Kinship(models.Model):
    """`person` is `relation` of `other`, as a body recorded it. Serves the conflict-of-interest lock."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, models.PROTECT, related_name="+")
    relation = models.CharField(max_length=10)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    unit_id = models.UUIDField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "other", "relation"], condition=Q(until=None), name="people_kinship_once"
            ),
            models.CheckConstraint(condition=~Q(person=F("other")), name="people_kinship_is_between_two"),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "person": "personal",
            "other": "personal",
            "relation": "personal",
            "since": "internal",
            "until": "internal",
            "unit_id": "internal",
        }

    def __str__(self) -> str:
        return self.relation


class Merge(models.Model):
    """Two persons became one: `gone` is a redirect to `kept` until somebody undoes it.

    `moved` holds ids only: what an un-merge puts back. The reasons are sealed: they may name her.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kept = models.ForeignKey(Person, models.PROTECT, related_name="+")
    gone = models.ForeignKey(Person, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.UUIDField(null=True)
    reason = models.BinaryField()
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_reason = models.BinaryField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["gone"], condition=Q(undone_at=None), name="people_merge_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(kept=F("gone")), name="people_merge_is_of_two"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_reason__isnull=True)
                | Q(undone_at__isnull=False, undone_reason__isnull=False),
                name="people_merge_undone_with_a_reason",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "kept": "internal",
            "gone": "internal",
            "at": "internal",
            "by": "internal",
            "reason": "sensitive",
            "moved": "internal",
            "undone_at": "internal",
            "undone_by": "internal",
            "undone_reason": "sensitive",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return str(self.id)


class Membership(models.Model):
    """A record was taken to be of a person, from then to then: who or which model decided, and on what evidence.

    `evidence` holds levels and weights in bits, never a name or a number.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey(PersonRecord, models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    how = models.CharField(max_length=10)
    decided_by = models.UUIDField(null=True)
    merge = models.ForeignKey(Merge, models.PROTECT, null=True, related_name="+", db_index=False)
    weight = models.FloatField(null=True)
    evidence = models.JSONField(default=dict)
    model = models.CharField(max_length=40, blank=True)
    names = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["record"], condition=Q(until=None), name="people_membership_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="people_membership_ends_after_it_begins",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "record": "internal",
            "person": "internal",
            "since": "internal",
            "until": "internal",
            "how": "internal",
            "decided_by": "internal",
            "merge": "internal",
            "weight": "internal",
            "evidence": "internal",
            "model": "internal",
            "names": "internal",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return self.how


class ReviewItem(models.Model):
    """A pair of records that a human is asked about: are they one person? A pair is asked about once.

    `evidence` is what the model said when it asked: levels and weights, never a name or a number.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey(PersonRecord, models.PROTECT, related_name="+")
    other = models.ForeignKey(PersonRecord, models.PROTECT, related_name="+")
    why = models.CharField(max_length=10)
    priority = models.PositiveSmallIntegerField()
    weight = models.FloatField(null=True)
    evidence = models.JSONField(default=dict)
    guards = ArrayField(models.CharField(max_length=20), default=list)
    model = models.CharField(max_length=40, blank=True)
    names = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField()
    status = models.CharField(max_length=10, default=rules.ReviewStatus.OPEN.value)
    closed_at = models.DateTimeField(null=True)
    merge = models.ForeignKey(Merge, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        indexes = (
            models.Index(
                fields=["priority", "-weight", "id"], name="people_review_queue", condition=Q(closed_at=None)
            ),
        )
        constraints = (
            models.UniqueConstraint(
                Least("record", "other"), Greatest("record", "other"), name="people_review_pair_once"
            ),
            models.CheckConstraint(condition=~Q(record=F("other")), name="people_review_is_of_two"),
            models.CheckConstraint(
                condition=Q(status__in=rules.WAITING, closed_at=None)
                | (~Q(status__in=rules.WAITING) & Q(closed_at__isnull=False)),
                name="people_review_closed_has_a_time",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "record": "internal",
            "other": "internal",
            "why": "internal",
            "priority": "internal",
            "weight": "internal",
            "evidence": "internal",
            "guards": "internal",
            "model": "internal",
            "names": "internal",
            "opened_at": "internal",
            "status": "internal",
            "closed_at": "internal",
            "merge": "internal",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return self.why


class Judgement(models.Model):
    """What one reader said about a pair. Nobody judges a pair twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(ReviewItem, models.PROTECT, related_name="judgements")
    user_id = models.UUIDField()
    unit_id = models.UUIDField()
    verdict = models.CharField(max_length=10)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["item", "user_id"], name="people_judgement_once_a_reader"),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "item": "internal",
            "user_id": "internal",
            "unit_id": "internal",
            "verdict": "internal",
            "at": "internal",
        }
        app_grants = ("SELECT", "INSERT")

    def __str__(self) -> str:
        return self.verdict


class Override(models.Model):
    """Two records must be of one person, or must not: what humans decided outlives every model."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    record = models.ForeignKey(PersonRecord, models.PROTECT, related_name="+")
    other = models.ForeignKey(PersonRecord, models.PROTECT, related_name="+")
    same = models.BooleanField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    by = models.UUIDField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                Least("record", "other"),
                Greatest("record", "other"),
                condition=Q(until=None),
                name="people_override_pair_once",
            ),
            models.CheckConstraint(condition=~Q(record=F("other")), name="people_override_is_of_two"),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "record": "internal",
            "other": "internal",
            "same": "internal",
            "since": "internal",
            "until": "internal",
            "by": "internal",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return "same" if self.same else "different"
