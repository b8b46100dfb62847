"""Sealing of single fields: AES-256-GCM, bound to the place where the ciphertext stands.

The place is additional authenticated data, `table:row:column`: a ciphertext moved to another row or column
does not open. (NIST SP 800-38D; nonces are random, so one key seals far fewer than 2³² fields.) Pure.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE = 12  # bytes
TAG = 16
KEY = 32
OVERHEAD = len(VERSION) + NONCE + TAG


class CryptoError(Exception):
    """Something sealed cannot be opened. Holds and shows the table and column, never plaintext, key or row."""

    def __init__(self, sentence: str, *, aad: str) -> None:
        self.place = place(aad)
        super().__init__(f"{self.place}: {sentence}")


class WrongKey(CryptoError):
    """The key-encryption key that wrapped this is not in the key file."""


class Tampered(CryptoError):
    """The ciphertext is not what was sealed here: changed, cut, moved from another place, or another key's."""


def place(aad: str) -> str:
    """Table and column of an AAD: "people_person.wrapped_key"."""
    parts = aad.split(":")
    return f"{parts[0]}.{parts[-1]}" if len(parts) > 1 else parts[0]


def new_data_key() -> bytes:
    return AESGCM.generate_key(bit_length=256)


def seal(data_key: bytes, plaintext: bytes, aad: str) -> bytes:
    """version (1) | nonce (12) | ciphertext and tag (16 more than the plaintext)."""
    nonce = os.urandom(NONCE)
    return VERSION + nonce + AESGCM(data_key).encrypt(nonce, plaintext, aad.encode())


def open_(data_key: bytes, sealed: bytes, aad: str) -> bytes:
    """The plaintext. Raises Tampered."""
    if sealed[:1] != VERSION or len(sealed) < OVERHEAD:
        raise Tampered("this is not a sealed value", aad=aad)
    try:
        return AESGCM(data_key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], aad.encode())
    except InvalidTag:
        raise Tampered("the sealed value was changed or moved, or its key is another", aad=aad) from None
