"""The deeds on reports and cases. A report is signed when it is received: from then on it only gains addenda."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from django.db import transaction

from takatuf.access import rules as access_rules
from takatuf.access import selectors as access_selectors
from takatuf.access import services as access
from takatuf.duties import services as duties
from takatuf.journal import services as journal
from takatuf.journal.rules import EntryIn
from takatuf.kernel import crypto
from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting
from takatuf.kernel.db import bulk, prepared
from takatuf.kernel.ids import new_id, reference
from takatuf.kernel.keyring import Keyring, keyring
from takatuf.kernel.reference import Pack, pack
from takatuf.people import services as people
from takatuf.people.rules import PersonIn

from . import rules, selectors, vault
from .models import Addendum, Case, Draft, Report, Reporter
from .rules import CannotReport, NotVisible, Reason, ReportIn

DutiesMode = Literal["open", "none"]
Row = dict[str, Any]  # of a table, by column
LISTS = (*rules.CODED.values(), *rules.CODED_PERSON.values(), "forms", "reporter_kinds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one report of a batch."""

    index: int
    status: Literal["created", "present", "refused"]
    report_id: UUID | None = None
    reason: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def receive(*, actor: Actor, report: ReportIn, now: datetime, source: str = "desk") -> Report:
    """Take one signed report: find or make the persons, file it under their case, oblige those who must act.

    Raises CannotReport naming the field, AccessRefused(no_power | no_unit), and NotVisible where another
    unit of the agency filed a report under the same external reference.
    """
    outcomes, rows = _receive(
        actor=actor, reports=[report], now=now, duties_mode="open", source=source, aloud=True
    )
    if rows:
        filed = Report(**rows[0])
        filed._state.adding = False
        return filed
    known = outcomes[0].report_id
    found = Report.objects.filter(pk=known).first() if known is not None else None
    if found is None:
        raise NotVisible(Reason.NOT_VISIBLE)
    return found


@transaction.atomic
def receive_many(
    *,
    actor: Actor,
    reports: Sequence[ReportIn],
    now: datetime,
    duties: DutiesMode = "open",
    source: str = "import",
) -> list[Outcome]:
    """Take many reports in one transaction, by the same rules: a refused one does not hold up the others.

    A report whose (agency, external reference) is known already is `present` and changes nothing.
    """
    outcomes, _ = _receive(
        actor=actor, reports=reports, now=now, duties_mode=duties, source=source, aloud=False
    )
    return outcomes


def _receive(
    *,
    actor: Actor,
    reports: Sequence[ReportIn],
    now: datetime,
    duties_mode: DutiesMode,
    source: str,
    aloud: bool,
) -> tuple[list[Outcome], list[Row]]:
    access_rules.check_power(actor, access_rules.Power.REPORT_CREATE)
    access_rules.check_unit(actor)
    outcomes, taken = _sorted_out(actor, reports, now, aloud=aloud)
    rows = _file(actor, [report for _, report in taken], now, duties_mode, source)
    for (index, _), row in zip(taken, rows, strict=True):
        outcomes[index] = Outcome(index=index, status="created", report_id=row["id"])
    made = {row["external_ref"]: row["id"] for row in rows}
    for index, outcome in outcomes.items():
        if outcome.status == "present" and outcome.report_id is None:
            outcomes[index] = replace(outcome, report_id=made[reports[index].external_ref])
    return [outcomes[index] for index in range(len(reports))], rows


def check_many(*, actor: Actor, reports: Sequence[ReportIn], now: datetime) -> list[Outcome]:
    """What `receive_many` would do with these reports; nothing is written, nobody is looked up."""
    access_rules.check_power(actor, access_rules.Power.REPORT_CREATE)
    access_rules.check_unit(actor)
    outcomes, taken = _sorted_out(actor, reports, now, aloud=False)
    for index, _ in taken:
        outcomes[index] = Outcome(index=index, status="created")
    return [outcomes[index] for index in range(len(reports))]


