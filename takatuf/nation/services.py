"""The only module that writes a nation into an instance: through the deeds that its units would use."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from takatuf.access import services as access
from takatuf.cases import services as cases
from takatuf.duties import selectors as duty_selectors
from takatuf.duties import services as duties
from takatuf.journal import services as journal
from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting
from takatuf.kernel.reference import Pack, pack

from . import truth
from .country import country_of
from .plan import Plan, make
from .reports import Filed
from .settings import VERSION, Settings

PURPOSE = "synthetic nation"
# Reports that are taken together, by unit: so many, and no more than a week of them, or duties would open late.
WINDOW = 200
WEEK = timedelta(days=1)
SETTLING = timedelta(days=30)

Progress = Callable[[str, int, int], None]


class AlreadyGrown(Exception):
    """A nation of this seed was grown here from other settings: its truth must not be overwritten."""

    def __init__(self, seed: int, manifest: dict[str, object]) -> None:
        super().__init__(seed)
        self.seed, self.manifest = seed, manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What came of it.  `refused`: reason code → how many; empty when all went well."""

    people: int
    incidents: int
    reports: int
    created: int
    present: int
    refused: dict[str, int] = field(default_factory=dict)
    duties_done: int
    truth: Path


def known_until(folder: Path, seed: int, settings: Settings) -> date | None:
    """The last day of the nation of this seed, if it was grown in this folder before.

    Raises AlreadyGrown if it was grown from other people, years or pack.
    """
    manifest = truth.manifest_of(folder, seed)
    if manifest is None:
        return None
    same = all(manifest["settings"][name] == getattr(settings, name) for name in ("people", "years"))
    if not same or manifest["pack"] != pack().code or manifest["version"] != VERSION:
        raise AlreadyGrown(seed, manifest)
    return date.fromisoformat(manifest["until"])


def grow(
    *,
    actor: Actor,
    settings: Settings,
    seed: int,
    until: date,
    folder: Path,
    bulk: bool = True,
    progress: Progress = lambda _what, _done, _total: None,
) -> Grown:
    """Plan the nation of a seed, keep its truth in `folder`, and let its units file what they heard.

    Each report goes through `cases.services`, by an actor of its unit and in the time it was received; then time
    passes: most duties are done, some late, some not.  Not one transaction: a window of reports is.  A nation that
    is there already is left as it is, reference by reference.  Raises AlreadyGrown for a truth of other settings.
    """
    progress("people", 0, settings.people)
    known = known_until(folder, seed, settings)
    if known not in (None, until):
        raise AlreadyGrown(seed, truth.manifest_of(folder, seed) or {})
    plan = make(country_of(pack()), settings, seed=seed, until=until)
    truth.save(plan, folder)
    outcomes, done = _live(plan, bulk=bulk, progress=progress)
    with acting(actor):
        journal.record(
            actor=actor,
            did="nation.grown",
            to=[f"nation:N{seed}"],
            people=settings.people,
            reports=len(plan.filed),
            created=outcomes["created"],
        )
    return Grown(
        people=len(plan.people.persons),
        incidents=len(plan.incidents),
        reports=len(plan.filed),
        created=outcomes.pop("created", 0),
        present=outcomes.pop("present", 0),
        refused=dict(outcomes),
        duties_done=done,
        truth=truth.path_of(folder, seed),
    )


def _live(plan: Plan, *, bulk: bool, progress: Progress) -> tuple[Counter[str], int]:
    """Window by window: reports are received, and every month duties are settled."""
    outcomes: Counter[str] = Counter()
    settler, received = _Settler(plan), 0
    for window in _windows(plan.filed, WINDOW if bulk else 1):
        found = _receive_window(window) if bulk else _receive_one(window[0])
        outcomes.update(found)
        received += len(window)
        # A nation that was there already has its duties settled.
        settler.owed = settler.owed or found["created"] > 0
        settler.settle(window[-1].report.received_at)
        progress("reports", received, len(plan.filed))
    settler.settle(datetime.combine(plan.until, time(), tzinfo=ZoneInfo(plan.country.timezone)), last=True)
    return outcomes, settler.done


