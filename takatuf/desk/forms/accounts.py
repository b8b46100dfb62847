"""Accounts: those of others, to the administrator, and one's own."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from takatuf.desk.forms.fields import coded, ltr, plain
from takatuf.kernel.reference import Role

STATES = [("", _("Open and closed")), ("open", _("Open")), ("closed", _("Closed"))]


class Asked(forms.Form):
    """Filters of the list of users."""

    words = forms.CharField(label=_("Name or sign-in name"), required=False, max_length=100, widget=plain())
    unit = forms.ChoiceField(label=_("Unit"), required=False, choices=coded("units", _("Every unit")))
    role = forms.ChoiceField(label=_("Role"), required=False, choices=coded("roles", _("Every role")))
    state = forms.ChoiceField(label=_("Account"), required=False, choices=STATES)


class NewUser(forms.Form):
    """Who she is. The role is given on the next page, where the unit says which ones there are."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=60,
        widget=ltr(autocapitalize="none", spellcheck="false"),
        help_text=_("Small Latin letters, digits and dots. It cannot be changed later."),
    )
    name_ar = forms.CharField(label=_("Name in Arabic"), max_length=200, widget=plain(dir="rtl", lang="ar"))
    name_en = forms.CharField(label=_("Name in English"), max_length=200, widget=plain(dir="ltr", lang="en"))
    personal_number = forms.CharField(
        label=_("Personal number"),
        required=False,
        max_length=40,
        widget=ltr(inputmode="numeric", autocomplete="off"),
        help_text=_(
            "The number itself is not kept. By it the system closes to her every file she is a party of."
        ),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial="ar")


class GiveRole(forms.Form):
    """A role in a unit: only those are offered that may be held in its kind of agency."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, roles: list[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "ar"
        self.fields["role"].choices = [(role.code, role.name.in_(language)) for role in roles]  # type: ignore[attr-defined]


class Own(forms.Form):
    """Name, language and digits of one's own account."""

    name_ar = forms.CharField(label=_("Name in Arabic"), max_length=200, widget=plain(dir="rtl", lang="ar"))
    name_en = forms.CharField(label=_("Name in English"), max_length=200, widget=plain(dir="ltr", lang="en"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
    arabic_digits = forms.BooleanField(
        label=_("Arabic-Indic digits (٠١٢٣) in Arabic pages"),
        required=False,
        help_text=_("References, telephone numbers and what you type keep their digits."),
    )
