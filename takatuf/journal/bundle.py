"""The bundle an outsider verifies: entries, leaf hashes, signed heads, public keys, signed manifest.

manifest.json        {"manifest": {…}, "signature": hex}: counts, last head, moment, the files
public_keys.pem      every key that ever signed a head
heads.ndjson         one line per batch: {"head": {…}, "signature": hex}
entries-00001.ndjson one line per entry: exactly the bytes that were hashed, batch after batch
leaves-00001.txt     one line per entry: batch, leaf hash, seq, id; `-` where the entry is no longer what was sealed
"""

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from takatuf.kernel.actor import Actor

from . import keys, rules, selectors
from .models import Seal

FILE_ENTRIES = 50_000  # a file is closed after the batch with which it reaches this many


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, and the last head in it (None when nothing was sealed yet)."""

    path: Path
    entries: int
    batches: int
    waiting: int
    head: dict[str, Any] | None


class Sink(Protocol):
    def open(self, name: str) -> AbstractContextManager[IO[bytes]]: ...


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return (self.path / name).open("wb")


class Zip:
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


@dataclass(slots=True)
class Part:
    """One pair of files: the batches `first` to `last`."""

    number: int
    first: int
    last: int = 0
    entries: int = 0
    leaves: list[bytes] = field(default_factory=list)

    def document(self, leaves: bytes) -> dict[str, Any]:
        return {
            "entries": f"entries-{self.number:05}.ndjson",
            "leaves": f"leaves-{self.number:05}.txt",
            "leaves_sha256": sha256(leaves).hexdigest(),
            "first": self.first,
            "last": self.last,
        }


def write(
    *,
    actor: Actor,
    to: Path,
    now: datetime,
    key: Ed25519PrivateKey,
    public_keys: bytes,
    progress: Callable[[int], None],
) -> Made:
    """Write all sealed batches. See `services.export`."""
    numbers = selectors.seal_numbers(actor=actor)
    entries, files, last, last_hash = 0, [], None, rules.FIRST_PREV
    with place(to) as sink:
        with sink.open("public_keys.pem") as out:
            out.write(public_keys)
        heads: list[bytes] = []
        for part_number, group in enumerate(parts(numbers), start=1):
            part = Part(part_number, first=group[0])
            with sink.open(f"entries-{part_number:05}.ndjson") as out:
                for number in group:
                    seal = selectors.seal(actor=actor, number=number)
                    _write_batch(actor, seal, out, part, progress)
                    last, last_hash = seal.head.document(), seal.head.hash()
                    heads.append(rules.signed("head", last, bytes(seal.signature)))
            leaves = b"".join(part.leaves)
            with sink.open(f"leaves-{part_number:05}.txt") as out:
                out.write(leaves)
            files.append(part.document(leaves))
            entries += part.entries
        with sink.open("heads.ndjson") as out:
            out.writelines(heads)
        waiting = selectors.waiting(actor=actor)
        manifest = {
            "kind": "takatuf.journal.manifest",
            "format": rules.FORMAT,
            "exported_at": rules.moment(now),
            "entries": sum(count for _, count in numbers),
            "batches": len(numbers),
            "waiting": waiting,
            "last_head": last_hash,
            "files": files,
            "key_id": keys.key_id(key.public_key()),
        }
        with sink.open("manifest.json") as out:
            out.write(rules.signed("manifest", manifest, key.sign(rules.canonical(manifest))))
    return Made(to, entries, len(numbers), waiting, last)


def parts(numbers: list[tuple[int, int]]) -> Iterator[list[int]]:
    """Consecutive batches in groups of about FILE_ENTRIES entries."""
    group: list[int] = []
    size = 0
    for number, count in numbers:
        group.append(number)
        size += count
        if size >= FILE_ENTRIES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _write_batch(
    actor: Actor, seal: Seal, out: IO[bytes], part: Part, progress: Callable[[int], None]
) -> None:
    named: dict[bytes, str] = {}
    count = 0
    for line in selectors.lines(
        actor=actor, cluster=seal.cluster, lo_xact=seal.lo_xact, hi_xact=seal.hi_xact
    ):
        out.write(line.data + b"\n")
        named[line.leaf_hash] = f"{line.seq} {line.id}"
        count += 1
        if count % 1_000 == 0:
            progress(1_000)
    progress(count % 1_000)
    # The leaves are those that were sealed, not those of today's entries: the difference is what tells.
    for leaf in selectors.split(bytes(seal.leaves)):
        part.leaves.append(f"{seal.number} {leaf.hex()} {named.get(leaf, '- -')}\n".encode())
    part.last = seal.number
    part.entries += count