def _sorted_out(
    actor: Actor, reports: Sequence[ReportIn], now: datetime, *, aloud: bool
) -> tuple[dict[int, Outcome], list[tuple[int, ReportIn]]]:
    """What is present or refused, and what remains to be filed. `aloud`: a refusal is raised."""
    outcomes: dict[int, Outcome] = {}
    known = selectors.known_references(actor, refs=[report.external_ref for report in reports])
    present: dict[str, UUID | None] = {ref: pk for (_, ref), pk in known.items()}
    taken: list[tuple[int, ReportIn]] = []
    for index, report in enumerate(reports):
        if report.external_ref and report.external_ref in present:
            outcomes[index] = Outcome(index=index, status="present", report_id=present[report.external_ref])
            continue
        try:
            checked = _checked(report, now)
        except CannotReport as refusal:
            if aloud:
                raise
            facts = refusal.facts
            outcomes[index] = Outcome(index=index, status="refused", reason=refusal.reason.value, facts=facts)
            continue
        present[report.external_ref] = None  # a twin later in the same batch is present, not a second one
        taken.append((index, checked))
    return outcomes, taken


def _checked(report: ReportIn, now: datetime) -> ReportIn:
    """The report in normal form, if the rules let it in."""
    country = pack()
    rules.check_report(report, codes=_codes(country), now=now)
    for role in ("victim", "aggressor"):
        _check_formats(getattr(report, role), role, country)
    return report


def _check_formats(person: PersonIn, role: str, country: Pack) -> None:
    """A number that is neither readable nor a placeholder is sent back: nobody could ever be found by it."""
    typed = person.personal_number.strip()
    if (
        typed
        and country.normalise_personal_number(typed) is None
        and not country.is_placeholder_number(typed)
    ):
        raise CannotReport(Reason.BAD_PERSONAL_NUMBER, field=f"{role}.personal_number")


@lru_cache(maxsize=4)
def _codes(country: Pack) -> dict[str, frozenset[str]]:
    return {name: frozenset(item.code for item in country.items(name)) for name in LISTS}


def _file(
    actor: Actor, reports: Sequence[ReportIn], now: datetime, duties_mode: DutiesMode, source: str
) -> list[Row]:
    """Persons, cases, reports, grants, locks, duties and journal of checked reports, in a bounded number of statements.

    Returns the rows of the reports.
    """
    if not reports:
        return []
    assert actor.unit_id is not None, "checked before"
    country = pack()
    desk = _Desk(
        country=country,
        ring=keyring(),
        unit_id=actor.unit_id,
        actor=actor,
        agency_kind=_agency_kind(country, actor.agency),
        source=source,
        now=now,
    )
    with acting(replace(actor, scope="linker")), prepared.pipeline():
        parties = people.resolve_many(actor=actor, slots=_slots(reports), now=now)
        pairs = [(parties[2 * at], parties[2 * at + 1]) for at in range(len(reports))]
        cases, opened = _cases(actor, reports, pairs, now)
        rows = [
            _row(desk, report, pair, cases[pair[0].person_id, pair[1].person_id])
            for report, pair in zip(reports, pairs, strict=True)
        ]
        _save(desk, rows, reports)
        _grant(actor, pairs, cases, opened, now)
        _lock(actor, pairs, cases, now)
    with prepared.pipeline():
        _record(actor, rows, pairs, opened, source, now)
        if duties_mode == "open":
            _oblige(actor, reports, rows, opened, now)
    return rows


def _slots(reports: Sequence[ReportIn]) -> list[people.Slot]:
    slots: list[people.Slot] = []
    for report in reports:
        day = report.incident_on or report.received_at.date()
        for person, other in ((report.victim, None), (report.aggressor, len(slots))):
            slots.append(
                people.Slot(
                    person=person,
                    birth_year=rules.birth_year(person=person, day=day),
                    received_at=report.received_at,
                    not_with=other,
                )
            )
    return slots


Pair = tuple[people.Resolved, people.Resolved]
Cases = dict[tuple[UUID, UUID], Case]


