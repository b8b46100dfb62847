#!/usr/bin/env python3
"""Verify an exported Takatuf journal, without Takatuf: one file, the standard library and `cryptography`.

    python verify_journal.py BUNDLE [--head WITNESSED_HEAD.json]... [--public-key KEYS.pem] [--json]
    python verify_journal.py --proof PROOF.json [--public-key KEYS.pem] [--json]

BUNDLE is a folder or a .zip made by `takatuf journal export`. What is checked:

* every head is signed (Ed25519), names the SHA-256 of the head before it, and continues its transactions;
* the entries of every batch give its signed Merkle root (RFC 9162 §2.1: leaf SHA-256(0x00‖line), node 0x01‖l‖r);
* the signed manifest's counts and last head, so that nothing is missing at the end;
* heads that were witnessed elsewhere earlier (--head), so that history was not signed anew.

What is wrong is named: batch, seq, id. Keys taken from the bundle prove only that it agrees with itself: get
the public key from its owner and pass it with --public-key. Exit code: 0 whole, 1 broken, 2 cannot be read.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import zipfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = 1
FIRST_PREV = "0" * 64
MOST_NAMED = 100  # findings of one kind in one batch that are written out; the rest is counted
IDS_NAMED = 20  # ids written out of a run of missing entries

# code → (English, Arabic). `{place}` goes before it.
WORDS: dict[str, tuple[str, str]] = {
    "entry_changed": ("the entry was changed after sealing.", "غُيِّر القيد بعد ختمه."),
    "entry_deleted": (
        "{count} entry(ies) deleted, between seq {after} and seq {before}: {named}.",
        "حُذف {count} من القيود، بين التسلسل {after} والتسلسل {before}: {named}.",
    ),
    "entry_truncated": (
        "the end is cut off: {count} entry(ies) after seq {after} are missing: {named}.",
        "النهاية مقطوعة: {count} من القيود بعد التسلسل {after} مفقودة: {named}.",
    ),
    "entry_inserted": ("an entry that was never sealed was inserted.", "أُدرج قيد لم يُختم قط."),
    "entry_repeated": ("the entry appears a second time.", "تكرر القيد مرة ثانية."),
    "entry_moved": ("the entry is out of its sealed order.", "القيد ليس في ترتيبه المختوم."),
    "entry_suspect": (
        "the entry and its leaf hash disagree, and the batch's leaves were changed too: one of them is false.",
        "القيد وبصمته لا يتفقان، وبصمات الدفعة غُيِّرت أيضًا: أحدهما غير صحيح.",
    ),
    "entry_unreadable": ("line {line} of {file} is not an entry.", "السطر {line} من {file} ليس قيدًا."),
    "batch_broken": (
        "its {found} entries do not give the signed root over {count} (seq {first_seq}–{last_seq}).",
        "قيودها وعددها {found} لا تعطي الجذر الموقَّع لعدد {count} (التسلسل {first_seq}–{last_seq}).",
    ),
    "leaves_changed": (
        "its leaf hashes in {file} were changed; the entries themselves are whole.",
        "غُيِّرت بصماتها في {file}؛ أما القيود نفسها فسليمة.",
    ),
    "leaves_unreadable": ("line {line} of {file} is not a leaf.", "السطر {line} من {file} ليس بصمة."),
    "file_changed": (
        "{file} is not the file that was exported.",
        "الملف {file} ليس الملف الذي صُدِّر.",
    ),
    "file_missing": ("{file} is missing.", "الملف {file} مفقود."),
    "file_unexpected": ("{file} does not belong to the export.", "الملف {file} لا ينتمي إلى التصدير."),
    "head_unreadable": (
        "line {line} of heads.ndjson is not a head.",
        "السطر {line} من heads.ndjson ليس رأس دفعة.",
    ),
    "head_signature": (
        "the head was changed: its signature does not fit.",
        "غُيِّر رأس الدفعة: توقيعه لا يطابقه.",
    ),
    "head_missing": ("the head of this batch is missing.", "رأس هذه الدفعة مفقود."),
    "head_order": ("the head is repeated or out of order.", "رأس الدفعة مكرر أو في غير ترتيبه."),
    "chain_broken": (
        "the head does not follow the head before it.",
        "رأس الدفعة لا يتبع الرأس الذي قبله.",
    ),
    "range_broken": (
        "its transactions {lo}–{hi} do not continue those before (up to {until}).",
        "معاملاتها {lo}–{hi} لا تكمل ما قبلها (حتى {until}).",
    ),
    "unknown_key": ("signed with a key that is not trusted: {key_id}.", "موقَّع بمفتاح غير موثوق: {key_id}."),
    "keys_changed": ("public_keys.pem was changed.", "غُيِّر الملف public_keys.pem."),
    "manifest_unreadable": (
        "manifest.json is missing or is not a manifest: files cannot be checked.",
        "الملف manifest.json مفقود أو غير صالح: لا يمكن فحص الملفات.",
    ),
    "manifest_signature": (
        "the manifest was changed: its signature does not fit.",
        "غُيِّر البيان: توقيعه لا يطابقه.",
    ),
    "manifest_files": (
        "the manifest's files do not cover the batches one after the other.",
        "ملفات البيان لا تغطي الدفعات بالتتابع.",
    ),
    "end_missing": (
        "the end is cut off: the manifest speaks of {said} batches, the heads end at {found}.",
        "النهاية مقطوعة: البيان يذكر {said} دفعة والرؤوس تنتهي عند {found}.",
    ),
    "end_differs": (
        "the last head ({found}) is not the one that the manifest names (of {said}).",
        "الرأس الأخير ({found}) ليس الذي يذكره البيان (من {said}).",
    ),
    "count_differs": (
        "the manifest speaks of {said} entries, the heads of {found}.",
        "البيان يذكر {said} قيدًا والرؤوس تذكر {found}.",
    ),
    "witness_missing": (
        "the journal ends before this witnessed head: the end is cut off.",
        "ينتهي السجل قبل هذا الرأس المشهود: النهاية مقطوعة.",
    ),
    "witness_differs": (
        "the head is not the one that was witnessed: history was signed anew.",
        "رأس الدفعة ليس الرأس المشهود: وُقِّع التاريخ من جديد.",
    ),
    "proof_broken": (
        "the path does not lead from the entry to the signed root.",
        "المسار لا يصل من القيد إلى الجذر الموقَّع.",
    ),
}


class Unreadable(Exception):
    """What was given cannot be read at all: exit code 2."""


# --- Merkle and signatures ----------------------------------------------------------------------------------------


def leaf_hash(line: bytes) -> bytes:
    return sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(leaves: list[bytes]) -> bytes:
    """The Merkle root, level by level; a last hash without a partner rises unchanged."""
    if not leaves:
        return sha256(b"").digest()
    level = leaves
    while len(level) > 1:
        above = [sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = [*above, level[-1]] if len(level) % 2 else above
    return level[0]


def leads_to(leaf: bytes, index: int, size: int, path: list[bytes], top: bytes) -> bool:
    """RFC 9162 §2.1.3.2: whether the path proves the leaf at this index of so many leaves."""
    place, last, result = index, size - 1, leaf
    if not 0 <= index < size:
        return False
    for neighbour in path:
        if last == 0:
            return False
        if place % 2 or place == last:
            result = node_hash(neighbour, result)
            while place and place % 2 == 0:
                place, last = place // 2, last // 2
        else:
            result = node_hash(result, neighbour)
        place, last = place // 2, last // 2
    return last == 0 and result == top


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Keys:
    """Public keys by their id: the first 128 bits of the raw key's SHA-256, in hex."""

    def __init__(self, pem: bytes) -> None:
        self.by_id: dict[str, Ed25519PublicKey] = {}
        self.exact = b""
        for block in re.findall(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\n?", pem, re.DOTALL):
            try:
                key = serialization.load_pem_public_key(block)
            except (ValueError, UnsupportedAlgorithm):
                continue
            if isinstance(key, Ed25519PublicKey):
                raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
                self.by_id[sha256(raw).hexdigest()[:32]] = key
                self.exact += key.public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                )

    def check(self, key_id: str, signature: bytes, data: bytes) -> str:
        """ "" if the signature is good, else the code of what is wrong."""
        if key_id not in self.by_id:
            return "unknown_key"
        try:
            self.by_id[key_id].verify(signature, data)
        except InvalidSignature:
            return "signature"
        return ""


