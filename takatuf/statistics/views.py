"""The figures for staff: three tables, each with its finding, its chart and its file. Not for publication."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Power
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor
from takatuf.kernel.reference import pack

from . import charts, selectors, services, words
from .rules import Name, Question, Scope, StatisticsRefused
from .selectors import Answer
from .snapshot import Snapshot, moment_of
from .tables import month_text

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SNAPSHOTS = 60  # of the list to choose from; an older one is asked for at the console
ASKED = ("first", "last", "scope", "agency")


@needs(Power.STATISTICS_READ)
@require_GET
def index(request: ActingRequest) -> HttpResponse:
    """All tables at a glance, over the newest snapshot."""
    try:
        shot = selectors.one(request.actor)
        answers = [
            _opened(request.actor, name, shot, selectors.asked(request.actor, of=shot)) for name in Name
        ]
    except StatisticsRefused as refused:
        return render(request, "statistics/index.html", {"refused": words.refusal(refused)})
    shown = [_shown(answer, short=True) for answer in answers]
    return render(request, "statistics/index.html", {"snapshot": shot, "shown": shown, **_texts()})


@needs(Power.STATISTICS_READ)
@require_GET
def table(request: ActingRequest, name: str) -> HttpResponse:
    """One table, as asked in the address. What is not of the lists is refused with a sentence, and nothing is lost."""
    wanted = _name(name)
    context: dict[str, Any] = {"name": wanted, "tabs": _tabs(wanted), **_texts()}
    try:
        shot = selectors.one(request.actor, name=request.GET.get("snapshot", ""))
    except StatisticsRefused as refused:
        context["refused"] = words.refusal(refused)
        return render(request, "statistics/table.html", context, status=_status(request))
    try:
        to, status = _asked(request, shot), 200
    except StatisticsRefused as refused:
        # The list of what may be asked stays at hand, with the answer to nothing chosen.
        context["refused"] = words.refusal(refused)
        to, status = selectors.asked(request.actor, of=shot), 400
    context |= {"snapshot": shot, "filters": _filters(request.actor, shot, to)}
    if status == 200:
        try:
            context |= _shown(_opened(request.actor, wanted, shot, to))
        except StatisticsRefused as refused:
            context["refused"], status = words.refusal(refused), 409
    return render(request, "statistics/table.html", context, status=status)


@needs(Power.STATISTICS_READ)
@require_GET
def export(request: ActingRequest, name: str) -> HttpResponseBase:
    """The same table as a file, under the same rights and of the same question."""
    wanted = _name(name)
    try:
        shot = selectors.one(request.actor, name=request.GET.get("snapshot", ""))
        file_name, content = services.export_table(
            actor=request.actor,
            name=wanted,
            of=shot,
            to=_asked(request, shot),
            language=get_language() or "ar",
            now=clock.now(),
        )
    except StatisticsRefused as refused:
        messages.error(request, str(words.refusal(refused)), extra_tags="bad")
        return redirect("statistics:table", wanted)
    return HttpResponse(
        content,
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"},
    )


@needs(Power.STATISTICS_READ)
@require_POST
def take(request: ActingRequest) -> HttpResponse:
    """Take a new snapshot."""
    try:
        shot = services.take_snapshot(actor=request.actor, now=clock.now())
    except StatisticsRefused as refused:
        messages.error(request, str(words.refusal(refused)), extra_tags="bad")
    else:
        values = {"reports": words.figure(shot.reports), "persons": words.figure(shot.persons)}
        said = _("The snapshot is there. Reports: %(reports)s; persons: %(persons)s.") % values
        messages.success(request, said, extra_tags="good")
    return redirect("statistics:index")


def _name(text: str) -> Name:
    if text not in set(Name):
        raise Http404
    return Name(text)


def _status(request: HttpRequest) -> int:
    return 400 if request.GET.get("snapshot") else 200


def _asked(request: ActingRequest, shot: Snapshot) -> Question:
    return selectors.asked(request.actor, of=shot, **{name: request.GET.get(name, "") for name in ASKED})


def _opened(actor: Actor, name: Name, shot: Snapshot, to: Question) -> Answer:
    return services.open_table(actor=actor, name=name, of=shot, to=to, now=clock.now())


def _shown(answer: Answer, *, short: bool = False) -> dict[str, Any]:
    return {
        "answer": answer,
        "title": words.TITLES[answer.name],
        "finding": words.finding(answer),
        "unit_counted": words.UNITS[answer.name],
        "scope": words.SCOPES[answer.question.scope],
        "period": words.period(answer),
        "total": answer.alone(),
        "notes": words.notes(answer),
        "charts": charts.charts(answer, short=short),
        "stub": [words.DIMENSIONS[code] for code in answer.grid.stub],
        "across": words.DIMENSIONS[answer.grid.across],
    }


def _texts() -> dict[str, Any]:
    return {"not_for_publication": words.NOT_FOR_PUBLICATION, "why_not": words.WHY_NOT}


def _tabs(here: Name) -> list[dict[str, Any]]:
    return [{"name": name, "words": words.SHORT[name], "here": name is here} for name in Name]


def _filters(actor: Actor, shot: Snapshot, to: Question) -> dict[str, Any]:
    """What may be chosen, and what is."""
    months = [(str(month), month_text(month)) for month in selectors.known_period(actor, of=shot).months()]
    codes = selectors.agencies(actor, of=shot)
    return {
        "months": months[::-1],
        "first": str(to.period.first),
        "last": str(to.period.last),
        "scopes": [(scope.value, words.SCOPES[scope]) for scope in Scope],
        "scope": to.scope,
        "agencies": [(code, pack().label("agencies", code)) for code in codes],
        "agency": to.agency,
        "snapshots": [(name, moment_of(name)) for name in selectors.snapshots(actor)[:MOST_SNAPSHOTS]],
    }
