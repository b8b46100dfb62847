"""Rows of every walled table, reached by doing the workflow; and what each actor sees of them by raw SQL."""

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import connection, transaction

from takatuf.cases import services as cases
from takatuf.cases.imports.models import ImportRun, QuarantinedRow
from takatuf.cases.models import Report
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.ids import new_id
from takatuf.people import merging, review
from takatuf.people import services as people
from takatuf.people.rules import PersonIn, Verdict, Why
from tests.cast import KHALID, NOON, Cast, a_report, employ

SEE_ALL = system("tests")

# Policies are asked of these tables; of all others the reason is said.
OPEN: dict[str, str] = {
    "access_unit": "units of agencies are public",
    "access_user": "asked at sign-in, before anybody acts; what is personal in it is a keyed token",
    "access_membership": "asked at sign-in, before anybody acts: who works where, no person of a case",
    "access_signindelay": "asked at sign-in; a hash of name and address, and a time",
    "account_emailaddress": "allauth's own; we keep no e-mail address",
    "account_emailconfirmation": "allauth's own; we keep no e-mail address",
    "auth_group": "Django's own; empty: powers come from the pack",
    "auth_group_permissions": "Django's own; empty: powers come from the pack",
    "auth_permission": "Django's own; names of models",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "django_session": "random keys and signed content, read by key before anybody acts",
    "kernel_hijrioffset": "the moon as it was seen: public",
    "kernel_holidayoverride": "announced holidays: public",
    "kernel_keycheck": "fingerprints of keys, nothing to use them by; asked at start",
    "mfa_authenticator": "asked at sign-in, before anybody acts",
    "procrastinate_events": "jobs by name and number: no arguments about persons",
    "procrastinate_jobs": "jobs by name and number: no arguments about persons",
    "procrastinate_periodic_defers": "when a job was due",
    "procrastinate_workers": "when a worker last reported",
    "usersessions_usersession": "asked in each request, before anybody acts: a servant's own devices",
}

TABLES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
       array(SELECT p.polcmd::text FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive
             AND (p.polroles = '{0}' OR (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (p.polroles)))
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


@dataclass(frozen=True)
class Walled:
    """A table with row-level security forced, and the commands that a policy allows some rows of."""

    name: str
    forced: bool
    commands: frozenset[str]


def tables() -> list[Walled]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return [Walled(name, forced, frozenset(commands)) for name, forced, commands in cursor.fetchall()]


def walled() -> list[str]:
    return sorted(table.name for table in tables() if table.name not in OPEN)


def seen(actor: Actor | None) -> dict[str, int]:
    """How many rows of each walled table the app role sees as this actor, without any filter of ours."""
    with acting(actor), transaction.atomic(), connection.cursor() as cursor:
        counts = {}
        for name in walled():
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            (counts[name],) = cursor.fetchone()
        return counts


@dataclass(frozen=True)
class Day:
    report: Report
    husband: Actor
    writers: tuple[Actor, ...]  # who together see a row of every walled table


def a_busy_day(cast: Cast) -> Day:
    """A day on which something is written into every walled table, all of it about Maryam and Khalid.

    Khalid is an officer in the same unit as the officer who took the report.
    """
    husband = employ("khalid", "police", "officer", number=KHALID.personal_number)
    with acting(cast.officer):
        report = cases.receive(actor=cast.officer, report=a_report(), now=NOON)
        brother = cases.receive(
            actor=cast.officer,
            report=a_report(aggressor=KHALID, relation="BRO", received_at=NOON + timedelta(minutes=1)),
            now=NOON + timedelta(minutes=1),
        )
        people.add_kinship(
            actor=cast.officer,
            person_id=report.victim_id,
            other_id=brother.aggressor_id,
            relation="WIF",
            now=NOON,
        )
        cases.add_addendum(actor=cast.officer, report_id=report.pk, text="ورد تقرير طبي.", now=NOON)
        cases.save_draft(actor=cast.officer, content={"narrative": "لم يكتمل"}, now=NOON)
    with acting(cast.nurse):
        cases.receive(actor=cast.nurse, report=a_report(), now=NOON)
        cases.break_glass(
            actor=cast.nurse,
            case_id=report.case_id,
            reason="المرأة في خطر داهم ولا يرد مكتب الحماية",
            now=clock.now(),
        )
    persons_of_the_index(cast, report)
    with acting(cast.clerk):
        a_quarantined_row(cast.clerk)
    a_seal()
    return Day(report, husband, (SEE_ALL, cast.officer, cast.supervisor, cast.clerk))


def persons_of_the_index(cast: Cast, report: Report) -> None:
    """Somebody was Maryam by another name, and somebody like her was not."""
    reviewer = employ("reviewer", "council", "index_reviewer")
    with acting(cast.nurse):
        by_another_name, like_her = [
            cases.receive(
                actor=cast.nurse, report=a_report(victim=PersonIn(name_ar=name, sex="female")), now=NOON
            )
            for name in ("أم يوسف", "مريومة")
        ]
    with acting(replace(reviewer, scope="linker")):
        pair = review.Proposal(
            record=like_her.victim_record_id, other=report.victim_record_id, why=Why.ARRIVAL
        )
        review.propose(actor=reviewer, proposals=[pair], now=NOON)
    with acting(reviewer):
        for item in review.waiting(reviewer):
            review.judge(actor=reviewer, item_id=item.pk, verdict=Verdict.DIFFERENT, now=NOON)
        merging.merge(
            actor=reviewer,
            kept_id=report.victim_id,
            gone_id=by_another_name.victim_id,
            reason="her card was seen by both offices",
            now=NOON,
        )


def a_quarantined_row(clerk: Actor) -> None:
    run = ImportRun.objects.create(
        reference="I-TEST",
        agency=clerk.agency,
        unit_id=clerk.unit_id,
        unit=clerk.unit,
        role=clerk.role,
        started_by=clerk.user_id,
        file_name="file.csv",
        file_digest=b"0" * 32,
        file_size=1,
        rows_in_file=1,
        mapping_code="m",
        mapping_digest=b"0" * 32,
        mapping="",
        wrapped_key=b"key",
        position=1,
        quarantined=1,
        started_at=NOON,
        progressed_at=NOON,
    )
    QuarantinedRow.objects.create(
        id=new_id(), run=run, agency=clerk.agency, position=1, line=2, reason="unknown_code", raw=b"sealed"
    )


def a_seal() -> None:
    """Of a made-up batch: a test's own entries are not committed, and so never sealed."""
    with acting(SEE_ALL), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_seal VALUES (1, '1', 1, 1, 1, 1, 1, '', repeat('0', 64), now(), '', '', '')"
        )
