"""A table as a workbook: the table, and a sheet that says what it counts. Text is text: nothing becomes a formula."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _

from takatuf.kernel.reference import pack

from . import words
from .grid import Group, Head, Kind
from .selectors import Answer

INK, SOFT, LINE, SUNKEN, WARN, WARN_SOFT = "#1c2430", "#55606e", "#e3dfd7", "#f3f1ec", "#7a5200", "#fdf3da"
FONT = "IBM Plex Sans Arabic"


def workbook(answer: Answer, *, language: str, now: datetime) -> bytes:
    """The content of the file, in the language: an Arabic one runs from right to left."""
    with translation.override(language):
        buffer = BytesIO()
        book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
        title = str(words.TITLES[answer.name])
        book.set_properties({"title": title, "status": words.MARK, "author": _("Takatuf"), "created": now})
        _Sheet(book, _("Table"), language).table(answer, title)
        _Sheet(book, _("About this table"), language).about(about(answer, now=now))
        book.close()
        return buffer.getvalue()


def about(answer: Answer, *, now: datetime) -> list[tuple[str, str]]:
    """What must be known of a figure before it is used, line by line, in the present language."""
    shot, asked = answer.snapshot, answer.question
    zone = ZoneInfo(shot.timezone)
    agency = str(pack().label("agencies", asked.agency)) if asked.agency else _("All agencies")
    seal = f"{shot.seal['number']} {shot.seal['head']}" if shot.seal else _("None yet")
    return [
        (_("Table"), str(words.TITLES[answer.name])),
        (_("Status"), f"{words.NOT_FOR_PUBLICATION}. {words.WHY_NOT}"),
        (_("Finding"), words.finding(answer)),
        (_("Unit counted"), str(words.UNITS[answer.name])),
        (_("Total"), words.figure(answer.alone())),
        (_("Scope"), str(words.SCOPES[asked.scope])),
        (_("Period"), words.period(answer)),
        (_("Agency"), agency),
        *((_("Note"), note) for note in words.notes(answer)),
        (_("Facts as of"), f"{shot.moment.astimezone(zone):%Y-%m-%d %H:%M:%S} ({shot.timezone})"),
        (_("Extracted at"), f"{now.astimezone(zone):%Y-%m-%d %H:%M:%S} ({shot.timezone})"),
        (_("Reports in the snapshot"), words.figure(shot.reports)),
        (_("Country pack"), f"{shot.pack} {shot.pack_version}"),
        (_("Version of the system"), shot.code_version),
        (_("Snapshot"), f"{shot.name} sha256:{shot.digest}"),
        (_("Last seal of the journal"), seal),
    ]


class _Sheet:
    """One sheet of a workbook, written from the top."""

    def __init__(self, book: Any, name: str, language: str) -> None:
        self.sheet, self.book, self.line = book.add_worksheet(name), book, 0
        if translation.get_language_info(language)["bidi"]:
            self.sheet.right_to_left()
        self.sheet.hide_gridlines(2)
        self.sheet.set_paper(9)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_header(f"&C&B{words.MARK}")
        self.sheet.set_footer("&C&P / &N")

    def format(self, **more: Any) -> Any:
        base = {"font_name": FONT, "font_size": 11, "font_color": INK, "valign": "top"}
        return self.book.add_format(base | more)

    def mark(self) -> None:
        text = f"{words.MARK}. {words.WHY_NOT}"
        self.sheet.write_string(self.line, 0, text, self.format(bold=True, font_color=WARN))
        self.line += 1

    def table(self, answer: Answer, title: str) -> None:
        """Title, finding, heads, rows with numbers as numbers, and the notes under them."""
        grid, wide = answer.grid, len(answer.grid.stub)
        self.sheet.write_string(0, 0, title, self.format(bold=True, font_size=14))
        self.sheet.write_string(1, 0, words.finding(answer), self.format(font_color=SOFT))
        scope, period = words.SCOPES[answer.question.scope], words.period(answer)
        self.sheet.write_string(
            2, 0, f"{words.UNITS[answer.name]} · {scope} · {period}", self.format(font_color=SOFT)
        )
        self.line = 3
        self.mark()
        self.line += 1
        top = {"bold": True, "bg_color": SUNKEN, "bottom": 1, "bottom_color": SOFT, "text_wrap": True}
        for column, code in enumerate(grid.stub):
            self.sheet.write_string(self.line, column, str(words.DIMENSIONS[code]), self.format(**top))
        for column, head in enumerate(grid.columns, wide):
            self.sheet.write_string(self.line, column, str(head.text), self.format(**top, align="right"))
        self.line += 1
        self.sheet.freeze_panes(self.line, wide)
        for group in grid.groups:
            self._group(group, grid.columns, wide)
        self.sheet.set_column(0, wide - 1, 34 if wide == 1 else 24)
        self.sheet.set_column(wide, wide + len(grid.columns) - 1, 14)
        self.line += 1
        for note in words.notes(answer):
            self.sheet.write_string(self.line, 0, note, self.format(font_color=SOFT))
            self.line += 1

    def _group(self, group: Group, columns: tuple[Head, ...], wide: int) -> None:
        # Every row says its whole head: a filter or a pivot needs no row above it.
        before = [str(group.head.text)] if group.head else []
        for row in group.rows:
            total = row.head.kind is Kind.TOTAL or (group.head is not None and group.head.kind is Kind.TOTAL)
            style = {"bold": total, "bottom": 1, "bottom_color": LINE}
            for column, text in enumerate([*before, str(row.head.text)]):
                self.sheet.write_string(
                    self.line, column, text, self.format(**style, indent=row.head.depth, text_wrap=True)
                )
            for column, (cell, head) in enumerate(zip(row.cells, columns, strict=True), wide):
                bold = {"bold": total or head.kind is Kind.TOTAL}
                if cell is None:
                    text = words.figure(None)
                    self.sheet.write_string(
                        self.line, column, text, self.format(**style | bold, align="right")
                    )
                else:
                    self.sheet.write_number(
                        self.line, column, cell, self.format(**style | bold, num_format="#,##0")
                    )
            self.line += 1

    def about(self, lines: Iterable[tuple[str, str]]) -> None:
        self.sheet.set_column(0, 0, 28)
        self.sheet.set_column(1, 1, 100)
        for name, text in lines:
            self.sheet.write_string(self.line, 0, name, self.format(bold=True, font_color=SOFT))
            self.sheet.write_string(self.line, 1, text, self.format(text_wrap=True))
            self.line += 1
