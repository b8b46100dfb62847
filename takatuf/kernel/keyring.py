"""The key file: key-encryption keys that rotate, and one key for blind tokens that does not."""

import base64
import hashlib
import hmac
import json
import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from takatuf.kernel import crypto

KEK_ID = 8
TOKEN = 16


class KeyFileError(Exception):
    """The key file cannot be used; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Kek:
    """One key-encryption key. Its id is derived from it, so that a wrong file is noticed at once."""

    id: str
    secret: bytes = field(repr=False)
    created: str = ""
    active: bool = False


class Keyring:
    """Wraps and unwraps data keys, and makes blind tokens."""

    def __init__(self, path: Path, keks: list[Kek], blind_key: bytes) -> None:
        self.path, self.keks = path, {kek.id: kek for kek in keks}
        active = [kek for kek in keks if kek.active]
        if len(active) != 1:
            raise KeyFileError(f"{path.name}: exactly one key-encryption key must be active, not {len(active)}.")
        self.active = active[0]
        self._blind_key = blind_key
        self._macs: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self.keks)})"

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """A new key file of mode 0600 in a folder of mode 0700. Raises KeyFileError if it exists."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        ring = cls(path, [new_kek()], os.urandom(32))
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise KeyFileError(f"{path.name} exists already: it is never overwritten.") from error
        with os.fdopen(descriptor, "w") as file:
            json.dump(ring._content(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        return ring

    @classmethod
    def load(cls, path: Path) -> "Keyring":
        """Raises KeyFileError when the file is missing, readable by others, or not a key file."""
        try:
            mode = path.stat().st_mode
        except FileNotFoundError as error:
            raise KeyFileError(f"The key file {path.name} is missing.") from error
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeyFileError(f"The key file {path.name} can be read by others: chmod 600 it.")
        try:
            content = json.loads(path.read_text())
            keks = [
                Kek(entry["id"], base64.b64decode(entry["secret"]), entry["created"], entry["active"])
                for entry in content["keys"]
            ]
            blind_key = base64.b64decode(content["blind"])
        except (ValueError, KeyError, TypeError) as error:
            raise KeyFileError(f"{path.name} is not a key file of this software.") from error
        for kek in keks:
            if kek_id(kek.secret) != kek.id or len(kek.secret) != crypto.KEY:
                raise KeyFileError(f"{path.name}: key {kek.id} is damaged.")
        return cls(path, keks, blind_key)

    def _content(self) -> dict[str, Any]:
        keys = [
            {
                "id": kek.id,
                "secret": base64.b64encode(kek.secret).decode(),
                "created": kek.created,
                "active": kek.active,
            }
            for kek in self.keks.values()
        ]
        return {"format": 1, "keys": keys, "blind": base64.b64encode(self._blind_key).decode()}

    def rotate(self) -> "Keyring":
        """A keyring with one more key-encryption key, active; written in place of the old file, whole or not at all."""
        fresh = new_kek()
        old = [Kek(kek.id, kek.secret, kek.created, active=False) for kek in self.keks.values()]
        ring = Keyring(self.path, [*old, fresh], self._blind_key)
        temporary = self.path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(ring._content(), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        keyring.cache_clear()
        return ring

    def fingerprints(self) -> dict[str, str]:
        """Of each key-encryption key and of the blind key: enough to notice a wrong file, nothing to use it by."""
        found = {kek.id: hashlib.sha256(b"kek" + kek.secret).hexdigest()[:32] for kek in self.keks.values()}
        return found | {"blind": hashlib.sha256(b"blind" + self._blind_key).hexdigest()[:32]}

    def wrap(self, data_key: bytes, aad: str) -> bytes:
        """id of the key-encryption key (8) | sealed data key."""
        return self.active.id.encode() + crypto.seal(self.active.secret, data_key, aad)

    def unwrap(self, wrapped: bytes, aad: str) -> bytes:
        """The data key. Raises WrongKey, Tampered."""
        kek = self.keks.get(wrapped[:KEK_ID].decode("ascii", "replace"))
        if kek is None:
            raise crypto.WrongKey(aad.partition(":")[0])
        return crypto.open_(kek.secret, wrapped[KEK_ID:], aad)

    def rewrap(self, wrapped: bytes, aad: str) -> bytes:
        """The same data key under the active key; unchanged if it is already."""
        if wrapped[:KEK_ID] == self.active.id.encode():
            return wrapped
        return self.wrap(self.unwrap(wrapped, aad), aad)

    def seal_alone(self, plaintext: bytes, aad: str) -> bytes:
        """Seal under a data key of its own, carried along wrapped: length of the wrapped key (2) | it | ciphertext."""
        data_key = crypto.new_data_key()
        wrapped = self.wrap(data_key, aad)
        return len(wrapped).to_bytes(2, "big") + wrapped + crypto.seal(data_key, plaintext, aad)

    def open_alone(self, sealed: bytes, aad: str) -> bytes:
        """Raises WrongKey, Tampered."""
        end = 2 + int.from_bytes(sealed[:2], "big")
        return crypto.open_(self.unwrap(sealed[2:end], aad), sealed[end:], aad)

    def blind(self, kind: str, value: str) -> bytes:
        """16 bytes of HMAC-SHA256 over the value, apart for each kind."""
        mac = self._macs.get(kind)
        if mac is None:
            mac = self._macs[kind] = hmac.new(self._blind_key, kind.encode() + b"\x00", hashlib.sha256)
        mine = mac.copy()
        mine.update(value.encode())
        digest: bytes = mine.digest()
        return digest[:TOKEN]


def new_kek() -> Kek:
    secret = crypto.new_data_key()
    return Kek(kek_id(secret), secret, datetime.now(UTC).isoformat(timespec="seconds"), active=True)


def kek_id(secret: bytes) -> str:
    return hashlib.sha256(b"id" + secret).hexdigest()[:KEK_ID]


def key_file() -> Path:
    from django.conf import settings

    return Path(os.environ.get("TAKATUF_KEYRING") or settings.TAKATUF_HOME / "keys" / "keyring.json")


def keyring() -> Keyring:
    """The keyring of this instance; made on the very first use."""
    return _keyring(key_file())


@lru_cache(maxsize=4)
def _keyring(path: Path) -> Keyring:
    if not path.exists():
        try:
            return Keyring.create(path)
        except KeyFileError:  # another process was first
            return Keyring.load(path)
    return Keyring.load(path)


keyring.cache_clear = _keyring.cache_clear  # type: ignore[attr-defined]
