"""The deeds of an import. Each batch of rows is one transaction with its count, so a run goes on where it was cut.

Every row of a file ends as a report, as present already, or in quarantine with a reason; `finish` proves it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access
from takatuf.cases import selectors as cases
from takatuf.cases import services as reports
from takatuf.cases.models import Report
from takatuf.cases.rules import ReportIn
from takatuf.journal import services as journal
from takatuf.kernel import clock, crypto
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.ids import new_id, reference
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import pack

from . import mapping as mappings
from . import rules, selectors, vault
from .convert import Converter, compile_mapping
from .mapping import Loaded, MappingWrong
from .models import ImportRun, QuarantinedRow
from .readers import Bad, Row, cells_of_json, fingerprint, open_source, survey
from .rules import CannotImport, Reason, RowReason, RowStatus, State
from .shapes import Importation
from .takes import RowRefused, told

BATCH = 1_000
CHUNK = 1024 * 1024
LARGEST = 512 * 1024 * 1024  # of an uploaded file; the console takes any size
SHOWN = 20  # refusals of a dry run that are shown one by one

Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


# --- Who may, and what for ------------------------------------------------------------------------------------------


def _check_may(actor: Actor) -> None:
    access_rules.check_power(actor, access_rules.Power.IMPORT_RUN)
    access_rules.check_power(actor, access_rules.Power.REPORT_CREATE)
    access_rules.check_unit(actor)


def _unit_of(actor: Actor) -> UUID:
    access_rules.check_unit(actor)
    assert actor.unit_id is not None
    return actor.unit_id


def clerk(*, actor: Actor, agency: str, unit: str = "") -> Actor:
    """An actor of this agency who may import, for the console: the system lends her unit and role, she has no name.

    The unit is the agency's first, or `unit`. Raises CannotImport(unknown_agency | unknown_unit | no_clerk).
    """
    country = pack()
    found = country.item("agencies", agency)
    if found is None:
        raise CannotImport(Reason.UNKNOWN_AGENCY, agency=agency)
    units = access.units(actor).filter(agency=agency).order_by("code")
    place = (units.filter(code=unit) if unit else units).first()
    if place is None:
        raise CannotImport(Reason.UNKNOWN_UNIT, unit=unit or agency)
    wanted = {access_rules.Power.IMPORT_RUN.value, access_rules.Power.REPORT_CREATE.value}
    for role in country.roles:
        if wanted <= set(role.powers) and (not role.agency_kinds or found.kind in role.agency_kinds):
            return Actor(
                user_id=actor.user_id,
                unit_id=place.pk,
                unit=place.code,
                agency=agency,
                role=role.code,
                purpose=actor.purpose,
                powers=frozenset(role.powers),
            )
    raise CannotImport(Reason.NO_CLERK, agency=agency)


def _filers(actor: Actor, mapping: Importation) -> dict[str, Actor]:
    """Unit code → who files under it; "" is the importing unit. Raises CannotImport where that may not be."""
    country = pack()
    if mapping.pack not in (None, country.code):
        raise CannotImport(Reason.OTHER_PACK, mapping_pack=mapping.pack, pack=country.code)
    if mapping.agency not in (None, actor.agency):
        raise CannotImport(Reason.NOT_THIS_AGENCY, agency=actor.agency, mapping_agency=mapping.agency)
    _check_codes(mapping)
    own = country.item("agencies", actor.agency)
    kind = own.kind if own is not None else ""
    wanted = mapping.units() - {""}
    found = {"": actor}
    for unit in access.units(actor).filter(code__in=wanted):
        if not rules.may_file_for(agency=actor.agency, agency_kind=kind, for_agency=unit.agency):
            raise CannotImport(Reason.NOT_THIS_AGENCY, agency=actor.agency, mapping_agency=unit.agency)
        found[unit.code] = replace(actor, unit_id=unit.pk, unit=unit.code, agency=unit.agency)
    missing = sorted(wanted - set(found))
    if missing:
        raise CannotImport(Reason.UNKNOWN_UNIT, unit=", ".join(missing))
    return found


def _check_codes(mapping: Importation) -> None:
    """A declaration that would write codes this country does not know is refused before the first row."""
    country = pack()
    unknown = [
        f"{name}: {code}"
        for name, codes in sorted(mapping.outputs().items())
        for code in sorted(codes)
        if country.item(name, code) is None
    ]
    if unknown:
        raise CannotImport(Reason.UNKNOWN_CODES, codes=unknown)


# --- From rows to reports -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Taken:
    """A row that converts: what it says, and under which unit."""

    position: int
    row: Row | Bad
    unit: str
    report: ReportIn


@dataclass(frozen=True, slots=True)
class _Refused:
    position: int
    row: Row | Bad
    reference: str
    reason: str
    facts: Mapping[str, object]


Numbered = tuple[int, Row | Bad]


def _converted(converter: Converter, chunk: Sequence[Numbered]) -> tuple[list[_Taken], list[_Refused]]:
    taken: list[_Taken] = []
    refused: list[_Refused] = []
    for position, row in chunk:
        if isinstance(row, Bad):
            facts = {"problem": row.problem.value}
            known = _reference(converter, (), position)
            refused.append(_Refused(position, row, known, RowReason.MALFORMED_LINE.value, facts))
            continue
        try:
            found = converter.convert(row.cells, position)
        except RowRefused as refusal:
            known = _reference(converter, row.cells, position)
            refused.append(_Refused(position, row, known, refusal.reason.value, refusal.facts))
        else:
            taken.append(_Taken(position, row, found.unit, found.report))
    return taken, refused


def _reference(converter: Converter, cells: Sequence[str], position: int) -> str:
    """The reference as far as the row still tells it; else empty."""
    try:
        return converter.reference_of(cells, position)
    except (RowRefused, IndexError):
        return ""


def _by_unit(taken: Iterable[_Taken]) -> dict[str, list[_Taken]]:
    found: dict[str, list[_Taken]] = {}
    for one in taken:
        found.setdefault(one.unit, []).append(one)
    return found


def _numbered(rows: Iterator[Row | Bad], done: int) -> Iterator[list[Numbered]]:
    """The rows after the first `done`, with their positions, in batches."""
    following = islice(enumerate(rows, 1), done, None)
    while chunk := list(islice(following, BATCH)):
        yield chunk


# --- A dry run ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One row that would wait in quarantine."""

    position: int
    line: int
    reason: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a file would become. Nothing of it is written. `refusals`: the first few; `reasons`: all, counted."""

    rows: int
    created: int
    present: int
    quarantined: int
    reasons: Mapping[str, int]
    refusals: tuple[Refusal, ...]


def dry_run(
    *, actor: Actor, path: Path, loaded: Loaded, now: datetime, progress: Progress = _silent
) -> Tried:
    """Take a file as far as it goes without writing anything. Raises CannotImport."""
    _check_may(actor)
    mapping = loaded.mapping
    wanted = mapping.columns()
    looked = survey(path, mapping.source, wanted)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    shown: list[Refusal] = []
    with acting(actor):
        with transaction.atomic():
            filers = _filers(actor, mapping)
        with open_source(path, mapping.source, wanted) as opened:
            converter = compile_mapping(mapping, opened.columns, digest=looked.digest)
            seen: set[tuple[str, str]] = set()  # a reference that comes twice in one file
            for chunk in _numbered(opened.rows, 0):
                taken, refused = _converted(converter, chunk)
                refused += _checked(actor, filers, taken, seen, counts, now)
                known = set(_known(actor, filers, [one.reference for one in refused]))
                # In earnest the good row of this file with the same reference would be a report by now.
                known |= {reference for _, reference in seen if reference}
                for one in sorted(refused, key=lambda one: one.position):
                    if one.reference in known:
                        counts["present"] += 1
                        continue
                    counts["quarantined"] += 1
                    reasons[one.reason] += 1
                    if len(shown) < SHOWN:
                        shown.append(
                            Refusal(
                                position=one.position, line=one.row.line, reason=one.reason, facts=one.facts
                            )
                        )
                progress(sum(counts.values()), looked.rows)
    return Tried(
        rows=looked.rows,
        created=counts["created"],
        present=counts["present"],
        quarantined=counts["quarantined"],
        reasons=dict(reasons.most_common()),
        refusals=tuple(shown),
    )


def _checked(
    actor: Actor,
    filers: Mapping[str, Actor],
    taken: Sequence[_Taken],
    seen: set[tuple[str, str]],
    counts: Counter[str],
    now: datetime,
) -> list[_Refused]:
    refused = []
    for unit, group in _by_unit(taken).items():
        filer = filers[unit]
        with acting(filer), transaction.atomic():
            outcomes = reports.check_many(actor=filer, reports=[one.report for one in group], now=now)
        for one, outcome in zip(group, outcomes, strict=True):
            key = (filer.agency, one.report.external_ref)
            if outcome.status == "refused":
                refused.append(_outcome_refused(one, outcome))
            elif outcome.status == "present" or key in seen:
                counts["present"] += 1
            else:
                seen.add(key)
                counts["created"] += 1
    return refused


def _outcome_refused(one: _Taken, outcome: reports.Outcome) -> _Refused:
    facts = {name: value for name, value in outcome.facts.items() if name != "value"}
    if "value" in outcome.facts:
        facts |= told(str(outcome.facts["value"]))
    return _Refused(one.position, one.row, one.report.external_ref, outcome.reason, facts)


def _known(actor: Actor, filers: Mapping[str, Actor], references: Sequence[str]) -> dict[str, UUID]:
    """References of refused rows that became reports all the same, in another run or by mending."""
    agencies = {filer.agency for filer in filers.values()}
    if not any(references):
        return {}
    with acting(replace(actor, scope="linker")), transaction.atomic():
        found = cases.known_references(actor, refs=references, agencies=agencies)
    return {ref: pk for (_, ref), pk in found.items()}


# --- A run ----------------------------------------------------------------------------------------------------------


def start(*, actor: Actor, path: Path, loaded: Loaded, now: datetime, file_name: str = "") -> ImportRun:
    """Begin the import of a file; nothing of it is taken yet. `carry_on` does that.

    A run of the same file that was cut off is given back, to go on with. Raises CannotImport: the file cannot be
    read whole, columns are missing, the declaration does not fit, or (other_mapping) the unfinished run has another.
    """
    _check_may(actor)
    mapping = loaded.mapping
    with acting(actor):
        _filers(actor, mapping)
        wanted = mapping.columns()
        looked = survey(path, mapping.source, wanted)
        with open_source(path, mapping.source, wanted) as opened:
            columns = opened.columns
        with transaction.atomic():
            unfinished = (
                ImportRun.objects.select_for_update()
                .filter(agency=actor.agency, file_digest=looked.digest, state=State.RUNNING.value)
                .first()
            )
            if unfinished is not None:
                if bytes(unfinished.mapping_digest) != loaded.digest:
                    raise CannotImport(Reason.OTHER_MAPPING, run=unfinished.reference)
                return unfinished
            run_id = new_id()
            run = ImportRun.objects.create(
                id=run_id,
                reference=reference("I"),
                agency=actor.agency,
                unit_id=_unit_of(actor),
                unit=actor.unit,
                role=actor.role,
                started_by=actor.user_id,
                file_name=(file_name or path.name)[:255],
                file_digest=looked.digest,
                file_size=looked.size,
                columns=columns,
                rows_in_file=looked.rows,
                mapping_code=mapping.mapping,
                mapping_digest=loaded.digest,
                mapping=loaded.text,
                wrapped_key=keyring().wrap(crypto.new_data_key(), vault.key_aad(run_id)),
                started_at=now,
                progressed_at=now,
            )
            journal.record(
                actor=actor,
                did="cases.import_started",
                to=[f"import:{run.pk}"],
                at=now,
                reference=run.reference,
                mapping=mapping.mapping,
                rows=looked.rows,
                digest=looked.digest.hex(),
            )
    return run


def carry_on(
    *,
    actor: Actor,
    run_id: UUID,
    path: Path,
    progress: Progress = _silent,
    tick: Callable[[], datetime] = clock.now,
) -> ImportRun:
    """Take the rows of a run from where it stands to the end of the file, then prove the counts.

    Raises CannotImport: not_visible, not_running, file_changed, run_busy (another process is at it),
    does_not_add_up. What was committed before stands.
    """
    _check_may(actor)
    with acting(actor):
        run = _mine(actor, run_id)
        if run.state != State.RUNNING:
            raise CannotImport(Reason.NOT_RUNNING, run=run.reference, state=run.state)
        if fingerprint(path)[0] != bytes(run.file_digest):
            raise CannotImport(Reason.FILE_CHANGED, file=path.name, run=run.reference)
        mapping = _mapping_of(run)
        work = _Work(
            actor=actor,
            run_id=run.pk,
            source=f"import:{run.reference}",
            duties=mapping.duties,
            filers=_filers(actor, mapping),
            key=_key(run),
            digest=bytes(run.file_digest),
        )
        with open_source(path, mapping.source, mapping.columns()) as opened:
            converter = compile_mapping(mapping, opened.columns, digest=work.digest)
            for chunk in _numbered(opened.rows, run.position):
                run = _batch(work, converter, chunk, tick())
                progress(run.position, run.rows_in_file)
        return _finish(actor, run.pk, tick())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What stays the same over the batches of one run."""

    actor: Actor
    run_id: UUID
    source: str
    duties: reports.DutiesMode
    filers: Mapping[str, Actor]
    key: bytes = field(repr=False)
    digest: bytes


