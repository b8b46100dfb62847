"""Files and a declaration of the tests: an agency's register, in every format."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import openpyxl

from takatuf.cases.imports import mapping
from takatuf.cases.imports.mapping import Loaded
from tests.cast import first_code

COLUMNS = ("ref", "received", "name", "sex", "age", "form", "phone")
DECLARATION = """
mapping: test_register
version: "1"
ar: سجل الاختبار
en: Register of the tests
timezone: UTC
source: {source}
identity: {identity}
duties: none
duties_reason: a test obliges nobody
{unit}
fields:
  channel: {{constant: {channel}}}
  received_at: {{column: received, formats: ["%Y-%m-%d"], at: "12:00"}}
  victim.name_ar: {{column: name}}
  victim.phones: {{column: phone, split: ";"}}
  victim.sex: {{column: sex, codes: {{1: female, 2: male}}, unknown: ["9"]}}
  victim.age: {{column: age, number: [0, 120], unknown: ["999"]}}
  aggressor.anonymous: {{constant: "true"}}
  aggressor.sex: {{constant: male}}
  forms: {{column: form, codes: {{{forms}}}, unknown: [""]}}
"""


def declared(
    *,
    source: str = "{format: csv}",
    identity: str = "{columns: [ref]}",
    unit: str = "",
    forms: str = "",
) -> Loaded:
    text = DECLARATION.format(
        source=source,
        identity=identity,
        unit=f"unit: {unit}" if unit else "",
        channel=first_code("channels"),
        forms=forms or f"1: {first_code('forms')}",
    )
    return mapping.parse(text, name="test.yaml")


def row(number: int, **changes: str) -> list[str]:
    values = {
        "ref": f"T-{number}",
        "received": "2026-11-02",
        "name": f"سعاد رقم {number}",
        "sex": "1",
        "age": "30",
        "form": "1",
        "phone": "",
    }
    return list((values | changes).values())


GOOD = [row(number) for number in range(1, 6)]
# Each refused for another reason.
REFUSED = [
    row(11, form="77"),
    row(12, received="31.12.2026"),
    row(13, age="thirty"),
    row(14, age="130"),
    row(15, received="2027-11-02"),
]


def as_csv(path: Path, rows: Iterable[Sequence[str]], *, encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([COLUMNS, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def as_xlsx(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for one in [COLUMNS, *rows]:
        sheet.append(list(one))
    book.save(path)
    return path


def as_jsonl(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    lines = [json.dumps(dict(zip(COLUMNS, one, strict=True)), ensure_ascii=False) for one in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def packed(path: Path) -> Path:
    to = path.with_suffix(path.suffix + ".gz")
    to.write_bytes(gzip.compress(path.read_bytes()))
    return to
