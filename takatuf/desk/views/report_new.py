"""A new report: who it is about, what was told, everything once more, signed; its receipt."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from takatuf.access import selectors as access
from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Power
from takatuf.cases import selectors, services
from takatuf.cases.rules import CannotReport, NotVisible, Reason, ReportIn
from takatuf.duties import selectors as duties
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor
from takatuf.kernel.dates import short_text
from takatuf.kernel.errors import Refusal
from takatuf.kernel.reference import pack
from takatuf.people import selectors as people_selectors
from takatuf.people import services as people
from takatuf.people.rules import PersonIn, Precision

from .. import words
from ..forms.fields import KnownDate
from ..forms.report import PARTS, Sheet, beginning, scope_words, typed_person
from ..forms.search import Who
from .answers import nothing_here, page
from .keeping import keeps_what_was_typed
from .search import Shown, carried, may, show

if TYPE_CHECKING:
    from takatuf.cases.models import Draft

PURPOSE = "report"
MOST_DRAFTS = 20


# --- Who it is about ----------------------------------------------------------------------------------------------


@needs(Power.REPORT_CREATE)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: ActingRequest) -> HttpResponse:
    """Look for her first, then begin. The words are kept: nobody types a name twice."""
    now = clock.now()
    form = Who(request.POST or None)
    shown: list[Shown] | None = None
    if form.is_valid():
        asked = form.wanted()
        may_search = request.actor.may(Power.PERSON_SEARCH.value)
        if request.POST.get("step") == "begin" or not may_search or asked == PersonIn():
            return begin(request, person=known(request, asked, now=now), now=now)
        try:
            hits = people.search(actor=request.actor, wanted=asked, purpose=PURPOSE, now=now)
            shown = show(request.actor, hits=hits, wanted=asked, now=now)
        except Refusal as refusal:
            form.add_error(None, words.sentence(refusal))
    values = {"form": form, "shown": shown, "drafts": drafts(request.actor), "carried": carried(form)}
    return page(request, "desk/report_new/start.html", values | may(request.actor))


def known(request: ActingRequest, asked: PersonIn, *, now: datetime) -> PersonIn:
    """What her unit knows of the person that was picked; else what was typed."""
    try:
        person_id = UUID(request.POST.get("person", ""))
    except ValueError:
        return asked
    found = people_selectors.views(request.actor, ids=[person_id], now=now).get(person_id)
    if found is None:
        return asked
    people.note_read(actor=request.actor, person_ids=[person_id], page="report_new", now=now)
    return found.latest


def begin(request: ActingRequest, *, person: PersonIn, now: datetime) -> HttpResponse:
    content = beginning(now) | typed_person(person, "victim")
    try:
        draft = services.save_draft(actor=request.actor, content=content, now=now)
    except Refusal as refusal:
        messages.error(request, words.sentence(refusal))
        return redirect("desk:report_new")
    return redirect("desk:draft", draft.pk)


def drafts(actor: Actor) -> list[dict[str, Any]]:
    """The writer's own drafts, the latest first, each with the name she will know it by."""
    found = list(selectors.drafts(actor)[:MOST_DRAFTS])
    return [{"draft": draft, "name": name_in(selectors.draft_content(actor, draft=draft))} for draft in found]


def name_in(content: Mapping[str, Any]) -> str:
    return next(
        (content[key][0] for key in ("victim-name_ar", "victim-name_latin") if content.get(key, [""])[0]), ""
    )


# --- The sheet ----------------------------------------------------------------------------------------------------


@keeps_what_was_typed
@needs(Power.REPORT_CREATE)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: ActingRequest, draft_id: UUID) -> HttpResponse:
    """The form. Whatever is pressed, what was typed is kept first."""
    now = clock.now()
    found = selectors.drafts(request.actor).filter(pk=draft_id).first()
    if request.method != "POST":
        if found is None:
            return gone(request)
        return sheet_page(request, found, Sheet(selectors.draft_content(request.actor, draft=found)))
    wants_check = request.POST.get("do") == "check"
    sheet = Sheet(typed(request), checked=wants_check)
    try:
        kept = services.save_draft(
            actor=request.actor, content=sheet.typed, now=now, draft_id=found.pk if found else None
        )
    except Refusal as refusal:
        messages.error(request, words.sentence(refusal))
        return page(request, "desk/report_new/sheet.html", {"sheet": sheet, "parts": PARTS})
    if not wants_check:
        messages.success(request, _("The draft is kept. Only you can see it."))
        return redirect("desk:draft", kept.pk)
    if checked(request.actor, sheet, now=now):
        return redirect("desk:draft_sign", kept.pk)
    return sheet_page(request, kept, sheet)


