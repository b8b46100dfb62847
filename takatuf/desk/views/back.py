"""Where a deed leads back to: the page it was done on, if that is one of ours."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from takatuf.desk import words
from takatuf.kernel.errors import Refusal


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The address in `next`, never another machine's."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/"):
        return wanted
    return default


def done(request: HttpRequest, sentence: str, to: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect(to)


def not_so(request: HttpRequest, sentence: str, to: str) -> HttpResponse:
    """What was sent cannot be meant so; nothing was changed."""
    messages.error(request, sentence)
    return redirect(to)


def refused(request: HttpRequest, refusal: Refusal, to: str) -> HttpResponse:
    """Nothing was changed; the reader is told why, on the page where she was."""
    return not_so(request, words.sentence(refusal), to)
