"""What a given actor may see of reports and cases: their existence, the state of things, or the whole file."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access
from takatuf.access.rules import Level, Power
from takatuf.duties import selectors as duties
from takatuf.journal import selectors as journal
from takatuf.kernel import ids
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.db import prepared
from takatuf.kernel.keyring import keyring
from takatuf.people import selectors as people

from . import rules, vault
from .models import Addendum, Case, Draft, Report

if TYPE_CHECKING:
    from takatuf.access.models import Unit, User
    from takatuf.duties.models import Duty
    from takatuf.journal.models import Entry


def cases(actor: Actor, *, now: datetime, least: Level = Level.EXISTENCE) -> QuerySet[Case]:
    """Cases on which the actor holds a grant in force, at `least` that level; none that were joined into others."""
    granted = access.granted(actor, now=now, least=least).filter(subject_id=OuterRef("pk"))
    return Case.objects.filter(Exists(granted), joined_into=None)


def standing(actor: Actor, *, case_id: UUID, now: datetime) -> UUID | None:
    """The case that this one was joined into, if the actor may know of it."""
    granted = access.granted(actor, now=now).filter(subject_id=OuterRef("pk"))
    found = Case.objects.filter(Exists(granted), pk=case_id, joined_into__isnull=False)
    into = found.values_list("joined_into_id", flat=True).first()
    if into is None:
        return None
    further = standing(actor, case_id=into, now=now)
    return further or (into if cases(actor, now=now).filter(pk=into).exists() else None)


def reports(actor: Actor, *, now: datetime) -> QuerySet[Report]:
    """Reports the actor's unit sent, and all reports of the cases it sees whole."""
    granted = access.granted(actor, now=now, least=access_rules.Level.FULL).filter(
        subject_id=OuterRef("case_id")
    )
    return Report.objects.filter(Q(unit_id=actor.unit_id) | Exists(granted))


def reports_of_case(actor: Actor, *, case_id: UUID, now: datetime) -> QuerySet[Report]:
    return reports(actor, now=now).filter(case_id=case_id).order_by("-received_at", "-id")


def case_by_reference(actor: Actor, *, typed: str, now: datetime) -> Case | None:
    """The case of a reference as somebody reads it out: small letters, O for 0 and a missing dash are understood."""
    written = rules.reference_typed(typed)
    found = cases(actor, now=now).filter(reference=written).first()
    if found is None and written:
        joined = Case.objects.filter(reference=written, joined_into__isnull=False).first()
        into = standing(actor, case_id=joined.pk, now=now) if joined is not None else None
        found = cases(actor, now=now).filter(pk=into).first() if into is not None else None
    return found


def known_references(
    actor: Actor, *, refs: Iterable[str], agencies: Iterable[str] = ()
) -> dict[tuple[str, str], UUID]:
    """(agency, external reference) → report, of those that came already, to whichever unit of the agency.

    `agencies` other than the actor's own are answered in the `linker` scope only.
    """
    wanted = [ref for ref in refs if ref]
    if not wanted:
        return {}
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT agency, external_ref, id FROM cases_known_references(%s, %s)",
            [sorted({*agencies} or {actor.agency}), wanted],
        )
        return {(agency, ref): pk for agency, ref, pk in cursor.fetchall()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportText:
    """The sealed free text of a report, in the clear."""

    narrative: str = ""
    injuries: str = ""
    received_place: str = ""


def text_of(actor: Actor, *, report: Report, now: datetime) -> ReportText:
    """The free text of a report the actor may see. Empty where there is none, or where the person was erased."""
    if report.details is None:
        return ReportText()
    sealed = people.Sealed(
        person_id=report.victim_id, aad=vault.details_aad(report.pk), data=bytes(report.details)
    )
    clear = people.open_sealed(actor, sealed=[sealed], now=now)[0]
    told: dict[str, Any] = json.loads(clear) if clear is not None else {}
    return ReportText(**told)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddendumText:
    at: datetime
    by: UUID | None
    unit_id: UUID
    text: str


def addenda(actor: Actor, *, report: Report) -> list[AddendumText]:
    """What was added to a report, oldest first."""
    ring = keyring()
    return [
        AddendumText(
            at=row.at,
            by=row.by,
            unit_id=row.unit_id,
            text=ring.open_alone(bytes(row.text), vault.addendum_aad(row.pk)).decode(),
        )
        for row in Addendum.objects.filter(report=report).order_by("at", "id")
    ]


def drafts(actor: Actor) -> QuerySet[Draft]:
    return Draft.objects.filter(user_id=actor.own_user).order_by("-updated_at")


def draft_content(actor: Actor, *, draft: Draft) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        keyring().open_alone(bytes(draft.payload), vault.draft_aad(draft.pk))
    )
    return content


