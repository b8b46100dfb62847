"""Records one at a time: each joins a known person, becomes a new one, or a provisional one that a human looks at.

`decide` is pure: candidates in, decision out; the register in the database and the index in memory below call the
same function.  A guard is asked against every member of a candidate person, overrides beat the model, and what was
joined stays joined until its evidence falls below `fracture` (join above, part below).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .guards import Guard, of_person
from .model import Evidence, Model
from .record import Features
from .tokens import MOST_SHARED, composites


class Outcome(StrEnum):
    JOIN = "join"
    REVIEW = "review"  # a provisional person of her own, until a human has looked
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person of the register: her id and all her records."""

    person: str
    members: tuple[Features, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What humans have decided about pairs of records, and which outlives every model."""

    same: frozenset[frozenset[str]] = frozenset()
    different: frozenset[frozenset[str]] = frozenset()

    def says_same(self, record: str, members: Iterable[str]) -> bool:
        return bool(self.same) and any(frozenset({record, one}) in self.same for one in members)

    def says_different(self, record: str, members: Iterable[str]) -> bool:
        return bool(self.different) and any(frozenset({record, one}) in self.different for one in members)


NONE = Overrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One candidate person: the evidence of her member most like the record, and what stands against her."""

    person: str
    evidence: Evidence
    member: str
    guards: frozenset[Guard]
    overridden: bool | None = None  # True: must be joined; False: must not


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """`person`: whom to join, or whom she may be. `others`: further persons she may be, best first."""

    outcome: Outcome
    person: str | None = None
    evidence: Evidence | None = None
    member: str | None = None
    guards: frozenset[Guard] = frozenset()
    others: tuple[Weighed, ...] = ()
    model: str = ""


def weigh(record: Features, known: Known, *, model: Model, overrides: Overrides = NONE) -> Weighed:
    """The best evidence that the record belongs to this person, and every guard against any of her members."""
    ids = [one.id for one in known.members]
    best = max(known.members, key=lambda one: model.weight(record, one))
    overridden = (
        False
        if overrides.says_different(record.id, ids)
        else True
        if overrides.says_same(record.id, ids)
        else None
    )
    return Weighed(
        person=known.person,
        evidence=model.evidence(record, best),
        member=best.id,
        guards=of_person(record, known.members),
        overridden=overridden,
    )


def decide(
    record: Features,
    candidates: Sequence[Known],
    *,
    model: Model,
    join: float | None = None,
    overrides: Overrides = NONE,
) -> Decision:
    """Join, review or new.  Two persons both good enough to join, is a question for a human, not a tie to break.

    `join`: another threshold than the model's, for who wants fewer false links or fewer missed ones.
    """
    least = model.thresholds.join if join is None else join
    weighed = [
        one
        for one in (weigh(record, known, model=model, overrides=overrides) for known in candidates)
        if one.overridden is not False
    ]
    weighed.sort(key=lambda one: (one.overridden is not True, -one.evidence.weight, one.person))
    able = [one for one in weighed if one.overridden or (one.evidence.weight >= least and not one.guards)]
    if able and (able[0].overridden or not _rival(able)):
        return _decision(Outcome.JOIN, able[0], weighed, model)
    worth = [one for one in weighed if one.evidence.weight >= model.thresholds.review]
    if worth:
        return _decision(Outcome.REVIEW, worth[0], worth, model)
    return Decision(outcome=Outcome.NEW, model=model.version)


# The second person must be this much less likely, or the record says too little to choose.
_CLEARLY = 3.0


def _rival(able: Sequence[Weighed]) -> bool:
    return len(able) > 1 and able[0].evidence.weight - able[1].evidence.weight < _CLEARLY


def _decision(outcome: Outcome, chosen: Weighed, all_of_them: Sequence[Weighed], model: Model) -> Decision:
    return Decision(
        outcome=outcome,
        person=chosen.person,
        evidence=chosen.evidence,
        member=chosen.member,
        guards=chosen.guards,
        others=tuple(one for one in all_of_them if one is not chosen)[:5],
        model=model.version,
    )


def still_together(a: Features, b: Features, *, model: Model) -> bool:
    """Whether two records that were joined may stay so: the lower of the two thresholds counts now."""
    return model.weight(a, b) >= model.thresholds.fracture


@dataclass
class Index:
    """Persons in memory, found by their composites. The register keeps the same in its tables, hashed."""

    model: Model
    join: float | None = None
    overrides: Overrides = NONE
    members: dict[str, list[Features]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    _by_token: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, record: Features) -> Decision:
        """Decide about a record and keep it: with the person it joins, or as a new person under its own id."""
        decision = decide(
            record, self.candidates(record), model=self.model, join=self.join, overrides=self.overrides
        )
        joined = decision.outcome is Outcome.JOIN and decision.person is not None
        self.keep(record, decision.person if joined and decision.person else record.id)
        return decision

    def candidates(self, record: Features) -> list[Known]:
        """Persons that share a composite with the record; composites that too many share find nobody."""
        found: dict[str, None] = {}
        for token in _tokens(record):
            held = self._by_token.get(token, ())
            if len(held) <= MOST_SHARED:
                found.update(dict.fromkeys(map(self.person_of, held)))
        return [Known(person=person, members=tuple(self.members[person])) for person in found]

    def keep(self, record: Features, person: str) -> None:
        self.members.setdefault(person, []).append(record)
        for token in _tokens(record):
            held = self._by_token[token]
            if len(held) <= MOST_SHARED and person not in held:
                held.append(person)

    def person_of(self, person: str) -> str:
        """Where a person is now, after merges."""
        while person in self.redirects:
            person = self.redirects[person]
        return person

    def merge(self, kept: str, gone: str) -> None:
        """Two persons become one; the id that goes stays as a redirect."""
        kept, gone = self.person_of(kept), self.person_of(gone)
        if kept != gone:
            self.members[kept].extend(self.members.pop(gone))
            self.redirects[gone] = kept


def _tokens(record: Features) -> list[str]:
    return [f"{kind}:{value}" for kind, value in composites(record).items()]


def link(
    records: Iterable[Features],
    index: Index,
    *,
    review: Callable[[Features, Decision], bool | None] | None = None,
) -> Mapping[str, str]:
    """Link a stream of records; returns record id → person id.  `review` answers for the humans."""
    held: dict[str, str] = {}
    for record in records:
        decision = index.add(record)
        held[record.id] = (
            decision.person if decision.outcome is Outcome.JOIN and decision.person else record.id
        )
        if decision.outcome is Outcome.REVIEW and review and decision.person and review(record, decision):
            index.merge(decision.person, record.id)
    return {record: index.person_of(person) for record, person in held.items()}
