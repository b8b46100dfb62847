"""Where the vault's ciphertexts are bound to: one row, one column (additional authenticated data)."""

from uuid import UUID


def key_aad(person_id: UUID) -> str:
    return f"people_person:{person_id}:wrapped_key"


def payload_aad(record_id: UUID) -> str:
    return f"people_record:{record_id}:payload"


def reason_aad(merge_id: UUID, column: str) -> str:
    return f"people_merge:{merge_id}:{column}"
