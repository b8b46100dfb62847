"""Who acts: a frozen value made once per request, job or message, and passed to every service and selector."""

from dataclasses import dataclass, field, replace
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person (or the system) acting in one unit, in one role, for one purpose.

    `powers` are codes of `takatuf.access.rules.Power`; the kernel only carries them.
    `scope` is `unit` for people; `system` only for background deeds, which then see all rows.
    """

    user_id: UUID | None
    unit_id: UUID | None
    unit: str
    agency: str
    role: str
    purpose: str
    powers: frozenset[str] = field(default_factory=frozenset)
    scope: str = "unit"

    def may(self, power: str) -> bool:
        return power in self.powers

    def for_purpose(self, purpose: str) -> "Actor":
        return replace(self, purpose=purpose)


def system(purpose: str, *, powers: frozenset[str] = frozenset()) -> Actor:
    """The system itself: escalation, sealing, loading of packs. Never made from a request."""
    return Actor(
        user_id=None,
        unit_id=None,
        unit="",
        agency="",
        role="system",
        purpose=purpose,
        powers=powers,
        scope="system",
    )
