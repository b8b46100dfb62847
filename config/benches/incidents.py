"""Whether reports of one event come together, and repeated violence does not: on a synthetic nation."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from takatuf.people.linkage import accuracy, incidents, logistic

KNOWN = (
    0.9**0.5
)  # of persons linked rightly, the others stand alone: nine of ten pairs of one victim are known as such
Labelled = tuple[incidents.Told, int]


def run(*, people: int, seed: int) -> dict[str, Any]:
    """Pairs of reports: precision, recall and F1 of one event, against the nation's truth."""
    told = reports(people=people, seed=seed)
    grouped = incidents.incidents(one for one, _ in told)
    group_of = {report: at for at, group in enumerate(grouped) for report in group}
    found = accuracy.of((truly, group_of[one.id], 0) for one, truly in told)
    return {
        "reports": len(told),
        "incidents": len({truly for _, truly in told}),
        "found": len(grouped),
        "precision": round(found.precision, 4),
        "recall": round(found.recall, 4),
        "f1": round(found.f1, 4),
    }


def reports(*, people: int, seed: int) -> list[Labelled]:
    """Reports of a nation with the incident each is of; a tenth of persons not linked."""
    from takatuf.kernel.reference import pack
    from takatuf.nation import plan
    from takatuf.nation.country import country_of
    from takatuf.nation.settings import Settings

    made = plan.make(country_of(pack()), Settings(people=people), seed=seed, until=date(2026, 1, 1))
    rng = random.Random(seed)
    return [(_told(filed, rng), filed.incident) for filed in made.filed]


def _told(filed: Any, rng: random.Random) -> incidents.Told:
    report, id_ = filed.report, filed.report.external_ref
    whole = report.incident_precision == "day"
    return incidents.Told(
        id=id_,
        victim=str(filed.victim) if rng.random() < KNOWN else f"alone-{id_}",
        aggressor=str(filed.aggressor) if rng.random() < KNOWN else "",
        on=report.incident_on if whole else None,
        month=f"{report.incident_on:%Y-%m}" if report.incident_on else "",
        heard=report.received_at.date(),
        place=report.incident_place,
        area=report.incident_area,
        forms=frozenset(report.forms),
        tool=report.tool,
        severity=report.severity,
        unit=filed.unit,
    )


def learned(told: Sequence[Labelled]) -> tuple[float, dict[str, list[float]]]:
    """Weights from reports whose events are known; pairs that a veto stands against are no question."""
    by_victim: dict[str, list[Labelled]] = {}
    for one in told:
        by_victim.setdefault(one[0].victim, []).append(one)
    names = list(incidents.WEIGHTS)
    counts: Counter[tuple[tuple[int, ...], bool]] = Counter()
    for ours in by_victim.values():
        for at, (a, truly) in enumerate(ours):
            for b, other in ours[:at]:
                if not incidents.vetoes(a, b):
                    levels = incidents.levels(a, b)
                    counts[tuple(levels.get(name, -1) for name in names), truly == other] += 1
    prior, bits = logistic.fit(dict(counts), [len(incidents.WEIGHTS[name]) for name in names])
    return prior, dict(zip(names, bits, strict=True))