@transaction.atomic
def _mine(actor: Actor, run_id: UUID) -> ImportRun:
    run = selectors.runs(actor).filter(pk=run_id).first()
    if run is None:
        raise CannotImport(Reason.NOT_VISIBLE)
    return run


def _mapping_of(run: ImportRun) -> Importation:
    try:
        return mappings.parse(run.mapping, name=run.mapping_code).mapping
    except MappingWrong as wrong:  # a declaration of an older version that is not understood any more
        raise CannotImport(Reason.MAPPING_WRONG, mistakes=[str(one) for one in wrong.mistakes]) from wrong


def _key(run: ImportRun) -> bytes:
    if run.wrapped_key is None:
        raise CannotImport(Reason.KEY_GONE, run=run.reference)
    return keyring().unwrap(bytes(run.wrapped_key), vault.key_aad(run.pk))


def _batch(work: _Work, converter: Converter, chunk: Sequence[Numbered], now: datetime) -> ImportRun:
    """One batch and its count, in one transaction. Tried again once: another run may have brought the same row."""
    taken, refused = _converted(converter, chunk)
    try:
        return _take(work, chunk, taken, refused, now)
    except IntegrityError:
        return _take(work, chunk, taken, refused, now)


@transaction.atomic
def _take(
    work: _Work,
    chunk: Sequence[Numbered],
    taken: Sequence[_Taken],
    refused: Sequence[_Refused],
    now: datetime,
) -> ImportRun:
    run = ImportRun.objects.select_for_update().get(pk=work.run_id)
    if run.state != State.RUNNING or run.position != chunk[0][0] - 1:
        raise CannotImport(Reason.RUN_BUSY, run=run.reference)
    created, present, late = _filed(work, taken, now)
    waiting = [*refused, *late]
    known = _known(work.actor, work.filers, [one.reference for one in waiting])
    kept = [one for one in waiting if one.reference not in known]
    _supersede(work, chunk, [one.report.external_ref for one in taken], kept, now)
    run.position += len(chunk)
    run.created += created
    run.present += present + len(waiting) - len(kept)
    run.quarantined += len(kept)
    run.progressed_at, run.trouble = now, None
    run.save(update_fields=["position", "created", "present", "quarantined", "progressed_at", "trouble"])
    return run


