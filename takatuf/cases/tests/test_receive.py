"""The first deed of the road: a report arrives."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from takatuf.access.models import Grant
from takatuf.access.rules import AccessRefused, Level
from takatuf.cases import selectors, services
from takatuf.cases.models import Case, Report, Reporter
from takatuf.cases.rules import CannotReport, Reason
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.people.models import Person, PersonRecord
from tests.cast import KHALID, MARYAM, MARYAM_IN_LATIN, NOON, Cast, a_report

SEE_ALL = system("tests")


def test_a_report_makes_two_persons_one_case_duties_and_a_trace(cast: Cast) -> None:
    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)

        case = selectors.cases(cast.officer, now=NOON).get()
        assert report.case_id == case.pk and case.report_count == 1
        assert report.scope == "inside" and report.victim_age == 36
        assert Duty.objects.filter(case_id=case.pk, unit_id=cast.officer.unit_id).exists()
        assert (
            selectors.text_of(cast.officer, report=report, now=NOON).narrative
            == "دفعها على الدرج أمام ابنها."
        )
    with acting(SEE_ALL):
        assert Person.objects.count() == 2
        entry = Entry.objects.filter(did="cases.report_received").get()
        assert f"case:{case.pk}" in entry.subjects and entry.user_id == str(cast.officer.user_id)


def test_nothing_personal_is_in_clear_in_any_row_of_the_database(cast: Cast) -> None:
    with acting(cast.officer):
        services.receive(actor=cast.officer, report=a_report(), now=NOON)
    words = ("مريم", "خالد", "907712345", "36000001", "الدرج", "سارة")
    with acting(SEE_ALL), connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            if table == "access_unit":
                continue
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', ["|".join(words)])
            row = cursor.fetchone()
            assert row is not None and row[0] == 0, f"{table} holds personal data in clear"


def test_the_same_woman_in_latin_letters_at_the_hospital_is_one_person_and_one_case(cast: Cast) -> None:
    with acting(cast.officer):
        first = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(cast.nurse):
        aggressor = replace(KHALID, name_ar="", name_latin="Khaled Yousif Ahmed Aldosari")
        later = a_report(victim=MARYAM_IN_LATIN, aggressor=aggressor, received_at=NOON + timedelta(hours=1))
        second = services.receive(actor=cast.nurse, report=later, now=NOON + timedelta(hours=1))
    assert (second.victim_id, second.case_id) == (first.victim_id, first.case_id)
    with acting(SEE_ALL):
        assert Case.objects.get().report_count == 2
        level = Grant.objects.get(subject_id=first.case_id, unit_id=cast.nurse.unit_id).level
    assert level == Level.SUMMARY, "a hospital sees what it sent and the state of things, not the file"


def test_the_hospital_sees_its_own_report_and_not_that_of_the_police(cast: Cast) -> None:
    with acting(cast.officer):
        police = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(cast.nurse):
        own = services.receive(actor=cast.nurse, report=a_report(), now=NOON)
        assert list(selectors.reports(cast.nurse, now=NOON)) == [own]
        assert set(Report.objects.values_list("pk", flat=True)) == {own.pk}, "the database refuses it too"
    with acting(cast.officer):
        assert {police.pk, own.pk} == set(
            selectors.reports(cast.officer, now=NOON).values_list("pk", flat=True)
        )


def test_an_agency_without_a_grant_sees_no_row_even_without_the_python_filter(cast: Cast) -> None:
    with acting(cast.officer):
        services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(cast.association):
        for model in (Case, Report, Person, PersonRecord, Reporter, Duty):
            assert not model.objects.exists(), f"{model.__name__} leaks"
    with acting(None):
        for table in (Case, Report, Person, PersonRecord, Reporter, Duty, Entry):
            assert not table.objects.exists(), f"{table.__name__} is visible to nobody's context"


def test_a_signed_report_cannot_be_changed_or_deleted(cast: Cast) -> None:
    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    for deed in ("UPDATE cases_report SET severity = 'x'", "DELETE FROM cases_report"):
        with (
            acting(SEE_ALL),
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(deed)
    with acting(cast.officer):
        assert Report.objects.get().digest == report.digest
        services.add_addendum(actor=cast.officer, report_id=report.pk, text="ورد تقرير طبي.", now=NOON)
        assert [one.text for one in selectors.addenda(cast.officer, report=report)] == ["ورد تقرير طبي."]


def test_the_reporter_stays_sealed_from_who_lacks_the_power(cast: Cast) -> None:
    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    weak = replace(cast.colleague, powers=cast.colleague.powers - {"reporter.see"})
    with acting(weak):
        assert not Reporter.objects.exists()
        with pytest.raises(AccessRefused):
            services.open_reporter(actor=weak, report_id=report.pk, now=NOON)


def test_who_has_the_power_reads_the_reporter_and_is_written_down(cast: Cast) -> None:
    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    strong = replace(cast.officer, powers=cast.officer.powers | {"reporter.see"})
    with acting(strong):
        assert services.open_reporter(actor=strong, report_id=report.pk, now=NOON).name == "سارة جارة مريم"
    with acting(SEE_ALL):
        assert Entry.objects.filter(
            did="cases.reporter_read", subjects__contains=[f"report:{report.pk}"]
        ).exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"relation": "NOBODY"}, Reason.UNKNOWN_CODE),
        ({"forms": ("PHY", "???")}, Reason.UNKNOWN_CODE),
        ({"received_at": NOON + timedelta(days=2)}, Reason.RECEIVED_IN_FUTURE),
        ({"incident_on": date(2026, 12, 24)}, Reason.INCIDENT_AFTER_RECEIPT),
        (
            {"investigation_started_at": NOON, "investigation_finished_at": NOON - timedelta(hours=1)},
            Reason.INVESTIGATION_BACKWARDS,
        ),
        ({"victim": replace(MARYAM, age=130, birth_date=None)}, Reason.AGE_OUT_OF_RANGE),
        ({"victim": replace(MARYAM, birth_date=date(2027, 1, 1))}, Reason.BIRTH_IN_FUTURE),
        ({"aggressor": MARYAM}, Reason.SAME_PERSON),
        ({"victim": replace(MARYAM, personal_number="12x")}, Reason.BAD_PERSONAL_NUMBER),
        ({"narrative": "ا" * 70_000}, Reason.TEXT_TOO_LONG),
    ],
)
def test_a_report_that_cannot_be_is_refused_by_its_reason_and_leaves_nothing(
    cast: Cast, changes: dict[str, object], reason: Reason
) -> None:
    with acting(cast.officer):
        with pytest.raises(CannotReport) as refused:
            services.receive(actor=cast.officer, report=a_report(**changes), now=NOON)
        assert refused.value.reason == reason
    with acting(SEE_ALL):
        assert not Report.objects.exists() and not Person.objects.exists()


def test_one_bad_report_of_a_batch_does_not_hold_up_the_others_and_a_known_one_is_present(cast: Cast) -> None:
    reports = [
        a_report(external_ref="A-1"),
        a_report(external_ref="A-2", relation="NOBODY"),
        a_report(external_ref="A-1"),
        a_report(external_ref="A-3"),
    ]
    with acting(cast.officer):
        first = services.receive_many(actor=cast.officer, reports=reports, now=NOON, duties="none")
        again = services.receive_many(actor=cast.officer, reports=reports, now=NOON, duties="none")
        assert Report.objects.count() == 2
    assert [one.status for one in first] == ["created", "refused", "present", "created"]
    assert [one.status for one in again] == ["present", "refused", "present", "present"]
    assert first[1].reason == "unknown_code" and first[1].facts["value"] == "NOBODY"


def test_who_lacks_the_power_cannot_report(cast: Cast) -> None:
    with acting(cast.analyst), pytest.raises(AccessRefused):
        services.receive(actor=cast.analyst, report=a_report(), now=NOON)


def test_an_unknown_aggressor_is_a_person_without_a_name_and_never_joined_to_another(cast: Cast) -> None:
    from takatuf.people.rules import PersonIn

    unknown = PersonIn(sex="male", anonymous=True)
    with acting(cast.officer):
        one = services.receive(actor=cast.officer, report=a_report(aggressor=unknown), now=NOON)
        two = services.receive(actor=cast.officer, report=a_report(aggressor=unknown), now=NOON)
    assert one.victim_id == two.victim_id and one.aggressor_id != two.aggressor_id


def test_the_deed_and_its_trace_commit_together(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from takatuf.journal import services as journal

    def broken(**_: object) -> None:
        raise RuntimeError("the journal is full")

    monkeypatch.setattr(journal, "record_many", broken)
    with acting(cast.officer):
        with pytest.raises(RuntimeError), transaction.atomic():
            services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(SEE_ALL):
        assert not Report.objects.exists() and not Person.objects.exists() and not Grant.objects.exists()


def test_drafts_are_seen_by_their_writer_only(cast: Cast) -> None:
    with acting(cast.officer):
        draft = services.save_draft(actor=cast.officer, content={"narrative": "لم يكتمل"}, now=NOON)
        assert selectors.draft_content(cast.officer, draft=draft) == {"narrative": "لم يكتمل"}
    with acting(cast.colleague):
        assert not selectors.drafts(cast.colleague).exists()
        from takatuf.cases.models import Draft

        assert not Draft.objects.exists()
