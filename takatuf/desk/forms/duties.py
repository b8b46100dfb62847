"""What is said when a duty is done."""

from django import forms
from django.utils.translation import gettext_lazy as _


class Done(forms.Form):
    """A duty is done with one click; a note is for the colleague who reads the file next."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