def _windows(filed: Sequence[Filed], size: int) -> Iterator[Sequence[Filed]]:
    start = 0
    for at, one in enumerate(filed):
        if at - start == size or one.report.received_at - filed[start].report.received_at > WEEK:
            yield filed[start:at]
            start = at
    if filed:
        yield filed[start:]


def _receive_window(window: Sequence[Filed]) -> Counter[str]:
    by_office: dict[tuple[str, str], list[Filed]] = {}
    for one in window:
        by_office.setdefault((one.unit, one.role), []).append(one)
    found: Counter[str] = Counter()
    for (unit, role), filed in by_office.items():
        actor = access.actor_for_unit(unit, role=role, purpose=PURPOSE)
        with acting(actor):
            reports = [one.report for one in filed]
            outcomes = cases.receive_many(
                actor=actor, reports=reports, now=reports[-1].received_at, source="nation"
            )
        found.update(one.reason if one.status == "refused" else one.status for one in outcomes)
    return found


def _receive_one(filed: Filed) -> Counter[str]:
    actor, report = access.actor_for_unit(filed.unit, role=filed.role, purpose=PURPOSE), filed.report
    with acting(actor):
        received = cases.receive(actor=actor, report=report, now=report.received_at, source="nation")
    return Counter(["created" if received.signed_at == report.received_at else "present"])


class _Settler:
    """Lets units do their duties: of those that fell due most are done, some late; what is left stays left."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.rng = plan, random.Random(f"duties {plan.seed}")
        self.units = list(_doers(pack()))
        self.left: set[object] = set()
        self.last: datetime | None = None
        self.owed = False
        self.done = 0

    def settle(self, now: datetime, *, last: bool = False) -> None:
        self.last = self.last or now
        if not self.owed or (not last and now - self.last < SETTLING):
            return
        self.last, self.owed = now, False
        for unit, role in self.units:
            actor = access.actor_for_unit(unit, role=role, purpose=PURPOSE)
            with acting(actor), transaction.atomic():
                self._settle_unit(actor, now)

    def _settle_unit(self, actor: Actor, now: datetime) -> None:
        for duty in list(duty_selectors.worklist(actor, now=now).order_by("due_at", "kind", "opened_at")):
            if duty.pk in self.left or duty.opened_at >= now:
                continue
            moment = self._done_at(duty.opened_at, duty.due_at, now)
            if moment is not None:
                duties.complete(actor=actor, duty_id=duty.pk, now=moment)
                self.done += 1
            elif duty.due_at < now:
                self.left.add(duty.pk)

    def _done_at(self, opened: datetime, due: datetime, now: datetime) -> datetime | None:
        """When a duty was done by `now`; None if it was not."""
        settings = self.plan.settings
        if due >= now:
            early = opened + (now - opened) * self.rng.random()
            return early if self.rng.random() < settings.duties_done / 3 else None
        if self.rng.random() >= settings.duties_done:
            return None
        if self.rng.random() < settings.duties_late:
            late = due + timedelta(hours=self.rng.expovariate(1 / 60))
            return late if late < now else None
        return opened + max(due - opened, timedelta(minutes=5)) * self.rng.betavariate(1.5, 2)


def _doers(country: Pack) -> Iterator[tuple[str, str]]:
    """(unit, role) of every unit that has a role which may do duties."""
    kinds = {agency.code: agency.kind for agency in country.agencies}
    for unit in country.units:
        fitting = [
            role for role in country.roles if not role.agency_kinds or kinds[unit.agency] in role.agency_kinds
        ]
        role = next((role.code for role in fitting if "duty.do" in role.powers), "")
        if role and unit.retired is None:
            yield unit.code, role
