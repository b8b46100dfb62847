"""The key file on the disk: one JSON object, mode 0600, replaced whole or not at all, never quoted in an error."""

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from takatuf.kernel import crypto

FORMAT = 1
KEK_ID = 8  # hexadecimal letters

Stamp = tuple[int, ...]


class KeyFileError(Exception):
    """The key file cannot be used; the sentence, in both languages, says what to do."""

    def __init__(self, *, ar: str, en: str) -> None:
        super().__init__(en)
        self.ar, self.en = ar, en


@dataclass(frozen=True, slots=True)
class Kek:
    """One key-encryption key. Its id is derived from it, so that a wrong file is noticed at once."""

    id: str
    secret: bytes = field(repr=False)
    created: str
    active: bool

    @property
    def fingerprint(self) -> str:
        return fingerprint(b"kek", self.secret)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file holds."""

    keks: tuple[Kek, ...]
    blind_key: bytes = field(repr=False)

    def rotated(self) -> "KeyFile":
        """With one more key-encryption key, the active one."""
        former = (Kek(kek.id, kek.secret, kek.created, active=False) for kek in self.keks)
        return KeyFile((*former, new_kek()), self.blind_key)

    def content(self) -> str:
        keys = [
            {
                "id": kek.id,
                "secret": base64.b64encode(kek.secret).decode(),
                "created": kek.created,
                "active": kek.active,
            }
            for kek in self.keks
        ]
        blind = base64.b64encode(self.blind_key).decode()
        return json.dumps({"format": FORMAT, "keys": keys, "blind": blind}, indent=1)


def new_key_file() -> KeyFile:
    return KeyFile((new_kek(),), os.urandom(crypto.KEY))


def new_kek() -> Kek:
    secret = crypto.new_data_key()
    return Kek(kek_id(secret), secret, datetime.now(UTC).isoformat(timespec="seconds"), active=True)


def kek_id(secret: bytes) -> str:
    return hashlib.sha256(b"id" + secret).hexdigest()[:KEK_ID]


def fingerprint(kind: bytes, secret: bytes) -> str:
    return hashlib.sha256(kind + secret).hexdigest()[:32]


def read(path: Path) -> tuple[KeyFile, Stamp]:
    """The content, and the stamp of the very file it was read from.

    Raises KeyFileError when the file is missing, unreadable, open to others, or not a key file.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            found = os.fstat(file.fileno())
            if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise KeyFileError(
                    en=f"The key file {path} is open to others: `chmod 600` it, and think about who read it.",
                    ar=f"ملف المفاتيح {path} متاح لغير صاحبه: نفّذ `chmod 600` عليه، وانظر من اطّلع عليه.",
                )
            return _parsed(path, file.read()), _stamp(found)
    except FileNotFoundError:
        raise KeyFileError(
            en=f"The key file {path} is missing: put it back, or set TAKATUF_KEYRING to it.",
            ar=f"ملف المفاتيح {path} غير موجود: أعده إلى مكانه أو عيّن مساره في TAKATUF_KEYRING.",
        ) from None
    except OSError as error:
        raise KeyFileError(
            en=f"The key file {path} cannot be read ({error.strerror}): run as the user who owns it.",
            ar=f"تعذّرت قراءة ملف المفاتيح {path} ({error.strerror}): شغّل النظام بحساب مالكه.",
        ) from None


def stamp(path: Path) -> Stamp:
    """What changes when the file does; empty when it is away."""
    try:
        return _stamp(path.stat())
    except OSError:
        return ()


def _stamp(found: os.stat_result) -> Stamp:
    return (found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode)


def create(path: Path, made: KeyFile) -> None:
    """Write a new key file, in a folder of mode 0700. Raises KeyFileError if there is one already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _draft(path, made) as draft:
        try:
            # Linked into place: nobody ever reads half a key file, and the first maker wins.
            os.link(draft, path)
        except FileExistsError:
            raise KeyFileError(
                en=f"There is a key file already: {path} is never overwritten.",
                ar=f"ملف المفاتيح موجود بالفعل: لا يُستبدل {path} أبداً.",
            ) from None


def rotate(path: Path) -> None:
    """Add a new active key to the file. One at a time: of two at once each would lose the other's key."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        with _draft(path, read(path)[0].rotated()) as draft:
            draft.replace(path)
    finally:
        os.close(folder)


@contextlib.contextmanager
def _draft(path: Path, made: KeyFile) -> Iterator[Path]:
    """A file of mode 0600 beside `path`, safely on the disk; gone afterwards if it was not moved."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(made.content())
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _parsed(path: Path, content: str) -> KeyFile:
    try:
        told: dict[str, Any] = json.loads(content)
        made = KeyFile(tuple(_kek(entry) for entry in told["keys"]), _decoded(told["blind"]))
        version = told["format"]
    except (ValueError, KeyError, TypeError, AttributeError):
        # The cause would quote the file.
        raise _not_a_key_file(path) from None
    active = sum(kek.active for kek in made.keks)
    if version != FORMAT or active != 1 or len(made.blind_key) != crypto.KEY:
        raise _not_a_key_file(path)
    for kek in made.keks:
        if kek_id(kek.secret) != kek.id or len(kek.secret) != crypto.KEY:
            raise KeyFileError(
                en=f"Key {kek.id[:KEK_ID]} in {path} is damaged: restore the file from its backup.",
                ar=f"المفتاح {kek.id[:KEK_ID]} في {path} تالف: استعد الملف من نسخته الاحتياطية.",
            )
    return made


def _kek(entry: dict[str, Any]) -> Kek:
    created, active = str(entry["created"]), entry["active"] is True
    return Kek(str(entry["id"]), _decoded(entry["secret"]), created, active)


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _not_a_key_file(path: Path) -> KeyFileError:
    return KeyFileError(
        en=f"{path} is not a whole key file of this software: restore it from its backup.",
        ar=f"{path} ليس ملف مفاتيح سليماً لهذا النظام: استعده من نسخته الاحتياطية.",
    )
