"""What the frame of every page shows: who acts, where she may go, how many duties wait, what is switched off."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext_lazy as _

from takatuf.access.rules import Power
from takatuf.duties import selectors as duties
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor
from takatuf.kernel.reference import pack


class Place(NamedTuple):
    """One entry of the side list: shown to whoever holds the power (None: everybody who is signed in)."""

    route: str
    words: Any
    icon: str
    power: Power | None = None


PLACES = (
    Place("desk:worklist", _("My worklist"), "duties"),
    Place("desk:overdue", _("Overdue duties"), "overdue", Power.DUTY_OVERSEE),
    Place("desk:national", _("Duties nationwide"), "overdue", Power.DUTY_OVERSEE_NATIONAL),
    Place("desk:search", _("Search"), "search", Power.PERSON_SEARCH),
    Place("desk:report_new", _("New report"), "new", Power.REPORT_CREATE),
    Place("desk:cases", _("Cases"), "cases", Power.CASE_READ),
    Place("desk:review", _("One person or two?"), "people", Power.PERSON_REVIEW),
    Place("desk:imports", _("Imports"), "imports", Power.IMPORT_RUN),
    Place("statistics:index", _("Statistics"), "statistics", Power.STATISTICS_READ),
    Place("desk:glass", _("Emergency openings"), "glass", Power.BREAK_GLASS_REVIEW),
    Place("desk:journal", _("Journal"), "journal", Power.JOURNAL_READ),
    Place("desk:accounts", _("Users and roles"), "access", Power.ACCESS_MANAGE),
    Place("desk:reference", _("Law and deadlines"), "shield"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of `desk/base.html`. One statement (the counts), and only when the frame is drawn for somebody."""
    actor: Actor | None = getattr(request, "actor", None)
    language = get_language() or settings.LANGUAGE_CODE
    values: dict[str, Any] = {
        "actor": actor,
        "language": language,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "other_language": "en" if language.startswith("ar") else "ar",
        "demo": settings.DEMO,
        "second_factor": settings.TAKATUF_SECOND_FACTOR,
        "now": clock.now(),
        "arabic_digits": language.startswith("ar") and getattr(request.user, "arabic_digits", False),
    }
    if actor is None:
        return values
    membership = getattr(request, "membership", None)
    return values | {
        "unit": membership.unit if membership else None,
        "role": pack().label("roles", actor.role),
        "contexts": getattr(request, "contexts", []),
        "places": [
            {"url": reverse(place.route), "words": place.words, "icon": place.icon, "route": place.route}
            for place in PLACES
            if place.power is None or actor.may(place.power.value)
        ],
        "here": current(request),
        "duty_counts": SimpleLazyObject(lambda: duties.counts(actor, now=clock.now())),
    }


def current(request: HttpRequest) -> str:
    match = getattr(request, "resolver_match", None)
    return match.view_name if match else ""
