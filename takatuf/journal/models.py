"""The entries and the seals over them. Both are only ever added to; the database refuses the rest."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Q
from django.db.models.expressions import RawSQL

from takatuf.kernel.actor import Actor
from takatuf.kernel.ids import new_id

from . import rules

if TYPE_CHECKING:
    NumberField = models.Field[int, int]
else:
    NumberField = models.Field


class Xid8Field(NumberField):
    """A transaction's 64-bit number (PostgreSQL `xid8`): never reused within a cluster."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)


class EntryQuerySet(models.QuerySet["Entry"]):
    def visible_to(self, actor: Actor) -> "EntryQuerySet":
        """What the actor may see without a grant: everything, or her own and her unit's entries."""
        if actor.scope == "system" or actor.may("journal.read"):
            return self
        own = Q(pk__in=[])
        if actor.user_id:
            own |= Q(user_id=str(actor.user_id))
        if actor.unit_id:
            own |= Q(unit_id=str(actor.unit_id))
        return self.filter(own)

    def about(self, subject: str) -> "EntryQuerySet":
        # PostgreSQL does not use a GIN index beneath row-level security, because `@>` is not leakproof.
        # The function, which runs as the owner, finds the numbers; the policies then judge those rows.
        found = RawSQL("seq = ANY (takatuf_journal_about(%s))", [subject], output_field=models.BooleanField())
        return self.filter(found)


class Entry(models.Model):
    """Who did what, when, to which subjects, for which purpose and on which basis. No foreign keys.

    `seq` numbers the entries in the order of writing, with gaps where a transaction failed. `xact` and
    `cluster` name the transaction that wrote it: sealing goes by them, because a low `seq` may commit late.
    """

    seq = models.BigAutoField(primary_key=True)
    id = models.UUIDField(default=new_id, editable=False)
    at = models.DateTimeField()
    user_id = models.TextField(blank=True)
    unit_id = models.TextField(blank=True)
    unit = models.TextField(blank=True)
    agency = models.TextField(blank=True)
    role = models.TextField(blank=True)
    did = models.TextField()
    subjects = ArrayField(models.TextField(), default=list)
    purpose = models.TextField(blank=True)
    basis = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    xact = Xid8Field(db_default=Func(function="pg_current_xact_id"), editable=False)
    cluster = models.TextField(db_default=Func(function="takatuf_cluster"), editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = (
            GinIndex(fields=["subjects"], name="journal_entry_subjects"),
            models.Index(fields=["cluster", "xact", "seq"], name="journal_entry_xact"),
            models.Index(fields=["user_id", "seq"], name="journal_entry_user"),
            models.Index(fields=["at"], name="journal_entry_at"),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "seq": "internal",
            "id": "internal",
            "at": "internal",
            "user_id": "personal",
            "unit_id": "internal",
            "unit": "internal",
            "agency": "internal",
            "role": "internal",
            "did": "internal",
            "subjects": "personal",
            "purpose": "internal",
            "basis": "internal",
            "details": "personal",
            "xact": "internal",
            "cluster": "internal",
        }
        app_grants = ("SELECT", "INSERT")

    def __str__(self) -> str:
        return f"{self.seq} {self.did}"


class Seal(models.Model):
    """A signed head over one batch of entries: those of `cluster` with `lo_xact` ≤ xact ≤ `hi_xact`, by `seq`.

    `leaves` are their leaf hashes (32 bytes each, in order): with them a proof needs no other entry, and an
    alteration is traced to one entry. They prove nothing by themselves; the signed root proves them.
    """

    number = models.BigIntegerField(primary_key=True)
    cluster = models.TextField()
    lo_xact = models.BigIntegerField()
    hi_xact = models.BigIntegerField()
    count = models.PositiveIntegerField()
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    root = models.BinaryField()
    prev = models.CharField(max_length=64)
    at = models.DateTimeField()
    key_id = models.CharField(max_length=32)
    signature = models.BinaryField()
    leaves = models.BinaryField()

    class Meta:
        indexes = (models.Index(fields=["cluster", "lo_xact"], name="journal_seal_xact"),)
        constraints = (
            models.CheckConstraint(condition=Q(count__gt=0), name="journal_seal_is_not_empty"),
            models.CheckConstraint(condition=Q(lo_xact__lte=models.F("hi_xact")), name="journal_seal_range"),
            models.UniqueConstraint(fields=["prev"], name="journal_seal_chain_does_not_fork"),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "number": "public",
            "cluster": "internal",
            "lo_xact": "internal",
            "hi_xact": "internal",
            "count": "public",
            "first_seq": "internal",
            "last_seq": "internal",
            "root": "public",
            "prev": "public",
            "at": "public",
            "key_id": "public",
            "signature": "public",
            "leaves": "public",
        }
        app_grants = ("SELECT", "INSERT")

    def __str__(self) -> str:
        return f"{self.number}: {self.count}"

    @property
    def head(self) -> rules.Head:
        return rules.Head(
            number=self.number,
            cluster=self.cluster,
            lo_xact=self.lo_xact,
            hi_xact=self.hi_xact,
            count=self.count,
            first_seq=self.first_seq,
            last_seq=self.last_seq,
            root=bytes(self.root),
            prev=self.prev,
            at=self.at,
            key_id=self.key_id,
        )
