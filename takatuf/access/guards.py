"""Every page says who may open it. The guard is an attribute, so that a test can ask each route."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from takatuf.access.rules import Power
from takatuf.kernel.actor import Actor

View = Callable[..., HttpResponseBase]


class ActingRequest(HttpRequest):
    """A request of a signed-in public servant."""

    actor: Actor


def guarded(view: View, name: str) -> View:
    view.guard = name  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Open to everybody: sign-in, health, language. Said aloud, so that it is a decision."""
    return guarded(view, "public")


def signed_in(view: View) -> View:
    """Anyone who is signed in and acts in a unit."""
    return _guard(view, None)


def needs(power: Power) -> Callable[[View], View]:
    """Signed in, and with this power. Others are told that they may not, and nothing else."""

    def decorate(view: View) -> View:
        return _guard(view, power)

    return decorate


def _guard(view: View, power: Power | None) -> View:
    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            if request.user.is_authenticated:
                # Known, but in no unit: the sign-in page would only send her back here.
                raise PermissionDenied("no_unit")
            if getattr(request, "htmx", False):
                response = HttpResponse(status=401)
                response["HX-Redirect"] = "/accounts/login/"
                return response
            return redirect_to_login(request.get_full_path())
        if power is not None and not actor.may(power.value):
            raise PermissionDenied(power.value)
        return view(request, *args, **kwargs)

    return guarded(inner, power.value if power else "signed_in")
