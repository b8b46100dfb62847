"""What of a report is sealed, how it is serialised, and what its digest covers."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from takatuf.kernel.keyring import Keyring
from takatuf.people.rules import PersonIn

from .rules import ReporterIn, ReportIn

FIELDS = tuple(field.name for field in fields(ReportIn))
PARTS = {
    name: tuple(field.name for field in fields(kind))
    for name, kind in (("victim", PersonIn), ("aggressor", PersonIn), ("reporter", ReporterIn))
}
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str, separators=(",", ":")).encode
TIMES = ("received_at", "investigation_started_at", "investigation_finished_at")


def details_aad(report_id: UUID) -> str:
    return f"cases_report:{report_id}:details"


def reporter_aad(report_id: UUID) -> str:
    return f"cases_reporter:{report_id}:payload"


def addendum_aad(addendum_id: UUID) -> str:
    return f"cases_addendum:{addendum_id}:text"


def draft_aad(draft_id: UUID) -> str:
    return f"cases_draft:{draft_id}:payload"


def canonical(report: ReportIn) -> bytes:
    """The whole report as one sequence of bytes: the same content gives the same bytes."""
    content: dict[str, Any] = {name: getattr(report, name) for name in FIELDS}
    for name, parts in PARTS.items():
        part = content[name]
        content[name] = {own: getattr(part, own) for own in parts}
    return _canonical(content).encode()


def digest(report: ReportIn, *, keyring: Keyring) -> bytes:
    """A keyed seal of the content: a bare hash of a short report could be guessed."""
    return keyring.blind("cases.report", hashlib.sha256(canonical(report)).hexdigest())


def details(report: ReportIn) -> bytes | None:
    """The free text, or None when there is none."""
    values = {
        "narrative": report.narrative,
        "injuries": report.injuries,
        "received_place": report.received_place,
    }
    told = {name: text for name, text in values.items() if text.strip()}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() if told else None


def reporter(report: ReportIn) -> bytes | None:
    """Who told it, but for the kind, which statistics count; None when nobody is named."""
    values = {
        field.name: getattr(report.reporter, field.name)
        for field in fields(ReporterIn)
        if field.name != "kind"
    }
    told = {name: text for name, text in values.items() if text}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() if told else None


def to_json(report: ReportIn) -> bytes:
    return canonical(report)


def from_json(data: bytes) -> ReportIn:
    """The inverse of `to_json`. Raises ValueError or TypeError for anything else."""
    values: dict[str, Any] = json.loads(data)
    for name in TIMES:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    values["incident_on"] = date.fromisoformat(values["incident_on"]) if values.get("incident_on") else None
    values["incident_time"] = (
        time.fromisoformat(values["incident_time"]) if values.get("incident_time") else None
    )
    values["forms"] = tuple(values.get("forms", ()))
    for role in ("victim", "aggressor"):
        values[role] = _person(values[role])
    values["reporter"] = ReporterIn(**values["reporter"])
    return ReportIn(**values)


def _person(values: dict[str, Any]) -> PersonIn:
    person = PersonIn(**{**values, "birth_date": None, "phones": tuple(values.get("phones", ()))})
    born = values.get("birth_date")
    return replace(person, birth_date=date.fromisoformat(born) if born else None)