def _received(
    work: _Work, taken: Sequence[_Taken], now: datetime
) -> Iterator[tuple[_Taken, reports.Outcome]]:
    """Each row with what became of it, filed as the unit it is of."""
    for unit, group in _by_unit(taken).items():
        filer = work.filers[unit]
        with acting(filer):
            outcomes = reports.receive_many(
                actor=filer,
                reports=[one.report for one in group],
                now=now,
                duties=work.duties,
                source=work.source,
            )
        yield from zip(group, outcomes, strict=True)


def _filed(work: _Work, taken: Sequence[_Taken], now: datetime) -> tuple[int, int, list[_Refused]]:
    counts: Counter[str] = Counter()
    refused: list[_Refused] = []
    for one, outcome in _received(work, taken, now):
        counts[outcome.status] += 1
        if outcome.status == "refused":
            refused.append(_outcome_refused(one, outcome))
    return counts["created"], counts["present"], refused


def _supersede(
    work: _Work,
    chunk: Sequence[Numbered],
    references: Sequence[str],
    kept: Sequence[_Refused],
    now: datetime,
) -> None:
    """Put the refused rows into quarantine; where one waited there from an earlier run, this one takes its place.

    What somebody had mended of it stays mended.
    """
    same_file = Q(run__file_digest=work.digest, position__gte=chunk[0][0], position__lte=chunk[-1][0])
    wanted = [*filter(None, references), *(one.reference for one in kept if one.reference)]
    earlier = list(
        QuarantinedRow.objects.select_for_update(of=("self",))
        .select_related("run")
        .filter(
            Q(external_ref__in=wanted) | same_file,
            agency=work.actor.agency,
            status=RowStatus.WAITING.value,
        )
        .exclude(run_id=work.run_id)
    )
    by_reference = {row.external_ref: row for row in earlier if row.external_ref}
    by_position = {row.position: row for row in earlier if bytes(row.run.file_digest) == work.digest}
    QuarantinedRow.objects.bulk_create(
        _quarantined(work, one, by_reference.get(one.reference) or by_position.get(one.position))
        for one in kept
    )
    QuarantinedRow.objects.filter(pk__in=[row.pk for row in earlier]).update(
        status=RowStatus.SUPERSEDED.value, settled_at=now
    )


