"""Announced holidays and moon sightings, and the fingerprints by which a wrong key file is noticed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from takatuf.kernel.ids import new_id


class HolidayOverride(models.Model):
    """A day announced by circular: added to the holidays of the pack, or taken from them.

    `of` names the holiday of the pack whose days the circular sets: its computed days of that year then
    give way to the announced ones. A row is never rewritten: what no longer holds is retired.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    day = models.DateField()
    action = models.CharField(max_length=6)
    of = models.CharField(max_length=40, blank=True)
    name_ar = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    basis = models.CharField(max_length=300, blank=True)
    edited_at = models.DateTimeField()
    edited_by = models.UUIDField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["day"], condition=Q(retired_at=None), name="kernel_holidayoverride_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(action__in=["add", "cancel"]), name="kernel_holidayoverride_action_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(name_ar="") & ~Q(name_en=""),
                name="kernel_holidayoverride_named_in_both_languages",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "public",
            "day": "public",
            "action": "public",
            "of": "public",
            "name_ar": "public",
            "name_en": "public",
            "basis": "public",
            "edited_at": "internal",
            "edited_by": "internal",
            "retired_at": "internal",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return f"{self.action} {self.day}"


class HijriOffset(models.Model):
    """By how many days the Hijri calendar runs ahead of (+1) or behind (−1) the computed one, from a day on."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    from_day = models.DateField()
    days = models.SmallIntegerField()
    basis = models.CharField(max_length=300)
    edited_at = models.DateTimeField()
    edited_by = models.UUIDField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["from_day"], condition=Q(retired_at=None), name="kernel_hijrioffset_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(days__range=(-1, 1)), name="kernel_hijrioffset_one_day_at_most"
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "public",
            "from_day": "public",
            "days": "public",
            "basis": "public",
            "edited_at": "internal",
            "edited_by": "internal",
            "retired_at": "internal",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return f"{self.days:+d} from {self.from_day}"


class KeyCheck(models.Model):
    """The fingerprint of a key this database was written with: another key file is refused at start."""

    key_id = models.CharField(primary_key=True, max_length=16)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "key_id": "internal",
            "fingerprint": "internal",
            "created_at": "internal",
        }
        app_grants = ("SELECT", "INSERT")

    def __str__(self) -> str:
        return self.key_id
