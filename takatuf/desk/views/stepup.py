"""Deeds on accounts and keys ask once more who is there."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

View = Callable[..., HttpResponse]


def stepped_up(view: View) -> View:
    """Only within minutes of her password, code or key; else she is asked for it, and comes back to the page.

    What was posted is not kept meanwhile: it may hold what must not lie in a session.
    """
    asked = reauthentication_required(app="takatuf")(view)

    @wraps(view)
    def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer: HttpResponse = asked(request, *args, **kwargs)
            return answer
        except ReauthenticationRequired:
            back = request.get_full_path() if request.method == "GET" else reverse("desk:accounts")
            return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")

    return inner
