"""The identity vault: persons, records as received (encrypted), blind tokens, kinship."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

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

    class Meta:
        constraints = (
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
        }
        statistics = ("id", "sex", "birth_year", "anonymous", "created_at")

    def __str__(self) -> str:
        return str(self.id)


class PersonRecord(models.Model):
    """One person as one agency described her, as received: immutable, encrypted under her own key.

    `payload` is the AES-256-GCM sealed JSON of `rules.PersonIn`; AAD `people_record:<id>:payload`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="records")
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
        }
        app_grants = ("SELECT", "INSERT")

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
