"""Key-encryption keys that rotate, and one key for blind tokens that does not.

A data key seals the fields of one person; a key-encryption key wraps data keys. Rotation adds a key-encryption
key and wraps the data keys anew, so no field is sealed again. The former keys stay in the file: they still open
what was not wrapped anew. The blind key never changes: every token in the index would change with it.
"""

import contextlib
import hashlib
import hmac
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from takatuf.kernel import crypto, keyfile
from takatuf.kernel.keyfile import KEK_ID, Kek, KeyFile, KeyFileError

__all__ = ["Kek", "KeyFileError", "Keyring", "forget", "key_file", "keyring", "prove", "rewrap_all"]

TOKEN = 16  # bytes
BLIND = "blind"

Row = TypeVar("Row")


class Keyring:
    """Wraps and unwraps data keys, and makes blind tokens."""

    def __init__(self, path: Path, content: KeyFile, stamp: keyfile.Stamp) -> None:
        self.path = path
        self._blind_key = content.blind_key
        self._macs: dict[str, hmac.HMAC] = {}
        self._take(content, stamp)

    def _take(self, content: KeyFile, stamp: keyfile.Stamp) -> None:
        self.proven = False  # against the fingerprints of the database
        self.keks = {kek.id: kek for kek in content.keks}
        self.active = next(kek for kek in content.keks if kek.active)
        self._stamp = stamp

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.keks)})"

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """A new key file of mode 0600 in a folder of mode 0700. Raises KeyFileError if there is one already."""
        keyfile.create(path, keyfile.new_key_file())
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Raises KeyFileError when the file is missing, open to others, or not a key file."""
        return cls(path, *keyfile.read(path))

    def refresh(self) -> None:
        """Take over what another process changed in the file (a rotation). Raises KeyFileError."""
        if self._stamp == keyfile.stamp(self.path):
            return
        content, stamp = keyfile.read(self.path)
        if not hmac.compare_digest(content.blind_key, self._blind_key):
            raise KeyFileError(
                en=f"{self.path} was replaced by another key file while in use: put the right one back.",
                ar=f"استُبدل {self.path} بملف مفاتيح آخر أثناء العمل: أعد الملف الصحيح.",
            )
        self._take(content, stamp)

    def rotate(self) -> "Keyring":
        """One more key-encryption key, active from now on; returns the ring itself.

        Running processes take the change over when they next ask for the keyring. Raises KeyFileError.
        """
        keyfile.rotate(self.path)
        self.refresh()
        return self

    def fingerprints(self) -> dict[str, str]:
        """Of each key-encryption key and of the blind key: enough to know a file by, nothing to use it by."""
        found = {kek.id: kek.fingerprint for kek in self.keks.values()}
        return found | {BLIND: keyfile.fingerprint(b"blind", self._blind_key)}

    # Data keys

    def wrap(self, data_key: bytes, aad: str) -> bytes:
        """id of the key-encryption key (8) | sealed data key."""
        active = self.active  # taken once: another thread may be refreshing
        return active.id.encode() + crypto.seal(active.secret, data_key, aad)

    def unwrap(self, wrapped: bytes, aad: str) -> bytes:
        """The data key. Raises WrongKey, Tampered."""
        return crypto.open_(self._kek_of(wrapped, aad).secret, wrapped[KEK_ID:], aad)

    def is_current(self, wrapped: bytes) -> bool:
        """Whether the active key-encryption key wrapped this."""
        return wrapped[:KEK_ID] == self.active.id.encode()

    def rewrap(self, wrapped: bytes, aad: str) -> bytes:
        """The same data key under the active key; unchanged if it is already. Raises WrongKey, Tampered."""
        return wrapped if self.is_current(wrapped) else self.wrap(self.unwrap(wrapped, aad), aad)

    def _kek_of(self, wrapped: bytes, aad: str) -> Kek:
        kek_id = wrapped[:KEK_ID].decode("ascii", "replace")
        if kek_id not in self.keks:
            self.refresh()  # a rotation may have come between
        if kek_id not in self.keks:
            shown = kek_id if kek_id.isalnum() else "?"
            raise crypto.WrongKey(f"wrapped by key {shown}, which is not in the key file", aad=aad)
        return self.keks[kek_id]

    # Values with a data key of their own

    def seal_alone(self, plaintext: bytes, aad: str) -> bytes:
        """Seal under a data key of its own, carried along: length of the wrapped key (2) | it | ciphertext."""
        data_key = crypto.new_data_key()
        return _carried(self.wrap(data_key, aad), crypto.seal(data_key, plaintext, aad))

    def open_alone(self, sealed: bytes, aad: str) -> bytes:
        """Raises WrongKey, Tampered."""
        wrapped, ciphertext = _apart(sealed)
        return crypto.open_(self.unwrap(wrapped, aad), ciphertext, aad)

    def rewrap_alone(self, sealed: bytes, aad: str) -> bytes:
        """`rewrap` for a value of `seal_alone`: only its key changes. Raises WrongKey, Tampered."""
        wrapped, ciphertext = _apart(sealed)
        return sealed if self.is_current(wrapped) else _carried(self.rewrap(wrapped, aad), ciphertext)

    # Tokens

    def blind(self, kind: str, value: str) -> bytes:
        """16 bytes of HMAC-SHA256 over the value, apart for each kind."""
        mac = self._macs.get(kind)
        if mac is None:
            mac = self._macs[kind] = hmac.new(self._blind_key, kind.encode() + b"\x00", hashlib.sha256)
        mine = mac.copy()
        mine.update(value.encode())
        return mine.digest()[:TOKEN]


def _carried(wrapped: bytes, ciphertext: bytes) -> bytes:
    return len(wrapped).to_bytes(2, "big") + wrapped + ciphertext


def _apart(sealed: bytes) -> tuple[bytes, bytes]:
    end = 2 + int.from_bytes(sealed[:2], "big")
    return sealed[2:end], sealed[end:]


def rewrap_all(
    *,
    rows: Iterable[tuple[Row, bytes]],
    rewrap: Callable[[Row, bytes], bytes],
    save: Callable[[list[tuple[Row, bytes]]], None],
    total: int,
    progress: Callable[[int, int], None],
    batch: int = 2000,
) -> int:
    """Wrap every row's key anew in batches; returns how many changed.

    `rewrap` gives a row's new bytes (`Keyring.rewrap` or `rewrap_alone` with the row's AAD); `save` gets only
    the rows that changed and commits them. Resumable: what is under the active key already is passed over.
    Raises WrongKey or Tampered at the first row that cannot be opened; the batches before it are saved.
    """
    changed: list[tuple[Row, bytes]] = []
    seen = done = 0
    for row, wrapped in rows:
        seen += 1
        fresh = rewrap(row, wrapped)
        if fresh != wrapped:
            changed.append((row, fresh))
        if len(changed) == batch:
            save(changed)
            done, changed = done + batch, []
        if seen % batch == 0:
            progress(seen, max(seen, total))
    if changed:
        save(changed)
    progress(seen, max(seen, total))
    return done + len(changed)


# The keyring of this instance

_rings: dict[Path, Keyring] = {}


def key_file() -> Path:
    """TAKATUF_KEYRING, else keys/keyring.json in the state folder."""
    from django.conf import settings

    return Path(os.environ.get("TAKATUF_KEYRING") or settings.TAKATUF_HOME / "keys" / "keyring.json")


def keyring() -> Keyring:
    """The keyring of this instance, as the file is now; a new database gets a new one.

    On first use with an open database it is held against the fingerprints there. Raises KeyFileError: a file
    that is missing, open to others, damaged, or another database's is never worked with.
    """
    path = key_file()
    ring = _rings.get(path)
    if ring is None:
        ring = _rings[path] = _found_or_made(path)
    else:
        ring.refresh()
    if not ring.proven and (known := _known()) is not None:
        prove(ring, known)
        ring.proven = True
    return ring


def forget() -> None:
    """Read the key file anew at the next use."""
    _rings.clear()


def prove(ring: Keyring, known: dict[str, str]) -> None:
    """Hold a keyring against the fingerprints of a database. Raises KeyFileError."""
    mine = ring.fingerprints()
    wrong = sorted(key_id for key_id, fingerprint in known.items() if mine.get(key_id) != fingerprint)
    if wrong:
        names = ", ".join(wrong)
        raise KeyFileError(
            en=f"{ring.path} is not the key file of this database (key {names} is missing or another): "
            "put the right file back, or set TAKATUF_KEYRING to it. Nothing was changed.",
            ar=f"{ring.path} ليس ملف مفاتيح قاعدة البيانات هذه (المفتاح {names} غير موجود أو مختلف): "
            "أعد الملف الصحيح أو عيّن مساره في TAKATUF_KEYRING. لم يتغيّر شيء.",
        )


def _found_or_made(path: Path) -> Keyring:
    if not path.exists():
        if known := _known():
            names = ", ".join(sorted(known))
            raise KeyFileError(
                en=f"The key file {path} is missing, and this database was written with one (key {names}): "
                "put it back, or set TAKATUF_KEYRING to it.",
                ar=f"ملف المفاتيح {path} غير موجود، وقد كُتبت قاعدة البيانات هذه بملف مفاتيح (المفتاح {names}): "
                "أعده إلى مكانه أو عيّن مساره في TAKATUF_KEYRING.",
            )
        # Another process may be first: then its file is ours.
        with contextlib.suppress(KeyFileError):
            return Keyring.create(path)
    return Keyring.load(path)


def _known() -> dict[str, str] | None:
    """The fingerprints in the database, if this thread has it open; else None: nothing can be said yet."""
    from django.db import connection

    if connection.connection is None:
        return None
    from takatuf.kernel.models import KeyCheck

    return dict(KeyCheck.objects.values_list("key_id", "fingerprint"))
