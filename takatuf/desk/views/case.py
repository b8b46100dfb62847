"""One case: what happened, who is in it, what has to be done, who may see it and who did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from takatuf.access import selectors as access
from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Basis, Level, Power
from takatuf.cases import selectors, services
from takatuf.cases.rules import Exposure, Kind, NotVisible
from takatuf.cases.selectors import Header, Item, Timeline
from takatuf.duties import selectors as duties
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor
from takatuf.kernel.errors import Refusal
from takatuf.kernel.reference import NoRule, pack
from takatuf.kernel.text import Text
from takatuf.people import services as people

from .. import words
from ..forms.cases import BreakGlass, TimelineFilter
from .answers import nothing_here, page
from .named import unit_name

if TYPE_CHECKING:
    from takatuf.access.models import Unit
    from takatuf.duties.models import Duty

LINES = 30
MOST_DUTIES = 20
CHILDREN_SHOWN = 5


@needs(Power.CASE_READ)
@require_GET
def case(request: ActingRequest, case_id: UUID) -> HttpResponse:
    return case_page(request, case_id, now=clock.now())


def case_page(
    request: ActingRequest, case_id: UUID, *, now: datetime, glass: BreakGlass | None = None
) -> HttpResponse:
    actor = request.actor
    if services.open_case(actor=actor, case_id=case_id, now=now) is None:
        into = selectors.standing(actor, case_id=case_id, now=now)
        return redirect("desk:case", into) if into is not None else nothing_here(request)
    header = selectors.header(actor, case_id=case_id, now=now)
    if header is None:
        return nothing_here(request)
    shown = [person.id for person in (header.victim, header.aggressor) if person is not None]
    if shown:
        people.note_read(actor=actor, person_ids=shown, page="case", now=now)
    asked = TimelineFilter(request.GET)
    openings = access.openings(actor, subject_id=case_id)
    units = access.unit_names(actor, [*(one.unit_id for one in openings), header.opened_by_unit])
    values: dict[str, Any] = {
        "case": header,
        "level_words": words.LEVELS[header.level],
        "opened_by": unit_name(actor, units.get(header.opened_by_unit)),
        "agencies": holders(actor, openings, units, now=now),
        "glass_until": glass_until(actor, openings, now=now),
        "asked": asked,
        "now": now,
        "may_break": header.level < Level.FULL and actor.may(Power.BREAK_GLASS_USE),
        "glass": glass or BreakGlass(),
        "may_report": actor.may(Power.REPORT_CREATE),
        "may_do": actor.may(Power.DUTY_DO),
        "sees_openings": header.full or actor.may(Power.JOURNAL_READ),
    }
    if header.level >= Level.SUMMARY:
        found = timeline(request, asked, case_id, now=now)
        values |= {
            "timeline": [entry(actor, item, found) for item in found.items],
            "after": found.after,
            "narrowed": any(asked.cleaned_data.values()),
            "duty_rows": duty_rows(actor, case_id, now=now),
            "exposure": exposure(actor, case_id, now=now),
        }
    return page(request, "desk/case/case.html", values)


def timeline(request: ActingRequest, asked: TimelineFilter, case_id: UUID, *, now: datetime) -> Timeline:
    asked.is_valid()
    kind, agency = asked.cleaned_data.get("kind", ""), asked.cleaned_data.get("agency", "")
    options: dict[str, Any] = {
        "case_id": case_id,
        "now": now,
        "agency": agency,
        "kinds": [Kind(kind)] if kind else [],
        "limit": LINES,
    }
    try:
        return selectors.timeline(request.actor, after=request.GET.get("after", ""), **options)
    except NotVisible:  # a cursor that is none: from the beginning
        return selectors.timeline(request.actor, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the timeline, in words."""

    item: Item
    icon: str
    title: Text | str
    unit: Text | None
    user: Any
    note: Text | str = ""

    @property
    def moment(self) -> datetime:
        return self.item.at


ICONS = {
    Kind.REPORT: "report",
    Kind.ADDENDUM: "note",
    Kind.DUTY: "duties",
    Kind.GRANT: "access",
    Kind.DEED: "journal",
}


def entry(actor: Actor, item: Item, found: Timeline) -> Line:
    unit = found.units.get(item.unit_id) if item.unit_id else None
    title, note = told(item)
    return Line(
        item=item,
        icon="glass" if item.what == "access.glass_broken" else ICONS[item.kind],
        title=title,
        note=note,
        unit=unit_name(actor, unit) if item.unit_id else None,
        user=found.users.get(item.user_id) if item.user_id else None,
    )


