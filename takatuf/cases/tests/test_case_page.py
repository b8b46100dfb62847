"""What the desk shows of a case: as much as the actor's level opens, and nothing that it does not."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from takatuf.access import services as access
from takatuf.access.models import Grant
from takatuf.access.rules import Basis, Level, Power
from takatuf.cases import selectors, services
from takatuf.cases.models import Report
from takatuf.cases.rules import Kind, NotVisible, Reason, read_place, reference_typed
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people.rules import PersonIn
from tests.cast import KHALID, NOON, Cast, a_report, employ

SEE_ALL = system("tests")


def told_twice(cast: Cast) -> Report:
    """The police opened the case; the hospital reported into it an hour later. Returns the hospital's report."""
    with acting(cast.officer):
        first = services.receive(actor=cast.officer, report=a_report(), now=NOON)
        services.add_addendum(actor=cast.officer, report_id=first.pk, text="ورد تقرير طبي.", now=NOON)
    later = NOON + timedelta(hours=1)
    with acting(cast.nurse):
        return services.receive(actor=cast.nurse, report=a_report(received_at=later), now=later)


def let_in(actor: Actor, report: Report, level: Level) -> None:
    assert actor.unit_id is not None
    opens = access.Opens(
        kind="case", subject_id=report.case_id, unit_id=actor.unit_id, level=level, basis=Basis.REFERRAL.value
    )
    with acting(SEE_ALL):
        access.open_many(actor=SEE_ALL, opens=[opens], now=NOON)


def test_existence_says_that_there_is_a_case_and_whom_to_ask(cast: Cast) -> None:
    report = told_twice(cast)
    let_in(cast.association, report, Level.EXISTENCE)
    with acting(cast.association):
        header = selectors.header(cast.association, case_id=report.case_id, now=NOON)
        assert header is not None
        assert (header.level, header.opened_by_unit) == (Level.EXISTENCE, cast.officer.unit_id)
        assert (header.relation, header.area, header.scope) == ("", "", "")
        assert (header.opened_at, header.last_report_at, header.report_count) == (None, None, None)
        assert (header.victim, header.aggressor) == (None, None)
        listed = selectors.case_list(cast.association, asked=selectors.CaseFilter(), now=NOON)
        assert listed.rows == []
        assert selectors.timeline(cast.association, case_id=report.case_id, now=NOON).items == []
        assert selectors.who_opened(cast.association, case_id=report.case_id, now=NOON) == []


def test_a_summary_shows_the_state_of_things_and_no_person_the_unit_did_not_describe(cast: Cast) -> None:
    report = told_twice(cast)
    let_in(cast.association, report, Level.SUMMARY)
    with acting(cast.association):
        header = selectors.header(cast.association, case_id=report.case_id, now=NOON)
        assert header is not None
        assert (header.relation, header.report_count, header.full) == ("HUS", 2, False)
        assert (header.victim, header.aggressor) == (None, None)
        page = selectors.timeline(cast.association, case_id=report.case_id, now=NOON)
        assert {item.kind for item in page.items} == {Kind.DEED, Kind.GRANT}
        assert [item.what for item in page.items].count("cases.report_received") == 2
        assert all(item.report is None and item.addendum is None for item in page.items)


def test_the_hospital_sees_the_woman_as_it_described_her_and_its_own_report_only(cast: Cast) -> None:
    report = told_twice(cast)
    with acting(cast.nurse):
        header = selectors.header(cast.nurse, case_id=report.case_id, now=NOON)
        assert header is not None
        assert header.level == Level.SUMMARY
        assert header.victim is not None
        assert header.victim.records == 1, "the record of the police is not hers to read"
        page = selectors.timeline(cast.nurse, case_id=report.case_id, now=NOON)
        assert [item.report for item in page.items if item.kind == Kind.REPORT] == [report]
        assert not [item for item in page.items if item.kind == Kind.ADDENDUM]
        arrivals = [item for item in page.items if item.what == "cases.report_received"]
        assert [item.unit_id for item in arrivals] == [cast.officer.unit_id]
        assert selectors.who_opened(cast.nurse, case_id=report.case_id, now=NOON) == []


def test_who_sees_it_whole_reads_every_report_addendum_duty_grant_and_deed(cast: Cast) -> None:
    report = told_twice(cast)
    with acting(cast.officer):
        page = selectors.timeline(cast.officer, case_id=report.case_id, now=NOON)
        assert {item.kind for item in page.items} >= {Kind.REPORT, Kind.ADDENDUM, Kind.DUTY, Kind.GRANT}
        assert [item.at for item in page.items] == sorted((item.at for item in page.items), reverse=True)
        assert "cases.report_received" not in {item.what for item in page.items}, (
            "the report stands there itself"
        )
        assert set(page.units) == {cast.officer.unit_id, cast.nurse.unit_id}
        assert cast.officer.user_id in page.users


