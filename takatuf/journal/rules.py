"""What an entry may say, and the exact bytes that are sealed and signed. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from takatuf.kernel.errors import Refusal

FORMAT = 1  # of leaf, head and manifest; a change of their bytes is a new number
FIRST_PREV = "0" * 64  # what the first head names as the head before it
MOST_LETTERS = 200
MOST_SUBJECTS = 100
SAFE_INTEGER = 2**53 - 1  # RFC 8785 §3.2.2.3: beyond it, readers of JSON disagree


class Reason(StrEnum):
    PERSONAL_DATA = "personal_data"
    WRONG_VALUE = "wrong_value"
    TOO_LONG = "too_long"
    WRONG_DEED = "wrong_deed"
    WRONG_SUBJECT = "wrong_subject"
    NOT_THE_SYSTEM = "not_the_system"
    NO_POWER = "no_power"
    KEY_MISSING = "key_missing"
    KEY_UNREADABLE = "key_unreadable"
    TIME_WENT_BACK = "time_went_back"
    NOT_SEALED_YET = "not_sealed_yet"
    NO_SUCH_ENTRY = "no_such_entry"
    ALTERED = "altered"
    PLACE_TAKEN = "place_taken"


class JournalRefused(Refusal):
    """An entry that may not be written, or a seal, proof or export that cannot be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryIn:
    """One deed for `services.record_many`."""

    did: str
    to: Sequence[str] | str
    basis: str = ""
    at: datetime | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


# --- What may be said -------------------------------------------------------------------------------------------

DEED = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")
# A subject is a kind and an opaque id: a UUID, or a code that begins with a letter and so is no one's number.
SUBJECT = re.compile(
    r"[a-z][a-z0-9_]*:(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Za-z][A-Za-z0-9_.-]{0,79})"
)
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}")
# A string of digits alone, as phones and personal numbers are; dates carry dashes, counts are integers. No longer
# than a number can be: a digest in hex (32 letters or more) is by chance all digits once in some million.
NUMBER_OF_A_PERSON = re.compile(r"\+?\d[\d ]{5,28}\d")
NUMBER_INSIDE = re.compile(r"\d[\d ]{5,}\d")
REFERENCE_WORDS = frozenset({"ref", "reference"})
# Words that a key of `details` may not contain: what stands under them is somebody's.
FORBIDDEN_WORDS = frozenset(
    {
        "name", "names", "surname", "nickname", "alias", "phone", "phones", "mobile", "telephone", "email", "mail",
        "address", "addresses", "block", "street", "house", "flat", "location", "coordinates", "whereabouts",
        "personal", "passport", "iban", "birth", "birthday", "narrative", "story", "injuries", "injury", "diagnosis",
        "note", "notes", "text", "comment", "body", "content", "payload", "query", "statement",
        "password", "secret", "token",
    }
)  # fmt: skip


def check_deed(did: str) -> None:
    """Refuses a deed that is not dotted words (`cases.report_received`)."""
    if not DEED.fullmatch(did):
        raise JournalRefused(Reason.WRONG_DEED, did=did)


def subjects_of(to: Sequence[str] | str) -> list[str]:
    """The subjects as a list without repeats, each `kind:uuid` or `kind:code`. Refuses anything else."""
    listed = [to] if isinstance(to, str) else list(dict.fromkeys(to))
    if len(listed) > MOST_SUBJECTS:
        raise JournalRefused(Reason.TOO_LONG, what="subjects", most=MOST_SUBJECTS)
    for subject in listed:
        if not SUBJECT.fullmatch(subject):
            # The value is not repeated in the error: it may be a person's number.
            kind, colon, _ = subject.partition(":")
            raise JournalRefused(Reason.WRONG_SUBJECT, kind=kind if colon and KEY.fullmatch(kind) else "")
    return listed


