"""The list of cases the unit may know of, and the same as a file."""

import csv
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from takatuf.access.guards import ActingRequest, needs
from takatuf.access.rules import Power
from takatuf.cases import selectors, services
from takatuf.cases.rules import NotVisible
from takatuf.cases.selectors import Header
from takatuf.kernel import clock
from takatuf.kernel.reference import pack
from takatuf.kernel.selectors import legal_calendar
from takatuf.people import services as people

from .. import words
from ..forms.cases import CaseList
from .answers import download, page

ROWS = 40
MOST_COUNTED = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(Power.CASE_READ)
@require_GET
def cases(request: ActingRequest) -> HttpResponse:
    now = clock.now()
    form = CaseList(request.GET)
    asked = form.asked()
    try:
        found = selectors.case_list(
            request.actor, asked=asked, now=now, after=request.GET.get("after", ""), limit=ROWS
        )
    except NotVisible:  # a cursor that is none: the list from its beginning
        return redirect("desk:cases")
    shown = {person.id for row in found.rows for person in (row.victim, row.aggressor) if person is not None}
    if shown:
        people.note_read(actor=request.actor, person_ids=sorted(shown), page="cases", now=now)
    values = {
        "form": form,
        "rows": found.rows,
        "after": found.after,
        "count": selectors.case_count(request.actor, asked=asked, now=now, most=MOST_COUNTED),
        "most": MOST_COUNTED,
        "now": now,
    }
    return page(request, "desk/cases/list.html", values)


@needs(Power.CASE_READ)
@require_GET
def export(request: ActingRequest, form: str) -> HttpResponse:
    """The list as a file, under the same rights and without names: a file is copied, mailed and lost."""
    now = clock.now()
    rows, more = services.export_list(actor=request.actor, asked=CaseList(request.GET).asked(), now=now)
    table = [heads(), *map(line, rows)]
    if more:
        table.append([_("The list is longer than %(rows)s rows. Narrow the filters.") % {"rows": len(rows)}])
    if form == "csv":
        return download(as_csv(table), name="takatuf-cases.csv", kind="text/csv; charset=utf-8")
    return download(as_xlsx(table), name="takatuf-cases.xlsx", kind=XLSX)


def heads() -> list[Any]:
    return [
        _("Reference"),
        _("Status"),
        _("Governorate"),
        _("Relation"),
        _("Inside the law's list"),
        _("Reports"),
        _("Opened"),
        _("Last report"),
        _("What I may see"),
        _("Next duty"),
        _("Due"),
    ]


def line(row: Header) -> list[Any]:
    duty = row.next_duty
    return [
        row.reference,
        str(words.CASE_STATUS.get(row.status, row.status)),  # type: ignore[call-overload]
        str(pack().label("areas", row.area)) if row.area else "",
        str(pack().label("relations", row.relation)) if row.relation else "",
        str(words.SCOPES.get(row.scope, row.scope)),  # type: ignore[call-overload]
        row.report_count,
        local(row.opened_at),
        local(row.last_report_at),
        str(words.LEVELS[row.level]),
        str(pack().label("duties", duty.kind)) if duty else "",
        local(duty.due_at) if duty else "",
    ]


def local(at: Any) -> str:
    return at.astimezone(legal_calendar().zone).strftime("%Y-%m-%d %H:%M") if at is not None else ""


# What a table program would take for a formula.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def plain(value: Any) -> Any:
    """A text that stays a text where the file is opened."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULAS) else value


def as_csv(table: Sequence[Sequence[Any]]) -> bytes:
    written = StringIO()
    csv.writer(written).writerows([plain(value) for value in row] for row in table)
    return written.getvalue().encode("utf-8-sig")  # so that table programs read the Arabic


def as_xlsx(table: Sequence[Sequence[Any]]) -> bytes:
    from django.utils.translation import get_language_bidi
    from xlsxwriter import Workbook

    written = BytesIO()
    book = Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    if get_language_bidi():
        sheet.right_to_left()
    bold = book.add_format({"bold": True})
    for at, row in enumerate(table):
        sheet.write_row(at, 0, row, bold if at == 0 else None)
    sheet.freeze_panes(1, 0)
    sheet.autofit()
    book.close()
    return written.getvalue()
