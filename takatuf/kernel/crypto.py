"""Envelope encryption: AES-256-GCM with the place of the ciphertext as additional authenticated data."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
NONCE = 12
KEY = 32


class CryptoError(Exception):
    """Something sealed cannot be opened; the message never holds plaintext or key."""


class WrongKey(CryptoError):
    """The key-encryption key that wrapped this is not in the key file."""


class Tampered(CryptoError):
    """The ciphertext, or the place it was moved to, is not what was sealed."""


def new_data_key() -> bytes:
    return AESGCM.generate_key(bit_length=256)


def seal(data_key: bytes, plaintext: bytes, aad: str) -> bytes:
    """version (1) | nonce (12) | ciphertext and tag."""
    nonce = os.urandom(NONCE)
    return VERSION + nonce + AESGCM(data_key).encrypt(nonce, plaintext, aad.encode())


def open_(data_key: bytes, sealed: bytes, aad: str) -> bytes:
    """The plaintext. Raises Tampered."""
    if sealed[:1] != VERSION or len(sealed) < 1 + NONCE + 16:
        raise Tampered(aad.partition(":")[0])
    try:
        return AESGCM(data_key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], aad.encode())
    except InvalidTag as error:
        raise Tampered(aad.partition(":")[0]) from error
