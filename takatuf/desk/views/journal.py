"""The journal: who did and read what. For those who watch; their own looking is recorded too."""

import csv
import io
import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from takatuf.access import selectors as access
from takatuf.access.guards import needs
from takatuf.access.rules import Power
from takatuf.cases import selectors as cases
from takatuf.desk import selectors
from takatuf.desk.forms.journal import Asked
from takatuf.desk.views.answers import download, page
from takatuf.desk.views.worklist import id_of
from takatuf.journal import selectors as journal
from takatuf.journal import services
from takatuf.kernel import clock

ROWS = 50
MOST = 10_000  # lines of one exported list; the whole journal leaves as a sealed bundle
SHOW = {"": None, "reads": True, "deeds": False}


@require_GET
def _journal(request: Any) -> HttpResponse:
    actor, form = request.actor, Asked(request.GET)
    asked, unknown = _asked(actor, form, request)
    found = journal.Page([], None)
    opened: list[cases.Opened] = []
    if asked is not None:
        found = journal.search(actor=actor, **asked, before=_whole(request.GET.get("before", "")), limit=ROWS)
        _note(actor, asked, found)
        if asked["subject"].startswith("case:"):
            case_id = UUID(asked["subject"].removeprefix("case:"))
            opened = cases.who_opened(actor, case_id=case_id, now=clock.now())
    values = {
        "form": form,
        "unknown": unknown,
        "lines": selectors.journal_lines(actor, entries=found.entries),
        "before": found.before,
        "show": request.GET.get("show", ""),
        "opened": opened,
        "of_case": bool(asked and asked["subject"]),
        "seal": selectors.seal_state(actor),
        "asked_anything": any(value for name, value in request.GET.items() if name != "before"),
    }
    return page(request, "desk/work/journal.html", values)


def _asked(actor: Any, form: Asked, request: Any) -> tuple[dict[str, Any] | None, list[str]]:
    """The filters as the selector takes them; None, and why, where one names nothing that is known."""
    if not form.is_valid():
        return None, []
    cleaned, unknown = form.cleaned_data, []
    subject, user_id = "", id_of(request.GET.get("user", ""))
    if cleaned["reference"]:
        case_id = cases.case_of_reference(actor, typed=cleaned["reference"])
        subject = f"case:{case_id}" if case_id else ""
        unknown += [] if case_id else [_("No case has this reference. Check its letters.")]
    if cleaned["username"]:
        user = access.user_called(actor, username=cleaned["username"])
        user_id = user.pk if user else None
        unknown += [] if user else [_("Nobody signs in by this name.")]
    if unknown:
        return None, unknown
    asked = {
        "subject": subject,
        "user_id": user_id,
        "unit": cleaned["unit"],
        "did": cleaned["did"],
        "reads": SHOW.get(request.GET.get("show", "")),
        **form.moments(),
    }
    return asked, []


def _note(actor: Any, asked: dict[str, Any], found: journal.Page) -> None:
    """Who watches is watched: a search for a person or a file is itself recorded."""
    if asked["user_id"] or asked["subject"]:
        to = [asked["subject"]] if asked["subject"] else []
        to += [f"user:{asked['user_id']}"] if asked["user_id"] else []
        services.record(
            actor=actor, did="journal.searched", to=to, at=clock.now(), entries=len(found.entries)
        )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


@require_GET
def _journal_export(request: Any) -> HttpResponse:
    """The same filters, the same rights, as a file: the newest 10,000 entries."""
    actor, form = request.actor, Asked(request.GET)
    asked, unknown = _asked(actor, form, request)
    if asked is None:
        return page(request, "desk/work/journal_unknown.html", {"unknown": unknown, "form": form}, status=400)
    found = journal.search(actor=actor, **asked, limit=MOST)
    services.record(
        actor=actor,
        did="journal.list_exported",
        to="journal:all",
        at=clock.now(),
        entries=len(found.entries),
        whole=found.before is None,
    )
    lines = selectors.journal_lines(actor, entries=found.entries)
    return download(
        _csv(lines), name=f"journal-{clock.now():%Y%m%d-%H%M}.csv", kind="text/csv; charset=utf-8"
    )


def _csv(lines: list[selectors.Line]) -> bytes:
    """UTF-8 with its mark, so that a spreadsheet reads the Arabic; no cell can become a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [_("Number"), _("Moment"), _("Sign-in name"), _("Unit"), _("Role"), _("Code"), _("Deed"), _("About"),
         _("Purpose"), _("Basis"), _("Facts")]
    )  # fmt: skip
    for line in lines:
        entry = line.entry
        writer.writerow(
            [
                str(entry.seq),
                entry.at.isoformat(timespec="seconds"),
                _plain(line.user.username if line.user else ""),
                _plain(entry.unit),
                _plain(entry.role),
                _plain(entry.did),
                _plain(str(line.did)),
                _plain(" ".join(entry.subjects)),
                _plain(entry.purpose),
                _plain(entry.basis),
                _plain(json.dumps(entry.details, ensure_ascii=False, sort_keys=True)),
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


journal_page = needs(Power.JOURNAL_READ)(_journal)
journal_export = needs(Power.JOURNAL_READ)(_journal_export)
