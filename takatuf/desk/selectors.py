"""What pages of the desk put together from several capabilities, for a given actor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from takatuf.access import selectors as access
from takatuf.access.rules import Power, check_power
from takatuf.cases import selectors as cases
from takatuf.desk import words
from takatuf.journal import selectors as journal
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.reference import NoRule, Rule, pack
from takatuf.kernel.text import Text

if TYPE_CHECKING:
    from takatuf.access.models import Unit, User
    from takatuf.duties.models import Duty
    from takatuf.journal.models import Entry, Seal


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


MOST_SUBJECTS = 6

# --- The journal --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an entry is about, as words: a file by its reference, a user by her name; persons stay opaque."""

    kind: str
    words: str
    case_reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry of the journal as a reader sees it."""

    entry: "Entry"
    user: "User | None"
    unit: "Unit | None"
    did: Text
    subjects: list[Subject]
    facts: list[tuple[str, str]]

    @property
    def shown(self) -> list[Subject]:
        """The first few: a page that showed fifty names is told by their number."""
        return self.subjects[:MOST_SUBJECTS]

    @property
    def more(self) -> int:
        return max(0, len(self.subjects) - MOST_SUBJECTS)


def journal_lines(actor: Actor, *, entries: Sequence["Entry"]) -> list[Line]:
    """Entries with names for their ids; three statements whatever the number."""
    users = access.user_names(actor, _ids(entries, "user"))
    units = access.unit_names(actor, _ids(entries, "unit"))
    files = cases.references(actor, case_ids=_subject_ids(entries, "case"))
    return [
        Line(
            entry=entry,
            user=users.get(UUID(entry.user_id)) if entry.user_id else None,
            unit=units.get(UUID(entry.unit_id)) if entry.unit_id else None,
            did=words.deed(entry.did),
            subjects=[_subject(text, users, units, files) for text in entry.subjects],
            facts=[(key, _fact(key, value)) for key, value in sorted(entry.details.items()) if value != ""],
        )
        for entry in entries
    ]


def _ids(entries: Sequence["Entry"], kind: str) -> set[UUID]:
    column = {"user": "user_id", "unit": "unit_id"}[kind]
    doers = {UUID(value) for entry in entries if (value := getattr(entry, column))}
    return doers | _subject_ids(entries, kind)


def _subject_ids(entries: Sequence["Entry"], kind: str) -> set[UUID]:
    found = (
        text.partition(":")[2] for entry in entries for text in entry.subjects if text.startswith(f"{kind}:")
    )
    return {UUID(value) for value in found if len(value) == 36}


def _subject(
    text: str, users: dict[UUID, "User"], units: dict[UUID, "Unit"], files: dict[UUID, str]
) -> Subject:
    kind, _, value = text.partition(":")
    key = UUID(value) if len(value) == 36 else None
    if kind == "case" and key in files:
        return Subject(kind=kind, words=files[key], case_reference=files[key])
    if kind == "user" and key in users:
        return Subject(kind=kind, words=str(users[key].name))
    if kind == "unit" and key in units:
        return Subject(kind=kind, words=str(units[key].name))
    # Enough of an opaque id to tell two of them apart on one page.
    return Subject(kind=kind, words=value[:8])


def _fact(key: str, value: Any) -> str:
    if key == "kind":
        return str(pack().label("duties", str(value)))
    if key == "role":
        return str(pack().label("roles", str(value)))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealState:
    """How far the journal is sealed: the last seal, and how many entries wait for the next."""

    last: "Seal | None"
    waiting: int


def seal_state(actor: Actor) -> SealState:
    """Counted by the system's own eyes: a reader who sees less would be told of fewer."""
    check_power(actor, Power.JOURNAL_READ)
    watcher = system("journal.state")
    with acting(watcher):
        return SealState(last=journal.last_seal(actor=watcher), waiting=journal.waiting(actor=watcher))
