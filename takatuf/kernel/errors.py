"""Refusals: a reason code and the facts that explain it. The sentences live at the edge."""

from enum import StrEnum


class Refusal(Exception):
    """A deed that the rules do not allow. Subclass per capability; `reason` is one of its StrEnum's members."""

    def __init__(self, reason: StrEnum, **facts: object) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.facts = facts