def persons_of(actor: Actor, *, found: Iterable[Case], now: datetime) -> dict[UUID, people.View]:
    """Names for a list of cases, as far as the actor may see them; one query for all."""
    return people.views(
        actor, ids={pk for case in found for pk in (case.victim_id, case.aggressor_id)}, now=now
    )


def subjects_of(actor: Actor, *, case_id: UUID) -> list[UUID]:
    """The case and its persons, as subjects that a lock may stand on. For asking after locks, never for showing."""
    with acting(system("conflict of interest")):
        persons = Case.objects.filter(pk=case_id).values_list("victim_id", "aggressor_id").first()
    return [case_id, *(persons or ())]


# --- One case -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A case as far as the actor's level allows. What her level does not open is None or empty, never guessed.

    Existence: the reference, its status, and whom to ask (`opened_by_unit`). Summary: relation, area, scope,
    counts and dates. Persons stand here where her unit described them itself or holds a grant on them.
    """

    id: UUID
    reference: str
    status: str
    level: Level
    opened_by_unit: UUID
    opened_at: datetime | None = None
    last_report_at: datetime | None = None
    report_count: int | None = None
    relation: str = ""
    scope: str = ""
    area: str = ""
    victim: people.View | None = None
    aggressor: people.View | None = None
    next_duty: "Duty | None" = None

    @property
    def full(self) -> bool:
        return self.level >= Level.FULL


def header(actor: Actor, *, case_id: UUID, now: datetime) -> Header | None:
    """The head of a case's page; None where there is nothing for this actor. Six statements."""
    found = cases(actor, now=now).filter(pk=case_id).first()
    return headers(actor, found=[found], now=now)[0] if found is not None else None


def headers(actor: Actor, *, found: Sequence[Case], now: datetime) -> list[Header]:
    """Each case of a list as far as the actor's own level on it allows; five statements whatever the number."""
    levels = access.levels(actor, subject_ids=[case.pk for case in found], now=now)
    persons = persons_of(actor, found=found, now=now)
    following = duties.next_of_cases(actor, case_ids=[case.pk for case in found])
    return [
        _header(case, Level(levels[case.pk]), persons, following.get(case.pk))
        for case in found
        if case.pk in levels
    ]


def _header(
    case: Case, level: Level, persons: Mapping[UUID, people.View], next_duty: "Duty | None"
) -> Header:
    exists = Header(
        id=case.pk,
        reference=case.reference,
        status=case.status,
        level=level,
        opened_by_unit=case.opened_by_unit,
        next_duty=next_duty,
    )
    if level < Level.SUMMARY:
        return exists
    return replace(
        exists,
        opened_at=case.opened_at,
        last_report_at=case.last_report_at,
        report_count=case.report_count,
        relation=case.relation,
        scope=case.scope,
        area=case.area,
        victim=persons.get(case.victim_id),
        aggressor=persons.get(case.aggressor_id),
    )


# --- Lists of cases -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What is asked of a list. Empty asks nothing. `agency` and `form` ask for a report which the actor sees.

    `mine`: cases in which a duty waits for the actor herself. `sort`: a key of `SORTS`.
    """

    status: str = ""
    area: str = ""
    relation: str = ""
    form: str = ""
    agency: str = ""
    reference: str = ""
    mine: bool = False
    sort: str = ""


# How a list may stand, the newest first: by its last report (the default), or by the day it was opened.
SORTS = {"": "last_report_at", "opened": "opened_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Cases in the order asked for; `after` is the cursor of the next page, empty at the end."""

    rows: list[Header]
    after: str