def test_a_timeline_is_filtered_by_agency_and_by_kind(cast: Cast) -> None:
    report = told_twice(cast)
    with acting(cast.officer):
        theirs = selectors.timeline(cast.officer, case_id=report.case_id, now=NOON, agency=cast.nurse.agency)
        assert {item.unit_id for item in theirs.items} == {cast.nurse.unit_id}
        told = selectors.timeline(
            cast.officer, case_id=report.case_id, now=NOON, kinds=[Kind.REPORT, Kind.ADDENDUM]
        )
        assert [item.kind for item in told.items] == [Kind.REPORT, Kind.REPORT, Kind.ADDENDUM]


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_pages_of_a_timeline_hold_every_line_once_also_those_of_one_moment(cast: Cast, limit: int) -> None:
    """Report, duties, grant and deeds of a receipt share one moment: the cursor must tell them apart."""
    report = told_twice(cast)
    with acting(cast.officer):
        for _ in range(2):
            services.receive(actor=cast.officer, report=a_report(), now=NOON)
            services.add_addendum(actor=cast.officer, report_id=report.pk, text="نص", now=NOON)
        whole = selectors.timeline(cast.officer, case_id=report.case_id, now=NOON, limit=500)
        keys, after = [], ""
        while True:
            page = selectors.timeline(
                cast.officer, case_id=report.case_id, now=NOON, after=after, limit=limit
            )
            keys += [item.key for item in page.items]
            after = page.after
            if not after:
                break
    assert keys == [item.key for item in whole.items]
    assert len(set(keys)) == len(keys) > 9


SOME_ID = UUID(int=7)  # the same in every worker: ids of tests are compared


@pytest.mark.parametrize(
    "typed",
    [
        "x",
        "2026-11-24T09:00:00+00:00~report~not-a-uuid",
        f"2026-11-24T09:00:00+00:00~deed~{SOME_ID}",
        f"2026-11-24T09:00:00+00:00~report~{'0' * 20}",
        f"2026-11-24T09:00:00~report~{SOME_ID}",
        f"yesterday~report~{SOME_ID}",
        f"2026-11-24T09:00:00+00:00~secret~{SOME_ID}",
    ],
)
def test_a_cursor_that_is_none_of_ours_is_refused(typed: str) -> None:
    with pytest.raises(NotVisible) as refused:
        read_place(typed)
    assert refused.value.reason == Reason.BAD_CURSOR


def test_lists_are_filtered_paged_and_hold_no_row_of_another_unit(cast: Cast) -> None:
    with acting(cast.officer):
        for number in range(5):
            other = PersonIn(
                name_ar=f"رجل آخر {'ابجده'[number]}", sex="male", personal_number=f"8578123{40 + number}"
            )
            services.receive(
                actor=cast.officer,
                report=a_report(aggressor=other, relation="HUS" if number % 2 else "BRO"),
                now=NOON,
            )
        seen, after = [], ""
        while True:
            page = selectors.case_list(
                cast.officer, asked=selectors.CaseFilter(), now=NOON, after=after, limit=2
            )
            seen += [row.reference for row in page.rows]
            after = page.after
            if not after:
                break
        assert len(seen) == len(set(seen)) == 5
        husbands = selectors.CaseFilter(relation="HUS", status="open", agency=cast.officer.agency)
        assert len(selectors.case_list(cast.officer, asked=husbands, now=NOON).rows) == 2
        assert selectors.case_count(cast.officer, asked=husbands, now=NOON) == 2
        typed = selectors.CaseFilter(reference=seen[3].lower().replace("0", "o"))
        assert [row.reference for row in selectors.case_list(cast.officer, asked=typed, now=NOON).rows] == [
            seen[3]
        ]
        nobody = selectors.CaseFilter(agency=cast.nurse.agency)
        assert selectors.case_list(cast.officer, asked=nobody, now=NOON).rows == []
    with acting(cast.association):
        assert selectors.case_list(cast.association, asked=selectors.CaseFilter(), now=NOON).rows == []


def test_a_reference_is_found_as_it_is_read_out() -> None:
    assert reference_typed(" c-6e0zm8cqa ") == "C-6E0ZM8CQA"
    assert reference_typed("C-6EOZM8CQL") == "C-6E0ZM8CQ1"


