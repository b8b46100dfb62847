"""Reading a file row by row, in constant memory. Pure: no database; nothing in a file can make it fail.

A line that is not a row comes out as `Bad`, with its number and what is wrong, and the next line goes on.
What makes the whole file unusable (no such column, a broken archive, a bomb) is a refusal before the first row.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from .rules import CannotImport, Problem, Reason
from .shapes import SEPARATOR, Source

LONGEST_LINE = 1024 * 1024
MOST_LINES = 200  # of one quoted record; more means that a quote was never closed
KEPT_TEXT = 64 * 1024  # of a malformed line
CHUNK = 1024 * 1024
BOMB_RATIO, BOMB_SIZE = 200, 256 * 1024 * 1024
XLSX_SIZE, XLSX_STRINGS, XLSX_MEMBERS = 2 * 1024**3, 256 * 1024 * 1024, 2_000
XLSX_ROWS = 1_048_576
DEEPEST = 5

_BROKEN = (OSError, EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, InvalidFileException)


@dataclass(slots=True)
class Row:
    """One row: the number of its first line (XLSX: of the row) and its cells. `text`: a JSON line as it came."""

    line: int
    cells: list[str]
    text: str = ""


@dataclass(slots=True)
class Bad:
    """What should have been a row. `cells` as far as they could be told apart."""

    line: int
    problem: Problem
    text: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """The names of the columns and the rows, in the order of the file."""

    columns: list[str]
    rows: Iterator[Row | Bad]


@dataclass(frozen=True, slots=True)
class Survey:
    """A file looked through once: SHA-256 of its content (unpacked, if gzip), its bytes, its rows."""

    digest: bytes
    size: int
    rows: int


def survey(path: Path, source: Source, wanted: Sequence[str]) -> Survey:
    """Read the whole file once, so that a broken one is refused before anything of it is taken.

    Raises CannotImport(no_such_file | file_unreadable | missing_columns | doubled_columns | too_large).
    """
    digest, size = fingerprint(path)
    with open_source(path, source, wanted) as opened:
        return Survey(digest=digest, size=size, rows=sum(1 for _ in opened.rows))


def fingerprint(path: Path) -> tuple[bytes, int]:
    """SHA-256 and size of the content; a gzip file is the same file as the plain one."""
    if not path.is_file():
        raise CannotImport(Reason.NO_SUCH_FILE, file=path.name)
    digest, size, packed = hashlib.sha256(), 0, path.stat().st_size
    with _refusing(path), closing(_binary(path)) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if size > BOMB_SIZE and size > BOMB_RATIO * packed:
                raise CannotImport(Reason.TOO_LARGE, file=path.name)
    return digest.digest(), size


@contextmanager
def open_source(path: Path, source: Source, wanted: Sequence[str]) -> Iterator[Opened]:
    """Open a file for reading its rows. `wanted`: columns that must be there (for JSON: the ones to take)."""
    if not path.is_file():
        raise CannotImport(Reason.NO_SUCH_FILE, file=path.name)
    with ExitStack() as stack:
        with _refusing(path):
            if source.format == "xlsx":
                opened = _xlsx(stack.enter_context(_workbook(path)), source, wanted)
            else:
                stream = stack.enter_context(closing(_binary(path)))
                opened = (_csv if source.format == "csv" else _jsonl)(stream, source, wanted)
        yield Opened(columns=opened.columns, rows=_guarded(opened.rows, path))


def _guarded(rows: Iterator[Row | Bad], path: Path) -> Iterator[Row | Bad]:
    with _refusing(path):
        yield from rows


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise CannotImport(Reason.FILE_UNREADABLE, file=path.name, why=type(error).__name__) from error


def _binary(path: Path) -> IO[bytes]:
    """The content as bytes, unpacked if it begins like gzip, whatever the name says."""
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return io.BufferedReader(gzip.open(path, "rb"), CHUNK) if packed else path.open("rb", CHUNK)


class _Lines:
    """Lines with their numbers, decoded; a line may be put back."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self.stream, self.encoding = stream, encoding
        self.number = 0
        self.back: list[tuple[int, str | Bad]] = []

    def __iter__(self) -> Iterator[tuple[int, str | Bad]]:
        return self

    def __next__(self) -> tuple[int, str | Bad]:
        if self.back:
            return self.back.pop()
        raw = self.stream.readline(LONGEST_LINE)
        if not raw:
            raise StopIteration
        self.number += 1
        if self.number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) >= LONGEST_LINE and not raw.endswith(b"\n"):
            return self.number, self._too_long(raw)
        try:
            text = raw.decode(self.encoding)
        except UnicodeDecodeError:
            return self.number, Bad(self.number, Problem.BAD_ENCODING, self._readable(raw))
        if "\x00" in text:
            return self.number, Bad(self.number, Problem.NUL_BYTE, self._readable(raw))
        return self.number, text

    def _too_long(self, raw: bytes) -> Bad:
        bad = Bad(self.number, Problem.LINE_TOO_LONG, self._readable(raw))
        while (more := self.stream.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
            pass
        return bad

    def _readable(self, raw: bytes) -> str:
        return (
            raw[:KEPT_TEXT]
            .decode(self.encoding, errors="backslashreplace")
            .replace("\x00", "\\x00")
            .rstrip("\r\n")
        )

    def put_back(self, lines: Sequence[tuple[int, str | Bad]]) -> None:
        self.back.extend(reversed(lines))


def _check_columns(columns: Sequence[str], wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in columns]
    if missing:
        raise CannotImport(Reason.MISSING_COLUMNS, columns=missing)
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    if doubled:
        raise CannotImport(Reason.DOUBLED_COLUMNS, columns=doubled)


def _csv(stream: IO[bytes], source: Source, wanted: Sequence[str]) -> Opened:
    lines = _Lines(stream, source.encoding)
    columns = source.header
    if columns is None:
        first = next(_records(lines, source, None), None)
        columns = [name.strip() for name in first.cells] if isinstance(first, Row) else []
    _check_columns(columns, wanted)
    return Opened(columns=columns, rows=_records(lines, source, len(columns)))


def _records(lines: _Lines, source: Source, width: int | None) -> Iterator[Row | Bad]:
    """Rows of a CSV. Lines without a quote, nearly all, are simply split."""
    quote, delimiter = source.quote, source.delimiter
    for number, line in lines:
        if isinstance(line, Bad):
            yield line
            continue
        if not line.strip():
            continue
        if quote in line:
            yield _quoted(lines, number, line, source, width)
            continue
        text = line.rstrip("\r\n")
        cells = text.split(delimiter)
        if width is not None and len(cells) != width:
            yield Bad(number, Problem.FIELD_COUNT, text[:KEPT_TEXT], tuple(cells))
        else:
            yield Row(number, cells)


def _quoted(lines: _Lines, number: int, first: str, source: Source, width: int | None) -> Row | Bad:
    """A record with quotes, which may go on over several lines.

    In a whole record quotes come in pairs. If they never do, or what was gathered is no record, only the
    first line is malformed: the others are put back, so that one stray quote does not swallow the file.
    """
    text = first
    taken: list[tuple[int, str | Bad]] = []
    while text.count(source.quote) % 2 and len(taken) < MOST_LINES and len(text) <= LONGEST_LINE:
        following = next(lines, None)
        if following is None:
            break
        taken.append(following)
        if isinstance(following[1], Bad):
            break
        text += following[1]
    row = _parsed(number, text, source, width)
    if isinstance(row, Bad) and taken:
        lines.put_back(taken)
        return _parsed(number, first, source, width)
    return row


def _parsed(number: int, text: str, source: Source, width: int | None) -> Row | Bad:
    text = text.rstrip("\r\n")
    try:
        records = list(csv.reader([text], delimiter=source.delimiter, quotechar=source.quote, strict=True))
    except csv.Error:
        return Bad(number, Problem.BAD_QUOTES, text[:KEPT_TEXT])
    cells = records[0] if records else []
    if width is not None and len(cells) != width:
        return Bad(number, Problem.FIELD_COUNT, text[:KEPT_TEXT], tuple(cells))
    return Row(number, cells)


def _jsonl(stream: IO[bytes], source: Source, wanted: Sequence[str]) -> Opened:
    columns = list(wanted)
    return Opened(columns=columns, rows=_objects(_Lines(stream, source.encoding), columns))


def _objects(lines: _Lines, columns: Sequence[str]) -> Iterator[Row | Bad]:
    for number, line in lines:
        if isinstance(line, Bad):
            yield line
            continue
        text = line.strip()
        if not text:
            continue
        try:
            found = json.loads(text)
            flat = _flat(found) if isinstance(found, dict) else None
        except (ValueError, RecursionError):
            flat = None
        if flat is None:
            yield Bad(number, Problem.NOT_JSON, text[:KEPT_TEXT])
            continue
        cells = [flat.get(name, "") for name in columns]
        odd = _odd("".join(cells)) if "\\u" in text else None
        yield Bad(number, odd, text[:KEPT_TEXT]) if odd else Row(number, cells, text)


def cells_of_json(text: str, columns: Sequence[str]) -> list[str] | None:
    """The cells of a JSON line for these columns; None where the text was cut and is JSON no more."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    flat = _flat(found) if isinstance(found, dict) else {}
    return [flat.get(name, "") for name in columns]


def _odd(text: str) -> Problem | None:
    """Escapes can hide what no text may hold: a NUL, or half of a letter."""
    if "\x00" in text:
        return Problem.NUL_BYTE
    try:
        text.encode()
    except UnicodeEncodeError:
        return Problem.BAD_ENCODING
    return None


def _flat(found: dict[str, Any], prefix: str = "", depth: int = 1) -> dict[str, str]:
    """Nested objects as `outer.inner`; lists of plain values joined by the separator."""
    flat: dict[str, str] = {}
    for name, value in found.items():
        if isinstance(value, dict) and depth < DEEPEST:
            flat |= _flat(value, f"{prefix}{name}.", depth + 1)
        elif isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            flat[prefix + name] = SEPARATOR.join(_text(item) for item in value)
        else:
            flat[prefix + name] = _text(value)
    return flat


def _text(value: Any) -> str:
    """A cell as text: what is empty is empty, 30.0 is 30, dates are ISO."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
        case date() | time():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


@contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    """The workbook, by its content: what the file is called says nothing."""
    with closing(_unpacked(path)) as stream:
        _check_archive(stream, path)
        stream.seek(0)
        try:
            workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # a broken workbook can fail in any way inside the library
            raise CannotImport(Reason.FILE_UNREADABLE, file=path.name, why=type(error).__name__) from error
        with closing(workbook):
            yield workbook


def _unpacked(path: Path) -> IO[bytes]:
    """A file that can be read in any order: a packed one is unpacked into a nameless file of its own."""
    stream = path.open("rb")
    packed = stream.read(2) == b"\x1f\x8b"
    stream.seek(0)
    if not packed:
        return stream
    stream.close()
    to = tempfile.TemporaryFile()  # noqa: SIM115  closed by the caller
    with gzip.open(path, "rb") as content:
        while chunk := content.read(CHUNK):
            to.write(chunk)
            if to.tell() > XLSX_SIZE:
                to.close()
                raise CannotImport(Reason.TOO_LARGE, file=path.name)
    return to


def _check_archive(stream: IO[bytes], path: Path) -> None:
    """An XLSX is a zip of XML: refuse what unpacks without end, and XML that declares entities."""
    packed = stream.seek(0, os.SEEK_END)
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        total = sum(member.file_size for member in members)
        strings = [
            member.file_size for member in members if member.filename.lower().endswith("sharedstrings.xml")
        ]
        if len(members) > XLSX_MEMBERS or total > XLSX_SIZE or any(size > XLSX_STRINGS for size in strings):
            raise CannotImport(Reason.TOO_LARGE, file=path.name)
        if total > BOMB_SIZE and total > BOMB_RATIO * packed:
            raise CannotImport(Reason.TOO_LARGE, file=path.name)
        for member in members:
            if member.filename.lower().endswith((".xml", ".rels")):
                with archive.open(member) as part:
                    _check_prolog(part.read(CHUNK // 16), path)


def _check_prolog(head: bytes, path: Path) -> None:
    # A document type stands before the first element; in another encoding it could hide, so none is taken.
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if plain and (
        not plain.startswith(b"<") or b"\x00" in plain or b"<!DOCTYPE" in plain or b"<!ENTITY" in plain
    ):
        raise CannotImport(Reason.FILE_UNREADABLE, file=path.name, why="XMLDeclaration")


def _xlsx(workbook: Any, source: Source, wanted: Sequence[str]) -> Opened:
    if source.sheet is not None and source.sheet not in workbook.sheetnames:
        raise CannotImport(Reason.MISSING_COLUMNS, columns=[source.sheet])
    sheet = workbook[source.sheet] if source.sheet is not None else workbook.worksheets[0]
    sheet.reset_dimensions()  # the size a sheet claims is not to be believed
    numbered = _sheet_rows(sheet)
    _, names = next(numbered, (1, []))
    columns = [name.strip() for name in names]
    while columns and not columns[-1]:
        columns.pop()
    _check_columns(columns, wanted)
    return Opened(columns=columns, rows=_sheet_records(numbered, len(columns)))


def _sheet_rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows that hold anything."""
    rows = sheet.iter_rows(values_only=True)
    for number in range(1, XLSX_ROWS + 2):
        try:
            values = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as above, while reading on
            raise CannotImport(Reason.FILE_UNREADABLE, file="xlsx", why=type(error).__name__) from error
        cells = [_text(value) for value in values]
        if any(cells):
            yield number, cells
    raise CannotImport(Reason.TOO_LARGE, file="xlsx")


def _sheet_records(numbered: Iterator[tuple[int, list[str]]], width: int) -> Iterator[Row | Bad]:
    for number, cells in numbered:
        padded = cells[:width] + [""] * (width - len(cells))
        joined = SEPARATOR.join(cells)
        odd = _odd(joined)
        if odd is not None:
            kept = joined[:KEPT_TEXT].encode(errors="backslashreplace").decode().replace("\x00", "\\x00")
            yield Bad(number, odd, kept)
        elif any(cells[width:]):
            yield Bad(number, Problem.FIELD_COUNT, joined[:KEPT_TEXT], tuple(cells))
        else:
            yield Row(number, padded)