def case_list(
    actor: Actor, *, asked: CaseFilter, now: datetime, after: str = "", limit: int = 50
) -> CasePage:
    """Cases whose state the actor may know (summary or more), filtered; six statements whatever the number.

    A case that is only known to exist is in no list: its place among the others would say what it hides.
    Raises NotVisible(bad_cursor) for a cursor that is none of ours.
    """
    found = _asked(actor, cases(actor, now=now, least=Level.SUMMARY), asked, now)
    moment = SORTS.get(asked.sort, SORTS[""])
    if after:
        at, pk = rules.read_cursor(after)
        found = found.filter(Q(**{f"{moment}__lt": at}) | Q(**{moment: at}, pk__lt=pk))
    page = list(found.order_by(f"-{moment}", "-pk")[: limit + 1])
    last = page[limit - 1] if len(page) > limit else None
    following = rules.cursor(getattr(last, moment), last.pk) if last is not None else ""
    return CasePage(rows=headers(actor, found=page[:limit], now=now), after=following)


def case_count(actor: Actor, *, asked: CaseFilter, now: datetime, most: int = 1000) -> int:
    """How many cases the list has, counted up to `most`: beyond, a number helps nobody and takes long."""
    found = _asked(actor, cases(actor, now=now, least=Level.SUMMARY), asked, now)
    return len(found.order_by().values_list("pk", flat=True)[:most])


def _asked(actor: Actor, found: QuerySet[Case], asked: CaseFilter, now: datetime) -> QuerySet[Case]:
    exact = {"status": asked.status, "area": asked.area, "relation": asked.relation}
    found = found.filter(**{column: value for column, value in exact.items() if value})
    typed = rules.reference_typed(asked.reference)
    if ids.reference_is_whole(typed):  # equality is asked of the index before row-level security is
        found = found.filter(reference=typed)
    elif typed:
        found = found.filter(reference__startswith=typed)
    if asked.agency:
        theirs = reports(actor, now=now).filter(case_id=OuterRef("pk"), agency=asked.agency)
        found = found.filter(Exists(theirs))
    if asked.form:
        told = reports(actor, now=now).filter(case_id=OuterRef("pk"), forms__contains=[asked.form])
        found = found.filter(Exists(told))
    if asked.mine:
        waiting = duties.worklist(actor, now=now, mine=True).filter(case_id__isnull=False)
        found = found.filter(pk__in=waiting.order_by().values("case_id"))
    return found


# --- The timeline -------------------------------------------------------------------------------------------------

# Deeds that the timeline shows as what they made.
SHOWN_OTHERWISE = ("cases.addendum_added", "cases.report_received")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a timeline: exactly one of `report`, `addendum`, `duty`, `opening`, `deed` is set.

    `what` is a code: of a report its channel, of a duty its kind, of a grant its basis, of a deed its name.
    A report that the actor may not read stands here as the deed that brought it, without its content.
    """

    kind: rules.Kind
    id: str
    at: datetime
    what: str
    unit_id: UUID | None
    user_id: UUID | None = None
    report: Report | None = None
    addendum: Addendum | None = None
    duty: "Duty | None" = None
    opening: access.Opening | None = None
    deed: "Entry | None" = None

    @property
    def key(self) -> tuple[datetime, str, str]:
        return (self.at, self.kind.value, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Items, the newest first, with the units and users they name; `after` is the cursor of the next page."""

    items: list[Item]
    after: str
    units: "dict[UUID, Unit]" = field(default_factory=dict)
    users: "dict[UUID, User]" = field(default_factory=dict)


