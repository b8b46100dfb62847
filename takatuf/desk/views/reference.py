"""Law and deadlines: the rules and whether they were verified, the calendar, a calculator that shows its proof."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from takatuf.access.guards import needs, signed_in
from takatuf.access.rules import Power
from takatuf.desk import services, words
from takatuf.desk.forms.reference import Announced, Moon, Period
from takatuf.desk.views.back import done, refused
from takatuf.kernel import clock
from takatuf.kernel.calendar import Deadline, OutOfRange
from takatuf.kernel.reference import NoRule, Rule, pack
from takatuf.kernel.selectors import announced, legal_calendar, moon_sightings
from takatuf.kernel.services import CalendarRefused

PARTS = ("rules", "holidays", "calculator", "hotlines")


@require_GET
def _reference(request: Any) -> HttpResponse:
    part = request.GET.get("part", "")
    part = part if part in PARTS else PARTS[0]
    values = {"rules": _rules, "holidays": _holidays, "calculator": _calculator, "hotlines": _hotlines}[part](
        request
    )
    return render(request, f"desk/work/reference_{part}.html", {"part": part, **values})


def _rules(request: Any) -> dict[str, Any]:
    today = legal_calendar().local_day(clock.now())
    asked = " ".join(request.GET.get("q", "").split()).lower()
    doubted = request.GET.get("show") == "unverified"
    found = [rule for rule in pack().all_rules if _speaks_of(rule, asked) and not (doubted and rule.verified)]
    return {
        "rules": [{"rule": rule, "state": _state(rule, today)} for rule in found],
        "asked": request.GET.get("q", ""),
        "show": request.GET.get("show", ""),
        "all": len(pack().all_rules),
        "unverified": sum(not rule.verified for rule in pack().all_rules),
        "country": pack(),
    }


def _speaks_of(rule: Rule, asked: str) -> bool:
    said = f"{rule.id} {rule.ar} {rule.en} {rule.legal_basis.ar} {rule.legal_basis.en}".lower()
    return all(word in said for word in asked.split())


def _state(rule: Rule, today: date) -> str:
    if rule.valid_from > today:
        return "coming"
    return "over" if rule.valid_to is not None and rule.valid_to < today else "in_force"


def _holidays(request: Any, form: Announced | None = None, moon: Moon | None = None) -> dict[str, Any]:
    calendar = legal_calendar()
    today = calendar.local_day(clock.now())
    years = (today.year, today.year + 1)
    return {
        "years": [
            {"year": year, "days": [one for day, one in calendar.holidays.items() if day.year == year]}
            for year in years
        ],
        "announced": announced(actor=request.actor, since=date(today.year, 1, 1)),
        "moons": moon_sightings(actor=request.actor),
        "may_edit": request.actor.may(Power.REFERENCE_EDIT),
        "form": form or Announced(),
        "moon": moon or Moon(),
        "today": today,
    }


def _calculator(request: Any) -> dict[str, Any]:
    asked = "day" in request.GET
    local = clock.now().astimezone(legal_calendar().zone)
    first = {"day": local.date(), "at": local.strftime("%H:%M"), "unit": "days", "start_day": "next_day"}
    form = Period(request.GET) if asked else Period(initial=first)
    rule, found = _computed(form) if asked and form.is_valid() else (None, None)
    return {
        "form": form,
        "rule": rule,
        "found": found,
        "proof": str(found.proof).splitlines() if found is not None else [],
    }


def _computed(form: Period) -> tuple[Rule | None, Deadline | None]:
    cleaned, start = form.cleaned_data, form.start()
    try:
        rule = pack().rule(cleaned["rule"], on=start.date()) if cleaned["rule"] else None
        found = legal_calendar().deadline(
            start=start,
            value=rule.value if rule else cleaned["value"],
            unit=rule.unit if rule else cleaned["unit"] or "days",
            start_day=rule.start_day if rule else cleaned["start_day"] or "next_day",
            calendar_basis=rule.calendar_basis if rule else "gregorian",
        )
    except NoRule:
        form.add_error("rule", _("This rule was not in force on that day."))
        return None, None
    except (OutOfRange, OverflowError):
        form.add_error("day", _("The holidays of that year are not known. Choose a nearer day."))
        return None, None
    return rule, found


def _hotlines(request: Any) -> dict[str, Any]:
    return {"hotlines": pack().hotlines}


def _holiday_announce(request: Any) -> HttpResponse:
    form = Announced(request.POST)
    if form.is_valid():
        try:
            services.announce_holiday(actor=request.actor, now=clock.now(), **form.cleaned_data)
        except CalendarRefused as refusal:
            form.add_error(None, words.sentence(refusal))
        else:
            return done(request, _("Announced. Deadlines computed from now on follow it."), _to("holidays"))
    return _again(request, form=form)


def _moon_set(request: Any) -> HttpResponse:
    moon = Moon(request.POST)
    if moon.is_valid():
        try:
            services.sight_moon(actor=request.actor, now=clock.now(), **moon.cleaned_data)
        except CalendarRefused as refusal:
            moon.add_error(None, words.sentence(refusal))
        else:
            return done(request, _("The Hijri calendar is set."), _to("holidays"))
    return _again(request, moon=moon)


def _again(request: Any, form: Announced | None = None, moon: Moon | None = None) -> HttpResponse:
    values = {"part": "holidays", **_holidays(request, form, moon)}
    return render(request, "desk/work/reference_holidays.html", values, status=400)


def _holiday_retire(request: Any, holiday_id: UUID) -> HttpResponse:
    try:
        services.retire_holiday(actor=request.actor, holiday_id=holiday_id, now=clock.now())
    except CalendarRefused as refusal:
        return refused(request, refusal, _to("holidays"))
    return done(request, _("Taken back: the computed calendar holds again for that day."), _to("holidays"))


def _to(part: str) -> str:
    return f"{reverse('desk:reference')}?part={part}"


editor = needs(Power.REFERENCE_EDIT)
reference = signed_in(_reference)
holiday_announce = editor(require_POST(_holiday_announce))
holiday_retire = editor(require_POST(_holiday_retire))
moon_set = editor(require_POST(_moon_set))
