"""What is asked of the journal, and what is found of an emergency opening."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from takatuf.access.rules import Verdict
from takatuf.desk import words
from takatuf.desk.deeds import DEEDS
from takatuf.desk.forms.fields import coded, ltr
from takatuf.kernel.reference import pack


def deeds() -> list[tuple[str, Any]]:
    language = get_language() or "ar"
    said = sorted(((code, text.in_(language)) for code, text in DEEDS.items()), key=lambda item: item[1])
    return [("", _("Every deed")), *said]


def verdicts() -> list[tuple[str, str]]:
    return [(verdict.value, str(words.of(verdict))) for verdict in Verdict]


class Asked(forms.Form):
    """Filters of the journal; all may be left empty. Days are whole local days, the last one included."""

    reference = forms.CharField(label=_("Reference of the case"), required=False, max_length=40, widget=ltr())
    username = forms.CharField(label=_("Sign-in name"), required=False, max_length=60, widget=ltr())
    unit = forms.ChoiceField(label=_("Unit"), required=False, choices=coded("units", _("Every unit")))
    did = forms.ChoiceField(label=_("Deed"), required=False, choices=deeds)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return cleaned

    def moments(self) -> dict[str, datetime | None]:
        """The period as moments; the end is the first moment that no longer belongs to it."""
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        return {
            "since": _midnight(since) if since else None,
            "until": _midnight(until + timedelta(days=1)) if until else None,
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), ZoneInfo(pack().timezone)).astimezone(UTC)


class Review(forms.Form):
    """What the guardian found. The note is sealed with her duty."""

    verdict = forms.ChoiceField(label=_("Was it justified?"), choices=verdicts, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("What you found"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept sealed with your duty. If it was not justified, the opening ends at once."),
    )