def timeline(
    actor: Actor,
    *,
    case_id: UUID,
    now: datetime,
    agency: str = "",
    kinds: Sequence[rules.Kind] = (),
    after: str = "",
    limit: int = 50,
) -> Timeline:
    """What happened in a case, from every source the actor may read, merged by time. At most ten statements.

    Below the level of a summary there is nothing. Filters: one agency, some kinds. No free text is opened here:
    narratives and addenda are read, and journalled, on the report's own page.
    Raises NotVisible(bad_cursor) for a cursor that is none of ours.
    """
    # The row itself is asked for, not only the grant: the database hides it from who is locked out.
    if not cases(actor, now=now, least=Level.SUMMARY).filter(pk=case_id).exists():
        return Timeline(items=[], after="")
    level = access.level_on(actor, subject_id=case_id, now=now)
    sources = _Sources(
        actor=actor,
        case_id=case_id,
        now=now,
        level=Level(level),
        agency=agency,
        behind=rules.read_place(after) if after else None,
        most=limit + 1,
    )
    wanted = kinds or list(rules.Kind)
    items = sorted(
        (item for kind in wanted for item in sources.of(kind)), key=lambda item: item.key, reverse=True
    )
    page = items[:limit]
    following = rules.place(*page[-1].key) if len(items) > limit else ""
    return Timeline(
        items=page,
        after=following,
        units=access.unit_names(actor, [item.unit_id for item in page if item.unit_id]),
        users=access.user_names(actor, [item.user_id for item in page if item.user_id]),
    )


@dataclass(frozen=True, kw_only=True)
class _Sources:
    """The sources of one page of a timeline; each gives at most `most` items behind the cursor, newest first."""

    actor: Actor
    case_id: UUID
    now: datetime
    level: Level
    agency: str
    behind: rules.Place | None
    most: int

    def of(self, kind: rules.Kind) -> list[Item]:
        sources = {
            rules.Kind.REPORT: self.reports,
            rules.Kind.ADDENDUM: self.addenda,
            rules.Kind.DUTY: self.duties,
            rules.Kind.GRANT: self.grants,
            rules.Kind.DEED: self.deeds,
        }
        return sources[kind]()

    def reports(self) -> list[Item]:
        found = reports(self.actor, now=self.now).filter(case_id=self.case_id)
        if self.agency:
            found = found.filter(agency=self.agency)
        return [
            Item(
                kind=rules.Kind.REPORT,
                id=str(row.pk),
                at=row.received_at,
                what=row.channel,
                unit_id=row.unit_id,
                user_id=row.signed_by,
                report=row,
            )
            for row in self._cut(found, rules.Kind.REPORT, "received_at")
        ]

    def addenda(self) -> list[Item]:
        seen = reports(self.actor, now=self.now).filter(case_id=self.case_id)
        found = Addendum.objects.filter(report__in=seen).select_related("report")
        if self.agency:
            found = found.filter(unit_id__in=self.agency_units)
        return [
            Item(
                kind=rules.Kind.ADDENDUM,
                id=str(row.pk),
                at=row.at,
                what="",
                unit_id=row.unit_id,
                user_id=row.by,
                addendum=row,
            )
            for row in self._cut(found, rules.Kind.ADDENDUM, "at")
        ]

    def duties(self) -> list[Item]:
        found = duties.of_case(self.actor, case_id=self.case_id)
        if self.agency:
            found = found.filter(unit_id__in=self.agency_units)
        return [
            Item(
                kind=rules.Kind.DUTY,
                id=str(row.pk),
                at=row.opened_at,
                what=row.kind,
                unit_id=row.unit_id,
                user_id=row.assigned_to,
                duty=row,
            )
            for row in self._cut(found, rules.Kind.DUTY, "opened_at")
        ]

    def grants(self) -> list[Item]:
        """Who was let in. Broken glass is told by its deed, which stays when the hour is over."""
        items = [
            Item(
                kind=rules.Kind.GRANT,
                id=str(opening.unit_id),
                at=opening.since,
                what=opening.basis,
                unit_id=opening.unit_id,
                user_id=opening.user_id,
                opening=opening,
            )
            for opening in access.openings(self.actor, subject_id=self.case_id)
            if opening.basis != access_rules.Basis.BREAK_GLASS
            and (not self.agency or opening.unit_id in self.agency_units)
        ]
        if self.behind is not None:
            items = [item for item in items if item.key < self.behind]
        return sorted(items, key=lambda item: item.key, reverse=True)[: self.most]

    def deeds(self) -> list[Item]:
        """Deeds about the case; the arrival of a report only where the report itself is not shown."""
        found = journal.timeline(
            actor=self.actor,
            subject=f"case:{self.case_id}",
            limit=self.most,
            before=self._deed_behind(),
            without=SHOWN_OTHERWISE if self.level >= Level.FULL else (),
            without_own=SHOWN_OTHERWISE,
            agency=self.agency,
        )
        return [
            Item(
                kind=rules.Kind.DEED,
                id=f"{entry.seq:020}",
                at=entry.at,
                what=entry.did,
                unit_id=UUID(entry.unit_id) if entry.unit_id else None,
                user_id=UUID(entry.user_id) if entry.user_id else None,
                deed=entry,
            )
            for entry in found
        ]

    @cached_property
    def agency_units(self) -> set[UUID]:
        return set(access.units_of_agency(self.actor, agency=self.agency))

    def _deed_behind(self) -> tuple[datetime, int] | None:
        if self.behind is None:
            return None
        at, kind, pk = self.behind
        if kind == rules.Kind.DEED:
            return at, int(pk)
        # Deeds stand after or before all other kinds of the same moment.
        return (at, journal.LAST_SEQ) if rules.Kind.DEED.value < kind else (at, 0)

    def _cut(self, found: QuerySet[Any], kind: rules.Kind, moment: str) -> list[Any]:
        """The rows behind the cursor in the order (moment, kind, id), newest first."""
        if self.behind is not None:
            at, last_kind, pk = self.behind
            earlier = Q(**{f"{moment}__lt": at})
            if kind.value < last_kind:
                earlier |= Q(**{moment: at})
            elif kind.value == last_kind:
                earlier |= Q(**{moment: at}, pk__lt=UUID(pk))
            found = found.filter(earlier)
        return list(found.order_by(F(moment).desc(), F("pk").desc())[: self.most])


