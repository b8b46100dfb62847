"""Sign-in: slower after each failure, never locked; the same words whoever fails."""

import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from takatuf.kernel import clock, context
from takatuf.kernel.context import acting

from . import services
from .models import User


def delay_key(request: HttpRequest, credentials: dict[str, Any]) -> str:
    """One name from one address: a stranger elsewhere cannot slow the owner down."""
    name = str(credentials.get("username") or "").strip().lower()
    return hashlib.sha256(f"{name}|{request.META.get('REMOTE_ADDR', '')}".encode()).hexdigest()


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        actor = services.anonymous("sign-in")
        left = services.sign_in_seconds_left(
            actor=actor, key=delay_key(request, credentials), now=clock.now()
        )
        if left:
            raise ValidationError(
                _("Please wait %(seconds)s seconds, then try again."), params={"seconds": left}
            )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        actor = services.anonymous("sign-in")
        services.sign_in_failed(actor=actor, key=delay_key(request, credentials), now=clock.now())

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> Any:
        actor = services.anonymous("sign-in")
        with acting(actor):
            key = delay_key(request, {"username": user.username})
            services.signed_in(actor=actor, key=key, user=user, now=clock.now())
        response = super().post_login(request, user, **kwargs)
        # What she reads in is hers, not the machine's: a shared computer remembers the last one's language.
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
        return response

    def set_password(self, user: User, password: str) -> None:
        actor = context.current() or services.anonymous("sign-in")
        services.password_chosen(actor=actor, user=user, password=password, now=clock.now())

    def get_user_search_fields(self) -> list[str]:
        return ["username"]
