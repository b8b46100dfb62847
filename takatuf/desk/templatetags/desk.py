"""Small words of the templates: icons, days, moments, numbers that must not flip, codes by their names."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from takatuf.access.rules import Verdict
from takatuf.desk import words
from takatuf.kernel import clock, ids
from takatuf.kernel.dates import counted, short_text
from takatuf.kernel.money import Money
from takatuf.kernel.reference import UNITS_OF_TIME, Rule, pack
from takatuf.kernel.selectors import legal_calendar
from takatuf.kernel.text import Text

from ..icons import DIRECTED, PATHS

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A line icon of our own set; decorative, so hidden from screen readers. Raises KeyError for an unknown name."""
    directed = "directed" if name in DIRECTED else ""
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>',
        directed,
        mark_safe(PATHS[name]),  # noqa: S308 - a constant of ours
    )


@register.filter
def short_id(value: UUID | str) -> str:
    """The 26-letter form of an id, for URLs."""
    return ids.short(value if isinstance(value, UUID) else UUID(str(value)))


@register.filter
def ltr(value: Any) -> SafeString:
    """A phone, a reference, a number: isolated, left to right whatever stands around it."""
    return (
        format_html('<bdi class="ltr" dir="ltr">{}</bdi>', value)
        if value not in {None, ""}
        else SafeString("")
    )


@register.filter
def day(value: date | datetime | None) -> str:
    """Weekday and day in the reader's language: "Monday 23 November 2026"."""
    if value is None:
        return ""
    return str(short_text(value.astimezone(zone()).date() if isinstance(value, datetime) else value))


def zone() -> ZoneInfo:
    """The country's own, from its pack: asked in every row of a list, so never of the database."""
    return ZoneInfo(pack().timezone)


@register.filter
def long_day(value: date | datetime | None) -> str:
    """The same with the Hijri day beside it."""
    if value is None:
        return ""
    calendar = legal_calendar()
    return str(calendar.text(calendar.local_day(value) if isinstance(value, datetime) else value))


@register.filter
def moment(value: datetime | None) -> SafeString:
    """Local day and time for people, the exact moment for machines."""
    if value is None:
        return SafeString("")
    local = value.astimezone(zone())
    return format_html(
        '<time datetime="{}"><bdi class="ltr">{}</bdi></time>',
        value.isoformat(timespec="seconds"),
        local.strftime("%Y-%m-%d %H:%M"),
    )


@register.filter
def due(value: datetime | None, now: datetime | None = None) -> str:
    """How far away a due time is, in words: "in 3 hours", "2 days late"."""
    if value is None:
        return ""
    seconds = (value - (now or clock.now())).total_seconds()
    amount = distance(abs(seconds))
    if seconds < 0:
        return _("late by %(amount)s") % {"amount": amount}
    return _("in %(amount)s") % {"amount": amount}


def distance(seconds: float) -> str:
    language = get_language() or "ar"
    hours = seconds / 3600
    if hours < 1:
        minutes = max(1, round(seconds / 60))
        return _("%(minutes)s min") % {"minutes": minutes}
    if hours < 48:
        return counted(round(hours), "hours").in_(language)
    days = round(hours / 24)
    if days < 60:
        return counted(days, "days").in_(language)
    return counted(round(days / 30.4), "months").in_(language)


