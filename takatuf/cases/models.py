"""Reports, cases, the sealed reporter, addenda and drafts."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from takatuf.kernel.ids import new_id

from . import rules
from .imports.models import ImportRun, QuarantinedRow

__all__ = ["Addendum", "Case", "Draft", "ImportRun", "QuarantinedRow", "Report", "Reporter"]


class Case(models.Model):
    """A case is a victim and an aggressor: every report about the two of them is in it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    victim = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    aggressor = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, default=rules.Status.OPEN.value)
    relation = models.CharField(max_length=10, blank=True)
    scope = models.CharField(max_length=12, default=rules.Scope.UNKNOWN.value)
    area = models.CharField(max_length=20, blank=True)
    opened_at = models.DateTimeField()
    opened_by_unit = models.UUIDField()
    last_report_at = models.DateTimeField()
    report_count = models.PositiveIntegerField(default=0)
    # The pair turned out to be the pair of this other case: its reports are there, the reference leads there.
    joined_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        # The orders in which a list of cases may stand: its page is read off the index.
        indexes = (
            models.Index(fields=["-last_report_at", "-id"], name="cases_case_latest"),
            models.Index(fields=["-opened_at", "-id"], name="cases_case_newest"),
        )
        constraints = (
            models.UniqueConstraint(fields=["victim", "aggressor"], name="cases_case_one_per_pair"),
            models.CheckConstraint(
                condition=~Q(victim=models.F("aggressor")), name="cases_case_victim_is_not_aggressor"
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "reference": "internal",
            "victim": "personal",
            "aggressor": "personal",
            "status": "internal",
            "relation": "sensitive",
            "scope": "internal",
            "area": "personal",
            "opened_at": "internal",
            "opened_by_unit": "internal",
            "last_report_at": "internal",
            "report_count": "internal",
            "joined_into": "internal",
        }
        statistics = (
            "id",
            "victim",
            "aggressor",
            "status",
            "relation",
            "scope",
            "area",
            "opened_at",
            "report_count",
        )

    def __str__(self) -> str:
        return self.reference


class Report(models.Model):
    """One report as signed: immutable but for the case it is filed under. Amended by addenda only.

    `details` is the sealed JSON of the free text (narrative, injuries, place of receipt), under the
    victim's key; AAD `cases_report:<id>:details`. `digest` is the keyed seal of the whole content.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="reports")
    victim = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    aggressor = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    victim_record = models.ForeignKey("people.PersonRecord", models.PROTECT, related_name="+", db_index=False)
    aggressor_record = models.ForeignKey(
        "people.PersonRecord", models.PROTECT, related_name="+", db_index=False
    )
    unit_id = models.UUIDField()
    unit = models.CharField(max_length=40)
    agency = models.CharField(max_length=40)
    agency_kind = models.CharField(max_length=20)
    external_ref = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=50)
    channel = models.CharField(max_length=20)
    reporter_kind = models.CharField(max_length=30, blank=True)
    received_at = models.DateTimeField(db_index=True)
    relation = models.CharField(max_length=10, blank=True)
    scope = models.CharField(max_length=12)
    forms = ArrayField(models.CharField(max_length=10), default=list)
    severity = models.CharField(max_length=20, blank=True)
    tool = models.CharField(max_length=20, blank=True)
    child_exposure = models.CharField(max_length=10)
    reported_before = models.CharField(max_length=7)
    incident_on = models.DateField(null=True)
    incident_precision = models.CharField(max_length=7)
    incident_time = models.TimeField(null=True)
    incident_area = models.CharField(max_length=20, blank=True)
    incident_block = models.CharField(max_length=10, blank=True)
    incident_place = models.CharField(max_length=20, blank=True)
    investigation_started_at = models.DateTimeField(null=True)
    investigation_finished_at = models.DateTimeField(null=True)
    victim_sex = models.CharField(max_length=7)
    victim_age = models.PositiveSmallIntegerField(null=True)
    victim_area = models.CharField(max_length=20, blank=True)
    victim_nationality = models.CharField(max_length=3, blank=True)
    victim_marital_status = models.CharField(max_length=20, blank=True)
    victim_education = models.CharField(max_length=20, blank=True)
    victim_occupation = models.CharField(max_length=20, blank=True)
    aggressor_sex = models.CharField(max_length=7)
    aggressor_age = models.PositiveSmallIntegerField(null=True)
    aggressor_nationality = models.CharField(max_length=3, blank=True)
    details = models.BinaryField(null=True)
    digest = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()
    signed_by = models.UUIDField(null=True)

    class Meta:
        indexes = (models.Index(fields=["unit_id", "-received_at"], name="cases_report_unit_received"),)
        constraints = (
            models.UniqueConstraint(
                fields=["agency", "external_ref"],
                condition=~Q(external_ref=""),
                name="cases_report_once_per_agency_reference",
            ),
            models.CheckConstraint(
                condition=Q(investigation_started_at=None)
                | Q(investigation_finished_at=None)
                | Q(investigation_finished_at__gte=models.F("investigation_started_at")),
                name="cases_report_investigation_ends_after_it_starts",
            ),
        )

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "reference": "internal",
            "case": "internal",
            "victim": "personal",
            "aggressor": "personal",
            "victim_record": "internal",
            "aggressor_record": "internal",
            "unit_id": "internal",
            "unit": "internal",
            "agency": "internal",
            "agency_kind": "internal",
            "external_ref": "internal",
            "source": "internal",
            "channel": "internal",
            "reporter_kind": "sensitive",
            "received_at": "internal",
            "relation": "sensitive",
            "scope": "internal",
            "forms": "sensitive",
            "severity": "sensitive",
            "tool": "sensitive",
            "child_exposure": "sensitive",
            "reported_before": "sensitive",
            "incident_on": "sensitive",
            "incident_precision": "internal",
            "incident_time": "sensitive",
            "incident_area": "personal",
            "incident_block": "personal",
            "incident_place": "sensitive",
            "investigation_started_at": "internal",
            "investigation_finished_at": "internal",
            "victim_sex": "personal",
            "victim_age": "personal",
            "victim_area": "personal",
            "victim_nationality": "personal",
            "victim_marital_status": "personal",
            "victim_education": "personal",
            "victim_occupation": "personal",
            "aggressor_sex": "personal",
            "aggressor_age": "personal",
            "aggressor_nationality": "personal",
            "details": "sensitive",
            "digest": "internal",
            "signed_at": "internal",
            "signed_by": "internal",
        }
        statistics = (
            "id",
            "case",
            "victim",
            "aggressor",
            "unit",
            "agency",
            "agency_kind",
            "channel",
            "received_at",
            "relation",
            "scope",
            "forms",
            "severity",
            "tool",
            "child_exposure",
            "reported_before",
            "incident_on",
            "incident_precision",
            "incident_area",
            "incident_place",
            "victim_sex",
            "victim_age",
            "victim_area",
            "victim_nationality",
            "victim_marital_status",
            "victim_education",
            "victim_occupation",
            "aggressor_sex",
            "aggressor_age",
            "aggressor_nationality",
            "signed_at",
        )
        # Signed is signed: only the case a report is filed under may change (a trigger holds the rest).
        app_grants = ("SELECT", "INSERT", "UPDATE")

    def __str__(self) -> str:
        return self.reference


class Reporter(models.Model):
    """Who told it: sealed apart from the report; read only by a power of its own, and each reading journalled."""

    report = models.OneToOneField(Report, models.PROTECT, primary_key=True, related_name="+")
    payload = models.BinaryField()

    class Privacy:
        columns: ClassVar[dict[str, str]] = {"report": "internal", "payload": "sensitive"}
        app_grants = ("SELECT", "INSERT")

    def __str__(self) -> str:
        return str(self.pk)


class Addendum(models.Model):
    """What is added to a signed report. Itself never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, models.PROTECT, related_name="addenda")
    unit_id = models.UUIDField()
    at = models.DateTimeField()
    by = models.UUIDField(null=True)
    text = models.BinaryField()
    digest = models.BinaryField(max_length=32)

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "report": "internal",
            "unit_id": "internal",
            "at": "internal",
            "by": "internal",
            "text": "sensitive",
            "digest": "internal",
        }
        app_grants = ("SELECT", "INSERT")

    def __str__(self) -> str:
        return str(self.id)


class Draft(models.Model):
    """A report not yet signed: what was typed, sealed; seen only by who types it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user_id = models.UUIDField(db_index=True)
    unit_id = models.UUIDField()
    payload = models.BinaryField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Privacy:
        columns: ClassVar[dict[str, str]] = {
            "id": "internal",
            "user_id": "internal",
            "unit_id": "internal",
            "payload": "sensitive",
            "created_at": "internal",
            "updated_at": "internal",
        }

    def __str__(self) -> str:
        return str(self.id)
