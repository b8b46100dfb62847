"""What a measurement reads: the register as its units see it, beside the truth.  Ids only, no names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import transaction

from takatuf.access import services as access
from takatuf.cases import selectors as cases
from takatuf.journal import selectors as journal
from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting
from takatuf.kernel.reference import pack

from . import truth
from .accuracy import Agreement, agreement
from .country import country_of
from .spelling import Flaw

PURPOSE = "measurement of the synthetic nation"
# Whoever is not named at all cannot be found again by anybody.
NAMELESS = frozenset({Flaw.ANONYMOUS.value, Flaw.NAMELESS.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The register against the truth.  `persons`: every mention; `named`: those with a name; `cases`: reports."""

    reports: int
    missing: int  # of the truth, not in the register
    persons: Agreement
    named: Agreement
    victims: Agreement
    aggressors: Agreement
    cases: Agreement


def is_grown(actor: Actor, *, seed: int) -> bool:
    """Whether the nation of this seed was grown to its end in this database: its journal says so."""
    with acting(actor), transaction.atomic():
        return bool(journal.about(actor=actor, subject=f"nation:N{seed}", limit=1).entries)


def measure(actor: Actor, *, seed: int, folder: Path, now: datetime) -> Measured | None:
    """How the register's persons and cases agree with the truth in `folder`; None if there is none of this seed."""
    if truth.manifest_of(folder, seed) is None:
        return None
    told = {row["external_ref"]: row for row in truth.rows(folder, seed, "reports")}
    held = dict(_held(f"N{seed}-", now))
    both = [(told[reference], held[reference]) for reference in told.keys() & held.keys()]
    mentions = [
        (role, row[role], person, bool(NAMELESS & set(row[f"{role}_flaws"].split(","))))
        for row, (victim, aggressor, _) in both
        for role, person in (("victim", victim), ("aggressor", aggressor))
    ]
    return Measured(
        reports=len(both),
        missing=len(told) - len(both),
        persons=agreement((true, person) for _, true, person, _ in mentions),
        named=agreement((true, person) for _, true, person, nameless in mentions if not nameless),
        victims=agreement((true, person) for role, true, person, _ in mentions if role == "victim"),
        aggressors=agreement((true, person) for role, true, person, _ in mentions if role == "aggressor"),
        cases=agreement(((row["victim"], row["aggressor"]), case) for row, (_, _, case) in both),
    )


def _held(mark: str, now: datetime) -> Iterator[tuple[str, tuple[UUID, UUID, UUID]]]:
    """(external reference, (victim, aggressor, case)) of each unit's own reports, read by the unit itself."""
    for office in country_of(pack()).offices:
        actor = access.actor_for_unit(office.unit, role=office.role, purpose=PURPOSE)
        with acting(actor), transaction.atomic():
            own = cases.reports(actor, now=now).filter(unit_id=actor.own_unit, external_ref__startswith=mark)
            for reference, *ids in own.values_list("external_ref", "victim_id", "aggressor_id", "case_id"):
                yield reference, (ids[0], ids[1], ids[2])
