"""Files as they really come: packed, marked, in another alphabet's bytes, with formulas, cut in half."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from takatuf.cases.imports import selectors, services, words
from takatuf.cases.imports.models import ImportRun, QuarantinedRow
from takatuf.cases.imports.rules import CannotImport, Reason
from takatuf.kernel.context import acting
from takatuf.people import selectors as people
from tests.cast import NOON, Cast

from .files import COLUMNS, GOOD, REFUSED, as_csv, as_jsonl, as_xlsx, declared, packed, row
from .test_runs import bring_in, counts, everything


@pytest.mark.parametrize(
    ("write", "source"),
    [(as_csv, "{format: csv}"), (as_xlsx, "{format: xlsx}"), (as_jsonl, "{format: jsonl}")],
)
def test_each_format_gives_the_same_reports(
    cast: Cast, tmp_path: Path, write: Callable[..., Path], source: str
) -> None:
    run = bring_in(cast.clerk, write(tmp_path / "file", [*GOOD, *REFUSED]), declared(source=source))
    assert counts(run) == (5, 0, 5)


def test_a_packed_workbook_is_the_same_file_as_the_plain_one(cast: Cast, tmp_path: Path) -> None:
    path, loaded = as_xlsx(tmp_path / "f.xlsx", GOOD), declared(source="{format: xlsx}")
    assert counts(bring_in(cast.clerk, packed(path), loaded)) == (5, 0, 0)
    assert counts(bring_in(cast.clerk, path, loaded)) == (0, 5, 0)


def test_packed_json_lines_with_nested_objects(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "nested.jsonl"
    lines = [dict(zip(COLUMNS, one, strict=True)) for one in GOOD]
    lines[0]["name"] = {"first": "سعاد"}  # type: ignore[assignment]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\nnot json\n[1]\n")

    run = bring_in(cast.clerk, packed(path), declared(source="{format: jsonl}"))

    assert counts(run) == (5, 0, 2)
    assert problems(cast, run) == ["not_json", "not_json"]


def problems(cast: Cast, run: ImportRun) -> list[object]:
    with acting(cast.clerk):
        return [one.facts.get("problem") for one in selectors.rows(cast.clerk, run_id=run.pk)]


def test_numbers_and_dates_of_a_sheet_are_what_they_look_like(cast: Cast, tmp_path: Path) -> None:
    cells = [["T-1", date(2026, 11, 2), "سعاد", 1, 30.0, 1, None]]
    run = bring_in(cast.clerk, as_xlsx(tmp_path / "f.xlsx", cells), declared(source="{format: xlsx}"))
    assert counts(run) == (1, 0, 0)


def test_a_byte_order_mark_is_no_part_of_the_first_column(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "f.csv", GOOD)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert counts(bring_in(cast.clerk, path)) == (5, 0, 0)


def test_a_file_in_windows_arabic_is_read_where_it_is_declared(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "f.csv", GOOD, encoding="cp1256")
    run = bring_in(cast.clerk, path, declared(source="{format: csv, encoding: cp1256}"))
    assert counts(run) == (5, 0, 0)
    with acting(cast.clerk):
        found = people.visible_to(cast.clerk, now=NOON).values_list("pk", flat=True)
        shown = {view.name for view in people.views(cast.clerk, ids=found, now=NOON).values()}
    assert "سعاد رقم 1" in shown


def test_lines_in_another_encoding_wait_and_the_others_come_in(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "f.csv", GOOD)
    path.write_bytes(
        path.read_bytes() + ",".join(row(9)).encode("cp1256") + b"\n" + ",".join(row(10)).encode()
    )

    run = bring_in(cast.clerk, path)

    assert counts(run) == (6, 0, 1)
    assert problems(cast, run) == ["bad_encoding"]
    with acting(cast.clerk):
        waiting = selectors.rows(cast.clerk, run_id=run.pk).get()
        assert waiting.line == 7
        assert "T-9" in services.open_row(actor=cast.clerk, row_id=waiting.pk, now=NOON).text


def test_malformed_lines_wait_each_with_what_is_wrong(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "f.csv", GOOD[:2])
    broken = ["a,b", ",".join([*row(20), "one too many"]), 'T-21,"never closed', "T-22,\x00"]
    path.write_text(path.read_text() + "\n".join([*broken, ",".join(row(23))]) + "\n")

    run = bring_in(cast.clerk, path)

    assert counts(run) == (3, 0, 4)
    assert problems(cast, run) == ["field_count", "field_count", "bad_quotes", "nul_byte"]


def test_a_formula_is_text_in_and_text_out(cast: Cast, tmp_path: Path) -> None:
    from takatuf.cases.imports import exports

    evil = '=HYPERLINK("http://x.example")'
    path = as_csv(tmp_path / "f.csv", [row(1, name=evil), row(2, name=evil, form="=1+1")])
    run = bring_in(cast.clerk, path)
    assert counts(run) == (1, 0, 1)

    out = tmp_path / "out.xlsx"
    with out.open("wb") as stream:
        rows = services.export(actor=cast.clerk, run_id=run.pk, now=NOON)
        assert exports.write_xlsx(stream, rows, list(run.columns)) == 1
    sheet = openpyxl.load_workbook(out)["quarantine"]
    cells = {str(cell.value): cell.data_type for cell in sheet[2]}
    assert cells[evil] == cells["=1+1"] == "s", "no cell of the export is a formula"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.unlink(), Reason.NO_SUCH_FILE),
        (lambda path: path.write_bytes(b""), Reason.MISSING_COLUMNS),
        (lambda path: as_csv_without(path, "sex"), Reason.MISSING_COLUMNS),
        (
            lambda path: path.write_text(path.read_text().replace("phone", "phone,sex", 1)),
            Reason.DOUBLED_COLUMNS,
        ),
        (lambda path: path.write_bytes(half_packed(path)), Reason.FILE_UNREADABLE),
    ],
    ids=["absent", "empty", "column_missing", "column_twice", "gzip_truncated"],
)
def test_a_file_that_cannot_be_taken_is_refused_whole_with_a_sentence(
    cast: Cast, tmp_path: Path, damage: Callable[[Path], object], reason: Reason
) -> None:
    path = as_csv(tmp_path / "f.csv", GOOD * 200)
    damage(path)
    before = everything()

    with pytest.raises(CannotImport) as refused:
        bring_in(cast.clerk, path)

    assert refused.value.reason == reason
    sentence = words.refusal(reason, refused.value.facts)
    assert "{" not in sentence.en + sentence.ar
    assert everything() == before, "nothing of it was taken"


def as_csv_without(path: Path, column: str) -> None:
    at = COLUMNS.index(column)
    lines = [line.split(",") for line in path.read_text().splitlines()]
    path.write_text("\n".join(",".join(cell for n, cell in enumerate(line) if n != at) for line in lines))


def half_packed(path: Path) -> bytes:
    whole = packed(path).read_bytes()
    return whole[: len(whole) // 2]


def test_a_broken_workbook_is_one_sentence(cast: Cast, tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "f.xlsx", GOOD)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(CannotImport) as refused:
        bring_in(cast.clerk, path, declared(source="{format: xlsx}"))
    assert refused.value.reason == Reason.FILE_UNREADABLE


def test_a_value_that_stands_where_a_code_should_is_not_written_in_clear(cast: Cast, tmp_path: Path) -> None:
    shifted = [row(1, form="سعاد علي المرزوق"), row(2, sex="36000077"), row(3, age="907712345")]

    run = bring_in(cast.clerk, as_csv(tmp_path / "f.csv", shifted))

    assert counts(run) == (0, 0, 3)
    with acting(cast.clerk):
        told = str(list(QuarantinedRow.objects.values_list("facts", flat=True)))
    assert not any(word in told for word in ("سعاد", "36000077", "907712345"))
    assert "9999" in told and "aaaa" in told, "but its shape is"
