"""One signed report: what it says, what was added, and who told it, for whom the law lets know."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from takatuf.access import selectors as access
from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Power
from takatuf.cases import selectors, services
from takatuf.cases.rules import Exposure, Known, NotVisible, ReporterIn, Scope
from takatuf.kernel import clock
from takatuf.kernel.errors import Refusal
from takatuf.people import selectors as people
from takatuf.people.rules import Precision

from .. import words
from ..forms.cases import AddendumText
from ..forms.fields import KnownDate
from ..forms.report import scope_words
from .answers import nothing_here, page
from .keeping import keeps_what_was_typed
from .named import unit_name
from .report_new import known_date


@needs(Power.REPORT_READ)
@require_GET
def report(request: ActingRequest, report_id: UUID) -> HttpResponse:
    return report_page(request, report_id, now=clock.now())


def report_page(
    request: ActingRequest,
    report_id: UUID,
    *,
    now: datetime,
    form: AddendumText | None = None,
    told_by: ReporterIn | None = None,
) -> HttpResponse:
    actor = request.actor
    found = services.open_report(actor=actor, report_id=report_id, now=now)
    if found is None:
        return nothing_here(request)
    added = selectors.addenda(actor, report=found)
    units = access.unit_names(actor, [found.unit_id, *(one.unit_id for one in added)])
    users = access.user_names(actor, [pk for pk in (found.signed_by, *(one.by for one in added)) if pk])
    persons = people.views(actor, ids=[found.victim_id, found.aggressor_id], now=now)
    values: dict[str, Any] = {
        "report": found,
        "text": selectors.text_of(actor, report=found, now=now),
        "report_unit": unit_name(actor, units.get(found.unit_id)),
        "writer": users.get(found.signed_by) if found.signed_by else None,
        "victim": persons.get(found.victim_id),
        "aggressor": persons.get(found.aggressor_id),
        "happened": happened(found),
        "exposure": words.EXPOSURES[Exposure(found.child_exposure)],
        "before": words.KNOWN[Known(found.reported_before)],
        "scope": scope_words(found.relation) or str(words.SCOPES[Scope(found.scope)]),
        "addenda": [
            {
                "one": one,
                "unit": unit_name(actor, units.get(one.unit_id)),
                "user": users.get(one.by) if one.by else None,
            }
            for one in added
        ],
        "digest": bytes(found.digest).hex(),
        "form": form or AddendumText(),
        "may_add": actor.may(Power.REPORT_CREATE),
        "may_open": actor.may(Power.CASE_READ),
        "may_unseal": actor.may(Power.REPORTER_SEE),
        "told_by": told_by,
    }
    return page(request, "desk/report/report.html", values)


def happened(report: Any) -> str:
    """The day of the incident as far as it is known."""
    if report.incident_on is None or report.incident_precision == Precision.UNKNOWN:
        return ""
    return known_date(KnownDate(report.incident_on, report.incident_precision))


@keeps_what_was_typed
@needs(Power.REPORT_CREATE)
@require_POST
def add(request: ActingRequest, report_id: UUID) -> HttpResponse:
    now, form = clock.now(), AddendumText(request.POST)
    if form.is_valid():
        try:
            services.add_addendum(
                actor=request.actor, report_id=report_id, text=form.cleaned_data["text"], now=now
            )
        except NotVisible:
            return nothing_here(request)
        except Refusal as refusal:
            form.add_error("text", words.sentence(refusal))
        else:
            messages.success(request, _("The addendum is signed and filed with the report."))
            return redirect("desk:report", report_id)
    return report_page(request, report_id, now=now, form=form)


@needs(Power.REPORTER_SEE)
@require_http_methods(["POST"])
def unseal(request: ActingRequest, report_id: UUID) -> HttpResponse:
    """Show who told it, this once. Each look is journalled."""
    now = clock.now()
    try:
        told_by = services.open_reporter(actor=request.actor, report_id=report_id, now=now)
    except NotVisible:
        return nothing_here(request)
    return report_page(request, report_id, now=now, told_by=told_by)
