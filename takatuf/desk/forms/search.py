"""Who is asked for, and why."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from takatuf.kernel.reference import DIGITS
from takatuf.people.rules import PersonIn, Precision

from .fields import KnownDateField, in_arabic, ltr, plain

# Purposes as the journal keeps them; the words are the reader's.
PURPOSES = (
    ("report", _("I am taking a report")),
    ("follow_up", _("I am following a case of my unit")),
    ("duty", _("I am doing a duty")),
    ("order", _("I am carrying out a decision of the prosecution or a court")),
    ("request", _("An agency asked about her officially")),
    ("other", _("Another purpose")),
)
LONG_NUMBER = re.compile(r"\d{6}")


class Who(forms.Form):
    """What is known of a person one looks for. One thing is enough, if it is a strong one."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("In Arabic or Latin letters. First name with the father's or the family name."),
        max_length=300,
        required=False,
        widget=plain(dir="auto"),
    )
    personal_number = forms.CharField(
        label=_("Personal number"), max_length=40, required=False, widget=ltr(inputmode="numeric")
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False, widget=ltr(inputmode="tel"))
    birth = KnownDateField(label=_("Birth date or year"), required=False)

    def wanted(self) -> PersonIn:
        """The question as the index takes it."""
        values = self.cleaned_data
        name, born, phone = values["name"].strip(), values["birth"], values["phone"].strip()
        return PersonIn(
            name_ar=name if in_arabic(name) else "",
            name_latin="" if in_arabic(name) else name,
            personal_number=values["personal_number"],
            phones=(phone,) if phone else (),
            birth_date=born.day if born else None,
            birth_precision=born.precision if born else Precision.UNKNOWN.value,
        )


class Search(Who):
    """The search page: the purpose is part of the question."""

    purpose = forms.ChoiceField(
        label=_("What is the search for?"),
        choices=[("", _("Choose")), *PURPOSES],
        help_text=_("It is recorded."),
    )
    purpose_words = forms.CharField(
        label=_("The purpose in your words"),
        help_text=_("Needed for another purpose. Write no name and no number here: the journal keeps it."),
        max_length=150,
        required=False,
        widget=plain(),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        words = values.get("purpose_words", "")
        if values.get("purpose") == "other" and len(words.strip()) < 5:
            self.add_error("purpose_words", _("Write what the search is for."))
        if LONG_NUMBER.search(words.translate(DIGITS)):
            self.add_error(
                "purpose_words", _("Leave out numbers of persons and phones: the journal keeps it.")
            )
        return values

    def said_purpose(self) -> str:
        values = self.cleaned_data
        return ": ".join(filter(None, (values["purpose"], values["purpose_words"].strip())))


class ByReference(forms.Form):
    """Straight to a file whose reference is at hand."""

    reference = forms.CharField(
        label=_("Reference of a case or report"),
        max_length=40,
        widget=ltr(spellcheck="false", autocapitalize="characters"),
    )
