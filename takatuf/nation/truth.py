"""The truth of a nation, in files beside the instance: who is who in every report.  Read by measurements only."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .people import Household, Person, Population
from .plan import Plan
from .reports import Filed
from .settings import VERSION, Settings
from .violence import Incident

TABLES = ("reports", "incidents", "persons", "marriages", "households")


def path_of(folder: Path, seed: int, table: str = "reports") -> Path:
    """truth-7.parquet holds the reports; truth-7-persons.parquet and the like what is behind them."""
    return folder / (f"truth-{seed}.parquet" if table == "reports" else f"truth-{seed}-{table}.parquet")


def manifest_of(folder: Path, seed: int) -> dict[str, Any] | None:
    """What is said of the nation of this seed in this folder; None if it was never grown here."""
    path = folder / f"truth-{seed}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def forget(folder: Path, seed: int) -> None:
    """Remove the truth of this seed, if there is one."""
    for path in (folder / f"truth-{seed}.json", *(path_of(folder, seed, table) for table in TABLES)):
        path.unlink(missing_ok=True)


def as_kept(settings: Settings) -> dict[str, Any]:
    """Settings as the manifest holds them."""
    kept: dict[str, Any] = json.loads(json.dumps(asdict(settings)))
    return kept


def rows(folder: Path, seed: int, table: str) -> list[dict[str, Any]]:
    """A table of the truth as it was kept."""
    found: list[dict[str, Any]] = pq.read_table(path_of(folder, seed, table)).to_pylist()
    return found


def save(plan: Plan, folder: Path) -> dict[str, Any]:
    """Write the five tables and their manifest; the same plan gives the same bytes.  Returns the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = {
        "reports": [_report(one) for one in plan.filed],
        "incidents": [_incident(one) for one in plan.incidents],
        "persons": [_person(plan.people, one, plan) for one in plan.people.persons],
        "marriages": [asdict(one) for one in plan.people.marriages],
        "households": [_household(one) for one in plan.people.households if one.members],
    }
    digests = {}
    for table in TABLES:
        path = path_of(folder, plan.seed, table)
        pq.write_table(_table(rows[table]), path, compression="zstd")
        digests[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = {
        "seed": plan.seed,
        "version": VERSION,
        "pack": plan.country.code,
        "pack_version": plan.country.version,
        "start": plan.start.isoformat(),
        "until": plan.until.isoformat(),
        "settings": as_kept(plan.settings),
        "rows": {table: len(rows[table]) for table in TABLES},
        "sha256": digests,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / f"truth-{plan.seed}.json").write_text(text + "\n", encoding="utf-8")
    return manifest


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Columns in the order of the first row; an empty list of flaws says its type by the others."""
    return pa.Table.from_pylist(list(rows))


def _report(one: Filed) -> dict[str, Any]:
    return {
        "external_ref": one.report.external_ref,
        "unit": one.unit,
        "agency": one.agency,
        "received_at": one.report.received_at.isoformat(),
        "incident": one.incident,
        "victim": one.victim,
        "aggressor": one.aggressor,
        "dated": one.dated,
        "duplicate_of": one.duplicate_of,
        "victim_flaws": ",".join(flaw.value for flaw in one.victim_flaws),
        "aggressor_flaws": ",".join(flaw.value for flaw in one.aggressor_flaws),
    }


def _incident(one: Incident) -> dict[str, Any]:
    return {
        "incident": one.id,
        "victim": one.victim,
        "aggressor": one.aggressor,
        "kin": one.kin,
        "at": one.at.isoformat(),
        "nth": one.nth,
        "forms": ",".join(one.forms),
        "severity": one.severity,
        "tool": one.tool,
        "exposure": one.exposure,
        "place": one.place,
    }


def _person(people: Population, one: Person, plan: Plan) -> dict[str, Any]:
    spouse = people.spouse_on(one, plan.until)
    return {
        "person": one.id,
        "household": one.household,
        "sex": one.sex,
        "born": one.born.isoformat(),
        "name_ar": " ".join((*one.names, one.family)),
        "name_latin": " ".join(one.latin),
        "nationality": one.nationality,
        "number": one.number,
        "phone": one.phone,
        "mother": one.mother,
        "father": one.father,
        "spouse": spouse.id if spouse else None,
    }


def _household(one: Household) -> dict[str, Any]:
    return {
        "household": one.id,
        "area": one.area,
        "block": one.block,
        "phone": one.phone,
        "members": len(one.members),
    }