def check_details(details: Mapping[str, Any]) -> None:
    """Refuses clear personal data, by key and by shape, and whatever is not a plain value.

    The error names the key and never the value.
    """
    for key, value in details.items():
        words = key.split("_")
        if not KEY.fullmatch(key):
            raise JournalRefused(Reason.WRONG_VALUE, key=key[:60], type="key")
        if not FORBIDDEN_WORDS.isdisjoint(words):
            raise JournalRefused(Reason.PERSONAL_DATA, key=key)
        for item in value if isinstance(value, list) else (value,):
            _check_value(key, item, may_be_number=not REFERENCE_WORDS.isdisjoint(words))


def _check_value(key: str, value: Any, *, may_be_number: bool) -> None:
    if isinstance(value, str):
        _check_text(key, value)
        if not may_be_number and NUMBER_OF_A_PERSON.fullmatch(value):
            raise JournalRefused(Reason.PERSONAL_DATA, key=key)
    elif isinstance(value, int):
        if abs(value) > SAFE_INTEGER:
            raise JournalRefused(Reason.WRONG_VALUE, key=key, type="int")
    elif value is not None:
        raise JournalRefused(Reason.WRONG_VALUE, key=key, type=type(value).__name__)


def _check_text(key: str, value: str) -> None:
    if len(value) > MOST_LETTERS:
        raise JournalRefused(Reason.TOO_LONG, what=key, most=MOST_LETTERS)
    # PostgreSQL stores neither NUL nor half a surrogate pair.
    if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise JournalRefused(Reason.WRONG_VALUE, key=key, type="str")


def check_words(**texts: str) -> None:
    """Refuses purposes and bases longer than 200 letters, and those with a phone or personal number in them."""
    for name, value in texts.items():
        _check_text(name, value)
        if NUMBER_INSIDE.search(value):
            raise JournalRefused(Reason.PERSONAL_DATA, key=name)


# --- The bytes ----------------------------------------------------------------------------------------------------

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode

# The columns of an entry, in the order in which `leaf_bytes` takes them.
COLUMNS = (
    "seq", "id", "at", "user_id", "unit_id", "unit", "agency", "role", "did", "subjects", "purpose", "basis",
    "details", "xact", "cluster",
)  # fmt: skip


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON: keys sorted, no spaces, UTF-8, no escapes but JSON's own.

    For our values (ASCII keys, texts, integers within ±2^53, lists) it is RFC 8785 (JCS).
    """
    return _encode(value).encode()


def moment(at: datetime) -> str:
    """UTC with microseconds: `2026-11-24T09:30:00.000000Z`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def document(row: Sequence[Any]) -> dict[str, Any]:
    """An entry as JSON knows it, from its values in the order of `COLUMNS`."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    values["id"] = str(values["id"])
    values["at"] = moment(values["at"])
    return values


def leaf_bytes(row: Sequence[Any]) -> bytes:
    """The sealed bytes of an entry, from its values in the order of `COLUMNS`."""
    return canonical(document(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The signed statement about one batch: these entries, in this order, after that head."""

    number: int
    cluster: str
    lo_xact: int
    hi_xact: int
    count: int
    first_seq: int
    last_seq: int
    root: bytes
    prev: str
    at: datetime
    key_id: str

    def document(self) -> dict[str, Any]:
        return {
            "kind": "takatuf.journal.head",
            "format": FORMAT,
            "number": self.number,
            "cluster": self.cluster,
            "lo_xact": self.lo_xact,
            "hi_xact": self.hi_xact,
            "count": self.count,
            "first_seq": self.first_seq,
            "last_seq": self.last_seq,
            "root": self.root.hex(),
            "prev": self.prev,
            "at": moment(self.at),
            "key_id": self.key_id,
        }

    def signed_bytes(self) -> bytes:
        return canonical(self.document())

    def hash(self) -> str:
        """What the next head names as `prev`: SHA-256 of the signed bytes, in hex."""
        return sha256(self.signed_bytes()).hexdigest()


def signed(name: str, document: Mapping[str, Any], signature: bytes) -> bytes:
    """One line of a bundle: the document under its name, with its signature in hex."""
    return canonical({name: document, "signature": signature.hex()}) + b"\n"
