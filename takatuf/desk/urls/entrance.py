"""Signing in and the keys to one's own account: the pages of allauth that we use. The others do not exist here."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.usersessions import views as sessions
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from takatuf.access.guards import public, signed_in


def closed(request: HttpRequest, **_: Any) -> HttpResponse:
    """Accounts are made by the administrator, and nobody resets a password by mail."""
    raise Http404


nowhere = public(closed)


def _open(view: Any) -> Any:
    """A page of allauth that one sees before it is known who one is."""
    return public(never_cache(view))


def _own(view: Any) -> Any:
    """A page of allauth about one's own account."""
    return signed_in(never_cache(view))


urlpatterns = [
    path("login/", _open(account.login), name="account_login"),
    path("logout/", _open(account.logout), name="account_logout"),
    path("inactive/", _open(account.account_inactive), name="account_inactive"),
    path("reauthenticate/", _own(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", _own(account.password_change), name="account_change_password"),
    path("sessions/", _own(sessions.list_usersessions), name="usersessions_list"),
    path("2fa/", _own(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", _open(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", _own(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", _own(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", _own(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/codes/", _own(recovery_codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/codes/generate/",
        _own(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/codes/download/",
        _own(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/keys/", _own(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/keys/add/", _own(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/keys/login/", _open(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path(
        "2fa/keys/reauthenticate/",
        _own(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/keys/<int:pk>/remove/", _own(webauthn.remove_webauthn), name="mfa_remove_webauthn"),
    path("2fa/keys/<int:pk>/edit/", _own(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
    # Names that allauth looks up. Behind them is nothing.
    path("signup/", nowhere, name="account_signup"),
    path("email/", nowhere, name="account_email"),
    path("confirm-email/", nowhere, name="account_email_verification_sent"),
    path("password/set/", nowhere, name="account_set_password"),
    path("password/reset/", nowhere, name="account_reset_password"),
    path("login/code/confirm/", nowhere, name="account_confirm_login_code"),
]
