"""A journal without a database, for tests of what an outsider can find out: entries, batches, keys, a bundle."""

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from takatuf.journal import bundle, keys, merkle, rules
from takatuf.journal.bundle import Batch, Line

NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGERS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


@lru_cache
def verifier() -> ModuleType:
    """`tools/verify_journal.py`, the file that outsiders run."""
    path = settings.BASE_DIR / "tools" / "verify_journal.py"
    specification = importlib.util.spec_from_file_location("verify_journal_under_test", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def line(seq: int, *, xact: int, did: str = "cases.opened", **details: Any) -> Line:
    row = (
        seq, UUID(int=seq), NOON + timedelta(seconds=seq), str(UUID(int=7)), str(UUID(int=8)), "office", "police",
        "officer", did, [f"case:{UUID(int=seq % 5)}"], "desk", "", details or {"level": 3}, xact, "1.1",
    )  # fmt: skip
    data = rules.leaf_bytes(row)
    return Line(data, merkle.leaf(data), seq, UUID(int=seq))


def batches(*sizes: int, key: Ed25519PrivateKey = KEY, altered: int = 0) -> list[Batch]:
    """Batches of these sizes, one transaction an entry, chained and signed. `altered`: a seq with another content."""
    made: list[Batch] = []
    seq, prev = 1, rules.FIRST_PREV
    for number, size in enumerate(sizes, start=1):
        lines = [
            line(at, xact=at + 99, **({"level": 1} if at == altered else {})) for at in range(seq, seq + size)
        ]
        leaves = [one.leaf_hash for one in lines]
        head = rules.Head(
            number=number,
            cluster="1.1",
            lo_xact=0 if number == 1 else seq + 99,
            hi_xact=seq + size - 1 + 99,
            count=size,
            first_seq=seq,
            last_seq=seq + size - 1,
            root=merkle.root(leaves),
            prev=prev,
            at=NOON + timedelta(minutes=number),
            key_id=keys.key_id(key.public_key()),
        )
        made.append(Batch(head, key.sign(head.signed_bytes()), leaves, lines))
        seq, prev = seq + size, head.hash()
    return made


def write(to: Path, made: list[Batch], *, key: Ed25519PrivateKey = KEY) -> Path:
    bundle.write(to, made, now=NOON, waiting=0, key=key, public_keys=keys.public_pem(key.public_key()))
    return to


def verify(path: Path, **how: Any) -> Any:
    """The verifier's report, trusting only the true key unless told otherwise."""
    tool = verifier()
    how.setdefault("public_keys", keys.public_pem(KEY.public_key()))
    return tool.verify(tool.Bundle(path), **how)


def edit(path: Path, change: Any) -> None:
    """Rewrite a file by its lines."""
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(change(lines)))
