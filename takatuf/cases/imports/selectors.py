"""What a given actor may see of imports: the runs of her agency, and the rows that were refused."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Count, QuerySet

from takatuf.access.rules import Power
from takatuf.kernel.actor import Actor
from takatuf.kernel.reference import pack
from takatuf.kernel.text import Text

from . import mapping as mappings_
from .models import ImportRun, QuarantinedRow
from .rules import CannotImport, Reason, RowStatus, State
from .shapes import Importation

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A declaration that ships with this instance and fits the actor's agency."""

    code: str
    name: Text
    version: str
    format: str
    path: Path


def mappings(actor: Actor) -> list[Offered]:
    """Declarations of this country for files of the actor's agency, by name. One that is wrong is not offered."""
    found = []
    for path in sorted((Path(settings.PACKS_DIR) / "mappings").glob("*.yaml")):
        try:
            known = mappings_.load(path).mapping
        except mappings_.MappingWrong:
            continue
        if fits(known, agency=actor.agency):
            name = Text(ar=known.ar, en=known.en)
            found.append(
                Offered(
                    code=known.mapping,
                    name=name,
                    version=known.version,
                    format=known.source.format,
                    path=path,
                )
            )
    return found


def fits(known: Importation, *, agency: str) -> bool:
    """Whether a declaration is of this country, and for this agency or for any."""
    return known.pack in (None, pack().code) and known.agency in (None, agency)


def mapping(actor: Actor, *, code: str) -> mappings_.Loaded:
    """An offered declaration by its code. Raises CannotImport(no_such_mapping)."""
    for offered in mappings(actor):
        if offered.code == code:
            return mappings_.load(offered.path)
    raise CannotImport(Reason.NO_SUCH_MAPPING, mapping=code)


def runs(actor: Actor) -> QuerySet[ImportRun]:
    """Runs of the actor's agency, newest first; none for who may not import."""
    if not actor.may(Power.IMPORT_RUN.value):
        return ImportRun.objects.none()
    return ImportRun.objects.filter(agency=actor.agency).order_by("-started_at", "-id")


def run(actor: Actor, *, typed: str) -> ImportRun:
    """A run by its reference, as typed. Raises CannotImport(not_visible)."""
    found = runs(actor).filter(reference=typed.strip().upper()).first()
    if found is None:
        raise CannotImport(Reason.NOT_VISIBLE)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. `seconds_left` is None where nothing can be said: just begun, stopped, or done."""

    done: int
    total: int
    state: str
    moving: bool
    seconds_left: int | None

    @property
    def percent(self) -> int:
        return 100 if not self.total else min(100, 100 * self.done // self.total)


STALLED_AFTER = 120  # seconds without a batch: whoever worked on it is gone


def progress(actor: Actor, *, run: ImportRun, now: datetime) -> Progress:
    """The progress of a run the actor may see, for a bar that is asked again and again."""
    running = run.state == State.RUNNING
    quiet = (now - run.progressed_at).total_seconds()
    moving = running and run.trouble is None and quiet < STALLED_AFTER
    took = (run.progressed_at - run.started_at).total_seconds()
    left = run.rows_in_file - run.position
    seconds = round(took / run.position * left) if moving and run.position and took > 0 else None
    return Progress(
        done=run.position, total=run.rows_in_file, state=run.state, moving=moving, seconds_left=seconds
    )


def rows(
    actor: Actor,
    *,
    run_id: UUID | None = None,
    reason: str = "",
    status: str = RowStatus.WAITING.value,
) -> QuerySet[QuarantinedRow]:
    """Refused rows of the actor's agency in the order of their files. Empty `status`: whatever became of them."""
    if not actor.may(Power.IMPORT_RUN.value):
        return QuarantinedRow.objects.none()
    found = QuarantinedRow.objects.filter(agency=actor.agency).select_related("run")
    if run_id is not None:
        found = found.filter(run_id=run_id)
    if reason:
        found = found.filter(reason=reason)
    if status:
        found = found.filter(status=status)
    return found.order_by("run_id", "position")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows of one run, and the position after which the next page begins (None at the end)."""

    rows: list[QuarantinedRow]
    next_after: int | None


def page(
    actor: Actor,
    *,
    run_id: UUID,
    reason: str = "",
    status: str = RowStatus.WAITING.value,
    after: int = 0,
    size: int = PAGE,
) -> Page:
    """One page of a run's refused rows, by position in the file."""
    found = rows(actor, run_id=run_id, reason=reason, status=status).filter(position__gt=after)
    taken = list(found[: size + 1])
    more = len(taken) > size
    return Page(rows=taken[:size], next_after=taken[size - 1].position if more else None)


def row(actor: Actor, *, row_id: UUID) -> QuarantinedRow:
    """One refused row, without its values. Raises CannotImport(not_visible)."""
    found = rows(actor, status="").filter(pk=row_id).first()
    if found is None:
        raise CannotImport(Reason.NOT_VISIBLE)
    return found


def reasons(actor: Actor, *, run_id: UUID, status: str = RowStatus.WAITING.value) -> list[tuple[str, int]]:
    """(reason, how many rows) of a run, the most frequent first."""
    counted = rows(actor, run_id=run_id, status=status).order_by().values_list("reason")
    return [(reason, number) for reason, number in counted.annotate(n=Count("id")).order_by("-n", "reason")]


def folder(actor: Actor) -> Path:
    """Where uploaded files lie while they are worked on, closed to everybody else; made on first use."""
    path = Path(settings.TAKATUF_HOME) / "imports"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def stored(actor: Actor, *, run: ImportRun) -> Path | None:
    """The uploaded file of a run, as long as it is kept: None for a run of the console, and once it is done."""
    path = folder(actor) / str(run.pk)
    return path if path.is_file() else None