def _cases(
    actor: Actor, reports: Sequence[ReportIn], pairs: Sequence[Pair], now: datetime
) -> tuple[Cases, set[UUID]]:
    """The case of each pair, locked; opened where there was none. Returns them and the ids of the new ones."""
    wanted = {(victim.person_id, aggressor.person_id) for victim, aggressor in pairs}
    known = {victim.person_id for victim, _ in pairs if victim.outcome == "joined"}
    found: Cases = {}
    if known:
        for case in Case.objects.select_for_update().filter(victim_id__in=known, joined_into=None):
            if (case.victim_id, case.aggressor_id) in wanted:
                found[case.victim_id, case.aggressor_id] = case
    before = {case.pk for case in found.values()}
    for report, (victim, aggressor) in zip(reports, pairs, strict=True):
        key = (victim.person_id, aggressor.person_id)
        if key not in found:
            found[key] = _new_case(actor, report, key, now)
        case = found[key]
        case.report_count += 1
        case.last_report_at = max(case.last_report_at, report.received_at)
        case.status = rules.Status.OPEN.value
        if not case.relation and report.relation:
            case.relation, case.scope = report.relation, _scope(pack(), report)
    fresh = [case for case in found.values() if case.pk not in before]
    bulk.insert(Case, [{name: getattr(case, name) for name in CASE} for case in fresh])
    old = [case for case in found.values() if case.pk in before]
    _save_known(old)
    return found, {case.pk for case in fresh}


UPDATE_CASES = """
UPDATE cases_case SET report_count = u.count, last_report_at = u.last, status = u.status, relation = u.relation,
    scope = u.scope
FROM unnest(%s::uuid[], %s::int[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
    AS u (id, count, last, status, relation, scope)
WHERE cases_case.id = u.id
"""


def _save_known(cases: Sequence[Case]) -> None:
    """What another report changes of cases that were there before."""
    if not cases:
        return
    rows = [
        (case.pk, case.report_count, case.last_report_at, case.status, case.relation, case.scope)
        for case in cases
    ]
    with prepared.cursor() as cursor:
        cursor.execute(UPDATE_CASES, [list(column) for column in zip(*rows, strict=True)])


CASE = tuple(field.attname for field in Case._meta.concrete_fields)


def _new_case(actor: Actor, report: ReportIn, key: tuple[UUID, UUID], now: datetime) -> Case:
    assert actor.unit_id is not None, "checked before"
    return Case(
        id=new_id(),
        reference=reference("C"),
        victim_id=key[0],
        aggressor_id=key[1],
        relation=report.relation,
        scope=_scope(pack(), report),
        area=report.incident_area or report.victim.area,
        opened_at=report.received_at,
        opened_by_unit=actor.unit_id,
        last_report_at=report.received_at,
    )


def _scope(country: Pack, report: ReportIn) -> str:
    """Inside or outside the statutory list of family members; unknown while the relation is."""
    if not report.relation:
        return rules.Scope.UNKNOWN.value
    scope = country.relation_scope(report.relation, on=report.received_at.date())
    return rules.Scope.INSIDE.value if scope == "inside" else rules.Scope.OUTSIDE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What is the same for all reports of one batch."""

    country: Pack
    ring: Keyring
    unit_id: UUID
    actor: Actor
    agency_kind: str
    source: str
    now: datetime


def _row(desk: _Desk, report: ReportIn, pair: Pair, case: Case) -> Row:
    country, actor, pk = desk.country, desk.actor, new_id()
    victim, aggressor = pair
    day = report.incident_on or report.received_at.date()
    text = vault.details(report)
    return {
        "id": pk,
        "reference": reference("R"),
        "case_id": case.pk,
        "victim_id": victim.person_id,
        "aggressor_id": aggressor.person_id,
        "victim_record_id": victim.record_id,
        "aggressor_record_id": aggressor.record_id,
        "unit_id": desk.unit_id,
        "unit": actor.unit,
        "agency": actor.agency,
        "agency_kind": desk.agency_kind,
        "external_ref": report.external_ref,
        "source": desk.source,
        "channel": report.channel,
        "reporter_kind": report.reporter.kind,
        "received_at": report.received_at,
        "relation": report.relation,
        "scope": _scope(country, report),
        "forms": list(report.forms),
        "severity": report.severity,
        "tool": report.tool,
        "child_exposure": report.child_exposure,
        "reported_before": report.reported_before,
        "incident_on": report.incident_on,
        "incident_precision": report.incident_precision,
        "incident_time": report.incident_time,
        "incident_area": report.incident_area or _area_of(country, report.incident_block, day),
        "incident_block": report.incident_block,
        "incident_place": report.incident_place,
        "investigation_started_at": report.investigation_started_at,
        "investigation_finished_at": report.investigation_finished_at,
        "victim_sex": report.victim.sex,
        "victim_age": rules.age_at(person=report.victim, day=day),
        "victim_area": report.victim.area or _area_of(country, report.victim.block, day),
        "victim_nationality": report.victim.nationality,
        "victim_marital_status": report.victim.marital_status,
        "victim_education": report.victim.education,
        "victim_occupation": report.victim.occupation,
        "aggressor_sex": report.aggressor.sex,
        "aggressor_age": rules.age_at(person=report.aggressor, day=day),
        "aggressor_nationality": report.aggressor.nationality,
        "details": crypto.seal(victim.data_key, text, vault.details_aad(pk)) if text else None,
        "digest": vault.digest(report, keyring=desk.ring),
        "signed_at": desk.now,
        "signed_by": actor.user_id,
    }


@lru_cache(maxsize=1024)
def _agency_kind(country: Pack, agency: str) -> str:
    return next((item.kind for item in country.agencies if item.code == agency), "")


def _area_of(country: Pack, block: str, day: date) -> str:
    """The area of a block by the pack's table; empty (unknown) where the table does not know."""
    if not block:
        return ""
    return country.area_of_block(block, day) or ""


