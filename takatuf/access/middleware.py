"""Who acts in this request: made once, told to the database by the backend after BEGIN."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting

from . import selectors
from .models import Membership, User

CONTEXT_KEY = "takatuf_membership"
# Pages for setting up the second factor are open before it exists.
SECOND_FACTOR_PATHS = ("/accounts/", "/static/", "/healthz", "/language")


class ActingMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = self.actor_of(request)
        request.actor = actor  # type: ignore[attr-defined]
        if actor is not None and password_is_not_her_own(request):
            return redirect("account_change_password")
        if actor is not None and second_factor_missing(request):
            return redirect("mfa_index")
        with acting(actor):
            return self.get_response(request)

    def actor_of(self, request: HttpRequest) -> Actor | None:
        user = request.user
        if not isinstance(user, User) or not may_act(user):
            return None
        contexts = selectors.memberships(user=user)
        request.contexts = contexts  # type: ignore[attr-defined]
        chosen = choose(contexts, request.session.get(CONTEXT_KEY, ""))
        if chosen is None:
            return None
        request.membership = chosen  # type: ignore[attr-defined]
        return selectors.actor_of(chosen, purpose="desk")


def may_act(user: User) -> bool:
    """An invented person of the demo acts in a demo only, also where its database is put to other use."""
    return user.is_active and (settings.DEMO or not user.is_demo)


def choose(contexts: list[Membership], wanted: str) -> Membership | None:
    """The context of the session if it still stands, else the oldest one."""
    for membership in contexts:
        if wanted and membership.pk == UUID(wanted):
            return membership
    return contexts[0] if contexts else None


# A password that the administrator knows opens the page where another one is chosen, and the way out.
TEMPORARY_PASSWORD_PATHS = ("/accounts/password/", "/accounts/logout/", "/static/", "/healthz", "/language")


def password_is_not_her_own(request: HttpRequest) -> bool:
    user = request.user
    wanted = isinstance(user, User) and user.must_change_password
    return wanted and not request.path.startswith(TEMPORARY_PASSWORD_PATHS)


def second_factor_missing(request: HttpRequest) -> bool:
    if not settings.TAKATUF_SECOND_FACTOR or request.path.startswith(SECOND_FACTOR_PATHS):
        return False
    from allauth.mfa.utils import is_mfa_enabled

    return not is_mfa_enabled(request.user)
