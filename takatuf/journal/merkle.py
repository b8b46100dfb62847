"""Merkle trees of RFC 9162 §2.1 over SHA-256. Pure.

Everything here speaks of leaf *hashes* (32 bytes); `leaf` makes one from the bytes of an entry.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_LENGTH = 32
EMPTY = sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A root grown leaf by leaf: it remembers one hash per level, so a million leaves cost twenty hashes."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, leaf_hash: bytes) -> None:
        level, top = self.size, leaf_hash
        while level & 1:  # a full pair of this level: join it and carry the joint hash one level up
            top = node(self._peaks.pop(), top)
            level >>= 1
        self._peaks.append(top)
        self.size += 1

    def root(self) -> bytes:
        """The root of the leaves so far; of none, SHA-256 of the empty string."""
        if not self._peaks:
            return EMPTY
        *rest, top = self._peaks
        for peak in reversed(rest):
            top = node(peak, top)
        return top


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in their order."""
    frontier = Frontier()
    for leaf_hash in leaves:
        frontier.add(leaf_hash)
    return frontier.root()


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The neighbours on the way from leaf `index` (from 0) up to the root: at most log2(n), lowest first.

    RFC 9162 §2.1.3.1. Raises IndexError when there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path, level = [], list(leaves)
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        joined = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        # A last hash without a partner rises unchanged: this is the RFC's split at a power of two.
        level = joined + level[len(joined) * 2 :]
        index >>= 1
    return path


def verify_inclusion(
    *, leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root_hash: bytes
) -> bool:
    """Whether `path` proves that `leaf_hash` is leaf `index` of the `size` leaves under `root_hash`.

    RFC 9162 §2.1.3.2. Never raises: a proof of the wrong length proves nothing.
    """
    if not 0 <= index < size:
        return False
    place, last, result = index, size - 1, leaf_hash
    for neighbour in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            result = node(neighbour, result)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            result = node(result, neighbour)
        place, last = place >> 1, last >> 1
    return last == 0 and result == root_hash
