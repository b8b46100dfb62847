"""One's own account, the unit and role one acts in, and the language one reads in."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST

from takatuf.access import services
from takatuf.access.guards import public, signed_in
from takatuf.access.middleware import CONTEXT_KEY
from takatuf.access.rules import AccessRefused
from takatuf.desk import words
from takatuf.desk.forms.accounts import Own
from takatuf.desk.views.answers import page
from takatuf.desk.views.back import done, refused, safe_next
from takatuf.kernel import clock, ids
from takatuf.kernel.reference import pack

LANGUAGES = {code for code, _words in settings.LANGUAGES}


def _account(request: Any) -> HttpResponse:
    user = request.user
    first = {name: getattr(user, name) for name in ("name_ar", "name_en", "language", "arabic_digits")}
    form = Own(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_own_account(actor=request.actor, now=clock.now(), **form.cleaned_data)
        except AccessRefused as refusal:
            form.add_error(None, words.sentence(refusal))
        else:
            with override(changed.language):
                answer = done(request, _("Saved."), reverse("desk:account"))
            return _in_language(answer, changed.language)
    return page(request, "desk/work/account.html", {"form": form}, status=400 if form.errors else 200)


def _contexts(request: Any) -> HttpResponse:
    if request.method == "POST":
        try:
            wanted = ids.parse(request.POST.get("context", ""))
        except ValueError:
            wanted = UUID(int=0)
        try:
            chosen = services.choose_context(actor=request.actor, membership_id=wanted, now=clock.now())
        except AccessRefused as refusal:
            return refused(request, refusal, reverse("desk:contexts"))
        request.session[CONTEXT_KEY] = str(chosen.pk)
        return redirect("/")
    held = [
        {"membership": one, "role": pack().label("roles", one.role), "now": one.pk == request.membership.pk}
        for one in request.contexts
    ]
    return page(request, "desk/work/contexts.html", {"held": held})


def _language(request: Any) -> HttpResponse:
    """Before sign-in it is the browser's, afterwards hers too: it holds on every machine."""
    wanted = request.POST.get("language", "")
    answer = redirect(safe_next(request))
    if wanted not in LANGUAGES:
        return answer
    if request.actor is not None:
        services.choose_language(actor=request.actor, language=wanted)
    return _in_language(answer, wanted)


def _in_language(answer: HttpResponse, language: str) -> HttpResponse:
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
    )
    return answer


account = signed_in(_account)
contexts = signed_in(_contexts)
language = public(require_POST(_language))
