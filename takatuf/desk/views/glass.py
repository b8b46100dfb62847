"""Emergency openings, for the data-protection guardian: who opened what and why, what was read, and what was found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from takatuf.access import selectors as access
from takatuf.access.guards import needs
from takatuf.access.rules import AccessRefused, Power, Verdict
from takatuf.cases import openings
from takatuf.cases import selectors as cases
from takatuf.desk import selectors
from takatuf.desk.forms.journal import Review
from takatuf.desk.views.answers import nothing_here, page
from takatuf.desk.views.back import done, refused
from takatuf.journal import selectors as journal
from takatuf.kernel import clock

ROWS = 30
MOST_READ = 300  # of one hour


@require_GET
def _glass(request: Any) -> HttpResponse:
    actor, now = request.actor, clock.now()
    found = access.break_glass_openings(actor, now=now)
    waiting = found.filter(reviewed_at=None)
    shown = Paginator(waiting if request.GET.get("show") != "all" else found, ROWS).get_page(
        request.GET.get("page")
    )
    listed = list(shown.object_list)
    files = cases.references(actor, case_ids=[one.subject_id for one in listed])
    values = {
        "openings": [{"grant": one, "reference": files.get(one.subject_id, "")} for one in listed],
        "shown": shown,
        "show": request.GET.get("show", ""),
        "waiting": waiting.count(),
        "now": now,
    }
    return page(request, "desk/work/glass.html", values)


def _opening(request: Any, grant_id: UUID) -> HttpResponse:
    actor, now = request.actor, clock.now()
    grant = access.break_glass_opening(actor, grant_id=grant_id, now=now)
    if grant is None:
        return nothing_here(request)
    form = Review(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _reviewed(request, grant, form, now)
    until = min(moment for moment in (grant.until, grant.revoked_at, now) if moment is not None)
    read = journal.search(actor=actor, user_id=grant.user_id, since=grant.since, until=until, limit=MOST_READ)
    subject = f"case:{grant.subject_id}"
    lines = selectors.journal_lines(actor, entries=read.entries)
    values = {
        "grant": grant,
        "reference": cases.references(actor, case_ids=[grant.subject_id]).get(grant.subject_id, ""),
        "lines": [{"line": line, "about": subject in line.entry.subjects} for line in lines],
        "more": read.before is not None,
        "until": until,
        "form": form,
        "reviewer": access.user_names(actor, [grant.reviewed_by]).get(grant.reviewed_by)
        if grant.reviewed_by
        else None,
        "own": grant.user_id == actor.user_id,
        "now": now,
    }
    return page(request, "desk/work/opening.html", values, status=400 if form.errors else 200)


def _reviewed(request: Any, grant: Any, form: Review, now: datetime) -> HttpResponse:
    """The verdict, and with it the guardian's duty about this file is done."""
    try:
        openings.review_glass(
            actor=request.actor,
            grant_id=grant.pk,
            verdict=Verdict(form.cleaned_data["verdict"]),
            note=form.cleaned_data["note"],
            now=now,
        )
    except AccessRefused as refusal:
        return refused(request, refusal, reverse("desk:glass_opening", args=[grant.pk]))
    return done(request, _("The review is recorded."), reverse("desk:glass"))


glass = needs(Power.BREAK_GLASS_REVIEW)(_glass)
glass_opening = needs(Power.BREAK_GLASS_REVIEW)(require_GET(_opening))
glass_review = needs(Power.BREAK_GLASS_REVIEW)(require_POST(_opening))
