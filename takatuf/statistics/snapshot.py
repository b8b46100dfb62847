"""A snapshot on disk: two Parquet files and a manifest, of one moment, written whole or not at all.

TAKATUF_HOME/snapshots/<moment>/ holds reports.parquet, persons.parquet and manifest.json, readable by us alone.
Ids are replaced by keyed digests under a key that is thrown away: one person is one key within a snapshot, and
nobody, ourselves included, finds her from it. The files hold exactly the columns that tables read.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from .rules import Reason, StatisticsRefused

FORMAT = 1
BATCH = 20_000
KEY = pa.binary(16)
REPORTS = pa.schema(
    [
        ("place", pa.int64()),  # the order of receipt
        ("pair", KEY),
        ("victim", KEY),
        ("agency", pa.string()),
        ("received_on", pa.date32()),
        ("relation", pa.string()),
        ("scope", pa.string()),
        ("forms", pa.list_(pa.string())),
        ("severity", pa.string()),
        ("victim_sex", pa.string()),
        ("victim_age", pa.int16()),
        ("victim_area", pa.string()),
    ]
)
PERSONS = pa.schema(
    [("person", KEY), ("sex", pa.string()), ("birth_year", pa.int16()), ("anonymous", pa.bool_())]
)
# Columns of codes: the manifest lists which codes occur, so that a table can name one its list has lost.
CODED = ("agency", "relation", "forms", "severity", "victim_area")
DRAFT = ".draft-"
NAME = "%Y%m%dT%H%M%SZ"


class Report(Protocol):
    """What is asked of a report's facts."""

    @property
    def case(self) -> UUID: ...
    @property
    def victim(self) -> UUID: ...
    @property
    def agency(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def relation(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def forms(self) -> tuple[str, ...]: ...
    @property
    def severity(self) -> str: ...
    @property
    def victim_sex(self) -> str: ...
    @property
    def victim_age(self) -> int | None: ...
    @property
    def victim_area(self) -> str: ...


class Person(Protocol):
    """What is asked of a person's facts."""

    @property
    def person(self) -> UUID: ...
    @property
    def sex(self) -> str: ...
    @property
    def birth_year(self) -> int | None: ...
    @property
    def anonymous(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot that is there, as its manifest tells."""

    folder: Path
    moment: datetime
    pack: str
    pack_version: str
    code_version: str
    timezone: str
    reports: int
    persons: int
    first_received: date | None
    last_received: date | None
    codes: Mapping[str, frozenset[str]]
    seal: Mapping[str, Any] | None
    files: Mapping[str, Mapping[str, Any]]
    digest: str  # of the manifest: what the journal says of it

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def taken_on(self) -> date:
        """The local day of the moment: of later days nothing is known."""
        return self.moment.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def reports_file(self) -> Path:
        return self.folder / "reports.parquet"

    @property
    def persons_file(self) -> Path:
        return self.folder / "persons.parquet"


# --- Writing ------------------------------------------------------------------------------------------------------


class Draft:
    """A snapshot being written, beside its place; `finish` puts it there in one step."""

    def __init__(self, folder: Path, moment: datetime, timezone: str) -> None:
        self.folder, self.moment, self.zone = folder, moment, ZoneInfo(timezone)
        self.key = secrets.token_bytes(32)
        self.codes: dict[str, set[str]] = {name: set() for name in CODED}
        self.rows: dict[str, int] = {}
        self.days: list[date] = []

    def write_persons(self, persons: Iterable[Person], *, progress: Callable[[int], None]) -> None:
        rows = (
            (self._key(person.person), person.sex, person.birth_year, person.anonymous) for person in persons
        )
        self._write("persons", PERSONS, rows, progress)

    def write_reports(self, reports: Iterable[Report], *, progress: Callable[[int], None]) -> None:
        """`reports` in the order of receipt."""
        self._write("reports", REPORTS, self._report_rows(reports), progress)

    def _report_rows(self, reports: Iterable[Report]) -> Iterator[tuple[Any, ...]]:
        for place, report in enumerate(reports):
            day = report.received_at.astimezone(self.zone).date()
            self.days = [min(day, *self.days), max(day, *self.days)] if self.days else [day, day]
            self._see(report)
            yield (
                place, self._key(report.case), self._key(report.victim), report.agency, day, report.relation,
                report.scope, list(report.forms), report.severity, report.victim_sex, report.victim_age,
                report.victim_area,
            )  # fmt: skip

    def _see(self, report: Report) -> None:
        for name in CODED:
            value = getattr(report, name)
            self.codes[name].update(value if isinstance(value, tuple) else (value,))

    def _key(self, pk: UUID) -> bytes:
        return hashlib.blake2b(pk.bytes, key=self.key, digest_size=16).digest()

    def _write(
        self, name: str, schema: pa.Schema, rows: Iterator[tuple[Any, ...]], progress: Callable[[int], None]
    ) -> None:
        done = 0
        descriptor = os.open(self.folder / f"{name}.parquet", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with pq.ParquetWriter(file, schema, compression="zstd") as writer:
                while batch := list(islice(rows, BATCH)):
                    columns = [
                        pa.array(column, field.type)
                        for column, field in zip(zip(*batch, strict=True), schema, strict=True)
                    ]
                    writer.write_table(pa.Table.from_arrays(columns, schema=schema))
                    done += len(batch)
                    progress(done)
            file.flush()
            os.fsync(file.fileno())
        self.rows[name] = done

    def manifest(self, **about: Any) -> bytes:
        """The manifest as bytes, written beside the files. `about`: pack, versions, seal."""
        found = {
            "format": FORMAT,
            "moment": self.moment.astimezone(UTC).isoformat(timespec="seconds"),
            "timezone": self.zone.key,
            "first_received": self.days[0].isoformat() if self.days else None,
            "last_received": self.days[1].isoformat() if self.days else None,
            "codes": {name: sorted(codes - {""}) for name, codes in self.codes.items()},
            "files": {
                name: {
                    "rows": count,
                    "bytes": (self.folder / f"{name}.parquet").stat().st_size,
                    "sha256": sha256(self.folder / f"{name}.parquet"),
                }
                for name, count in self.rows.items()
            },
        } | about
        data = json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"
        descriptor = os.open(self.folder / "manifest.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return data

    def finish(self) -> Snapshot:
        """Put it in its place. Raises StatisticsRefused(too_soon) if a snapshot of this second is there."""
        place = self.folder.parent / name_of(self.moment)
        try:
            self.folder.rename(place)
        except OSError as error:
            raise StatisticsRefused(Reason.TOO_SOON) from error
        _sync(place.parent)
        return load(place)


def name_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(NAME)


def moment_of(name: str) -> datetime:
    return datetime.strptime(name, NAME).replace(tzinfo=UTC)


@contextmanager
def draft(home: Path, *, moment: datetime, timezone: str) -> Iterator[Draft]:
    """A draft to write into; gone if it is not finished, with whatever a killed one left. Call it under `alone`."""
    for left in home.glob(f"{DRAFT}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = home / f"{DRAFT}{name_of(moment)}"
    folder.mkdir(mode=0o700)
    try:
        yield Draft(folder, moment, timezone)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- Reading ------------------------------------------------------------------------------------------------------


def names(home: Path) -> list[str]:
    """The names of all snapshots, the newest first."""
    return sorted((path.parent.name for path in home.glob("[0-9]*/manifest.json")), reverse=True)


def load(folder: Path) -> Snapshot:
    """The snapshot of a folder. Raises StatisticsRefused(damaged) for a manifest that cannot be read."""
    try:
        data = (folder / "manifest.json").read_bytes()
        found = json.loads(data)
        if found["format"] != FORMAT:
            raise ValueError(found["format"])
        return _snapshot(folder, found, hashlib.sha256(data).hexdigest())
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StatisticsRefused(Reason.DAMAGED, snapshot=folder.name) from error


def _snapshot(folder: Path, found: dict[str, Any], digest: str) -> Snapshot:
    return Snapshot(
        folder=folder,
        moment=datetime.fromisoformat(found["moment"]),
        pack=found["pack"]["code"],
        pack_version=found["pack"]["version"],
        code_version=found["code_version"],
        timezone=found["timezone"],
        reports=found["files"]["reports"]["rows"],
        persons=found["files"]["persons"]["rows"],
        first_received=_day(found["first_received"]),
        last_received=_day(found["last_received"]),
        codes={name: frozenset(codes) for name, codes in found["codes"].items()},
        seal=found["seal"],
        files=found["files"],
        digest=digest,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def check_whole(snapshot: Snapshot) -> None:
    """Raises StatisticsRefused(damaged) if a file is not the one the manifest describes."""
    for name, told in snapshot.files.items():
        path = snapshot.folder / f"{name}.parquet"
        try:
            state = path.stat()
            whole = _known(path, state.st_size, state.st_mtime_ns) == told["sha256"]
        except OSError:
            whole = False
        if not whole:
            raise StatisticsRefused(Reason.DAMAGED, snapshot=snapshot.name)


@lru_cache(maxsize=64)
def _known(path: Path, size: int, changed: int) -> str:
    """The digest of a file; asked again only when its size or time changed."""
    return sha256(path)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
