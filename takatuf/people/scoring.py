"""From what an agency wrote to what the match model weighs, and the register's own policy above the model. Pure.

The model says how alike two records are; that nobody is joined by a phone alone, is not for it to decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from takatuf.kernel.reference import Pack
from takatuf.people.linkage import linker, model, record
from takatuf.people.linkage.guards import Guard
from takatuf.people.linkage.linker import Known
from takatuf.people.linkage.model import Evidence
from takatuf.people.linkage.record import VERSION, Features

from .rules import Outcome, PersonIn, Sex

__all__ = ["VERSION", "Decision", "Features", "Known", "decide", "features", "rank"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Where a record belongs: whom it joins, or whom it may be; `member` is the record it was weighed against."""

    outcome: Outcome
    person: UUID | None = None
    member: UUID | None = None
    evidence: Evidence | None = None
    guards: frozenset[Guard] = frozenset()


NOBODY_LIKE_HER = Decision(outcome=Outcome.NEW)


def features(
    person: PersonIn, *, record_id: UUID | str, seen_on: date, agency: str = "", country: Pack
) -> Features:
    """What can be compared of a cleaned person, as seen on a day."""
    area = person.area or (country.area_of_block(person.block, seen_on) or "" if person.block else "")
    return record.features(
        record.Record(
            id=str(record_id),
            name_ar=person.name_ar,
            name_latin=person.name_latin,
            number=person.personal_number,
            birth=person.birth_date,
            birth_known=person.birth_precision,
            age=person.age,
            seen_on=seen_on,
            phones=person.phones,
            area=area,
            nationality=person.nationality,
            sex="" if person.sex == Sex.UNKNOWN else person.sex,
            source=agency,
        )
    )


def decide(mine: Features, known: Sequence[Known], *, not_this: UUID | None = None) -> Decision:
    """Join a known person, or a new one, or a new one and say who she may be.

    `not_this` is the other party of the same report, who is never the same person. Guards are asked of every record
    of a person, not of the one most like this one.
    """
    candidates = [one for one in known if one.person != str(not_this)]
    if not candidates:
        return NOBODY_LIKE_HER
    shipped = model.shipped()
    # Of the two thresholds the one for who wants hardly any false link: what is between goes to a human.
    found = linker.decide(mine, candidates, model=shipped, join=shipped.thresholds.precise)
    if found.outcome is linker.Outcome.NEW or found.person is None or found.member is None:
        return NOBODY_LIKE_HER
    chosen = next(one for one in candidates if one.person == found.person)
    member = next(one for one in chosen.members if one.id == found.member)
    joins = found.outcome is linker.Outcome.JOIN and (_named(mine, member) or _same_number(mine, member))
    # A relative's number is written down for a child, but not with the woman's own and her father's name beside it.
    joins = joins or (not found.guards and _number_and_names(found.evidence))
    # A number is enough where one side has no name at all, as long as nothing speaks against it.
    nameless = not mine.given or not any(one.given for one in chosen.members)
    joins = joins or (nameless and not found.guards and _same_number(mine, member))
    return Decision(
        outcome=Outcome.JOINED if joins else Outcome.POSSIBLE,
        person=UUID(found.person),
        member=UUID(found.member),
        evidence=found.evidence,
        guards=found.guards,
    )


def rank(mine: Features, known: Iterable[Known]) -> list[tuple[linker.Weighed, bool]]:
    """Candidates of a search, best first, each with whether it is a strong match."""
    shipped = model.shipped()
    weighed = [linker.weigh(mine, one, model=shipped) for one in known]
    weighed.sort(key=lambda one: (-one.evidence.weight, one.person))
    return [
        (one, _exact(one.evidence) or (one.evidence.weight >= shipped.thresholds.precise and not one.guards))
        for one in weighed
    ]


# Beside an answer this much surer, in bits, the others are somebody else; nobody's file is opened for nothing.
CLEARLY_LESS = 12.0


def worth_showing(ranked: Sequence[tuple[linker.Weighed, bool]]) -> list[tuple[linker.Weighed, bool]]:
    """What a worker should look at: all that is strong, and of the rest what the best does not outweigh by far."""
    best = ranked[0][0].evidence.weight if ranked else 0.0
    return [(one, strong) for one, strong in ranked if strong or one.evidence.weight > best - CLEARLY_LESS]


def by_each_phone(mine: Features) -> list[Features]:
    """The same person with one phone at a time: any of them may be the one another agency has."""
    return [replace(mine, phones=(phone,)) for phone in mine.phones] or [mine]


def _named(mine: Features, member: Features) -> bool:
    return bool(mine.given) and bool(member.given)


def _same_number(mine: Features, member: Features) -> bool:
    return bool(mine.number) and mine.number == member.number


def _number_and_names(evidence: Evidence | None) -> bool:
    levels = {one.field: one.level for one in evidence.contributions} if evidence else {}
    named = all(levels.get(field, "").startswith("same") for field in ("given", "father"))
    return named and levels.get("number") == "same"


def _exact(evidence: Evidence) -> bool:
    return any(one.field == "number" and one.level == "same" for one in evidence.contributions)
