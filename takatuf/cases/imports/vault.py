"""What is sealed of a run: the rows it could not take, their corrections, and why one was thrown away."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from takatuf.kernel import crypto

from .readers import Bad, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A refused row as it came. `problem`: what is malformed about the line; then `cells` are a guess."""

    cells: tuple[str, ...]
    text: str = ""
    problem: str = ""


def key_aad(run_id: UUID) -> str:
    return f"cases_importrun:{run_id}:wrapped_key"


def raw_aad(row_id: UUID) -> str:
    return f"cases_quarantinedrow:{row_id}:raw"


def overlay_aad(row_id: UUID) -> str:
    return f"cases_quarantinedrow:{row_id}:overlay"


def note_aad(row_id: UUID) -> str:
    return f"cases_quarantinedrow:{row_id}:note"


def raw_of(row: Row | Bad) -> Raw:
    if isinstance(row, Bad):
        return Raw(cells=row.cells, text=row.text, problem=row.problem.value)
    return Raw(cells=tuple(row.cells), text=row.text)


def seal_raw(key: bytes, row_id: UUID, raw: Raw) -> bytes:
    told: dict[str, Any] = {"cells": raw.cells}
    told |= {name: value for name, value in (("text", raw.text), ("problem", raw.problem)) if value}
    return crypto.seal(key, _json(told), raw_aad(row_id))


def open_raw(key: bytes, row_id: UUID, sealed: bytes) -> Raw:
    told = json.loads(crypto.open_(key, sealed, raw_aad(row_id)))
    return Raw(cells=tuple(told["cells"]), text=told.get("text", ""), problem=told.get("problem", ""))


def seal_overlay(key: bytes, row_id: UUID, values: Mapping[str, str]) -> bytes:
    return crypto.seal(key, _json(dict(values)), overlay_aad(row_id))


def open_overlay(key: bytes, row_id: UUID, sealed: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(crypto.open_(key, sealed, overlay_aad(row_id)))
    return found


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