def _quarantined(work: _Work, one: _Refused, before: QuarantinedRow | None) -> QuarantinedRow:
    row = QuarantinedRow(
        id=new_id(),
        run_id=work.run_id,
        agency=work.actor.agency,
        position=one.position,
        line=one.row.line,
        external_ref=one.reference,
        reason=one.reason,
        facts=dict(one.facts),
    )
    row.raw = vault.seal_raw(work.key, row.pk, vault.raw_of(one.row))
    if before is not None and before.overlay is not None:
        mended = vault.open_overlay(_key(before.run), before.pk, bytes(before.overlay))
        row.overlay = vault.seal_overlay(work.key, row.pk, mended)
        row.mended_by, row.mended_at = before.mended_by, before.mended_at
    return row


@transaction.atomic
def _finish(actor: Actor, run_id: UUID, now: datetime) -> ImportRun:
    """Count what the tables really hold against what was read. Raises CannotImport(does_not_add_up)."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    proof = _proof(run)
    if not proof["adds_up"]:
        raise CannotImport(Reason.DOES_NOT_ADD_UP, run=run.reference, **proof)
    run.state, run.finished_at, run.progressed_at, run.proof = State.FINISHED.value, now, now, proof
    run.save(update_fields=["state", "finished_at", "progressed_at", "proof"])
    counts = {name: getattr(run, name) for name in ("created", "present", "quarantined")}
    journal.record(
        actor=actor, did="cases.import_finished", to=[f"import:{run.pk}"], at=now, rows=run.position, **counts
    )
    return run


def _proof(run: ImportRun) -> dict[str, int | bool]:
    """The counts of the run beside those of the tables: reports by their source, quarantined rows by their status."""
    # Reports may be filed under units that the importing one cannot see: numbers only leave here.
    with acting(system("import.proof")):
        in_reports = Report.objects.filter(source=f"import:{run.reference}").count()
        by_status = dict(
            QuarantinedRow.objects.filter(run_id=run.pk)
            .values_list("status")
            .annotate(n=Count("id"))
            .values_list("status", "n")
        )
    in_quarantine = sum(by_status.get(status.value, 0) for status in rules.QUARANTINED)
    proof: dict[str, int | bool] = {
        "rows": run.rows_in_file,
        "read": run.position,
        "created": run.created,
        "present": run.present,
        "quarantined": run.quarantined,
        "reports_in_table": in_reports,
        "quarantined_in_table": in_quarantine,
    }
    proof["adds_up"] = (
        run.rows_in_file == run.position == run.created + run.present + run.quarantined
        and in_reports == run.created
        and in_quarantine == run.quarantined
    )
    return proof


@transaction.atomic
def abandon(*, actor: Actor, run_id: UUID, now: datetime) -> ImportRun:
    """Give an unfinished run up; what it committed stands. The file may then be brought in afresh."""
    _check_may(actor)
    run = selectors.runs(actor).select_for_update().filter(pk=run_id).first()
    if run is None:
        raise CannotImport(Reason.NOT_VISIBLE)
    if run.state != State.RUNNING:
        raise CannotImport(Reason.NOT_RUNNING, run=run.reference, state=run.state)
    run.state, run.finished_at = State.ABANDONED.value, now
    run.save(update_fields=["state", "finished_at"])
    journal.record(
        actor=actor, did="cases.import_abandoned", to=[f"import:{run.pk}"], at=now, rows=run.position
    )
    _remove(selectors.stored(actor, run=run))
    return run


# --- Uploaded files -------------------------------------------------------------------------------------------------


def upload(
    *, actor: Actor, content: IO[bytes], file_name: str, mapping_code: str, now: datetime
) -> ImportRun:
    """Keep an uploaded file, begin its run, and leave the work to the worker (job `run_import`).

    The file is readable by this service only, and removed when the run ends. Raises CannotImport as `start` does.
    """
    _check_may(actor)
    loaded = selectors.mapping(actor, code=mapping_code)
    kept = selectors.folder(actor) / f"{new_id()}.part"
    try:
        _keep(content, kept, file_name)
        # The name tells a reader nothing but what to call the file in a sentence.
        run = start(actor=actor, path=kept, loaded=loaded, now=now, file_name=Path(file_name).name)
        kept.replace(selectors.folder(actor) / str(run.pk))
    except BaseException:
        _remove(kept)
        raise
    _queue(run)
    return run


def _keep(content: IO[bytes], path: Path, file_name: str) -> None:
    path.touch(mode=0o600)
    size = 0
    with path.open("wb") as kept:
        while chunk := content.read(CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise CannotImport(Reason.TOO_LARGE, file=Path(file_name).name)
            kept.write(chunk)


def _remove(path: Path | None) -> None:
    if path is not None:
        path.unlink(missing_ok=True)


def _queue(run: ImportRun) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.exceptions import AlreadyEnqueued

    # No lock on running jobs: that of a worker that was killed would never be given back. Two at once cannot hurt,
    # each batch asks where the run stands.
    waiting = f"import:{run.pk}"
    try:
        with transaction.atomic():
            app.configure_task("run_import", queueing_lock=waiting).defer(run_id=str(run.pk))
    except AlreadyEnqueued:
        return  # it waits already


def resume(*, actor: Actor, run_id: UUID) -> ImportRun:
    """Let the worker go on with an uploaded file whose run stopped. Raises CannotImport(not_running | file_gone)."""
    _check_may(actor)
    run = _mine(actor, run_id)
    if run.state != State.RUNNING:
        raise CannotImport(Reason.NOT_RUNNING, run=run.reference, state=run.state)
    if selectors.stored(actor, run=run) is None:
        raise CannotImport(Reason.FILE_GONE, run=run.reference)
    with acting(actor), transaction.atomic():
        ImportRun.objects.filter(pk=run.pk).update(trouble=None)
        _queue(run)
    return run


def work(*, actor: Actor, run_id: UUID) -> ImportRun | None:
    """Do an uploaded file's run, as the person who uploaded it and still may. For the worker; `actor` is the system.

    A refusal is written on the run, for whoever looks. None when there is nothing left to do.
    """
    with acting(actor):
        with transaction.atomic():
            run = ImportRun.objects.filter(pk=run_id, state=State.RUNNING.value).first()
        path = selectors.stored(actor, run=run) if run is not None else None
        if run is None or path is None:
            return None
        try:
            importer = _importer(actor, run)
            done = carry_on(actor=importer, run_id=run.pk, path=path)
        except (CannotImport, access_rules.AccessRefused) as refusal:
            trouble = {"reason": refusal.reason.value, **refusal.facts}
            with transaction.atomic():
                ImportRun.objects.filter(pk=run.pk).update(trouble=trouble)
            return None
        _remove(path)
        return done


@transaction.atomic
def _importer(actor: Actor, run: ImportRun) -> Actor:
    """Who started the run, if she still has that role in that unit. Raises AccessRefused(not_a_member)."""
    if run.started_by is not None:
        user = access.user_names(actor, [run.started_by]).get(run.started_by)
        for membership in access.memberships(user=user) if user is not None else ():
            if (membership.unit_id, membership.role) == (run.unit_id, run.role):
                return access.actor_of(membership, purpose=f"import {run.reference}")
    raise access_rules.AccessRefused(access_rules.Reason.NOT_A_MEMBER, role=run.role)


def stalled(*, actor: Actor, now: datetime) -> list[UUID]:
    """Uploaded files whose worker is gone: queued again; returns their runs. A periodic job of the system."""
    found = []
    with acting(actor), transaction.atomic():
        for run in ImportRun.objects.filter(state=State.RUNNING.value, trouble__isnull=True):
            quiet = (now - run.progressed_at).total_seconds()
            if quiet > selectors.STALLED_AFTER and selectors.stored(actor, run=run) is not None:
                _queue(run)
                found.append(run.pk)
    return found


# --- Quarantine -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """A refused row in the clear: column → value as it came, and what was mended of it."""

    row: QuarantinedRow
    values: Mapping[str, str]
    mended: Mapping[str, str]
    text: str
    problem: str
    note: str = ""

    @property
    def now(self) -> dict[str, str]:
        """The values as they would be tried again."""
        return {**self.values, **self.mended}


def open_row(*, actor: Actor, row_id: UUID, now: datetime) -> Values:
    """Read a refused row: a reading of personal data, journalled. Raises CannotImport(not_visible | key_gone)."""
    _check_may(actor)
    with acting(actor), transaction.atomic():
        row = selectors.row(actor, row_id=row_id)
        journal.record(
            actor=actor,
            did="cases.import_row.read",
            to=[f"import:{row.run_id}", f"import_row:{row.pk}"],
            at=now,
        )
        return _values(row, _key(row.run), row.run.columns)


def _values(row: QuarantinedRow, key: bytes, columns: Sequence[str]) -> Values:
    raw = vault.open_raw(key, row.pk, bytes(row.raw))
    cells = list(raw.cells)
    if raw.text and not raw.problem:  # a JSON line tells more than the columns of one declaration
        cells = cells_of_json(raw.text, columns) or cells
    padded = [*cells[: len(columns)], *[""] * (len(columns) - len(cells))]
    return Values(
        row=row,
        values=dict(zip(columns, padded, strict=True)),
        mended=vault.open_overlay(key, row.pk, bytes(row.overlay)) if row.overlay is not None else {},
        text=raw.text if raw.problem else "",
        problem=raw.problem,
        note=crypto.open_(key, bytes(row.note), vault.note_aad(row.pk)).decode() if row.note else "",
    )


def mend_row(*, actor: Actor, row_id: UUID, values: Mapping[str, str], now: datetime) -> QuarantinedRow:
    """Correct a waiting row: column → value. What came stays as it came; `retry` then tries the mended row.

    Only values that differ from what came are kept; a column given its own value again is mended no more.
    Raises CannotImport(not_visible | not_waiting | unknown_column | nothing_mended).
    """
    _check_may(actor)
    with acting(actor), transaction.atomic():
        row = _waiting(actor, row_id)
        unknown = [name for name in values if name not in row.run.columns]
        if unknown:
            raise CannotImport(Reason.UNKNOWN_COLUMN, columns=unknown)
        key = _key(row.run)
        came = _values(row, key, row.run.columns)
        clean = {name: _one_line(value) for name, value in values.items()}
        mended = {
            name: value for name, value in {**came.mended, **clean}.items() if value != came.values[name]
        }
        if mended == came.mended:
            raise CannotImport(Reason.NOTHING_MENDED)
        row.overlay = vault.seal_overlay(key, row.pk, mended) if mended else None
        row.mended_by, row.mended_at = (actor.user_id, now) if mended else (None, None)
        row.save(update_fields=["overlay", "mended_by", "mended_at"])
        journal.record(
            actor=actor,
            did="cases.import_row_mended",
            to=[f"import:{row.run_id}", f"import_row:{row.pk}"],
            at=now,
            columns=[name[:200] for name in sorted(clean)],
        )
        return row


def _one_line(value: str) -> str:
    """As it could stand in a cell: PostgreSQL stores no NUL."""
    return value.replace("\x00", "").strip()


def _waiting(actor: Actor, row_id: UUID) -> QuarantinedRow:
    row = selectors.rows(actor, status="").select_for_update(of=("self",)).filter(pk=row_id).first()
    if row is None:
        raise CannotImport(Reason.NOT_VISIBLE)
    if row.status != RowStatus.WAITING:
        raise CannotImport(Reason.NOT_WAITING, status=row.status)
    return row


def discard_row(*, actor: Actor, row_id: UUID, reason: str, now: datetime) -> QuarantinedRow:
    """Decide that a row will never be a report, and say why. It stays, sealed, and counted as quarantined.

    Raises CannotImport(not_visible | not_waiting | reason_too_short).
    """
    _check_may(actor)
    if not rules.reason_is_enough(reason):
        raise CannotImport(Reason.REASON_TOO_SHORT, least=rules.SHORTEST_REASON)
    with acting(actor), transaction.atomic():
        row = _waiting(actor, row_id)
        note = " ".join(reason.split())[:1000].encode()
        row.note = crypto.seal(_key(row.run), note, vault.note_aad(row.pk))
        row.status, row.settled_by, row.settled_at = RowStatus.DISCARDED.value, actor.user_id, now
        row.save(update_fields=["note", "status", "settled_by", "settled_at"])
        journal.record(
            actor=actor,
            did="cases.import_row_discarded",
            to=[f"import:{row.run_id}", f"import_row:{row.pk}"],
            at=now,
        )
        return row


# --- Trying again ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What became of the rows that were tried again; `waiting` still wait, with the reason of this time."""

    tried: int = 0
    created: int = 0
    present: int = 0
    waiting: int = 0


