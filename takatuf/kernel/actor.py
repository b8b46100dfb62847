"""Who acts: a frozen value made once per request, job or message, and passed to every service and selector."""

from dataclasses import dataclass, field, replace
from uuid import UUID

NOBODY = UUID(int=0)  # no unit's and no user's: what is looked up by it is not found


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

    @property
    def own_unit(self) -> UUID:
        """Her unit, to look up by; the system has none, and finds nothing that way."""
        return self.unit_id or NOBODY

    @property
    def own_user(self) -> UUID:
        """Herself, to look up by; the system is nobody, and what belongs to nobody is not hers."""
        return self.user_id or NOBODY

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
