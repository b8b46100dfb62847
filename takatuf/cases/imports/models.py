"""Runs of an import, and the rows that were refused."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from takatuf.kernel.ids import new_id

from . import rules


class ImportRun(models.Model):
    """One file brought in once, by one declaration. Every row read is counted in exactly one of three columns.

    `wrapped_key` is the run's own data key for the rows in quarantine, wrapped by the key-encryption key
    (AAD `cases_importrun:<id>:wrapped_key`); without it nothing of the quarantine can be read again.
    `role`: in which the work goes on when a worker does it. `trouble`: why it stopped, for whoever looks.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    agency = models.CharField(max_length=40)
    unit_id = models.UUIDField()
    unit = models.CharField(max_length=40)
    role = models.CharField(max_length=40)
    started_by = models.UUIDField(null=True)
    file_name = models.CharField(max_length=255)
    file_digest = models.BinaryField(max_length=32)
    file_size = models.BigIntegerField()
    columns = models.JSONField(default=list)
    rows_in_file = models.BigIntegerField()
    mapping_code = models.CharField(max_length=60)
    mapping_digest = models.BinaryField(max_length=32)
    mapping = models.TextField()
    state = models.CharField(max_length=10, default=rules.State.RUNNING.value)
    position = models.BigIntegerField(default=0)
    created = models.BigIntegerField(default=0)
    present = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    wrapped_key = models.BinaryField(null=True)
    started_at = models.DateTimeField()
    progressed_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    trouble = models.JSONField(null=True)
    proof = models.JSONField(null=True)

    class Meta:
        app_label = "cases"
        indexes = (models.Index(fields=["agency", "-started_at"], name="cases_importrun_agency"),)
        constraints = (
            models.UniqueConstraint(
                fields=["agency", "file_digest"],
                condition=Q(state=rules.State.RUNNING.value),
                name="cases_importrun_one_unfinished_per_file",
            ),
            models.CheckConstraint(
                condition=Q(position=F("created") + F("present") + F("quarantined")),
                name="cases_importrun_every_row_counted_once",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=0, created__gte=0, present__gte=0, quarantined__gte=0),
                name="cases_importrun_counts_not_negative",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "reference": "internal",
            "agency": "internal",
            "unit_id": "internal",
            "unit": "internal",
            "role": "internal",
            "started_by": "internal",
            "file_name": "internal",
            "file_digest": "internal",
            "file_size": "internal",
            "columns": "internal",
            "rows_in_file": "internal",
            "mapping_code": "internal",
            "mapping_digest": "internal",
            "mapping": "internal",
            "state": "internal",
            "position": "internal",
            "created": "internal",
            "present": "internal",
            "quarantined": "internal",
            "wrapped_key": "key",
            "started_at": "internal",
            "progressed_at": "internal",
            "finished_at": "internal",
            "trouble": "internal",
            "proof": "internal",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return self.reference


class QuarantinedRow(models.Model):
    """A row that was refused: sealed as it came, with the reason, until somebody mends it or it comes again.

    `raw` is the sealed JSON of the row under the run's key (AAD `cases_quarantinedrow:<id>:raw`);
    `overlay` the sealed corrections, column → value; `note` the sealed reason why it was discarded.
    `facts` holds no personal value.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(ImportRun, models.PROTECT, related_name="rows", db_index=False)
    agency = models.CharField(max_length=40)
    position = models.BigIntegerField()
    line = models.BigIntegerField()
    external_ref = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    raw = models.BinaryField()
    overlay = models.BinaryField(null=True)
    mended_by = models.UUIDField(null=True)
    mended_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, default=rules.RowStatus.WAITING.value)
    report_id = models.UUIDField(null=True)
    note = models.BinaryField(null=True)
    settled_by = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "cases"
        indexes = (
            models.Index(
                fields=["agency", "external_ref"],
                condition=Q(status=rules.RowStatus.WAITING.value),
                name="cases_quarantined_waiting",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["run", "position"], name="cases_quarantinedrow_once_per_position"
            ),
            models.CheckConstraint(
                condition=Q(overlay__isnull=True, mended_at__isnull=True)
                | Q(overlay__isnull=False, mended_at__isnull=False),
                name="cases_quarantinedrow_mended_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status=rules.RowStatus.WAITING.value, settled_at__isnull=True)
                | ~Q(status=rules.RowStatus.WAITING.value) & Q(settled_at__isnull=False),
                name="cases_quarantinedrow_settled_has_a_time",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "run": "internal",
            "agency": "internal",
            "position": "internal",
            "line": "internal",
            "external_ref": "internal",
            "reason": "internal",
            "facts": "internal",
            "raw": "sensitive",
            "overlay": "sensitive",
            "mended_by": "internal",
            "mended_at": "internal",
            "status": "internal",
            "report_id": "internal",
            "note": "sensitive",
            "settled_by": "internal",
            "settled_at": "internal",
        }
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return f"{self.run_id} {self.position} {self.reason}"
