"""Duties: what somebody owes, until when, on what basis."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from takatuf.kernel.ids import new_id
from takatuf.kernel.text import Text

from . import rules


class Duty(models.Model):
    """One obligation with an owner, a due time, a legal basis and an escalation ladder."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=12)
    subject_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    unit_id = models.UUIDField()
    assigned_to = models.UUIDField(null=True)
    priority = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=60)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    proof_ar = models.TextField()
    proof_en = models.TextField()
    status = models.CharField(max_length=9, default=rules.Status.OPEN.value)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.UUIDField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    # A short note may name a person: sealed like a narrative, never in clear.
    note = models.BinaryField(null=True)
    escalation = models.PositiveSmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["unit_id", "priority", "due_at"],
                name="duties_duty_worklist",
                condition=Q(status="open"),
            ),
            models.Index(fields=["due_at"], name="duties_duty_due", condition=Q(status="open")),
            models.Index(fields=["case_id"], name="duties_duty_case"),
            models.Index(fields=["subject_id", "kind"], name="duties_duty_subject"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None)
                | Q(status__in=["done", "cancelled"], closed_at__isnull=False),
                name="duties_duty_closed_has_a_time",
            ),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="duties_duty_priority_in_range"),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "kind": "internal",
            "subject_kind": "internal",
            "subject_id": "internal",
            "case_id": "internal",
            "unit_id": "internal",
            "assigned_to": "internal",
            "priority": "internal",
            "rule": "internal",
            "opened_at": "internal",
            "due_at": "internal",
            "proof_ar": "internal",
            "proof_en": "internal",
            "status": "internal",
            "closed_at": "internal",
            "closed_by": "internal",
            "outcome": "internal",
            "note": "sensitive",
            "escalation": "internal",
            "escalated_at": "internal",
        }
        statistics = (
            "id",
            "kind",
            "unit_id",
            "priority",
            "rule",
            "opened_at",
            "due_at",
            "status",
            "closed_at",
        )

    def __str__(self) -> str:
        return self.kind

    @property
    def proof(self) -> Text:
        return Text(ar=self.proof_ar, en=self.proof_en)
