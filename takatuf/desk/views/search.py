"""Search: who this may be. Posted, so that nothing personal stands in an address or a log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from takatuf.access import selectors as access
from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Power
from takatuf.cases import rules as case_rules
from takatuf.cases import selectors as cases
from takatuf.kernel import clock, ids
from takatuf.kernel.actor import Actor
from takatuf.kernel.errors import Refusal
from takatuf.people import rules as people_rules
from takatuf.people import services as people
from takatuf.people.selectors import Hit

from .. import words
from ..forms.search import ByReference, Search, Who
from .answers import page
from .named import protected

if TYPE_CHECKING:
    from takatuf.access.models import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A hit as the page shows it: evidence in words, cases that may be opened, units that may be asked."""

    hit: Hit
    evidence: list[str]
    cases: list[cases.Header]
    ask: "list[Unit]"
    born_otherwise: bool

    @property
    def strong(self) -> bool:
        return self.hit.strength == "strong"


@needs(Power.PERSON_SEARCH)
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: ActingRequest) -> HttpResponse:
    now = clock.now()
    asked_reference = "reference" in request.POST
    by_reference = ByReference(request.POST if asked_reference else None)
    form = Search(request.POST if request.POST and not asked_reference else None)
    shown: list[Shown] | None = None
    if by_reference.is_valid():
        found = open_by_reference(request.actor, typed=by_reference.cleaned_data["reference"], now=now)
        if found is not None:
            return redirect(*found)
        by_reference.add_error("reference", why_not_found(by_reference.cleaned_data["reference"]))
    elif form.is_valid():
        try:
            hits = people.search(
                actor=request.actor, wanted=form.wanted(), purpose=form.said_purpose(), now=now
            )
            shown = show(request.actor, hits=hits, wanted=form.wanted(), now=now)
        except Refusal as refusal:
            form.add_error(None, words.sentence(refusal))
    values = {"form": form, "by_reference": by_reference, "shown": shown, "carried": carried(form)}
    return page(request, "desk/search.html", values | may(request.actor))


def may(actor: Actor) -> dict[str, bool]:
    return {"may_report": actor.may(Power.REPORT_CREATE.value), "may_open": actor.may(Power.CASE_READ.value)}


def carried(form: Who) -> list[tuple[str, str]]:
    """The words of a question, to be taken on into a report."""
    return [(name, str(form.data.get(name, ""))) for name in Who.base_fields]


def open_by_reference(actor: Actor, *, typed: str, now: datetime) -> tuple[str, UUID] | None:
    """The address of the file that a reference names, if the actor may open it."""
    report = cases.reports(actor, now=now).filter(reference=case_rules.reference_typed(typed)).first()
    if report is not None and actor.may(Power.REPORT_READ.value):
        return "desk:report", report.pk
    case = cases.case_by_reference(actor, typed=typed, now=now)
    return ("desk:case", case.pk) if case is not None and actor.may(Power.CASE_READ.value) else None


def why_not_found(typed: str) -> Any:
    if not ids.reference_is_whole(case_rules.reference_typed(typed)):
        return _("A letter of the reference is wrong or missing. Read it again from the paper.")
    return _("There is no file of this reference that your unit may open.")


def show(actor: Actor, *, hits: Sequence[Hit], wanted: people_rules.PersonIn, now: datetime) -> list[Shown]:
    """The hits with their cases and the units to ask; four statements more whatever the number."""
    persons = {hit.person_id for hit in hits if hit.visible and hit.person_id is not None}
    of_person: dict[UUID, list[cases.Header]] = {}
    if persons and actor.may(Power.CASE_READ.value):
        found = cases.cases(actor, now=now).filter(Q(victim_id__in=persons) | Q(aggressor_id__in=persons))
        rows = list(found.order_by("-last_report_at")[:200])
        parties = {row.pk: (row.victim_id, row.aggressor_id) for row in rows}
        for header in cases.headers(actor, found=rows, now=now):
            for person in parties[header.id]:
                of_person.setdefault(person, []).append(header)
    units = access.unit_names(actor, {unit for hit in hits for unit in hit.holders})
    return [
        Shown(
            hit=hit,
            evidence=evidence(hit.kinds),
            cases=of_person.get(hit.person_id, []) if hit.person_id else [],
            ask=askable(actor, [units[unit] for unit in hit.holders if unit in units]),
            born_otherwise=born_otherwise(hit, wanted),
        )
        for hit in hits
    ]


def askable(actor: Actor, units: "Iterable[Unit]") -> "list[Unit]":
    """Whom to ask; a shelter is not named as the place that knows her."""
    return [unit for unit in units if not protected(actor, unit)]


def born_otherwise(hit: Hit, wanted: people_rules.PersonIn) -> bool:
    """Years of birth more than one apart, where the reader may know hers."""
    return bool(
        hit.birth_year is not None
        and wanted.birth_date is not None
        and abs(hit.birth_year - wanted.birth_date.year) > 1
    )


def evidence(kinds: Iterable[str]) -> list[str]:
    """Why this may be her, in words; a kind that another one contains is not said twice."""
    found = {people_rules.Kind(kind) for kind in kinds}
    implied = {kind for one in found for kind in CONTAINS.get(one, ())}
    return [str(words.of(kind)) for kind in people_rules.Kind if kind in found - implied]


K = people_rules.Kind
NAMES = (K.GIVEN_LAST, K.GIVEN_SECOND)
CONTAINS = {
    K.GIVEN_SECOND_LAST: NAMES,
    K.GIVEN_LAST_MONTH: (K.GIVEN_LAST, K.GIVEN_LAST_YEAR),
    K.GIVEN_SECOND_MONTH: (K.GIVEN_SECOND,),
    K.GIVEN_BIRTH: (K.GIVEN_LAST_MONTH, K.GIVEN_SECOND_MONTH, K.GIVEN_LAST_YEAR),
    K.GIVEN_LAST_YEAR: (K.GIVEN_LAST,),
    K.GIVEN_LAST_AREA: (K.GIVEN_LAST,),
    K.GIVEN_SECOND_AREA: (K.GIVEN_SECOND,),
    K.PHONE_GIVEN: (K.PHONE,),
    K.PHONE_MONTH: (K.PHONE,),
}
