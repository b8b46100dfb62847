"""What is asked of the list of cases, and what is said on a case or a report."""

from django import forms
from django.utils.translation import gettext_lazy as _

from takatuf.access.rules import BREAK_GLASS_REASON_LENGTH
from takatuf.cases.rules import LONGEST, Kind, Status
from takatuf.cases.selectors import CaseFilter

from .fields import coded, ltr

ANY = _("All")
KINDS = (
    (Kind.REPORT.value, _("Reports")),
    (Kind.ADDENDUM.value, _("Addenda")),
    (Kind.DUTY.value, _("Duties")),
    (Kind.GRANT.value, _("Grants")),
    (Kind.DEED.value, _("Other deeds")),
)


class CaseList(forms.Form):
    """Filters as they stand in the address: codes and references only, so nothing there is personal."""

    reference = forms.CharField(
        label=_("Reference"), max_length=20, required=False, widget=ltr(spellcheck="false")
    )
    status = forms.ChoiceField(
        label=_("Status"),
        choices=(("", ANY), (Status.OPEN.value, _("Open")), (Status.CLOSED.value, _("Closed"))),
        required=False,
    )
    area = forms.ChoiceField(label=_("Governorate"), choices=coded("areas", ANY), required=False)
    relation = forms.ChoiceField(label=_("Relation"), choices=coded("relations", ANY), required=False)
    form = forms.ChoiceField(label=_("Form of violence"), choices=coded("forms", ANY), required=False)
    agency = forms.ChoiceField(label=_("Reporting agency"), choices=coded("agencies", ANY), required=False)
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=(("", _("Latest report first")), ("opened", _("Newest case first"))),
        required=False,
    )
    mine = forms.BooleanField(label=_("With a duty of mine"), required=False)

    def asked(self) -> CaseFilter:
        """What can be understood of it; a value that is none asks nothing."""
        self.is_valid()
        return CaseFilter(**{name: value for name, value in self.cleaned_data.items() if value})

    @property
    def narrowed(self) -> bool:
        return bool(set(filter(None, self.cleaned_data.values())) - {"opened"})


class TimelineFilter(forms.Form):
    """Which lines of a case's timeline."""

    kind = forms.ChoiceField(label=_("Kind"), choices=(("", ANY), *KINDS), required=False)
    agency = forms.ChoiceField(label=_("Agency"), choices=coded("agencies", ANY), required=False)


class BreakGlass(forms.Form):
    """Why a file must be opened at once."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=BREAK_GLASS_REASON_LENGTH,
        max_length=500,
        help_text=_("At least 20 letters. The data-protection guardian reads it; write no names."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class AddendumText(forms.Form):
    """What is added to a signed report."""

    text = forms.CharField(
        label=_("Addendum"),
        max_length=LONGEST["narrative"],
        help_text=_(
            "What is new, or what in the report is wrong. It is signed at once and cannot be changed."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "autocomplete": "off"}),
    )
