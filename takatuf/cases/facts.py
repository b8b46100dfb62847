"""Reports as statistics may know them: codes, days and ages. Read through the `statistics` door.

That door opens only the columns named in `Privacy.statistics` of each model: the database refuses the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from .models import Report


@dataclass(frozen=True, slots=True)
class ReportFact:
    """One signed report. Its case is a victim and an aggressor; `victim` is who she is known to be now, after merges.

    Empty text and None mean: not known. They are never the same as "none".
    """

    report: UUID
    case: UUID
    victim: UUID
    agency: str
    received_at: datetime
    relation: str
    scope: str
    forms: tuple[str, ...]
    severity: str
    victim_sex: str
    victim_age: int | None
    victim_area: str


def reports(*, batch: int = 10_000) -> Iterator[ReportFact]:
    """Every signed report, in the order of receipt.

    A merge refiles the case and leaves the report as it was signed: the person is the case's.
    """
    rows = Report.objects.using("statistics").order_by("received_at", "id").values_list(
        "id", "case_id", "case__victim_id", "agency", "received_at", "relation", "scope",
        "forms", "severity", "victim_sex", "victim_age", "victim_area",
    )  # fmt: skip
    for row in rows.iterator(chunk_size=batch):
        pk, case, victim, agency, received_at, relation, scope, forms, severity, sex, age, area = row
        yield ReportFact(
            report=pk,
            case=case,
            victim=victim,
            agency=agency,
            received_at=received_at,
            relation=relation,
            scope=scope,
            forms=tuple(forms),
            severity=severity,
            victim_sex=sex,
            victim_age=age,
            victim_area=area,
        )