def retry(
    *,
    actor: Actor,
    run_id: UUID,
    row_ids: Sequence[UUID] | None = None,
    loaded: Loaded | None = None,
    now: datetime,
    progress: Progress = _silent,
) -> Retried:
    """Try waiting rows of a run again: all, or `row_ids`; with its own declaration, or a corrected one.

    A corrected declaration becomes the run's. Raises CannotImport: not_visible, not_finished (its rows are still
    being taken), other_identity, missing_columns, and what `start` raises of a declaration.
    """
    _check_may(actor)
    with acting(actor):
        run = _mine(actor, run_id)
        if run.state == State.RUNNING:
            raise CannotImport(Reason.NOT_FINISHED, run=run.reference)
        if loaded is not None:
            run = _remap(actor, run.pk, loaded, now)
        mapping = _mapping_of(run)
        work = _Work(
            actor=actor,
            run_id=run.pk,
            source=f"import:{run.reference}",
            duties=mapping.duties,
            filers=_filers(actor, mapping),
            key=_key(run),
            digest=bytes(run.file_digest),
        )
        columns = list(run.columns)
        converter = compile_mapping(mapping, columns, digest=work.digest)
        found = selectors.rows(actor, run_id=run.pk)
        with transaction.atomic():
            total = (found.filter(pk__in=row_ids) if row_ids is not None else found).count()
        counts: Counter[str] = Counter()
        after = 0
        while True:
            with transaction.atomic():
                waiting = found.select_for_update(of=("self",)).filter(position__gt=after)
                if row_ids is not None:
                    waiting = waiting.filter(pk__in=row_ids)
                rows = list(waiting[:BATCH])
                if not rows:
                    break
                after = rows[-1].position
                _retry_batch(work, converter, columns, rows, counts, now)
            progress(sum(counts.values()), total)
        result = Retried(
            tried=sum(counts.values()),
            created=counts["created"],
            present=counts["present"],
            waiting=counts["refused"],
        )
        with transaction.atomic():
            _finish_retry(actor, run.pk, result, now)
    return result