@register.simple_tag
def label(list_name: str, code: str | None, empty: str = "") -> str:
    """The name of a code of the country's pack, in the reader's language; `empty` (default: unknown) if blank."""
    if not code:
        return empty or _("not known")
    return str(pack().label(list_name, code))


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The page's own address with some parameters changed; None takes one away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in {None, ""}:
            query[name] = value
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag
def field(bound: BoundField, **extra: Any) -> SafeString:
    """One form field as all of ours look: label above, help under it, the error at the field."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    described = [f"{bound.id_for_label}_help"] if bound.help_text else []
    described += [f"{bound.id_for_label}_error"] if bound.errors else []
    attributes: dict[str, Any] = {"class": css_class(bound, kind)}
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if bound.errors:
        attributes["aria-invalid"] = "true"
    choices = kind in {"radio", "checkbox"} and hasattr(widget, "choices")
    control = bound.as_widget(attrs=attributes) if not choices else None
    values = {
        "bound": bound,
        "control": control,
        "choices": choices,
        "single": kind == "checkbox" and not choices,
    }
    return render_to_string("desk/field.html", values | extra)


def css_class(bound: BoundField, kind: str) -> str:
    own = str(bound.field.widget.attrs.get("class", ""))
    if kind in {"checkbox", "radio"}:
        return f"form-check-input {own}".strip()
    base = "form-select" if hasattr(bound.field.widget, "choices") else "form-control"
    return f"{base}{' is-invalid' if bound.errors else ''} {own}".strip()


BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser(agent: str) -> str:
    """What a browser says of itself, short: "Firefox · Windows"."""
    found = [next((name for sign, name in signs if sign in agent), "") for signs in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or _("another program")


@register.filter
def hour(value: datetime | None) -> SafeString:
    """Local hour and minute of a moment that was just now."""
    return (
        ltr(value.astimezone(legal_calendar().zone).strftime("%H:%M"))
        if value is not None
        else SafeString("")
    )


@register.filter
def clock_time(value: datetime | None) -> SafeString:
    """The local time of day: 14:05."""
    return ltr(value.astimezone(zone()).strftime("%H:%M")) if value is not None else SafeString("")


# How urgent a duty is: word, shape and colour together, because none of them reaches everybody.
URGENCY = {
    1: ("extreme", 4, gettext_lazy("At once")),
    2: ("high", 3, gettext_lazy("Soon")),
    3: ("medium", 2, gettext_lazy("In its time")),
    4: ("low", 1, gettext_lazy("Can wait")),
}


@register.simple_tag
def priority(value: int) -> SafeString:
    shape, colour, said = URGENCY[value]
    return format_html('<span class="risk risk-{}">{}{}</span>', colour, icon(shape), said)


STEPS = {
    "supervisor": gettext_lazy("the supervisor"),
    "agency_head": gettext_lazy("the head of the agency"),
    "strategy_owner": gettext_lazy("the owner of the strategy"),
}


@register.simple_tag
def step(code: str) -> str:
    """To whom a late duty has climbed."""
    return str(STEPS.get(code, code))


@register.simple_tag
def verified(value: bool | None) -> SafeString:
    """Whether a legal basis was seen in a published source; never left unsaid where it was not."""
    if value:
        return format_html(
            '<span class="tag good">{}{}</span>', icon("check"), _("seen in a published source")
        )
    return format_html(
        '<span class="tag warn">{}{}</span>', icon("warn"), _("not verified against the gazette")
    )


@register.filter
def tenths(percent: int) -> int:
    """0–10: the width of a bar. Exact numbers stand beside it, and no style attribute is needed."""
    return min(10, -(-percent // 10))


SUBJECTS = {
    "case": gettext_lazy("case"),
    "person": gettext_lazy("person"),
    "report": gettext_lazy("report"),
    "duty": gettext_lazy("duty"),
    "user": gettext_lazy("user"),
    "unit": gettext_lazy("unit"),
    "journal": gettext_lazy("journal"),
    "subject": gettext_lazy("file or person"),
    "import": gettext_lazy("import"),
    "pack": gettext_lazy("reference data"),
    "key": gettext_lazy("key"),
    "holiday": gettext_lazy("holiday"),
    "moon": gettext_lazy("Hijri calendar"),
}


@register.simple_tag
def subject_kind(kind: str) -> str:
    """What sort of thing an entry is about; an unknown sort by its code."""
    return str(SUBJECTS.get(kind, kind))


@register.simple_tag
def verdict(code: str) -> SafeString:
    """What the guardian found of an emergency opening."""
    said = words.of(Verdict(code))
    good = code == Verdict.JUSTIFIED
    return format_html(
        '<span class="tag {}">{}{}</span>', "good" if good else "bad", icon("check" if good else "warn"), said
    )


@register.filter
def hexadecimal(value: bytes | memoryview) -> str:
    return bytes(value).hex()


@register.simple_tag
def filter_field(bound: BoundField) -> SafeString:
    """A field of a filter: small label above, nothing else; all of them may be empty."""
    kind = getattr(bound.field.widget, "input_type", "")
    return format_html(
        '<label class="form-label" for="{}">{}</label>{}',
        bound.id_for_label,
        bound.label,
        bound.as_widget(attrs={"class": css_class(bound, kind)}),
    )


@register.simple_tag
def rule_value(rule: Rule) -> str:
    """What a rule sets, with its unit: "14 days", "30%", "200.000"."""
    if rule.unit in UNITS_OF_TIME:
        return str(counted(rule.value, rule.unit)) if rule.value else _("at once")
    if rule.unit == "percent":
        return f"{rule.value}%"
    if rule.unit == "minor_units":
        currency = pack().currency
        names = Text(ar=currency.ar, en=currency.en)
        return str(Money(rule.value, currency.code, currency.minor_digits).text(names))
    return str(rule.value)


@register.filter
def grouped(value: int | None) -> SafeString:
    """A count with its thousands apart: 128,188."""
    return ltr(f"{value:,}") if value is not None else SafeString("")


@register.filter
def how_long(seconds: int) -> str:
    """A stretch of time in words: "3 min", "2 hours"."""
    return distance(float(seconds))
