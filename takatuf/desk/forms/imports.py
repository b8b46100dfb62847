"""A file to bring in, the filter of its quarantine, and what is said of a refused row."""

from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from takatuf.cases.imports import selectors, words
from takatuf.cases.imports.rules import SHORTEST_REASON, RowStatus, reason_is_enough
from takatuf.kernel.actor import Actor

from .fields import plain

SUFFIXES = (".csv", ".xlsx", ".jsonl", ".ndjson", ".gz")


class Upload(forms.Form):
    """A file and the declaration that reads it."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX or JSONL, also packed with gzip; 512 MB at most."),
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    mapping = forms.ChoiceField(
        label=_("Declaration of its columns"),
        help_text=_(
            "It says what each column means. A new one is written with the administrator of your agency."
        ),
    )

    def __init__(self, actor: Actor, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        offered = [(one.code, f"{one.name} ({one.version})") for one in selectors.mappings(actor)]
        self.fields["mapping"].choices = [("", _("Choose")), *offered]  # type: ignore[attr-defined]
        self.offers = bool(offered)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if Path(file.name).suffix.lower() not in SUFFIXES:
            raise ValidationError(_("This is no CSV, XLSX or JSONL file."), code="kind")
        return file


class QuarantineFilter(forms.Form):
    """Which refused rows of a run."""

    status = forms.ChoiceField(label=_("State"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)

    def __init__(self, reasons: list[str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["status"].choices = [  # type: ignore[attr-defined]
            *((status.value, words.STATUSES[status]) for status in RowStatus),
            ("all", _("All")),
        ]
        self.fields["reason"].choices = [  # type: ignore[attr-defined]
            ("", _("All")),
            *((reason, reason_words(reason)) for reason in reasons),
        ]

    def wanted_status(self) -> str:
        """Waiting rows if nothing is asked; empty for whatever became of them."""
        chosen = self.cleaned_data.get("status") or RowStatus.WAITING.value
        return "" if chosen == "all" else chosen


class Discard(forms.Form):
    """Why a row will never be a report."""

    reason = forms.CharField(
        label=_("Why will this row never be a report?"),
        help_text=_("It is kept sealed with the row."),
        max_length=1000,
        widget=plain(dir="auto"),
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not reason_is_enough(reason):
            raise ValidationError(
                _("Write at least %(least)s letters.") % {"least": SHORTEST_REASON}, code="short"
            )
        return reason


def mended(columns: list[str], posted: Any) -> dict[str, str]:
    """Column → value as typed in a row's page; the fields are numbered, since a column may have any name."""
    return {
        name: posted[f"column-{place}"] for place, name in enumerate(columns) if f"column-{place}" in posted
    }


def reason_words(reason: str) -> str:
    """A reason as a filter says it: without the blank where a single row names its column."""
    return str(words.reason_name(reason)).removeprefix("…: ")
