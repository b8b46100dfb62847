"""What pages of the desk put together from several capabilities, for a given actor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from takatuf.access import selectors as access
from takatuf.cases import selectors as cases
from takatuf.kernel.actor import Actor
from takatuf.kernel.reference import NoRule, Rule, pack
from takatuf.kernel.text import Text

if TYPE_CHECKING:
    from takatuf.access.models import User
    from takatuf.duties.models import Duty


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """A duty as a line of a list: who, what, by when, why; `holder` is the colleague who took it."""

    duty: "Duty"
    kind: Text
    rule: Rule | None
    case: cases.Header | None
    holder: "User | None"
    late: bool

    @property
    def person_name(self) -> str:
        return self.case.victim.name if self.case is not None and self.case.victim is not None else ""

    @property
    def proof(self) -> list[str]:
        return str(self.duty.proof).splitlines()

    @property
    def step(self) -> str:
        """To whom the duty has climbed, as the pack's ladder says; empty while it has not."""
        ladder = _ladder_of(self.duty.kind)
        return ladder[min(self.duty.escalation, len(ladder)) - 1] if self.duty.escalation and ladder else ""


def duty_rows(actor: Actor, *, found: Sequence["Duty"], now: datetime) -> list[DutyRow]:
    """Rows of a worklist; as many statements for fifty as for one."""
    ids = {duty.case_id for duty in found if duty.case_id is not None}
    seen = list(cases.cases(actor, now=now).filter(pk__in=ids)) if ids else []
    heads = {head.id: head for head in cases.headers(actor, found=seen, now=now)} if seen else {}
    holders = access.user_names(actor, [duty.assigned_to for duty in found if duty.assigned_to])
    return [
        DutyRow(
            duty=duty,
            kind=pack().label("duties", duty.kind),
            rule=_rule_of(duty),
            case=heads.get(duty.case_id) if duty.case_id else None,
            holder=holders.get(duty.assigned_to) if duty.assigned_to else None,
            late=duty.due_at < now,
        )
        for duty in found
    ]


def _rule_of(duty: "Duty") -> Rule | None:
    """The rule that gave a duty its time, as it stood then. A rule that left the pack leaves only its proof."""
    try:
        return pack().rule(duty.rule, on=duty.opened_at.date())
    except NoRule:
        return None


def _ladder_of(kind: str) -> tuple[str, ...]:
    found = pack().item("duties", kind)
    return tuple(step.to for step in found.ladder) if found is not None else ()
