"""What becomes of cases when two persons turn out to be one, and when they turn out to be two after all.

A case is a pair. Where the pair becomes that of another case, the two are joined: the reports go to the case that
stays, the other one's reference leads there. Named in the ties; called by `people.merging`, in its transaction and
the system's sight.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access_selectors
from takatuf.access import services as access
from takatuf.duties import services as duties
from takatuf.journal import services as journal
from takatuf.kernel.actor import Actor
from takatuf.kernel.ids import new_id, reference
from takatuf.people.rules import PersonRefused
from takatuf.people.rules import Reason as PersonReason

from . import rules
from .models import Case, Report

Moved = dict[str, Any]
SHELTER = "shelter"
TOLD = ("status", "relation", "scope", "area", "opened_at")


def check(*, actor: Actor, kept: UUID, gone: UUID) -> None:
    """Raises PersonRefused(opposite_parties): victim and aggressor of one case are never one person;
    AccessRefused(conflict_of_interest) where the actor is locked out of a case of theirs."""
    found = list(_about(kept) | _about(gone))
    if any({case.victim_id, case.aggressor_id} == {kept, gone} for case in found):
        raise PersonRefused(PersonReason.OPPOSITE_PARTIES)
    subjects = {pk for case in found for pk in (case.pk, case.victim_id, case.aggressor_id)}
    if access_selectors.is_locked_out(actor, subject_ids=subjects):
        raise access_rules.AccessRefused(access_rules.Reason.CONFLICT_OF_INTEREST)


def protected(*, actor: Actor, persons: Sequence[UUID], now: datetime) -> bool:
    """Whether a file of theirs is for two readers to decide about: agencies share it whole, or a shelter does."""
    cases = [pk for person in persons for pk in _about(person).values_list("pk", flat=True)]
    holders = access_selectors.full_holders(actor, subject_ids=cases, now=now)
    units = access_selectors.unit_names(actor, {unit for unit, _ in holders})
    agencies: dict[UUID, set[str]] = {}
    for unit, case in holders:
        agencies.setdefault(case, set()).add(units[unit].agency)
    sheltered = any(unit.agency_kind == SHELTER for unit in units.values())
    return sheltered or any(len(some) > 1 for some in agencies.values())


def refile(*, actor: Actor, kept: UUID, gone: UUID, now: datetime) -> Moved:
    """The cases of `gone` become those of `kept`, or are joined into them. Returns what `part` needs."""
    moved: Moved = {"moved": [], "joined": []}
    for case in _about(gone).filter(joined_into=None).select_for_update().order_by("pk"):
        victim, aggressor = (kept if pk == gone else pk for pk in (case.victim_id, case.aggressor_id))
        other = Case.objects.select_for_update().filter(victim_id=victim, aggressor_id=aggressor).first()
        if other is None:
            reports = [str(pk) for pk in case.reports.order_by("pk").values_list("pk", flat=True)]
            was = [str(case.victim_id), str(case.aggressor_id)]
            moved["moved"].append({"case": str(case.pk), "was": was, "reports": reports})
            Case.objects.filter(pk=case.pk).update(victim_id=victim, aggressor_id=aggressor)
        else:
            moved["joined"].append(_join(actor, case, _standing(other), now))
    return moved


def part(*, actor: Actor, kept: UUID, gone: UUID, moved: Moved, now: datetime) -> None:
    """Undo `refile`. What was reported since stays with whom it was reported about.

    Raises PersonRefused(undo_later_first) where another merge has gone on from here.
    """
    for one in moved["joined"]:
        _check_untouched(one["case"], joined_into=UUID(one["into"]))
        _check_untouched(one["into"], joined_into=None)
        _part_joined(actor, one, now)
    for one in moved["moved"]:
        case = _check_untouched(one["case"], joined_into=None)
        if [str(case.victim_id), str(case.aggressor_id)] != _now(one["was"], kept, gone):
            raise PersonRefused(PersonReason.UNDO_LATER_FIRST)
        since = [pk for pk in case.reports.values_list("pk", flat=True) if str(pk) not in one["reports"]]
        pair = (case.victim_id, case.aggressor_id)
        Case.objects.filter(pk=case.pk).update(victim_id=one["was"][0], aggressor_id=one["was"][1])
        if since:
            _stay(actor, case, pair, since, now)


def _about(person: UUID) -> Any:
    return Case.objects.filter(Q(victim_id=person) | Q(aggressor_id=person))


def _standing(case: Case) -> Case:
    while case.joined_into_id is not None:
        case = Case.objects.select_for_update().get(pk=case.joined_into_id)
    return case


def _join(actor: Actor, case: Case, into: Case, now: datetime) -> Moved:
    reports = [str(pk) for pk in case.reports.order_by("pk").values_list("pk", flat=True)]
    own = [str(pk) for pk in into.reports.order_by("pk").values_list("pk", flat=True)]
    before = _told(into)
    Report.objects.filter(case=case).update(case=into)
    Case.objects.filter(pk=case.pk).update(joined_into=into)
    if not into.relation:
        into.relation, into.scope = case.relation, case.scope
    into.area = into.area or case.area
    into.opened_at = min(into.opened_at, case.opened_at)
    if rules.Status.OPEN in (into.status, case.status):
        into.status = rules.Status.OPEN.value
    into.save(update_fields=TOLD)
    _count(into.pk)
    followed = {
        "access": access.follow(
            actor=actor,
            moves={case.pk: ("case", into.pk)},
            now=now,
            # As when a report comes into a case: who sees it whole sees what all of them said of the two.
            opens={into.pk: [into.victim_id, into.aggressor_id]},
        ),
        "duties": duties.follow(actor=actor, case_id=case.pk, to=into.pk),
    }
    journal.record(
        actor=actor,
        did="cases.joined",
        to=[f"case:{into.pk}", f"case:{case.pk}"],
        at=now,
        reports=len(reports),
    )
    return {
        "case": str(case.pk),
        "into": str(into.pk),
        "reports": reports,
        "own": own,
        "before": before,
        "after": _told(into),
        **followed,
    }


def _part_joined(actor: Actor, one: Mapping[str, Any], now: datetime) -> None:
    case, into = UUID(one["case"]), UUID(one["into"])
    Report.objects.filter(pk__in=one["reports"], case_id=into).update(case_id=case)
    Case.objects.filter(pk=case).update(joined_into=None)
    standing = Case.objects.get(pk=into)
    # What another report has changed since is not taken back.
    for name, value in _told(standing).items():
        if value == one["after"][name]:
            Case.objects.filter(pk=into).update(**{name: one["before"][name]})
    _count(into)
    duties.put_back(actor=actor, was=one["duties"])
    access.take_back(actor=actor, made=one["access"], now=now)
    since = Report.objects.filter(case_id=into).exclude(pk__in=one["own"])
    _open_again(actor, into, list(since.values_list("pk", flat=True)), now)
    journal.record(
        actor=actor,
        did="cases.parted",
        to=[f"case:{into}", f"case:{case}"],
        at=now,
        reports=len(one["reports"]),
    )


def _stay(actor: Actor, case: Case, pair: tuple[UUID, UUID], reports: Sequence[UUID], now: datetime) -> None:
    """Reports that came while two persons were one, about the one who remains: a case of their own."""
    first = Report.objects.filter(pk__in=reports).order_by("received_at", "pk").first()
    assert first is not None, "there are some"
    fresh = Case.objects.create(
        id=new_id(),
        reference=reference("C"),
        victim_id=pair[0],
        aggressor_id=pair[1],
        relation=first.relation,
        scope=first.scope,
        area=first.incident_area or first.victim_area,
        opened_at=first.received_at,
        opened_by_unit=first.unit_id,
        last_report_at=first.received_at,
    )
    Report.objects.filter(pk__in=reports).update(case=fresh)
    duties.follow(actor=actor, case_id=case.pk, to=fresh.pk, subject_ids=reports)
    # Who is kept from the one file stays kept from what was taken out of it.
    access.follow(actor=actor, moves={case.pk: ("case", fresh.pk)}, now=now)
    for pk in (case.pk, fresh.pk):
        _count(pk)
    journal.record(
        actor=actor,
        did="cases.parted",
        to=[f"case:{fresh.pk}", f"case:{case.pk}"],
        at=now,
        reports=len(reports),
    )


def _open_again(actor: Actor, case_id: UUID, reports: Sequence[UUID], now: datetime) -> None:
    """A unit that reported into the case while it was joined keeps what it would have got by that report alone."""
    opens = []
    for report in Report.objects.filter(pk__in=reports):
        level, basis = access_rules.level_for(agency_kind=report.agency_kind, opens_case=False)
        opens.append(
            access.Opens(
                kind="case", subject_id=case_id, unit_id=report.unit_id, level=level, basis=basis.value
            )
        )
    access.open_many(actor=actor, opens=opens, now=now)


def _count(case_id: UUID) -> None:
    """Number and last day of the reports a case has now; of one that has none, what it had stays."""
    found = Report.objects.filter(case_id=case_id)
    last = found.aggregate(last=Max("received_at"))["last"]
    if last is not None:
        Case.objects.filter(pk=case_id).update(report_count=found.count(), last_report_at=last)


def _told(case: Case) -> dict[str, str]:
    return {
        name: value if isinstance(value := getattr(case, name), str) else value.isoformat() for name in TOLD
    }


def _check_untouched(case_id: str, *, joined_into: UUID | None) -> Case:
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.joined_into_id != joined_into:
        raise PersonRefused(PersonReason.UNDO_LATER_FIRST)
    return case


def _now(was: Sequence[str], kept: UUID, gone: UUID) -> list[str]:
    return [str(kept) if pk == str(gone) else pk for pk in was]