@keeps_what_was_typed
@needs(Power.REPORT_CREATE)
@require_POST
def keep(request: ActingRequest, draft_id: UUID) -> HttpResponse:
    """Kept by itself while she types. Says when."""
    now = clock.now()
    found = selectors.drafts(request.actor).filter(pk=draft_id).first()
    if found is not None:
        services.save_draft(
            actor=request.actor, content=Sheet(typed(request)).typed, now=now, draft_id=found.pk
        )
    return page(request, "desk/report_new/saved.html", {"at": now if found else None})


@needs(Power.REPORT_CREATE)
@require_POST
def drop(request: ActingRequest, draft_id: UUID) -> HttpResponse:
    try:
        services.drop_draft(actor=request.actor, draft_id=draft_id, now=clock.now())
    except NotVisible:
        return gone(request)
    messages.success(request, _("The draft is deleted."))
    return redirect("desk:report_new")


def typed(request: ActingRequest) -> dict[str, list[str]]:
    return {name: [str(value) for value in values] for name, values in request.POST.lists()}


def sheet_page(request: ActingRequest, found: "Draft", sheet: Sheet) -> HttpResponse:
    values = {"draft": found, "sheet": sheet, "parts": PARTS, "troubles": sheet.troubles()}
    return page(request, "desk/report_new/sheet.html", values)


def gone(request: ActingRequest) -> HttpResponse:
    messages.warning(request, words.sentence(CannotReport(Reason.DRAFT_GONE)))
    return redirect("desk:report_new")


def checked(actor: Actor, sheet: Sheet, *, now: datetime) -> bool:
    """Whether the report could be signed as it stands; what speaks against it is put at its field."""
    if not sheet.is_valid():
        return False
    report = sheet.report()
    if nobody(report.victim):
        sheet.refuse("victim.anonymous", words.sentence(CannotReport(Reason.NO_VICTIM)))
        return False
    outcome = services.check_many(actor=actor, reports=[report], now=now)[0]
    if outcome.status == "created":
        return True
    if outcome.status == "present":
        sheet.refuse("external_ref", taken())
    else:
        refusal = CannotReport(Reason(outcome.reason), **outcome.facts)
        sheet.refuse(str(outcome.facts.get("field", "")), words.sentence(refusal))
    return False


def nobody(person: PersonIn) -> bool:
    said = (person.name_ar, person.name_latin, person.personal_number, person.phones)
    return not any(said) and not person.anonymous


def taken() -> str:
    return _("A report with this number of yours was filed already. Look for it, or correct the number.")


# --- Signing ------------------------------------------------------------------------------------------------------


@needs(Power.REPORT_CREATE)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: ActingRequest, draft_id: UUID) -> HttpResponse:
    """Everything once more; then it is signed, and never changed again."""
    now = clock.now()
    # Locked: two clicks, or two windows, sign one report.
    found = selectors.drafts(request.actor).select_for_update().filter(pk=draft_id).first()
    if found is None:
        return gone(request)
    sheet = Sheet(selectors.draft_content(request.actor, draft=found), checked=True)
    if not checked(request.actor, sheet, now=now):
        return sheet_page(request, found, sheet)
    trouble = ""
    if request.method == "POST":
        trouble = not_yet(request, found)
        if not trouble:
            return signed(request, found, sheet, now=now)
    report = sheet.report()
    values = {
        "draft": found,
        "sections": sections(sheet),
        "report": report,
        "missing": missing(report),
        "warnings": warnings(report),
        "trouble": trouble,
    }
    return page(request, "desk/report_new/sign.html", values)


def not_yet(request: ActingRequest, found: "Draft") -> str:
    if request.POST.get("seen") != found.updated_at.isoformat():
        return _("The draft was changed in another window. Read it once more before you sign.")
    if not request.POST.get("confirm"):
        return _("Say that you have read it: tick the box above the button.")
    return ""