# --- Who opened the file ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Who opened a file: a user in a unit and role, with their names; how often, first and last when."""

    reader: journal.Reader
    unit: "Unit | None"
    user: "User | None"


def who_opened(actor: Actor, *, case_id: UUID, now: datetime) -> list[Opened]:
    """Who opened this case or a report in it, the latest first. For who sees it whole, or reads the journal."""
    full = cases(actor, now=now, least=Level.FULL).filter(pk=case_id).exists()
    if not full and not actor.may(Power.JOURNAL_READ.value):
        return []
    found = journal.readers(actor=actor, subject=f"case:{case_id}", granted=full)
    units = access.unit_names(actor, [reader.unit_id for reader in found if reader.unit_id])
    users = access.user_names(actor, [reader.user_id for reader in found if reader.user_id])
    return [
        Opened(
            reader=reader,
            unit=units.get(reader.unit_id) if reader.unit_id else None,
            user=users.get(reader.user_id) if reader.user_id else None,
        )
        for reader in found
    ]


# --- References, for whoever reads the journal and sees no file ---------------------------------------------------


def references(actor: Actor, *, case_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The references of cases by their ids: what a journal calls a file, and nothing of what is in it."""
    access_rules.check_power(actor, Power.JOURNAL_READ)
    with acting(replace(actor, scope="linker")):
        return dict(Case.objects.filter(pk__in=list(case_ids)).values_list("pk", "reference"))


def case_of_reference(actor: Actor, *, typed: str) -> UUID | None:
    """The id of a case by its reference as typed, to look for it in the journal."""
    access_rules.check_power(actor, Power.JOURNAL_READ)
    with acting(replace(actor, scope="linker")):
        found = Case.objects.filter(reference=rules.reference_typed(typed))
        return found.values_list("pk", flat=True).first()
