"""Bringing in an agency's file: trying it, watching it, and mending what was refused, until the counts add up."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from takatuf.access import selectors as access
from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Power
from takatuf.cases.imports import exports, selectors, services
from takatuf.cases.imports import words as said
from takatuf.cases.imports.rules import CannotImport, RowStatus, State
from takatuf.kernel import clock
from takatuf.kernel.errors import Refusal

from .. import words
from ..forms.imports import Discard, QuarantineFilter, Upload, mended, reason_words
from .answers import download, nothing_here, page

if TYPE_CHECKING:
    from takatuf.cases.imports.models import ImportRun

RUNS = 30
KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".jsonl": "application/x-ndjson",
}


def sentence(refusal: Refusal) -> str:
    """A refusal of an import in its own words; one of another capability in the desk's."""
    if isinstance(refusal, CannotImport):
        return str(said.refusal(refusal.reason, refusal.facts))  # type: ignore[arg-type]
    return words.sentence(refusal)


# --- Runs and files -----------------------------------------------------------------------------------------------


@needs(Power.IMPORT_RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: ActingRequest) -> HttpResponse:
    """The runs of the agency, and a file to bring in or to try."""
    form = Upload(request.actor, request.POST or None, request.FILES or None)
    tried: services.Tried | None = None
    if form.is_valid():
        try:
            if request.POST.get("do") == "try":
                tried = attempt(request, form)
            else:
                run = services.upload(
                    actor=request.actor,
                    content=form.cleaned_data["file"].file,
                    file_name=form.cleaned_data["file"].name,
                    mapping_code=form.cleaned_data["mapping"],
                    now=clock.now(),
                )
                return redirect("desk:import_run", run.pk)
        except Refusal as refusal:
            form.add_error("file", sentence(refusal))
    values: dict[str, Any] = {"form": form, "tried": tried_words(tried) if tried else None}
    if request.htmx:  # type: ignore[attr-defined]
        return page(request, "desk/imports/tried.html", values)
    now = clock.now()
    values["runs"] = [run_words(request, run, now=now) for run in selectors.runs(request.actor)[:RUNS]]
    return page(request, "desk/imports/list.html", values)


def attempt(request: ActingRequest, form: Upload) -> services.Tried:
    """Take the file as far as it goes, and keep nothing of it."""
    loaded = selectors.mapping(request.actor, code=form.cleaned_data["mapping"])
    with on_disk(form.cleaned_data["file"]) as path:
        return services.dry_run(actor=request.actor, path=path, loaded=loaded, now=clock.now())