def _remap(actor: Actor, run_id: UUID, loaded: Loaded, now: datetime) -> ImportRun:
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        mapping, former = loaded.mapping, _mapping_of(run)
        _filers(actor, mapping)
        if (mapping.identity, mapping.source.format) != (former.identity, former.source.format):
            raise CannotImport(Reason.OTHER_IDENTITY, run=run.reference)
        missing = [name for name in mapping.columns() if name not in run.columns]
        if missing and mapping.source.format == "jsonl":
            run.columns = [*run.columns, *missing]
        elif missing:
            raise CannotImport(Reason.MISSING_COLUMNS, columns=missing)
        run.mapping, run.mapping_code, run.mapping_digest = loaded.text, mapping.mapping, loaded.digest
        run.save(update_fields=["columns", "mapping", "mapping_code", "mapping_digest"])
        journal.record(
            actor=actor,
            did="cases.import_remapped",
            to=[f"import:{run.pk}"],
            at=now,
            mapping=mapping.mapping,
            digest=loaded.digest.hex(),
        )
    return run


def _retry_batch(
    work: _Work,
    converter: Converter,
    columns: Sequence[str],
    rows: Sequence[QuarantinedRow],
    counts: Counter[str],
    now: datetime,
) -> None:
    chunk = [(row.position, _as_row(row, work.key, columns)) for row in rows]
    by_position = {row.position: row for row in rows}
    taken, refused = _converted(converter, chunk)
    done: list[QuarantinedRow] = []
    for one, outcome in _received(work, taken, now):
        if outcome.status == "refused":
            refused.append(_outcome_refused(one, outcome))
        else:
            done.append(_settled(by_position[one.position], outcome.status, outcome.report_id, work, now))
    known = _known(work.actor, work.filers, [one.reference for one in refused])
    for still in refused:
        row = by_position[still.position]
        if still.reference in known:
            done.append(_settled(row, RowStatus.PRESENT.value, known[still.reference], work, now))
        else:
            row.reason, row.facts, row.external_ref = still.reason, dict(still.facts), still.reference
            counts["refused"] += 1
    QuarantinedRow.objects.bulk_update(
        rows, ["status", "report_id", "settled_by", "settled_at", "reason", "facts", "external_ref"]
    )
    became = Counter(row.status for row in done)
    counts.update(became)
    ImportRun.objects.filter(pk=work.run_id).update(
        created=F("created") + became["created"],
        present=F("present") + became["present"],
        quarantined=F("quarantined") - len(done),
    )


