"""How the desk answers: pages that no cache keeps, "nothing here" that leaves what was written standing."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def page(
    request: HttpRequest, template: str, values: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page about people: after the quick lock, the browser's way back shows nothing of it."""
    response = render(request, template, dict(values or {}), status=status)
    response["Cache-Control"] = "no-store"
    return response


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Absent, or hidden: not told apart.

    An answer, not an exception: the request's transaction holds the trace of the attempt, and stays.
    """
    return page(request, "404.html", status=404)


def download(content: bytes, *, name: str, kind: str) -> HttpResponse:
    """A file to keep. Its name is ours, so it says nothing about anybody."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
