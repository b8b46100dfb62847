"""The bundle an outsider verifies: entries, leaf hashes, signed heads, public keys, signed manifest. Knows no database.

manifest.json        {"manifest": {…}, "signature": hex}: counts, last head, moment, the files
public_keys.pem      every key that ever signed a head
heads.ndjson         one line per batch: {"head": {…}, "signature": hex}
entries-00001.ndjson one line per entry: exactly the bytes that were hashed, batch after batch
leaves-00001.txt     one line per entry: batch, leaf hash, seq, id; `-` where the entry is no longer what was sealed
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from . import keys, rules

FILE_ENTRIES = 50_000  # a file is closed after the batch with which it reaches this many


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is sealed: its canonical bytes, their leaf hash, and how to name it."""

    data: bytes
    leaf_hash: bytes
    seq: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Batch:
    """A sealed batch: its signed head, the leaves that were sealed, and the entries as they are today."""

    head: rules.Head
    signature: bytes
    leaves: list[bytes]
    lines: Iterable[Line]


@dataclass(frozen=True, slots=True)
class Made:
    """What was written; `head` is the last head in it (None when nothing is sealed yet)."""

    path: Path
    entries: int
    batches: int
    waiting: int
    head: dict[str, Any] | None


def write(
    to: Path,
    batches: Iterable[Batch],
    *,
    now: datetime,
    waiting: int,
    key: Ed25519PrivateKey,
    public_keys: bytes,
    progress: Callable[[int], None] = lambda _: None,
) -> Made:
    """Write a bundle to a folder, or to an archive if `to` ends in `.zip`. Memory holds one file's leaves at most.

    `progress` is told how many entries were written since it was last told.
    Raises JournalRefused(place_taken) rather than overwrite.
    """
    with place(to) as sink:
        sink.put("public_keys.pem", [public_keys])
        heads: list[bytes] = []
        files: list[dict[str, Any]] = []
        counted, last = 0, None
        for part in Parts(sink, batches, progress):
            files.append(part.document())
            heads += part.heads
            counted += part.entries
            last = part.last or last
        sink.put("heads.ndjson", heads)
        manifest = {
            "kind": "takatuf.journal.manifest",
            "format": rules.FORMAT,
            "exported_at": rules.moment(now),
            "entries": counted,
            "batches": len(heads),
            "waiting": waiting,
            "last_head": last.hash() if last else rules.FIRST_PREV,
            "files": files,
            "key_id": keys.key_id(key.public_key()),
        }
        sink.put("manifest.json", [rules.signed("manifest", manifest, key.sign(rules.canonical(manifest)))])
    return Made(to, counted, len(heads), waiting, last.document() if last else None)


# --- Files ----------------------------------------------------------------------------------------------------------


class Sink(Protocol):
    def open(self, name: str) -> AbstractContextManager[IO[bytes]]: ...
    def put(self, name: str, lines: Iterable[bytes]) -> None: ...


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return (self.path / name).open("wb")

    def put(self, name: str, lines: Iterable[bytes]) -> None:
        with self.open(name) as out:
            out.writelines(lines)


class Zip(Folder):
    """Only one file of an archive can be open for writing at a time; `write` keeps to that."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return self.archive.open(name, "w", force_zip64=True)


@contextmanager
def place(to: Path) -> Iterator[Sink]:
    """Where to write: beside the wanted place, and moved there only when all is written."""
    if to.exists():
        raise rules.JournalRefused(rules.Reason.PLACE_TAKEN, path=str(to))
    to.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    try:
        if to.suffix == ".zip":
            archive_path = draft / to.name
            with zipfile.ZipFile(archive_path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                yield Zip(archive)
            archive_path.chmod(0o600)
            archive_path.rename(to)
        else:
            yield Folder(draft)
            draft.rename(to)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


# --- Parts ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Part:
    """One pair of files and the batches in it."""

    number: int
    entries: int = 0  # as the signed heads count them
    first: int = 0
    last: rules.Head | None = None
    heads: list[bytes] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    leaves_sha256: str = ""

    @property
    def names(self) -> tuple[str, str]:
        return f"entries-{self.number:05}.ndjson", f"leaves-{self.number:05}.txt"

    def document(self) -> dict[str, Any]:
        entries, leaves = self.names
        last = self.last.number if self.last else 0
        digest = self.leaves_sha256
        return {
            "entries": entries,
            "leaves": leaves,
            "leaves_sha256": digest,
            "first": self.first,
            "last": last,
        }

    def add(self, batch: Batch, out: IO[bytes], progress: Callable[[int], None]) -> None:
        named: dict[bytes, str] = {}
        for line in batch.lines:
            out.write(line.data + b"\n")
            named[line.leaf_hash] = f"{line.seq} {line.id}"
            if len(named) % 1_000 == 0:
                progress(1_000)
        progress(len(named) % 1_000)
        # The leaves are those that were sealed, not those of today's entries: the difference is what tells.
        number = batch.head.number
        self.leaves += [f"{number} {leaf.hex()} {named.get(leaf, '- -')}\n".encode() for leaf in batch.leaves]
        self.heads.append(rules.signed("head", batch.head.document(), batch.signature))
        self.first, self.last = self.first or number, batch.head
        self.entries += batch.head.count


class Parts:
    """Consecutive batches written into pairs of files of about FILE_ENTRIES entries; yields each when it is full."""

    def __init__(self, sink: Sink, batches: Iterable[Batch], progress: Callable[[int], None]) -> None:
        self.sink, self.batches, self.progress = sink, iter(batches), progress

    def __iter__(self) -> Iterator[Part]:
        number, batch = 1, next(self.batches, None)
        while batch is not None:
            part = Part(number)
            entries, leaves = part.names
            with self.sink.open(entries) as out:
                while batch is not None and part.entries < FILE_ENTRIES:
                    part.add(batch, out, self.progress)
                    batch = next(self.batches, None)
            part.leaves_sha256 = sha256(b"".join(part.leaves)).hexdigest()
            self.sink.put(leaves, part.leaves)
            part.leaves.clear()
            yield part
            number += 1
