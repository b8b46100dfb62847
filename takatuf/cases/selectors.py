"""What a given actor may see of reports and cases."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access
from takatuf.kernel import crypto
from takatuf.kernel.actor import Actor
from takatuf.kernel.keyring import keyring
from takatuf.people import selectors as people
from takatuf.people.models import Person
from takatuf.people.vault import key_aad

from . import vault
from .models import Addendum, Case, Draft, Report


def cases(actor: Actor, *, now: datetime) -> QuerySet[Case]:
    """Cases on which the actor holds any grant in force."""
    granted = access.granted(actor, now=now).filter(subject_id=OuterRef("pk"))
    return Case.objects.filter(Exists(granted))


def reports(actor: Actor, *, now: datetime) -> QuerySet[Report]:
    """Reports the actor's unit sent, and all reports of the cases it sees whole."""
    granted = access.granted(actor, now=now, least=access_rules.Level.FULL).filter(
        subject_id=OuterRef("case_id")
    )
    return Report.objects.filter(Q(unit_id=actor.unit_id) | Exists(granted))


def reports_of_case(actor: Actor, *, case_id: UUID, now: datetime) -> QuerySet[Report]:
    return reports(actor, now=now).filter(case_id=case_id).order_by("-received_at", "-id")


def case_by_reference(actor: Actor, *, typed: str, now: datetime) -> Case | None:
    return cases(actor, now=now).filter(reference=typed.strip().upper()).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportText:
    """The sealed free text of a report, in the clear."""

    narrative: str = ""
    injuries: str = ""
    received_place: str = ""


def text_of(actor: Actor, *, report: Report, now: datetime) -> ReportText:
    """The free text of a report the actor may see. Empty where there is none, or where the person was erased."""
    if report.details is None:
        return ReportText()
    # The victim's key may stand on a person of whom the unit holds no record but this report.
    wrapped = Person.objects.filter(pk=report.victim_id).values_list("wrapped_key", flat=True).first()
    if wrapped is None:
        return ReportText()
    key = keyring().unwrap(bytes(wrapped), key_aad(report.victim_id))
    told: dict[str, Any] = json.loads(crypto.open_(key, bytes(report.details), vault.details_aad(report.pk)))
    return ReportText(**told)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendumText:
    at: datetime
    by: UUID | None
    unit_id: UUID
    text: str


def addenda(actor: Actor, *, report: Report) -> list[AddendumText]:
    """What was added to a report, oldest first."""
    ring = keyring()
    return [
        AddendumText(
            at=row.at,
            by=row.by,
            unit_id=row.unit_id,
            text=ring.open_alone(bytes(row.text), vault.addendum_aad(row.pk)).decode(),
        )
        for row in Addendum.objects.filter(report=report).order_by("at", "id")
    ]


def drafts(actor: Actor) -> QuerySet[Draft]:
    return Draft.objects.filter(user_id=actor.user_id).order_by("-updated_at")


def draft_content(actor: Actor, *, draft: Draft) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        keyring().open_alone(bytes(draft.payload), vault.draft_aad(draft.pk))
    )
    return content


def persons_of(actor: Actor, *, found: Iterable[Case], now: datetime) -> dict[UUID, people.View]:
    """Names for a list of cases, as far as the actor may see them; one query for all."""
    return people.views(
        actor, ids={pk for case in found for pk in (case.victim_id, case.aggressor_id)}, now=now
    )
