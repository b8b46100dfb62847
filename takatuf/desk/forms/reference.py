"""Announced days, the moon, and the deadline calculator."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from takatuf.desk.forms.fields import plain
from takatuf.kernel.reference import pack

ACTIONS = [("add", _("A holiday is added")), ("cancel", _("A holiday is cancelled: an ordinary working day"))]
UNITS = [
    ("hours", _("hours")),
    ("days", _("days")),
    ("working_days", _("working days")),
    ("weeks", _("weeks")),
    ("months", _("months")),
    ("years", _("years")),
]
START_DAYS = [
    ("next_day", _("from the day after")),
    ("same_day", _("the day of the start counts")),
    ("same_moment", _("from that moment")),
]
MOON = [("-1", _("one day later")), ("0", _("as computed")), ("1", _("one day earlier"))]


def a_day(**attributes: Any) -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date", **attributes}, format="%Y-%m-%d")


def moved() -> list[tuple[str, Any]]:
    """Holidays of the pack that a circular may set."""
    language = get_language() or "ar"
    rules = pack().holidays
    named = [(item.code, item.name.in_(language)) for item in (*rules.fixed, *rules.hijri) if item.code]
    return [("", _("None: a day of its own")), *named]


def periods() -> list[tuple[str, Any]]:
    """Rules that set a time, and a free period first."""
    language, today = get_language() or "ar", date.today()  # noqa: DTZ011 - only which versions are offered
    known = {unit for unit, _words in UNITS}
    found = {rule.id: rule for rule in pack().all_rules if rule.unit in known and rule.valid_from <= today}
    named = sorted(((rule.id, rule.name.in_(language)) for rule in found.values()), key=lambda item: item[1])
    return [("", _("Another period, given below")), *named]


class Announced(forms.Form):
    """A day that a circular sets."""

    day = forms.DateField(label=_("Day"), widget=a_day())
    action = forms.ChoiceField(label=_("What the circular says"), choices=ACTIONS, widget=forms.RadioSelect)
    of = forms.ChoiceField(
        label=_("Sets the days of"),
        required=False,
        choices=moved,
        help_text=_("Its computed days of that year give way: then enter every day of the circular."),
    )
    name_ar = forms.CharField(label=_("Name in Arabic"), max_length=200, widget=plain(dir="rtl", lang="ar"))
    name_en = forms.CharField(label=_("Name in English"), max_length=200, widget=plain(dir="ltr", lang="en"))
    basis = forms.CharField(
        label=_("Basis"), max_length=300, widget=plain(), help_text=_("Number and date of the circular.")
    )


class Moon(forms.Form):
    """The moon was seen on another day than computed."""

    from_day = forms.DateField(label=_("From the day"), widget=a_day())
    days = forms.TypedChoiceField(label=_("The Hijri month began"), choices=MOON, coerce=int)
    basis = forms.CharField(label=_("Basis"), max_length=200, widget=plain())


class Period(forms.Form):
    """When is it due? By a rule of the law, or by a period of one's own."""

    rule = forms.ChoiceField(label=_("Rule"), required=False, choices=periods)
    day = forms.DateField(label=_("Day of the start"), widget=a_day())
    at = forms.TimeField(label=_("Time of the start"), widget=forms.TimeInput(attrs={"type": "time"}))
    value = forms.IntegerField(label=_("How many"), required=False, min_value=0, max_value=3650)
    unit = forms.ChoiceField(label=_("Unit of time"), required=False, choices=UNITS, initial="days")
    start_day = forms.ChoiceField(label=_("Counted"), required=False, choices=START_DAYS)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("rule") and cleaned.get("value") is None and "value" not in self.errors:
            self.add_error("value", _("Choose a rule, or say how many."))
        return cleaned

    def start(self) -> datetime:
        day: date = self.cleaned_data["day"]
        at: time = self.cleaned_data["at"]
        return datetime.combine(day, at, ZoneInfo(pack().timezone))
