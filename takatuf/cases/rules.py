"""Reports and cases: what they hold and what may happen to them. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time

from takatuf.people.rules import PersonIn, Precision


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterIn:
    """Who told it. Always sealed: the identity leaves only by a power of its own."""

    kind: str = ""
    name: str = ""
    phone: str = ""
    personal_number: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIn:
    """The statutory content of a report (law on protection from domestic violence, content of the report)."""

    channel: str
    received_at: datetime
    victim: PersonIn
    aggressor: PersonIn
    reporter: ReporterIn = ReporterIn()
    external_ref: str = ""
    received_place: str = ""
    relation: str = ""
    forms: tuple[str, ...] = ()
    severity: str = ""
    tool: str = ""
    child_exposure: str = "unknown"
    incident_on: date | None = None
    incident_precision: str = Precision.UNKNOWN.value
    incident_time: time | None = None
    incident_area: str = ""
    incident_block: str = ""
    incident_place: str = ""
    reported_before: str = "unknown"
    investigation_started_at: datetime | None = None
    investigation_finished_at: datetime | None = None
    narrative: str = ""
    injuries: str = ""