def told(item: Item) -> tuple[Text | str, Text | str]:
    """What a line says first, and what it adds."""
    if item.report is not None:
        forms = " · ".join(str(pack().label("forms", form)) for form in item.report.forms)
        return _("Report received"), forms
    if item.addendum is not None:
        return _("Addendum to a report"), ""
    if item.duty is not None:
        return pack().label("duties", item.duty.kind), ""
    if item.opening is not None:
        return _("May see this file"), words.LEVELS.get(item.opening.level, "")
    kind = item.deed.details.get("kind", "") if item.deed is not None else ""
    return words.deed(item.what), pack().label("duties", kind) if kind else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A unit that may see this file: how much, why, until when."""

    unit: Text
    agency: Text | None
    level: Text
    basis: Text
    until: datetime | None


def holders(
    actor: Actor, openings: list[access.Opening], units: "Mapping[UUID, Unit]", *, now: datetime
) -> list[Holder]:
    """Who may see this file now; the strongest grant of each unit."""
    best: dict[UUID, access.Opening] = {}
    for one in openings:
        over = one.until is not None and one.until <= now
        if not over and (one.unit_id not in best or one.level > best[one.unit_id].level):
            best[one.unit_id] = one
    found = []
    for one in sorted(best.values(), key=lambda each: (-each.level, each.since)):
        unit = units.get(one.unit_id)
        name = unit_name(actor, unit)
        named = unit is not None and name == unit.name
        found.append(
            Holder(
                unit=name,
                agency=unit.agency_name if unit is not None and named else None,
                level=words.LEVELS[Level(one.level)],
                basis=words.BASES[Basis(one.basis)],
                until=one.until,
            )
        )
    return found


def glass_until(actor: Actor, openings: list[access.Opening], *, now: datetime) -> datetime | None:
    """Until when the actor's own emergency opening lasts."""
    own = [
        one.until
        for one in openings
        if one.basis == Basis.BREAK_GLASS and one.user_id == actor.user_id and one.until and one.until > now
    ]
    return max(own, default=None)


def duty_rows(actor: Actor, case_id: UUID, *, now: datetime) -> list[dict[str, Any]]:
    """The unit's open duties about the case, by danger and then by time."""
    open_ = duties.of_case(actor, case_id=case_id).filter(status="open").order_by("priority", "due_at", "id")
    found = list(open_[:MOST_DUTIES])
    takers = access.user_names(actor, [duty.assigned_to for duty in found if duty.assigned_to])
    return [
        {
            "duty": duty,
            "kind": pack().label("duties", duty.kind),
            "basis": basis_of(duty),
            "holder": takers.get(duty.assigned_to) if duty.assigned_to else None,
            "late": duty.due_at < now,
        }
        for duty in found
    ]


def basis_of(duty: "Duty") -> Text | None:
    """The legal basis of a duty's time, as it stood when the duty was opened."""
    try:
        return pack().rule(duty.rule, on=duty.opened_at.date()).legal_basis
    except NoRule:
        return None


def exposure(actor: Actor, case_id: UUID, *, now: datetime) -> list[dict[str, Any]]:
    """What the reports say of children, the latest first; those that say nothing are left out."""
    silent = (Exposure.UNKNOWN.value, Exposure.NONE.value)
    found = selectors.reports_of_case(actor, case_id=case_id, now=now).exclude(child_exposure__in=silent)
    return [
        {"words": words.EXPOSURES[Exposure(report.child_exposure)], "report": report}
        for report in found[:CHILDREN_SHOWN]
    ]


@needs(Power.BREAK_GLASS_USE)
@require_POST
def break_glass(request: ActingRequest, case_id: UUID) -> HttpResponse:
    """Open the file for one hour, for a reason that somebody will read."""
    now, form = clock.now(), BreakGlass(request.POST)
    if form.is_valid():
        try:
            services.break_glass(
                actor=request.actor, case_id=case_id, reason=form.cleaned_data["reason"], now=now
            )
        except NotVisible:
            return nothing_here(request)
        except Refusal as refusal:
            form.add_error("reason", words.sentence(refusal))
        else:
            messages.warning(
                request, _("The file is open to you for one hour. The data-protection guardian was told.")
            )
            return redirect("desk:case", case_id)
    if not request.actor.may(Power.CASE_READ):
        return nothing_here(request)
    return case_page(request, case_id, now=now, glass=form)


@needs(Power.CASE_READ)
@require_GET
def openings(request: ActingRequest, case_id: UUID) -> HttpResponse:
    """Who opened this file, and how often."""
    now, actor = clock.now(), request.actor
    header: Header | None = selectors.header(actor, case_id=case_id, now=now)
    if header is None or not (header.full or actor.may(Power.JOURNAL_READ)):
        return nothing_here(request)
    found = selectors.who_opened(actor, case_id=case_id, now=now)
    rows = [
        {
            "user": one.user,
            "unit": unit_name(actor, one.unit),
            "role": pack().label("roles", one.reader.role),
            "reader": one.reader,
        }
        for one in found
    ]
    return page(request, "desk/case/openings.html", {"case": header, "rows": rows})