def _save(desk: _Desk, rows: Sequence[Row], reports: Sequence[ReportIn]) -> None:
    bulk.insert(Report, rows)
    sealed: list[Row] = []
    for row, report in zip(rows, reports, strict=True):
        told = vault.reporter(report)
        if told is not None:
            payload = desk.ring.seal_alone(told, vault.reporter_aad(row["id"]))
            sealed.append({"report_id": row["id"], "payload": payload})
    bulk.insert(Reporter, sealed)


def _grant(actor: Actor, pairs: Sequence[Pair], cases: Cases, opened: set[UUID], now: datetime) -> None:
    """The reporting unit gets its grant; where a case had others with full sight, all of them see the new records."""
    assert actor.unit_id is not None, "checked before"
    kind = _agency_kind(pack(), actor.agency)
    opens: list[access.Opens] = []
    shared: set[UUID] = set()
    for victim, aggressor in pairs:
        case = cases[victim.person_id, aggressor.person_id]
        level, basis = access_rules.level_for(agency_kind=kind, opens_case=case.pk in opened)
        opens.append(
            access.Opens(
                kind="case",
                subject_id=case.pk,
                unit_id=actor.unit_id,
                level=level,
                basis=basis.value,
                fresh=case.pk in opened,
            )
        )
        if case.pk not in opened:
            shared.add(case.pk)
            if level == access_rules.Level.FULL:
                opens += _person_opens((victim.person_id, aggressor.person_id), actor.unit_id, basis.value)
    if shared:
        persons = {case.pk: (case.victim_id, case.aggressor_id) for case in cases.values()}
        for unit_id, case_id in access_selectors.full_holders(actor, subject_ids=shared, now=now):
            opens += _person_opens(persons[case_id], unit_id, access_rules.Basis.STATUTORY.value)
    access.open_many(actor=actor, opens=opens, now=now)


def _person_opens(persons: tuple[UUID, UUID], unit_id: UUID, basis: str) -> list[access.Opens]:
    return [
        access.Opens(
            kind="person", subject_id=pk, unit_id=unit_id, level=access_rules.Level.FULL, basis=basis
        )
        for pk in persons
    ]


def _lock(actor: Actor, pairs: Sequence[Pair], cases: Cases, now: datetime) -> None:
    """Public servants who are parties, or kin of one, are locked out from the first moment."""
    for_each_case: dict[UUID, list[tuple[bytes | None, UUID]]] = {}
    for victim, aggressor in pairs:
        case = cases[victim.person_id, aggressor.person_id]
        for_each_case.setdefault(case.pk, [])
        for_each_case[case.pk] += [
            (victim.number_token, victim.person_id),
            (aggressor.number_token, aggressor.person_id),
        ]
    fresh = {party.person_id for pair in pairs for party in pair if party.outcome != "joined"}
    people.lock_out_parties(actor=actor, parties_by_case=for_each_case, now=now, fresh=fresh)


def _record(
    actor: Actor,
    rows: Sequence[Row],
    pairs: Sequence[Pair],
    opened: set[UUID],
    source: str,
    now: datetime,
) -> None:
    entries = []
    for row, (victim, aggressor) in zip(rows, pairs, strict=True):
        entries.append(
            EntryIn(
                did="cases.report_received",
                to=(
                    f"report:{row['id']}",
                    f"case:{row['case_id']}",
                    f"person:{victim.person_id}",
                    f"person:{aggressor.person_id}",
                ),
                at=now,
                details={
                    "source": source,
                    "opened_case": row["case_id"] in opened,
                    "victim": victim.outcome,
                    "victim_by": sorted(victim.kinds),
                    "aggressor": aggressor.outcome,
                    "aggressor_by": sorted(aggressor.kinds),
                    "digest": row["digest"].hex(),
                },
            )
        )
    journal.record_many(actor=actor, entries=entries)