def read_signed(raw: bytes, name: str, *, exact: bool = True) -> tuple[dict[str, Any], bytes]:
    """A document and its signature. Raises ValueError; with `exact`, also for any byte out of place."""
    try:
        wrapper = json.loads(raw)
        document, signature = wrapper[name], bytes.fromhex(wrapper["signature"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"not a signed {name}") from error
    if not isinstance(document, dict) or document.get("kind") != f"takatuf.journal.{name}":
        raise ValueError(f"not a {name}")
    if document.get("format") != FORMAT:
        raise ValueError(f"format {document.get('format')!r} is unknown: get a newer verifier")
    if exact and raw != canonical({name: document, "signature": signature.hex()}) + b"\n":
        raise ValueError("not in canonical form")
    return document, signature


# --- What was found -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    code: str
    batch: int | None = None
    seq: int | None = None
    id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        english = language == "en"
        names = ("batch", "seq", "id") if english else ("الدفعة", "التسلسل", "المعرّف")
        values = zip(names, (self.batch, self.seq, self.id), strict=True)
        parts = [f"{name} {value}" for name, value in values if value is not None]
        separator = ", " if english else "، "
        words = WORDS[self.code][0 if english else 1].format(**self.facts)
        return f"{separator.join(parts)}: {words}" if parts else words

    def document(self) -> dict[str, Any]:
        named = {"code": self.code, "batch": self.batch, "seq": self.seq, "id": self.id, **self.facts}
        return {**named, "en": self.sentence("en"), "ar": self.sentence("ar")}


@dataclass
class Report:
    """All that was found, and what was counted on the way."""

    findings: list[Finding] = field(default_factory=list)
    more: int = 0  # findings beyond MOST_NAMED, counted only
    entries: int = 0
    batches: int = 0
    last_head: dict[str, Any] | None = None
    keys: list[str] = field(default_factory=list)
    keys_given: bool = False
    witnesses: int = 0
    waiting: int | None = None
    seconds: float = 0.0
    _named: dict[tuple[str, int | None], int] = field(default_factory=dict)

    def add(
        self,
        code: str,
        batch: int | None = None,
        seq: int | None = None,
        entry_id: str | None = None,
        **facts: Any,
    ) -> None:
        named = self._named[code, batch] = self._named.get((code, batch), 0) + 1
        if named > MOST_NAMED:
            self.more += 1
        else:
            self.findings.append(Finding(code, batch, seq, entry_id, facts))

    @property
    def whole(self) -> bool:
        return not self.findings

    def document(self) -> dict[str, Any]:
        return {
            "whole": self.whole,
            "entries": self.entries,
            "batches": self.batches,
            "waiting": self.waiting,
            "last_head": self.last_head,
            "keys": self.keys,
            "keys_given": self.keys_given,
            "witnesses": self.witnesses,
            "seconds": round(self.seconds, 3),
            "findings": [finding.document() for finding in self.findings],
            "more_findings": self.more,
        }


# --- Where the journal is read from -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """The batches `first` to `last`: their entries line by line, and lines `batch hash seq id` of their leaves."""

    first: int
    last: int
    entries: Callable[[], Iterator[bytes]]
    leaves: Callable[[], Iterator[bytes]]
    entries_name: str
    leaves_name: str
    leaves_sha256: str | None = None


class Source(Protocol):
    """A bundle; or, for `takatuf journal verify`, the database itself, which has no manifest."""

    def keys(self) -> bytes: ...
    def manifest(self) -> bytes | None: ...
    def heads(self) -> Iterator[bytes]: ...
    def parts(self, manifest: dict[str, Any] | None, report: Report) -> Iterator[Part]: ...


class Bundle:
    """A folder or a .zip, read from front to back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.archive = None if path.is_dir() else zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile) as error:
            raise Unreadable(f"{path}: {error}") from error
        if self.archive is None:
            self.names = {item.name for item in path.iterdir()}
        else:
            self.names = set(self.archive.namelist())
        if not self.names & {"manifest.json", "heads.ndjson"}:
            raise Unreadable(f"{path}: neither manifest.json nor heads.ndjson is in it")

    def open(self, name: str) -> IO[bytes]:
        return (self.path / name).open("rb") if self.archive is None else self.archive.open(name)

    def lines(self, name: str) -> Iterator[bytes]:
        with self.open(name) as file:
            yield from file

    def whole_file(self, name: str) -> bytes:
        if name not in self.names:
            return b""
        with self.open(name) as file:
            return file.read()

    def keys(self) -> bytes:
        return self.whole_file("public_keys.pem")

    def manifest(self) -> bytes:
        return self.whole_file("manifest.json")

    def heads(self) -> Iterator[bytes]:
        return self.lines("heads.ndjson") if "heads.ndjson" in self.names else iter(())

    def parts(self, manifest: dict[str, Any] | None, report: Report) -> Iterator[Part]:
        if "heads.ndjson" not in self.names:
            report.add("file_missing", file="heads.ndjson")
        if manifest is None:
            return
        following, known = 1, set()
        for item in manifest["files"]:
            names = item["entries"], item["leaves"]
            first, last = item["first"], item["last"]
            if first != following or last < first:
                report.add("manifest_files")
            following = last + 1
            known |= set(names)
            missing = [name for name in names if name not in self.names]
            for name in missing:
                report.add("file_missing", batch=first, file=name)
            if not missing:
                yield self._part(names, first, last, item["leaves_sha256"])
        if following != manifest["batches"] + 1:
            report.add("manifest_files")
        for name in sorted(self.names - known - {"manifest.json", "public_keys.pem", "heads.ndjson"}):
            report.add("file_unexpected", file=name)

    def _part(self, names: tuple[str, str], first: int, last: int, digest: str) -> Part:
        entries, leaves = names
        return Part(
            first, last, lambda: self.lines(entries), lambda: self.lines(leaves), entries, leaves, digest
        )


# --- Heads and manifest -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Head:
    number: int
    cluster: str
    lo: int
    hi: int
    count: int
    first_seq: int
    last_seq: int
    root: bytes
    prev: str
    key_id: str
    hash: str
    trusted: bool
    document: dict[str, Any]


def read_head(raw: bytes, keys: Keys, report: Report, *, exact: bool = True) -> Head:
    """A head, its signature checked. Raises ValueError."""
    document, signature = read_signed(raw, "head", exact=exact)
    signed = canonical(document)
    numbers = [
        document.get(name) for name in ("number", "lo_xact", "hi_xact", "count", "first_seq", "last_seq")
    ]
    texts = [document.get(name) for name in ("cluster", "root", "prev", "at", "key_id")]
    if not all(type(value) is int for value in numbers) or not all(isinstance(value, str) for value in texts):
        raise ValueError("a field of the head is missing")
    wrong = keys.check(document["key_id"], signature, signed)
    if wrong == "unknown_key":
        report.add("unknown_key", batch=document["number"], key_id=document["key_id"])
    elif wrong:
        report.add("head_signature", batch=document["number"])
    return Head(
        document["number"], document["cluster"], document["lo_xact"], document["hi_xact"], document["count"],
        document["first_seq"], document["last_seq"], bytes.fromhex(document["root"]), document["prev"],
        document["key_id"], sha256(signed).hexdigest(), not wrong, document,
    )  # fmt: skip


def read_heads(source: Source, keys: Keys, report: Report) -> dict[int, Head]:
    """The chain of heads by number. What breaks it is reported; reading goes on behind it."""
    heads: dict[int, Head] = {}
    ends: dict[str, int] = {}
    last: Head | None = None
    for line, raw in enumerate(source.heads(), start=1):
        try:
            head = read_head(raw, keys, report)
        except ValueError:
            report.add("head_unreadable", line=line)
            continue
        if head.number in heads or (last is not None and head.number < last.number) or head.number < 1:
            report.add("head_order", batch=head.number)
            continue
        before = last.number if last else 0
        for missing in range(before + 1, min(head.number, before + 1 + MOST_NAMED)):
            report.add("head_missing", batch=missing)
        if head.number == before + 1:
            if head.prev != (last.hash if last else FIRST_PREV):
                report.add("chain_broken", batch=head.number)
            until = ends.get(head.cluster, -1)
            if head.lo != until + 1 or head.hi < head.lo:
                report.add("range_broken", batch=head.number, lo=head.lo, hi=head.hi, until=until)
        ends[head.cluster] = head.hi
        heads[head.number] = last = head
    return heads


def read_manifest(raw: bytes, heads: dict[int, Head], keys: Keys, report: Report) -> dict[str, Any] | None:
    """The manifest, compared with the heads; None if it cannot be read."""
    try:
        manifest, signature = read_signed(raw, "manifest")
        check_manifest_shape(manifest)
    except ValueError:
        report.add("manifest_unreadable")
        return None
    wrong = keys.check(manifest["key_id"], signature, canonical(manifest))
    if wrong == "unknown_key":
        report.add("unknown_key", key_id=manifest["key_id"])
    elif wrong:
        report.add("manifest_signature")
    last = max(heads, default=0)
    if last < manifest["batches"]:
        report.add("end_missing", said=manifest["batches"], found=last)
    elif manifest["last_head"] != (heads[last].hash if heads else FIRST_PREV):
        report.add("end_differs", said=manifest["batches"], found=last)
    counted = sum(head.count for head in heads.values())
    if counted != manifest["entries"]:
        report.add("count_differs", said=manifest["entries"], found=counted)
    report.waiting = manifest["waiting"]
    return manifest


def check_manifest_shape(manifest: dict[str, Any]) -> None:
    """Raises ValueError for missing fields and for file names that lead elsewhere."""
    whole = [manifest.get(name) for name in ("entries", "batches", "waiting")]
    files = manifest.get("files")
    if not all(type(value) is int for value in whole) or not isinstance(files, list):
        raise ValueError("a field of the manifest is missing")
    if not all(isinstance(manifest.get(name), str) for name in ("last_head", "key_id", "exported_at")):
        raise ValueError("a field of the manifest is missing")
    for item in files:
        if not isinstance(item, dict) or not all(type(item.get(name)) is int for name in ("first", "last")):
            raise ValueError("a file of the manifest is not described")
        names = f"{item.get('entries')} {item.get('leaves')} {item.get('leaves_sha256')}"
        if not re.fullmatch(r"entries-\d+\.ndjson leaves-\d+\.txt [0-9a-f]{64}", names):
            raise ValueError("a file of the manifest is not described")


def check_witness(path: Path, heads: dict[int, Head], keys: Keys, report: Report) -> None:
    """Compare with heads that were seen and kept elsewhere: one JSON document, or one a line."""
    try:
        raw = path.read_bytes()
        try:
            witnessed = [read_head(raw, keys, report, exact=False)]
        except ValueError:
            witnessed = [
                read_head(line, keys, report, exact=False) for line in raw.splitlines() if line.strip()
            ]
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path}: {error}") from error
    for head in witnessed:
        report.witnesses += 1
        if head.number not in heads:
            report.add("witness_missing", batch=head.number)
        elif heads[head.number].hash != head.hash:
            report.add("witness_differs", batch=head.number)


# --- Entries ------------------------------------------------------------------------------------------------------


def part_is_whole(part: Part, heads: dict[int, Head], report: Report) -> bool:
    """The fast way, in constant memory: do entries and leaves agree with every head of this part?"""
    entries, leaves = part.entries(), part.leaves()
    digest = sha256()
    for number in range(part.first, part.last + 1):
        head = heads.get(number)
        if head is None:
            return False
        hashes = []
        for line in islice(entries, head.count):
            hashes.append(sha256(b"\x00" + line[:-1]).digest())
            if line[-1] != 10:  # the line feed that ends every line
                return False
        if len(hashes) != head.count or root(hashes) != head.root:
            return False
        for expected, line in zip(hashes, leaves, strict=False):  # the digest notices lines too few
            digest.update(line)
            if not line.startswith(b"%d %s " % (number, expected.hex().encode())):
                return False
        report.entries += head.count
    if next(entries, None) is not None or next(leaves, None) is not None:
        return False
    return part.leaves_sha256 in {None, digest.hexdigest()}


@dataclass(frozen=True)
class Entry:
    """A line of entries as it is, and what it claims."""

    hash: bytes
    readable: bool
    seq: int | None
    id: str | None
    cluster: str | None
    xact: int | None


@dataclass(frozen=True)
class Leaf:
    """What must be there: a hash of a batch, and by what to name it."""

    batch: int
    hash: bytes
    seq: int | None
    id: str | None


def read_entry(line: bytes) -> Entry:
    body = line[:-1] if line.endswith(b"\n") else line
    try:
        values = json.loads(body)
        readable = isinstance(values, dict) and canonical(values) == body and line.endswith(b"\n")
    except (ValueError, RecursionError):
        values, readable = None, False
    claims = values if isinstance(values, dict) else {}

    def claim(name: str, kind: type) -> Any:
        return claims[name] if type(claims.get(name)) is kind else None

    return Entry(
        leaf_hash(body),
        readable,
        claim("seq", int),
        claim("id", str),
        claim("cluster", str),
        claim("xact", int),
    )


def read_leaves(part: Part, report: Report) -> dict[int, list[Leaf]]:
    """The leaves of a part by batch."""
    leaves: dict[int, list[Leaf]] = {}
    pattern = re.compile(rb"(\d+) ([0-9a-f]{64}) (?:(\d+) ([0-9a-f-]{36})|- -)\n")
    digest = sha256()
    for number, line in enumerate(part.leaves(), start=1):
        digest.update(line)
        match = pattern.fullmatch(line)
        if match is None or len(match[1]) > 18 or len(match[3] or b"") > 18:
            report.add("leaves_unreadable", line=number, file=part.leaves_name)
            continue
        seq = int(match[3]) if match[3] else None
        name = match[4].decode() if match[4] else None
        batch = int(match[1])
        leaves.setdefault(batch, []).append(Leaf(batch, bytes.fromhex(match[2].decode()), seq, name))
    if part.leaves_sha256 not in {None, digest.hexdigest()}:
        report.add("file_changed", batch=part.first, file=part.leaves_name)
    return leaves


def diagnose(part: Part, heads: dict[int, Head], report: Report) -> None:
    """The slow way, when something is wrong: find out which entries, by the leaves that the roots still prove."""
    found = len(report.findings)
    entries = [read_entry(line) for line in part.entries()]
    report.entries += len(entries)
    leaves = read_leaves(part, report)
    expected: list[Leaf] = []
    apart: set[int] = set()  # entries of batches that nothing proves: reported by batch, not one by one
    for number in sorted(number for number in {*heads, *leaves} if part.first <= number <= part.last):
        own, head = leaves.get(number, []), heads.get(number)
        if head is None or proves(head, [leaf.hash for leaf in own]):
            expected += own
            continue
        places = [at for at, entry in enumerate(entries) if belongs(entry, head)]
        mine = [entries[at] for at in places]
        if proves(head, [entry.hash for entry in mine]):
            report_leaves(part, number, mine, own, report)
            expected += [Leaf(number, entry.hash, entry.seq, entry.id) for entry in mine]
        elif not head.trusted and [entry.hash for entry in mine] == [leaf.hash for leaf in own]:
            expected += (
                own  # entries and leaves agree; it is the head that was changed, and that is said already
            )
        else:
            apart |= set(places)
            report_batch(head, mine, own, report)
    Alignment([entry for at, entry in enumerate(entries) if at not in apart], expected, report).compare()
    for line, entry in enumerate(entries, start=1):
        if not entry.readable and len(report.findings) == found:
            report.add("entry_unreadable", None, entry.seq, entry.id, line=line, file=part.entries_name)
    if len(report.findings) == found and all(number in heads for number in range(part.first, part.last + 1)):
        report.add("file_changed", part.first, file=part.entries_name)


def proves(head: Head, hashes: list[bytes]) -> bool:
    return len(hashes) == head.count and root(hashes) == head.root


def belongs(entry: Entry, head: Head) -> bool:
    """Whether the entry says that one of the batch's transactions wrote it."""
    return entry.cluster == head.cluster and entry.xact is not None and head.lo <= entry.xact <= head.hi


def report_leaves(part: Part, number: int, mine: list[Entry], own: list[Leaf], report: Report) -> None:
    """The entries of a batch are proven, its leaves are false: name the first that differs."""
    pairs = enumerate(zip(own, mine, strict=False))
    place = next((at for at, (leaf, entry) in pairs if leaf.hash != entry.hash), len(own))
    entry = mine[min(place, len(mine) - 1)]
    report.add("leaves_changed", number, entry.seq, entry.id, file=part.leaves_name)


def report_batch(head: Head, mine: list[Entry], own: list[Leaf], report: Report) -> None:
    """A batch in which neither entries nor leaves give the signed root: name what looks wrong."""
    report.add(
        "batch_broken",
        head.number,
        found=len(mine),
        count=head.count,
        first_seq=head.first_seq,
        last_seq=head.last_seq,
    )
    hashes = {leaf.hash for leaf in own}
    last = 0
    for entry in mine:
        if entry.hash not in hashes or not entry.readable:
            report.add("entry_suspect", head.number, entry.seq, entry.id)
        elif entry.seq is not None and entry.seq <= last:
            report.add("entry_moved", head.number, entry.seq, entry.id)
        last = max(last, entry.seq or 0)


@dataclass
class Alignment:
    """The entries there are beside the leaves there must be, both in order: every difference is named."""

    entries: list[Entry]
    expected: list[Leaf]
    report: Report
    anchors: list[tuple[int, int]] = field(default_factory=list)  # (entry, leaf) that kept their order
    gone: list[int] = field(default_factory=list)  # leaves without an entry
    extra: list[int] = field(default_factory=list)  # entries without a leaf

    def compare(self) -> None:
        self.match()
        self.pair_by_seq()
        self.pair_by_gap()
        self.report_extra()
        self.report_gone()

    def match(self) -> None:
        """Match by hash; report what appears twice or elsewhere than sealed."""
        place = {leaf.hash: at for at, leaf in enumerate(self.expected)}
        matched: dict[int, int] = {}  # leaf → entry
        for at, entry in enumerate(self.entries):
            leaf_at = place.get(entry.hash)
            if leaf_at is None:
                self.extra.append(at)
            elif leaf_at in matched:
                self.report.add("entry_repeated", self.expected[leaf_at].batch, entry.seq, entry.id)
            else:
                matched[leaf_at] = at
        in_order = longest_rising(list(matched))
        for leaf_at, at in matched.items():
            if leaf_at in in_order:
                self.anchors.append((at, leaf_at))
            else:
                entry = self.entries[at]
                self.report.add("entry_moved", self.expected[leaf_at].batch, entry.seq, entry.id)
        self.gone = [at for at in range(len(self.expected)) if at not in matched]

    def pair_by_seq(self) -> None:
        """What is gone and what is new under the same seq is one entry, changed."""
        by_seq = {self.expected[at].seq: at for at in self.gone if self.expected[at].seq is not None}
        self._pair(lambda at: by_seq.pop(self.entries[at].seq, None) if self.entries[at].seq else None)

    def pair_by_gap(self) -> None:
        """So is what is gone and what is new between the same neighbours, unless their names contradict it."""
        leaf_anchors = [leaf_at for _, leaf_at in self.anchors]
        gaps: dict[int, list[int]] = {}
        for leaf_at in self.gone:
            gaps.setdefault(bisect_left(leaf_anchors, leaf_at), []).append(leaf_at)

        def partner(at: int) -> int | None:
            gap = gaps.get(bisect_left(self.anchors, (at, 0)), [])
            fitting = next((one for one in gap if may_be(self.entries[at], self.expected[one])), None)
            if fitting is not None:
                gap.remove(fitting)
            return fitting

        self._pair(partner)

    def _pair(self, partner: Callable[[int], int | None]) -> None:
        paired, rest = set(), []
        for at in self.extra:
            leaf_at = partner(at)
            if leaf_at is None:
                rest.append(at)
                continue
            paired.add(leaf_at)
            leaf, entry = self.expected[leaf_at], self.entries[at]
            self.report.add("entry_changed", leaf.batch, leaf.seq or entry.seq, leaf.id or entry.id)
        self.extra = rest
        self.gone = [leaf_at for leaf_at in self.gone if leaf_at not in paired]

    def report_extra(self) -> None:
        for at in self.extra:
            behind = bisect_left(self.anchors, (at, 0))
            near = self.anchors[max(behind - 1, 0)][1] if self.anchors else 0
            batch = self.expected[near].batch if self.expected else None
            self.report.add("entry_inserted", batch, self.entries[at].seq, self.entries[at].id)

    def report_gone(self) -> None:
        """Missing entries, run by run within a batch; a run at the very end is a truncation."""
        runs: list[list[int]] = []
        for at in self.gone:
            if runs and at == runs[-1][-1] + 1 and self.expected[at].batch == self.expected[at - 1].batch:
                runs[-1].append(at)
            else:
                runs.append([at])
        leaf_anchors = [leaf_at for _, leaf_at in self.anchors]
        for run in runs:
            self._report_run(run, bisect_left(leaf_anchors, run[0]))

    def _report_run(self, run: list[int], behind: int) -> None:
        after = self.entries[self.anchors[behind - 1][0]].seq if behind else None
        before = self.entries[self.anchors[behind][0]].seq if behind < len(self.anchors) else None
        leaves = [self.expected[at] for at in run]
        names = [f"{leaf.seq or '?'} {leaf.id or '?'}" for leaf in leaves[:IDS_NAMED]]
        self.report.add(
            "entry_deleted" if behind < len(self.anchors) else "entry_truncated",
            leaves[0].batch,
            leaves[0].seq,
            leaves[0].id if len(run) == 1 else None,
            count=len(run),
            after=after or "–",
            before=before or "–",
            last_seq=leaves[-1].seq,
            named=", ".join(names) + (" …" if len(run) > IDS_NAMED else ""),
        )


def longest_rising(values: list[int]) -> set[int]:
    """The members of a longest rising subsequence: what kept its order."""
    tops: list[int] = []  # the lowest end of a rising run of each length
    top_at: list[int] = []
    previous: list[int] = []
    for at, value in enumerate(values):
        length = bisect_left(tops, value)
        previous.append(top_at[length - 1] if length else -1)
        tops[length : length + 1] = [value]
        top_at[length : length + 1] = [at]
    kept: set[int] = set()
    at = top_at[-1] if top_at else -1
    while at >= 0:
        kept.add(values[at])
        at = previous[at]
    return kept


def may_be(entry: Entry, leaf: Leaf) -> bool:
    """Whether a changed entry may have been this leaf: same id, or one of the two does not say its seq."""
    return entry.seq is None or leaf.seq is None or (entry.id is not None and entry.id == leaf.id)


# --- The whole ----------------------------------------------------------------------------------------------------


def verify(
    source: Source,
    *,
    public_keys: bytes | None = None,
    witnesses: Iterable[Path] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Report:
    """Verify a whole journal. `public_keys` are trusted instead of the source's own; `progress` gets entry counts."""
    started = time.perf_counter()
    report = Report(keys_given=public_keys is not None)
    own = source.keys() if public_keys is None else b""
    keys = Keys(own if public_keys is None else public_keys)
    if public_keys is None and keys.exact != own:
        report.add("keys_changed")
    report.keys = sorted(keys.by_id)
    heads = read_heads(source, keys, report)
    raw = source.manifest()
    manifest = read_manifest(raw, heads, keys, report) if raw is not None else None
    for path in witnesses:
        check_witness(path, heads, keys, report)
    for part in source.parts(manifest, report):
        counted = report.entries
        try:
            whole = part_is_whole(part, heads, report)
            if not whole:
                report.entries = counted
                diagnose(part, heads, report)
        except (OSError, zipfile.BadZipFile, EOFError) as error:
            raise Unreadable(f"{part.entries_name}: {error}") from error
        progress(report.entries - counted)
    report.batches = len(heads)
    report.last_head = heads[max(heads)].document if heads else None
    report.seconds = time.perf_counter() - started
    return report


def verify_proof(raw: bytes, *, public_keys: bytes | None = None) -> Report:
    """Verify the proof of one entry, as `takatuf journal proof` writes it."""
    started = time.perf_counter()
    try:
        proof = json.loads(raw)
        if proof["kind"] != "takatuf.journal.proof" or proof["format"] != FORMAT:
            raise ValueError("not a proof of a known format")
        line, index = proof["entry"].encode(), int(proof["index"])
        path = [bytes.fromhex(value) for value in proof["path"]]
        head_raw = canonical({"head": proof["head"], "signature": proof["signature"]})
        own = str(proof.get("public_keys", "")).encode()
        report = Report(keys_given=public_keys is not None, entries=1, batches=1)
        keys = Keys(own if public_keys is None else public_keys)
        head = read_head(head_raw, keys, report, exact=False)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(f"not a proof: {error}") from error
    entry = read_entry(line + b"\n")
    inside = entry.cluster == head.cluster and entry.xact is not None and head.lo <= entry.xact <= head.hi
    if not inside or not leads_to(entry.hash, index, head.count, path, head.root):
        report.add("proof_broken", head.number, entry.seq, entry.id)
    report.keys = sorted(keys.by_id)
    report.last_head = head.document
    report.seconds = time.perf_counter() - started
    return report


# --- The console --------------------------------------------------------------------------------------------------

SAID = {
    "whole": (
        "WHOLE: {entries} entries in {batches} batches, verified in {seconds:.1f} s.",
        "سليم: {entries} قيدًا في {batches} دفعة، تم التحقق في {seconds:.1f} ثانية.",
    ),
    "broken": (
        "BROKEN: {findings} finding(s) in {entries} entries, {batches} batches.",
        "غير سليم: {findings} مما وُجد في {entries} قيدًا و{batches} دفعة.",
    ),
    "more": ("… and {more} more of the same kinds.", "… و{more} غيرها من الأنواع نفسها."),
    "own_keys": (
        "The keys ({keys}) came with the journal: get them from their owner, and use --public-key.",
        "جاءت المفاتيح ({keys}) مع السجل نفسه: اطلبها من صاحبها واستخدم --public-key.",
    ),
    "waiting": (
        "{waiting} newer entries were not sealed yet at the time of export; they are not part of it.",
        "{waiting} من القيود الأحدث لم تُختم بعد وقت التصدير، وليست جزءًا منه.",
    ),
}


def say(report: Report, languages: Iterable[str]) -> Iterator[str]:
    """The report for people."""
    facts = {
        "entries": f"{report.entries:,}",
        "batches": f"{report.batches:,}",
        "seconds": report.seconds,
        "findings": len(report.findings) + report.more,
        "more": report.more,
        "keys": ", ".join(report.keys) or "–",
        "waiting": report.waiting,
    }
    said = ["whole" if report.whole else "broken"]
    said += ["more"] if report.more else []
    said += ["waiting"] if report.waiting else []
    said += [] if report.keys_given else ["own_keys"]
    for language in languages:
        for finding in report.findings:
            yield finding.sentence(language)
        for name in said:
            yield SAID[name][0 if language == "en" else 1].format(**facts)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("bundle", nargs="?", type=Path, help="folder or .zip of `takatuf journal export`")
    parser.add_argument("--head", action="append", default=[], type=Path, help="a head witnessed elsewhere")
    parser.add_argument("--proof", type=Path, help="the proof of one entry, instead of a bundle")
    parser.add_argument("--public-key", type=Path, help="PEM file of the keys to trust")
    parser.add_argument("--lang", choices=["en", "ar", "both"], default="both")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    given = parser.parse_args(arguments)
    if (given.bundle is None) == (given.proof is None):
        parser.error("give a BUNDLE, or --proof FILE")
    try:
        public_keys = given.public_key.read_bytes() if given.public_key else None
        if given.proof:
            report = verify_proof(given.proof.read_bytes(), public_keys=public_keys)
        else:
            report = verify(Bundle(given.bundle), public_keys=public_keys, witnesses=given.head)
    except (OSError, Unreadable) as error:
        print(f"cannot be read / لا يمكن قراءته: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(report.document(), ensure_ascii=False))
    else:
        for sentence in say(report, ["en", "ar"] if given.lang == "both" else [given.lang]):
            print(sentence)
    return 0 if report.whole else 1


if __name__ == "__main__":
    sys.exit(main())