@contextmanager
def on_disk(file: Any) -> Iterator[Path]:
    """The uploaded file as a file that only this service can read, gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="takatuf-try-", suffix=Path(file.name).suffix.lower()) as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        yield Path(kept.name)


def tried_words(tried: services.Tried) -> dict[str, Any]:
    return {
        "tried": tried,
        "reasons": [(reason_words(reason), number) for reason, number in tried.reasons.items()],
        "refusals": [(one, said.why(one.reason, one.facts)) for one in tried.refusals],
        "hidden": tried.quarantined - len(tried.refusals),
    }


def run_words(request: ActingRequest, run: "ImportRun", *, now: Any) -> dict[str, Any]:
    """A run with its progress and its trouble in words."""
    trouble = run.trouble or {}
    return {
        "run": run,
        "not_read": run.rows_in_file - run.position,
        "state": said.STATES[State(run.state)],
        "progress": selectors.progress(request.actor, run=run, now=now),
        "trouble": trouble_words(trouble) if trouble else "",
        "running": run.state == State.RUNNING,
        "finished": run.state == State.FINISHED,
    }


def trouble_words(trouble: Mapping[str, Any]) -> str:
    """Why a run stopped, by the code that the worker left."""
    for member in (*said.REFUSALS, *words.ACCESS):
        if member.value == trouble.get("reason"):
            facts = {name: value for name, value in trouble.items() if name != "reason"}
            return sentence(
                CannotImport(member, **facts) if member in said.REFUSALS else Refusal(member, **facts)
            )
    return str(words.UNSAID)


@needs(Power.IMPORT_RUN)
@require_GET
def run(request: ActingRequest, run_id: UUID) -> HttpResponse:
    """One run: how far it is, whether its counts add up, and what waits to be mended."""
    found = selectors.runs(request.actor).filter(pk=run_id).first()
    if found is None:
        return nothing_here(request)
    values = run_words(request, found, now=clock.now())
    if request.htmx:  # type: ignore[attr-defined]
        return page(request, "desk/imports/progress.html", values)
    reasons = selectors.reasons(request.actor, run_id=run_id)
    asked = QuarantineFilter(
        [reason for reason, _number in selectors.reasons(request.actor, run_id=run_id, status="")],
        request.GET,
    )
    asked.is_valid()
    status, reason = asked.wanted_status(), asked.cleaned_data.get("reason") or ""
    after = request.GET.get("after", "")
    shown = selectors.page(
        request.actor,
        run_id=run_id,
        reason=reason,
        status=status,
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 16 else 0,
    )
    users = access.user_names(request.actor, [found.started_by] if found.started_by else [])
    values |= {
        "started_by": users.get(found.started_by) if found.started_by else None,
        "reasons": [(code, reason_words(code), number) for code, number in reasons],
        "waiting": sum(number for _code, number in reasons),
        "asked": asked,
        "rows": [
            (row, said.why(row.reason, row.facts), said.STATUSES[RowStatus(row.status)]) for row in shown.rows
        ],
        "after": shown.next_after,
        "stored": found.state == State.RUNNING and selectors.stored(request.actor, run=found) is not None,
    }
    return page(request, "desk/imports/run.html", values)


@needs(Power.IMPORT_RUN)
@require_POST
def run_do(request: ActingRequest, run_id: UUID, deed: str) -> HttpResponse:
    """Go on with a run, give it up, or try all waiting rows again."""
    now, actor = clock.now(), request.actor
    if not selectors.runs(actor).filter(pk=run_id).exists():
        return nothing_here(request)
    try:
        if deed == "resume":
            services.resume(actor=actor, run_id=run_id)
            messages.success(request, _("The worker goes on with the file."))
        elif deed == "abandon":
            services.abandon(actor=actor, run_id=run_id, now=now)
            messages.success(request, _("The import is given up. What it brought in stays."))
        else:
            say_retried(request, services.retry(actor=actor, run_id=run_id, now=now))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
    return redirect("desk:import_run", run_id)


def say_retried(request: ActingRequest, done: services.Retried) -> None:
    told = _(
        "Tried again: %(tried)s. Became reports: %(created)s. Were there already: %(present)s. Still wait: %(waiting)s."
    )
    facts = {name: getattr(done, name) for name in ("tried", "created", "present", "waiting")}
    (messages.warning if done.waiting else messages.success)(request, told % facts)


@needs(Power.IMPORT_RUN)
@require_POST
def quarantine(request: ActingRequest, run_id: UUID, form: str) -> HttpResponse:
    """The refused rows in the clear, to be mended at their source. Posted: to take it away is a deed."""
    found = selectors.runs(request.actor).filter(pk=run_id).first()
    if found is None:
        return nothing_here(request)
    if f".{form}" not in exports.WRITERS:
        return nothing_here(request)
    written = BytesIO()
    try:
        rows = services.export(actor=request.actor, run_id=run_id, now=clock.now())
        exports.WRITERS[f".{form}"](written, rows, list(found.columns))
    except Refusal as refusal:
        messages.error(request, sentence(refusal))
        return redirect("desk:import_run", run_id)
    name = f"takatuf-quarantine-{found.reference}.{form}"
    return download(written.getvalue(), name=name, kind=KINDS[f".{form}"])


# --- One refused row ----------------------------------------------------------------------------------------------


@needs(Power.IMPORT_RUN)
@require_http_methods(["GET", "HEAD", "POST"])
def row(request: ActingRequest, row_id: UUID) -> HttpResponse:
    """The row as it came; mended, tried again, or discarded with a reason."""
    now, actor = clock.now(), request.actor
    form = Discard(request.POST if request.POST.get("do") == "discard" else None)
    typed: dict[str, str] = {}
    trouble = ""
    if request.method == "POST":
        try:
            found = selectors.row(actor, row_id=row_id)
            if form.is_valid():
                services.discard_row(actor=actor, row_id=row_id, reason=form.cleaned_data["reason"], now=now)
                messages.success(request, _("The row is discarded. It stays in the counts and can be read."))
                return redirect("desk:import_run", found.run_id)
            if request.POST.get("do") in {"mend", "retry"}:
                typed = mended(list(found.run.columns), request.POST)
                return mend_and_try(request, row_id, found.run_id, typed)
        except CannotImport as refusal:
            if refusal.reason.value == "not_visible":
                return nothing_here(request)
            trouble = sentence(refusal)
        except Refusal as refusal:
            trouble = sentence(refusal)
    try:
        shown = services.open_row(actor=actor, row_id=row_id, now=now)
    except CannotImport as refusal:
        if refusal.reason.value == "not_visible":
            return nothing_here(request)
        messages.error(request, sentence(refusal))
        return redirect("desk:imports")
    settled = access.user_names(actor, [pk for pk in (shown.row.mended_by, shown.row.settled_by) if pk])
    values = {
        "row": shown.row,
        "shown": shown,
        "cells": cells(shown, typed),
        "why": said.why(shown.row.reason, shown.row.facts),
        "status": said.STATUSES[RowStatus(shown.row.status)],
        "waits": shown.row.status == RowStatus.WAITING,
        "problem": shown.problem,
        "form": form,
        "trouble": trouble,
        "mended_by": settled.get(shown.row.mended_by) if shown.row.mended_by else None,
        "settled_by": settled.get(shown.row.settled_by) if shown.row.settled_by else None,
    }
    return page(request, "desk/imports/row.html", values)


def mend_and_try(request: ActingRequest, row_id: UUID, run_id: UUID, typed: dict[str, str]) -> HttpResponse:
    """Keep what was corrected, and if asked try the row at once."""
    now, actor = clock.now(), request.actor
    tries = request.POST.get("do") == "retry"
    try:
        services.mend_row(actor=actor, row_id=row_id, values=typed, now=now)
    except CannotImport as refusal:
        if not (tries and refusal.reason.value == "nothing_mended"):
            raise
    if not tries:
        messages.success(request, _("The corrections are kept. Try the row again when it is ready."))
        return redirect("desk:import_row", row_id)
    done = services.retry(actor=actor, run_id=run_id, row_ids=[row_id], now=now)
    say_retried(request, done)
    return redirect(*(("desk:import_row", row_id) if done.waiting else ("desk:import_run", run_id)))


def cells(shown: services.Values, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """The columns of a row in their order; the one that is the trouble is marked."""
    where = shown.row.facts.get("column", "")
    return [
        {
            "place": place,
            "name": name,
            "came": came,
            "now": typed.get(name, shown.now.get(name, "")),
            "mended": name in shown.mended,
            "wrong": name == where,
        }
        for place, (name, came) in enumerate(shown.values.items())
    ]