def _oblige(
    actor: Actor, reports: Sequence[ReportIn], rows: Sequence[Row], opened: set[UUID], now: datetime
) -> None:
    events = []
    for report, row in zip(reports, rows, strict=True):
        facts = _facts(report, row, opens_case=row["case_id"] in opened)
        for name in ("report.received", *(["case.opened"] if row["case_id"] in opened else [])):
            events.append(
                duties.Event(
                    name=name,
                    subject_kind="report" if name == "report.received" else "case",
                    subject_id=row["id"] if name == "report.received" else row["case_id"],
                    unit_id=row["unit_id"],
                    case_id=row["case_id"],
                    start=report.received_at,
                    facts=facts,
                )
            )
    duties.open_for(actor=actor, events=events, now=now)


def _facts(report: ReportIn, row: Row, *, opens_case: bool) -> dict[str, object]:
    """Coded facts that the pack's duty rules may ask about. Unknown stays unknown: it obliges like neither answer."""
    age = row["victim_age"]
    majority = pack().age_of_majority(on=report.received_at.date())
    hurt = "PHY" in report.forms and report.severity not in ("", "SIM")
    return {
        "agency_kind": row["agency_kind"],
        "channel": report.channel,
        "scope": row["scope"],
        "severity": report.severity or "unknown",
        "child_exposure": report.child_exposure,
        "victim_sex": report.victim.sex,
        "victim_minor": "unknown" if age is None else age < majority,
        "injury": bool(report.injuries.strip()) or hurt,
        "opens_case": opens_case,
        "reported_before": report.reported_before,
        "tool": bool(report.tool),
    }


@transaction.atomic
def add_addendum(*, actor: Actor, report_id: UUID, text: str, now: datetime) -> Addendum:
    """Add to a signed report. Raises NotVisible, CannotReport(empty_text | text_too_long)."""
    access_rules.check_power(actor, access_rules.Power.REPORT_CREATE)
    unit_id = access_rules.check_unit(actor)
    report = selectors.reports(actor, now=now).filter(pk=report_id).first()
    if report is None:
        raise NotVisible(Reason.NOT_VISIBLE)
    if not text.strip():
        raise CannotReport(Reason.EMPTY_TEXT, field="text")
    if len(text) > rules.LONGEST["narrative"]:
        raise CannotReport(Reason.TEXT_TOO_LONG, field="text", longest=rules.LONGEST["narrative"])
    pk, ring = new_id(), keyring()
    addendum = Addendum.objects.create(
        id=pk,
        report=report,
        unit_id=unit_id,
        at=now,
        by=actor.user_id,
        text=ring.seal_alone(text.encode(), vault.addendum_aad(pk)),
        digest=ring.blind("cases.addendum", hashlib.sha256(text.encode()).hexdigest()),
    )
    journal.record(
        actor=actor,
        did="cases.addendum_added",
        to=[f"report:{report.pk}", f"case:{report.case_id}"],
        at=now,
        digest=bytes(addendum.digest).hex(),
    )
    return addendum


@transaction.atomic
def save_draft(
    *, actor: Actor, content: Mapping[str, object], now: datetime, draft_id: UUID | None = None
) -> Draft:
    """Keep what was typed, sealed, for its writer only. Nothing is checked: nothing typed is ever lost."""
    access_rules.check_power(actor, access_rules.Power.REPORT_CREATE)
    access_rules.check_unit(actor)
    draft = selectors.drafts(actor).select_for_update().filter(pk=draft_id).first() if draft_id else None
    if draft is None:
        assert actor.user_id is not None, "a person types"
        assert actor.unit_id is not None, "in her unit"
        draft = Draft(id=draft_id or new_id(), user_id=actor.user_id, unit_id=actor.unit_id, created_at=now)
    clear = json.dumps(dict(content), ensure_ascii=False).encode()
    draft.payload, draft.updated_at = keyring().seal_alone(clear, vault.draft_aad(draft.pk)), now
    draft.save()
    return draft


