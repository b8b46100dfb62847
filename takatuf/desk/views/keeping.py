"""What somebody typed is not lost when her session ended, or when she signed in again in another window."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware, RejectRequest
from django.utils.decorators import decorator_from_middleware

from .answers import page

View = Callable[..., HttpResponseBase]
TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field


class SameOrigin(CsrfViewMiddleware):
    """The forgery check of a page that may be older than the session.

    Its token changed when she signed in again. That the request comes from our own origin, as the browser
    itself says and the check before this one compared, is proof enough; without that word, the token must fit.
    """

    def _check_token(self, request: HttpRequest) -> None:
        try:
            super()._check_token(request)  # type: ignore[misc]
        except RejectRequest:
            if "HTTP_ORIGIN" not in request.META:
                raise


def keeps_what_was_typed(view: View) -> View:
    """Signed out in the meantime: answer with everything that was sent, to be sent again after signing in."""

    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and getattr(request, "actor", None) is None:
            return held(request)
        return view(request, *args, **kwargs)

    protected: View = decorator_from_middleware(SameOrigin)(inner)
    protected.csrf_exempt = True  # type: ignore[attr-defined]  # checked by SameOrigin instead
    return protected


def held(request: Any) -> HttpResponseBase:
    if request.htmx:
        return page(request, "desk/report_new/ended.html", status=401)
    sent = [(name, value) for name, values in request.POST.lists() if name != TOKEN_FIELD for value in values]
    return page(request, "desk/report_new/held.html", {"sent": sent}, status=401)