def test_the_statements_of_a_page_do_not_grow_with_its_rows(cast: Cast) -> None:
    def statements(limit: int) -> tuple[int, int]:
        with CaptureQueriesContext(
            connection,
        ) as listed:
            selectors.case_list(cast.officer, asked=selectors.CaseFilter(), now=NOON, limit=limit)
        with CaptureQueriesContext(connection) as told:
            selectors.timeline(cast.officer, case_id=report.case_id, now=NOON, limit=limit)
        return len(listed), len(told)

    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)
        for number in range(6):
            other = replace(
                KHALID, personal_number=f"8578123{50 + number}", name_ar=f"فلان {'ابجده و'[number]}"
            )
            services.receive(actor=cast.officer, report=a_report(aggressor=other), now=NOON)
        few, many = statements(1), statements(50)
    assert few == many
    assert many[0] <= 6
    assert many[1] <= 10


def test_who_opened_the_file_is_told_with_names_to_who_sees_it_whole(cast: Cast) -> None:
    report = told_twice(cast)
    with acting(cast.colleague):
        services.open_case(actor=cast.colleague, case_id=report.case_id, now=NOON)
        services.open_report(actor=cast.colleague, report_id=report.pk, now=NOON + timedelta(minutes=5))
    with acting(cast.nurse):
        services.open_case(actor=cast.nurse, case_id=report.case_id, now=NOON + timedelta(minutes=1))
    with acting(cast.officer):
        found = selectors.who_opened(cast.officer, case_id=report.case_id, now=NOON)
    assert [(one.reader.user_id, one.reader.times) for one in found] == [
        (cast.colleague.user_id, 2),
        (cast.nurse.user_id, 1),
    ]
    assert found[0].user is not None
    assert found[0].unit is not None
    assert (found[0].user.username, found[0].unit.pk) == ("colleague", cast.officer.unit_id)
    assert found[0].reader.last_at - found[0].reader.first_at == timedelta(minutes=5)
    with acting(cast.auditor):
        assert len(selectors.who_opened(cast.auditor, case_id=report.case_id, now=NOON)) == 2
    with acting(cast.association):
        assert selectors.who_opened(cast.association, case_id=report.case_id, now=NOON) == []


def test_a_party_gets_no_header_no_list_no_timeline_although_the_unit_has_a_grant(cast: Cast) -> None:
    husband = employ("khalid", "police", "officer", number=KHALID.personal_number)
    husband = replace(husband, unit_id=cast.officer.unit_id, unit=cast.officer.unit)
    report = told_twice(cast)
    with acting(husband):
        assert selectors.header(husband, case_id=report.case_id, now=NOON) is None
        assert selectors.case_list(husband, asked=selectors.CaseFilter(), now=NOON).rows == []
        assert selectors.timeline(husband, case_id=report.case_id, now=NOON).items == []
        assert selectors.who_opened(husband, case_id=report.case_id, now=NOON) == []


def test_broken_glass_shows_the_file_for_its_hour_and_stays_on_the_timeline(cast: Cast) -> None:
    report, now = told_twice(cast), clock.now()
    nurse = replace(cast.nurse, powers=cast.nurse.powers | {Power.BREAK_GLASS_USE.value})
    with acting(nurse):
        services.break_glass(
            actor=nurse, case_id=report.case_id, reason="المرأة في خطر داهم ولا يرد مكتب الحماية", now=now
        )
        header = selectors.header(nurse, case_id=report.case_id, now=now)
        assert header is not None
        assert header.full
        assert selectors.reports_of_case(nurse, case_id=report.case_id, now=now).count() == 2
    with acting(SEE_ALL):
        Grant.objects.filter(basis="break_glass").update(
            since=now - timedelta(hours=2), until=now - timedelta(hours=1)
        )
    with acting(nurse):
        header = selectors.header(nurse, case_id=report.case_id, now=now)
        assert header is not None
        assert header.level == Level.SUMMARY
    with acting(cast.officer):
        deeds = selectors.timeline(cast.officer, case_id=report.case_id, now=now, kinds=[Kind.DEED]).items
        assert "access.glass_broken" in {item.what for item in deeds}


def test_the_text_of_a_report_opens_with_the_womans_key_and_only_for_who_may_see_her(cast: Cast) -> None:
    told_twice(cast)
    with acting(cast.officer):
        report = Report.objects.filter(unit_id=cast.officer.unit_id).get()
        assert selectors.text_of(cast.officer, report=report, now=NOON).injuries == "كدمات في الذراع"
    with acting(cast.association):
        assert selectors.text_of(cast.association, report=report, now=NOON) == selectors.ReportText()