@transaction.atomic
def drop_draft(*, actor: Actor, draft_id: UUID, now: datetime) -> None:
    """Throw a draft away, after signing or because it is not wanted."""
    draft = selectors.drafts(actor).filter(pk=draft_id).first()
    if draft is None:
        raise NotVisible(Reason.DRAFT_GONE)
    draft.delete()


@transaction.atomic
def break_glass(*, actor: Actor, case_id: UUID, reason: str, now: datetime) -> datetime:
    """Open a case for one hour in an emergency; the data-protection guardian gets a duty to review it."""
    case = selectors.cases(actor, now=now).filter(pk=case_id).first()
    if case is None:
        raise NotVisible(Reason.NOT_VISIBLE)
    until = access.break_glass(
        actor=actor, case_id=case.pk, person_ids=[case.victim_id, case.aggressor_id], reason=reason, now=now
    )
    assert actor.unit_id is not None, "checked by access"
    duties.open_for(
        actor=actor,
        events=[
            duties.Event(
                name="access.break_glass",
                subject_kind="case",
                subject_id=case.pk,
                unit_id=actor.unit_id,
                start=now,
                facts={"agency": actor.agency},
            )
        ],
        now=now,
    )
    return until


@transaction.atomic
def open_case(*, actor: Actor, case_id: UUID, now: datetime) -> Case | None:
    """Open a case's page: the reading is a deed, journalled with the level it was seen at.

    None where there is nothing for this actor; absent and hidden are not told apart. It returns
    instead of raising, because the attempt of someone with a conflict of interest must stay written.
    """
    case = selectors.cases(actor, now=now).filter(pk=case_id).first()
    if case is None:
        subjects = selectors.subjects_of(actor, case_id=case_id)
        access.note_attempt(actor=actor, subject_ids=subjects, did="cases.opened", now=now)
        return None
    level = access_selectors.level_on(actor, subject_id=case.pk, now=now)
    journal.record(actor=actor, did="cases.opened", to=[f"case:{case.pk}"], at=now, level=level)
    return case


@transaction.atomic
def open_report(*, actor: Actor, report_id: UUID, now: datetime) -> Report | None:
    """Open a report's page; journalled. None where there is nothing for this actor."""
    report = selectors.reports(actor, now=now).select_related("case").filter(pk=report_id).first()
    if report is None:
        return None
    persons = [f"person:{report.victim_id}", f"person:{report.aggressor_id}"]
    subjects = [f"report:{report.pk}", f"case:{report.case_id}", *persons]
    journal.record(actor=actor, did="cases.report_read", to=subjects, at=now)
    return report


@transaction.atomic
def open_reporter(*, actor: Actor, report_id: UUID, now: datetime) -> rules.ReporterIn:
    """Unseal who told it: by a power of its own, journalled each time. Raises NotVisible, AccessRefused."""
    access_rules.check_power(actor, access_rules.Power.REPORTER_SEE)
    report = selectors.reports(actor, now=now).filter(pk=report_id).first()
    if report is None:
        raise NotVisible(Reason.NOT_VISIBLE)
    sealed = Reporter.objects.filter(pk=report_id).first()
    journal.record(
        actor=actor, did="cases.reporter_read", to=[f"report:{report.pk}", f"case:{report.case_id}"], at=now
    )
    if sealed is None:
        return rules.ReporterIn(kind=report.reporter_kind)
    told = json.loads(keyring().open_alone(bytes(sealed.payload), vault.reporter_aad(report.pk)))
    return rules.ReporterIn(kind=report.reporter_kind, **told)


MOST_EXPORTED = 5_000


@transaction.atomic
def export_list(
    *, actor: Actor, asked: selectors.CaseFilter, now: datetime
) -> tuple[list[selectors.Header], bool]:
    """The rows of a case list to be taken away, and whether there were more than are given. Journalled."""
    access_rules.check_power(actor, access_rules.Power.CASE_READ)
    rows: list[selectors.Header] = []
    after = ""
    while len(rows) < MOST_EXPORTED:
        page = selectors.case_list(actor, asked=asked, now=now, after=after, limit=500)
        rows += page.rows
        after = page.after
        if not after:
            break
    journal.record(
        actor=actor,
        did="cases.list_exported",
        to=[f"unit:{actor.unit_id}"],
        at=now,
        rows=len(rows),
        whole=not after,
    )
    return rows, bool(after)
