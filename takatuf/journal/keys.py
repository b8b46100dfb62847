"""The key that signs the journal: one Ed25519 key in a file of mode 0600, and every public key there ever was."""

import contextlib
import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from . import rules


def path_of(home: Path) -> Path:
    return home / "keys" / "journal_ed25519.pem"


def key_id(key: Ed25519PublicKey) -> str:
    """The first 128 bits of the key's SHA-256, in hex: what heads name their key by."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return sha256(raw).hexdigest()[:32]


def signing_key(home: Path, *, may_make: bool) -> Ed25519PrivateKey:
    """The signing key; made on first use if `may_make`.

    Raises JournalRefused(key_missing) when it is gone though heads were signed already: a new key must be a
    decision of somebody (`takatuf journal new-key`), not a silent repair. JournalRefused(key_unreadable) otherwise.
    """
    path = path_of(home)
    if not path.exists():
        if not may_make:
            raise rules.JournalRefused(rules.Reason.KEY_MISSING, path=str(path))
        make(home)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise rules.JournalRefused(rules.Reason.KEY_UNREADABLE, path=str(path)) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise rules.JournalRefused(rules.Reason.KEY_UNREADABLE, path=str(path))
    remember(home, key.public_key())
    return key


def make(home: Path, *, replace: bool = False) -> None:
    """Write a new key. Without `replace`, the first maker of several wins."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = path_of(home)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    # Written beside and moved into place: nobody ever reads half a key.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    if replace:
        draft.replace(path)
        return
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def remember(home: Path, key: Ed25519PublicKey) -> None:
    """Keep a public key for ever: what it signed must stay verifiable after a change of key."""
    path = home / "keys" / "journal_public" / f"{key_id(key)}.pem"
    if not path.exists():
        path.parent.mkdir(exist_ok=True, mode=0o700)
        path.write_bytes(public_pem(key))


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def public_keys(home: Path) -> bytes:
    """All public keys as PEM, one after the other: the present one and those before it."""
    folder = home / "keys" / "journal_public"
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.pem")))
