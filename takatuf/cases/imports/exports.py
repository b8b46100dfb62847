"""The quarantine as a file: for people (XLSX, where no value becomes a formula) and for programs (JSON lines)."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO

import xlsxwriter

from . import words
from .services import Values

HEAD = ("row", "line", "why", "السبب")
WIDEST = 32_767  # letters of a cell


def write_xlsx(stream: IO[bytes], rows: Iterable[Values], columns: Sequence[str]) -> int:
    """One sheet: row, line, reasons in both languages, then the columns of the file as they now stand."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, {"in_memory": True, "constant_memory": False, **options}) as book:
        sheet = book.add_worksheet("quarantine")
        sheet.write_row(0, 0, [*HEAD, *columns], book.add_format({"bold": True}))
        sheet.freeze_panes(1, len(HEAD))
        number = 0
        for one in rows:
            number += 1
            reasons = words.why(one.row.reason, one.row.facts)
            sheet.write_number(number, 0, one.row.position)
            sheet.write_number(number, 1, one.row.line)
            values = [one.now[name] for name in columns]
            if one.problem and not one.mended:
                values = [one.text, *values[1:]]
            for at, value in enumerate([reasons.en, reasons.ar, *values], 2):
                sheet.write_string(number, at, value[:WIDEST])
    return number


def write_jsonl(stream: IO[bytes], rows: Iterable[Values], columns: Sequence[str]) -> int:
    """One object a line: row, line, reason and its sentences, the values as they now stand, the text if malformed."""
    number = 0
    for one in rows:
        number += 1
        reasons = words.why(one.row.reason, one.row.facts)
        told: Mapping[str, object] = {
            "row": one.row.position,
            "line": one.row.line,
            "reason": one.row.reason,
            "en": reasons.en,
            "ar": reasons.ar,
            "values": {name: one.now[name] for name in columns},
            **({"text": one.text} if one.problem else {}),
        }
        stream.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
    return number


WRITERS: dict[str, Callable[[IO[bytes], Iterable[Values], Sequence[str]], int]] = {
    ".xlsx": write_xlsx,
    ".jsonl": write_jsonl,
}
