"""Home: what is due, by danger and then by time; done, taken and handed on where it stands."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from takatuf.access import selectors as access
from takatuf.access.guards import needs, signed_in
from takatuf.access.rules import AccessRefused, Power
from takatuf.desk import selectors
from takatuf.desk.forms.duties import Done
from takatuf.desk.views.answers import page
from takatuf.desk.views.back import done, not_so, refused, safe_next
from takatuf.duties import selectors as duties
from takatuf.duties import services
from takatuf.duties.rules import DutyRefused
from takatuf.kernel import clock, ids
from takatuf.kernel.reference import pack
from takatuf.people import services as people

ROWS = 25


@require_GET
def _worklist(request: Any) -> HttpResponse:
    actor, now = request.actor, clock.now()
    show, kind = request.GET.get("show", ""), request.GET.get("kind", "")
    mine, overdue = show == "mine", show == "overdue"
    counts = duties.counts(actor, now=now)
    kinds = duties.kinds(actor, now=now, mine=mine, overdue=overdue)
    found = duties.worklist(actor, now=now, mine=mine, overdue=overdue, kind=kind)
    pages = Paginator(found, ROWS)
    # The kinds were counted with the same filter: the list is not counted again.
    pages.count = kinds.get(kind, 0) if kind else sum(kinds.values())
    shown = pages.get_page(request.GET.get("page"))
    rows = selectors.duty_rows(actor, found=list(shown.object_list), now=now)
    undoable = duties.undoable(actor, now=now) if actor.may(Power.DUTY_DO) else []
    note_names(request, rows, "worklist")
    values = {
        "rows": rows,
        "shown": shown,
        "show": show,
        "kind": kind,
        "kinds": [
            {"code": code, "words": pack().label("duties", code), "number": n} for code, n in kinds.items()
        ],
        "counts": counts,
        "duty_counts": counts,
        "undoable": [{"duty": duty, "words": pack().label("duties", duty.kind)} for duty in undoable],
        "colleagues": colleagues(actor),
        "may_do": actor.may(Power.DUTY_DO),
        "can_case": actor.may(Power.CASE_READ),
        "may_oversee": actor.may(Power.DUTY_OVERSEE),
        "now": now,
    }
    return page(request, "desk/work/worklist.html", values)


def note_names(request: Any, rows: list[selectors.DutyRow], where: str) -> None:
    """Names that a list shows were read: the journal says so, once for the page."""
    shown = {row.case.victim.id for row in rows if row.case is not None and row.case.victim is not None}
    if shown:
        people.note_read(actor=request.actor, person_ids=sorted(shown), page=where, now=clock.now())


def colleagues(actor: Any) -> list[Any]:
    """Whom a supervisor may give a duty to."""
    if not actor.may(Power.DUTY_OVERSEE):
        return []
    return list(access.users_of_unit(actor).order_by("name_ar"))


@require_POST
def _duty_done(request: Any, duty_id: UUID) -> HttpResponse:
    to, form = safe_next(request), Done(request.POST)
    if not form.is_valid():
        return not_so(request, _("The note is longer than 1,000 letters. Shorten it."), to)
    try:
        services.complete(
            actor=request.actor, duty_id=duty_id, now=clock.now(), note=form.cleaned_data["note"]
        )
    except (DutyRefused, AccessRefused) as refusal:
        return refused(request, refusal, to)
    return done(request, _("Done. You can take it back for 15 minutes."), to)


@require_POST
def _duty_undo(request: Any, duty_id: UUID) -> HttpResponse:
    to = safe_next(request)
    try:
        services.undo(actor=request.actor, duty_id=duty_id, now=clock.now())
    except (DutyRefused, AccessRefused) as refusal:
        return refused(request, refusal, to)
    return done(request, _("Taken back: the duty is open again."), to)


@require_POST
def _duties_assign(request: Any) -> HttpResponse:
    """To oneself, to a colleague, or back to the unit: one duty or many."""
    to = safe_next(request)
    chosen = [wanted for text in request.POST.getlist("duty") if (wanted := id_of(text)) is not None]
    if not chosen:
        return not_so(request, _("Choose at least one duty."), to)
    user_id = (
        request.actor.user_id if request.POST.get("user") == "me" else id_of(request.POST.get("user", ""))
    )
    if user_id is None and request.POST.get("user"):
        return not_so(request, _("Choose a colleague from the list."), to)
    try:
        changed = services.assign(actor=request.actor, duty_ids=chosen, user_id=user_id, now=clock.now())
    except (DutyRefused, AccessRefused) as refusal:
        return refused(request, refusal, to)
    return done(
        request, ngettext("%(n)s duty handed on.", "%(n)s duties handed on.", changed) % {"n": changed}, to
    )


def id_of(text: str) -> UUID | None:
    """The id that a short form stands for; None for anything else."""
    try:
        return ids.parse(text)
    except ValueError:
        return None


worklist = signed_in(_worklist)
duty_done = needs(Power.DUTY_DO)(_duty_done)
duty_undo = needs(Power.DUTY_DO)(_duty_undo)
duties_assign = needs(Power.DUTY_DO)(_duties_assign)
