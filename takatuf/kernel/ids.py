"""Random public ids. Nothing can be learnt from an id: not order, not number, not time."""

import secrets
from uuid import UUID, uuid4

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32: no I, L, O, U
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
SHORT_LENGTH = 26


def new_id() -> UUID:
    return uuid4()


def short(value: UUID) -> str:
    """26 letters for a URL; `parse` is its inverse."""
    number, letters = value.int, []
    for _ in range(SHORT_LENGTH):
        number, rest = divmod(number, 32)
        letters.append(ALPHABET[rest])
    return "".join(reversed(letters)).lower()


def parse(text: str) -> UUID:
    """The UUID of a 26-letter short form. Raises ValueError for anything else."""
    if len(text) != SHORT_LENGTH or not text.isascii():  # beyond ASCII, upper() makes letters of others
        raise ValueError("not a public id")
    number = 0
    for letter in text.upper():
        if letter not in _VALUE:
            raise ValueError("not a public id")
        number = number * 32 + _VALUE[letter]
    if number >> 128:
        raise ValueError("not a public id")
    return UUID(int=number)


def reference(prefix: str) -> str:
    """A reference a person can read out: prefix, eight random letters, one check letter.

    40 random bits; the check letter (odd weights, mod 32) finds every single wrong letter.
    """
    bits = secrets.randbits(40)
    body = "".join([ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5)])
    return f"{prefix}-{body}{check_letter(body)}"


def check_letter(body: str) -> str:
    return ALPHABET[sum((2 * place + 1) * _VALUE[letter] for place, letter in enumerate(body)) % 32]


def reference_is_whole(text: str) -> bool:
    """Whether a typed reference carries its right check letter. O, I and L are read as 0, 1 and 1."""
    body = text.rpartition("-")[2].upper()
    if len(body) != 9 or not text.isascii() or any(letter not in _VALUE for letter in body):
        return False
    return _VALUE[check_letter(body[:-1])] == _VALUE[body[-1]]