def _as_row(row: QuarantinedRow, key: bytes, columns: Sequence[str]) -> Row | Bad:
    """The row as it is tried again: a malformed line is one as long as nobody has said what is in its columns."""
    found = _values(row, key, columns)
    if found.problem and not found.mended:
        return Bad(row.line, rules.Problem(found.problem), found.text)
    return Row(row.line, [found.now[name] for name in columns])


def _settled(
    row: QuarantinedRow, status: str, report_id: UUID | None, work: _Work, now: datetime
) -> QuarantinedRow:
    row.status, row.report_id = status, report_id
    row.settled_by, row.settled_at = work.actor.user_id, now
    return row


def _finish_retry(actor: Actor, run_id: UUID, result: Retried, now: datetime) -> None:
    """The counts must still add up, as at the end of the run."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    if run.state == State.FINISHED:
        proof = _proof(run)
        if not proof["adds_up"]:
            raise CannotImport(Reason.DOES_NOT_ADD_UP, run=run.reference, **proof)
        run.proof = proof
        run.save(update_fields=["proof"])
    journal.record(
        actor=actor,
        did="cases.import_retried",
        to=[f"import:{run.pk}"],
        at=now,
        tried=result.tried,
        created=result.created,
        present=result.present,
        waiting=result.waiting,
    )


def rewrap_keys(*, actor: Actor) -> int:
    """Wrap the runs' keys anew under the active key-encryption key, after a rotation; returns how many changed."""
    access_rules.check_power(actor, access_rules.Power.KEYS_ROTATE)
    ring, changed = keyring(), 0
    with acting(actor), transaction.atomic():
        for run in ImportRun.objects.select_for_update().filter(wrapped_key__isnull=False):
            fresh = ring.rewrap(bytes(run.wrapped_key or b""), vault.key_aad(run.pk))
            if fresh != bytes(run.wrapped_key or b""):
                ImportRun.objects.filter(pk=run.pk).update(wrapped_key=fresh)
                changed += 1
        journal.record(actor=actor, did="cases.import_keys_rewrapped", to=["keyring:active"], runs=changed)
    return changed


