"""Fields that take things as people write them: a date as far as it is known, coded lists, names in either script."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from takatuf.kernel.reference import DIGITS, pack
from takatuf.people.rules import Precision

ARABIC = re.compile(r"[\u0600-\u06ff]")
YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
DAY_FIRST = re.compile(r"(?:(?:(\d{1,2})[-/. ])?(\d{1,2})[-/. ])(\d{4})")


class KnownDate(NamedTuple):
    """A date and how much of it is known."""

    day: date
    precision: str


def read_date(text: str) -> KnownDate:
    """14/3/1990, 3/1990, 1990, or the year first. Raises ValueError for anything else."""
    cleaned = text.translate(DIGITS).replace(" / ", "/").strip()
    if match := YEAR_FIRST.fullmatch(cleaned):
        year, month, day = match.groups()
    elif match := DAY_FIRST.fullmatch(cleaned):
        day, month, year = match.groups()
    else:
        raise ValueError("not a date")
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    return KnownDate(date(int(year), int(month or 1), int(day or 1)), precision.value)


class KnownDateField(forms.CharField):
    """One line for a date of which perhaps only the year is known. Cleans to a KnownDate or None."""

    default_error_messages = {  # noqa: RUF012 - Django's own habit
        "date": _("This is not a date. Write day/month/year, month/year, or the year alone."),
    }

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", _("For example 14/3/1990; if only that is known, 3/1990 or 1990."))
        super().__init__(max_length=20, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"dir": "ltr", "inputmode": "numeric", "autocomplete": "off"}

    def clean(self, value: Any) -> KnownDate | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_date(text)
        except ValueError:
            raise ValidationError(self.error_messages["date"], code="date") from None


def coded(list_name: str, empty: Any = None) -> Callable[[], list[tuple[str, Any]]]:
    """The choices of a list of the country's pack, in the reader's language; retired codes are not offered."""

    def choices() -> list[tuple[str, Any]]:
        offered: list[tuple[str, Any]] = [*pack().choices(list_name, get_language() or "ar")]
        return offered if empty is None else [("", empty), *offered]

    return choices


def plain(**attributes: str) -> forms.TextInput:
    """A line that no browser fills in or remembers: the screen is shared."""
    return forms.TextInput(attrs={"autocomplete": "off", **attributes})


def ltr(**attributes: str) -> forms.TextInput:
    """A line for numbers and Latin letters."""
    return plain(dir="ltr", **attributes)


def in_arabic(name: str) -> bool:
    return bool(ARABIC.search(name))