def signed(request: ActingRequest, found: "Draft", sheet: Sheet, *, now: datetime) -> HttpResponse:
    try:
        report = services.receive(actor=request.actor, report=sheet.report(), now=now)
    except Refusal as refusal:
        sheet.refuse(str(refusal.facts.get("field", "")), words.sentence(refusal))
        return sheet_page(request, found, sheet)
    if report.signed_at != now:  # somebody filed the same reference in the meantime; this one was not taken
        sheet.refuse("external_ref", taken())
        return sheet_page(request, found, sheet)
    services.drop_draft(actor=request.actor, draft_id=found.pk, now=now)
    return redirect("desk:receipt", report.pk)


def missing(report: ReportIn) -> list[Any]:
    """What the law asks a report to contain and this one does not say. It may be signed all the same."""
    wanted = (
        (report.received_place, gettext_lazy("the place of receipt")),
        (
            report.reporter.name or report.reporter.kind == "anonymous",
            gettext_lazy("the name of who tells it"),
        ),
        (report.investigation_started_at, gettext_lazy("when the investigation began")),
        (report.investigation_finished_at, gettext_lazy("when the investigation ended")),
        (report.forms, gettext_lazy("the form of violence")),
        (report.tool, gettext_lazy("the tool used")),
        (report.child_exposure != "unknown", gettext_lazy("a child's exposure to the violence")),
        (report.relation, gettext_lazy("the relation")),
        (report.narrative.strip(), gettext_lazy("what happened")),
    )
    return [label for said, label in wanted if not said]


def warnings(report: ReportIn) -> list[str]:
    """What looks odd and may be right all the same."""
    country, found = pack(), []
    for role, person in ((_("The woman"), report.victim), (_("The aggressor"), report.aggressor)):
        if country.personal_number_warning(person.personal_number):
            found.append(
                _("%(who)s: the month in the personal number is none. Check it against the card.")
                % {"who": role}
            )
        unread = [phone for phone in person.phones if country.normalise_phone(phone) is None]
        if unread:
            found.append(
                _("%(who)s: a phone number is not readable; nobody will be found by it.") % {"who": role}
            )
    return found


def sections(sheet: Sheet) -> list[dict[str, Any]]:
    """What was typed, in words, part by part; what was left open is left out."""
    return [
        {"part": part, "title": title, "lines": [line for line in map(said, sheet[part]) if line["words"]]}
        for part, _form, title in PARTS
    ]


def said(field: Any) -> dict[str, Any]:
    """One field in the words of the screen, not in its codes."""
    value = field.form.cleaned_data.get(field.name)
    choices = dict(getattr(field.field, "choices", ()))
    if choices and isinstance(value, list):
        shown: Any = [choices.get(one, one) for one in value]
    elif choices:
        shown = choices.get(value, value) if value else ""
    else:
        shown = in_words(value)
    note = scope_words(str(value)) if field.name == "relation" and value else ""
    return {
        "name": field.name,
        "id": field.id_for_label,
        "label": field.label,
        "words": shown,
        "note": note,
        "long": field.name in {"narrative", "injuries"},
        "ltr": field.field.widget.attrs.get("dir") == "ltr",
    }


def in_words(value: Any) -> Any:
    """Days with their weekday: whoever typed month and day the wrong way round sees it here."""
    if isinstance(value, KnownDate):
        return known_date(value)
    if isinstance(value, date):
        return str(short_text(value))
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, bool):
        return _("Yes") if value else ""
    return "" if value is None else str(value)


def known_date(value: KnownDate) -> str:
    if value.precision == Precision.DAY:
        return str(short_text(value.day))
    return value.day.strftime("%m/%Y" if value.precision == Precision.MONTH else "%Y")


# --- The receipt --------------------------------------------------------------------------------------------------


@needs(Power.REPORT_CREATE)
@require_GET
def receipt(request: ActingRequest, report_id: UUID) -> HttpResponse:
    """The reference to hand over, and what follows. It names nobody: paper is found."""
    now = clock.now()
    found = selectors.reports(request.actor, now=now).select_related("case").filter(pk=report_id)
    report = found.filter(unit_id=request.actor.own_unit).first()
    if report is None:
        return nothing_here(request)
    values = {
        "report": report,
        "writer": access.user_names(request.actor, [report.signed_by]).get(report.signed_by)
        if report.signed_by
        else None,
        "report_unit": access.unit_names(request.actor, [report.unit_id])[report.unit_id],
        "duties": duties.of_case(request.actor, case_id=report.case_id).filter(status="open"),
        "case_url": reverse("desk:case", args=[report.case_id]),
        "now": now,
    }
    return page(request, "desk/report_new/receipt.html", values | may(request.actor))