# --- Export ---------------------------------------------------------------------------------------------------------


def export(
    *, actor: Actor, run_id: UUID, now: datetime, reason: str = "", status: str = RowStatus.WAITING.value
) -> Iterator[Values]:
    """The refused rows of a run in the clear, in the order of the file, for whoever mends them at the source.

    One deed, journalled before the first row leaves. Raises CannotImport(not_visible | key_gone).
    """
    _check_may(actor)
    with acting(actor), transaction.atomic():
        run = _mine(actor, run_id)
        key, columns = _key(run), list(run.columns)
        number = selectors.rows(actor, run_id=run.pk, reason=reason, status=status).count()
        journal.record(
            actor=actor, did="cases.import_quarantine.read", to=[f"import:{run.pk}"], at=now, rows=number
        )
    return _exported(actor, run.pk, reason, status, key, columns)


def _exported(
    actor: Actor, run_id: UUID, reason: str, status: str, key: bytes, columns: Sequence[str]
) -> Iterator[Values]:
    after: int | None = 0
    while after is not None:
        with acting(actor), transaction.atomic():
            page = selectors.page(actor, run_id=run_id, reason=reason, status=status, after=after, size=BATCH)
            found = [_values(row, key, columns) for row in page.rows]
        yield from found
        after = page.next_after
