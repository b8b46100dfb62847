"""Sign-in forms, and the sentences of allauth and Django that stand in them, in our own words."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.utils.translation import gettext_lazy as _

# They are said by allauth and Django. Our catalogue is asked before theirs, so the Arabic is the house's own.
THEIRS = (
    _("Username"),
    _("Password"),
    _("Code"),
    _("Authenticator code"),
    _("Current Password"),
    _("New Password"),
    _("New Password (again)"),
    _("Name"),
    _("Passwordless"),
    _("The username and/or password you specified are not correct."),
    _("This account is currently inactive."),
    _("Please type your current password."),
    _("You must type the same password each time."),
    _("Incorrect password."),
    _("Incorrect code."),
    _("Use your password"),
    _("Use authenticator app or code"),
    _("Use a security key"),
    _("Master key"),
    _("Backup key"),
    _("Key nr. {number}"),
)


class WithoutPlaceholders:
    """The label stands above the field; a grey word inside it says the same twice and hides while one types."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class SignIn(WithoutPlaceholders, LoginForm):  # type: ignore[misc]
    """Name and password. The name is Latin, so it is written from left to right."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"dir": "ltr", "autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].help_text = ""


class ChangePassword(WithoutPlaceholders, ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _(
            "At least 12 characters. Several unconnected words are easy to remember and hard to guess."
        )


class Reauthenticate(WithoutPlaceholders, ReauthenticateForm):  # type: ignore[misc]
    """The password again."""


class OneTimeCode(WithoutPlaceholders):
    """Six digits that a telephone keyboard offers by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs |= {
            "dir": "ltr",
            "inputmode": "numeric",
            "autocomplete": "one-time-code",
        }


class Authenticate(OneTimeCode, AuthenticateForm):  # type: ignore[misc]
    """A code of the authenticator app, or a recovery code."""


class ReauthenticateByCode(OneTimeCode, ReauthenticateByCodeForm):  # type: ignore[misc]
    """The same, before a deed that asks who is there."""


class ActivateAuthenticator(OneTimeCode, ActivateTOTPForm):  # type: ignore[misc]
    """The first code proves that the app was set up."""
