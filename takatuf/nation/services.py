"""The only module that writes a nation into an instance: through the deeds that its units would use."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from takatuf.access import services as access
from takatuf.access.rules import Power
from takatuf.cases import services as cases
from takatuf.duties import selectors as duty_selectors
from takatuf.duties import services as duties
from takatuf.journal import services as journal
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.reference import pack

from . import selectors, truth
from .country import country_of, doers
from .diligence import done_at
from .plan import Plan, make
from .reports import Filed
from .settings import VERSION, Settings

PURPOSE = "synthetic nation"
# Reports of one transaction. Each is received in its own time all the same: only the waiting for the disk is shared.
WINDOW = 200
SETTLING = timedelta(days=7)

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

    Raises AlreadyGrown if it was grown from other settings or another pack.
    """
    manifest = truth.manifest_of(folder, seed)
    if manifest is None:
        return None
    same = manifest["settings"] == truth.as_kept(settings)
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
    now: datetime | None = None,
    bulk: bool = True,
    progress: Progress = lambda _what, _done, _total: None,
) -> Grown:
    """Plan the nation of a seed, keep its truth in `folder`, and let its units file what they heard.

    Each report goes through `cases.services`, by an actor of its unit and in the time it was received; as time
    passes duties are done, some late, some not at all.  What is received after `now`, on a last day that is not over,
    waits for another call.  Not one transaction: a window of reports is.  Cut off half way, the next call goes on;
    grown to the end, it changes nothing.  Raises AlreadyGrown for a truth of other settings.
    """
    progress("people", 0, settings.people)
    known = known_until(folder, seed, settings)
    if known not in (None, until):
        raise AlreadyGrown(seed, truth.manifest_of(folder, seed) or {})
    plan = make(country_of(pack()), settings, seed=seed, until=until)
    truth.save(plan, folder)
    progress("people", len(plan.people.persons), len(plan.people.persons))
    over = datetime.combine(plan.until, time(), tzinfo=ZoneInfo(plan.country.timezone))
    outcomes, done = _live(
        plan,
        now=min(now or over, over),
        finished=selectors.is_grown(actor, seed=seed),
        bulk=bulk,
        progress=progress,
    )
    if outcomes["created"]:
        _note(actor, plan, created=outcomes["created"])
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


@transaction.atomic
def note_measured(*, actor: Actor, seed: int, measured: selectors.Measured) -> None:
    """Journal that the register was compared with the truth, and over how many reports."""
    with acting(actor):
        journal.record(actor=actor, did="nation.measured", to=[f"truth:N{seed}"], reports=measured.reports)


@transaction.atomic
def _note(actor: Actor, plan: Plan, *, created: int) -> None:
    with acting(actor):
        journal.record(
            actor=actor,
            did="nation.grown",
            to=[f"nation:N{plan.seed}"],
            people=plan.settings.people,
            reports=len(plan.filed),
            created=created,
        )


def _live(
    plan: Plan, *, now: datetime, finished: bool, bulk: bool, progress: Progress
) -> tuple[Counter[str], int]:
    """Window by window reports are received, and every week duties are done.

    A nation that was grown to its end before has no more duties done: they are now its users'.
    """
    outcomes: Counter[str] = Counter()
    offices, settler = _Offices(), _Settler(plan)
    past = [filed for filed in plan.filed if filed.report.received_at < now]
    for window in _windows(past, WINDOW if bulk else 1):
        with transaction.atomic():
            for filed in window:
                if not finished:
                    settler.until(filed.report.received_at)
                outcomes[_receive(offices.actor(filed.unit, filed.role), filed)] += 1
        progress("reports", outcomes.total(), len(past))
    if not finished:
        settler.settle(now)
    return outcomes, settler.done


def _windows(filed: Sequence[Filed], size: int) -> Iterator[Sequence[Filed]]:
    rest = iter(filed)
    while window := list(islice(rest, size)):
        yield window


def _receive(actor: Actor, filed: Filed) -> str:
    """`created`, `present`, or the code of the refusal."""
    report = filed.report
    with acting(actor):
        (outcome,) = cases.receive_many(
            actor=actor, reports=[report], now=report.received_at, source="nation"
        )
    return outcome.reason if outcome.status == "refused" else outcome.status


class _Offices:
    """The actor of each unit and role, asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Actor] = {}

    def actor(self, unit: str, role: str) -> Actor:
        if (unit, role) not in self._known:
            self._known[unit, role] = access.actor_for_unit(unit, role=role, purpose=PURPOSE)
        return self._known[unit, role]


class _Settler:
    """Lets units do their duties, each at the moment that its fate says; what lies in the future stays open."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.done = plan, 0
        self.next = plan.filed[0].report.received_at + SETTLING if plan.filed else None
        offices = _Offices()
        self.actors = [offices.actor(unit, role) for unit, role in doers(pack())]
        self.system = system(PURPOSE, powers=frozenset({Power.DUTY_OVERSEE_NATIONAL.value}))
        # When the open duties of each unit will be done, as known since it was last looked at.
        self.waiting: dict[UUID | None, list[datetime]] = {}

    def until(self, moment: datetime) -> None:
        """Settle at each end of a week that lies before `moment`."""
        while self.next is not None and self.next <= moment:
            self.settle(self.next)
            self.next += SETTLING

    @transaction.atomic
    def settle(self, now: datetime) -> None:
        owed = self._owed(now)
        for actor in self.actors:
            waiting = self.waiting.get(actor.unit_id, [])
            if owed[actor.unit_id] != len(waiting) or any(moment < now for moment in waiting):
                with acting(actor):
                    self.waiting[actor.unit_id] = self._settle_unit(actor, now)
        with acting(self.system):
            duties.escalate(actor=self.system, now=now)

    def _owed(self, now: datetime) -> Counter[object]:
        """How many duties each unit has open: most units need not be asked every week."""
        owed: Counter[object] = Counter()
        with acting(self.system):
            for row in duty_selectors.overdue_nationally(self.system, now=now):
                owed[row["unit_id"]] += int(str(row["open"]))
        return owed

    def _settle_unit(self, actor: Actor, now: datetime) -> list[datetime]:
        """Do what is to be done by `now`; the moments of what remains open."""
        left = []
        open_now = duty_selectors.worklist(actor, now=now).filter(opened_at__lt=now)
        for duty in open_now.order_by("due_at", "kind", "opened_at"):
            moment = done_at(
                self.plan.settings,
                seed=self.plan.seed,
                unit=actor.unit,
                kind=duty.kind,
                opened=duty.opened_at,
                due=duty.due_at,
            )
            if moment < now:
                duties.complete(actor=actor, duty_id=duty.pk, now=moment)
                self.done += 1
            else:
                left.append(moment)
        return left
