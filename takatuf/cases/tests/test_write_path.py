"""The quick way into the tables: the same checks, the same policies, and plans that forget who asked last."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from takatuf.cases import services
from takatuf.cases.models import Case, Report, Reporter
from takatuf.duties.models import Duty
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.kernel.db import bulk, prepared
from takatuf.kernel.ids import new_id
from takatuf.people.models import Person
from tests.cast import NOON, Cast, a_report

SEE_ALL = system("tests")
HARD = [
    '"',
    "\\",
    '\\"',
    "{a,b}",
    "NULL",
    "null",
    "",
    " ",
    "a\nb\tc",
    "'",
    "%s",
    "{}",
    "مريم «علي»",
    "\u2066x\u2069",
]


def a_case(cast: Cast, **changes: object) -> dict[str, object]:
    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(SEE_ALL):
        row = Report.objects.filter(pk=report.pk).values().get()
    return {**row, "id": new_id(), "external_ref": "", "reference": f"R-{new_id().hex[:9]}", **changes}


@pytest.mark.parametrize("text", HARD)
def test_every_text_comes_back_as_it_went_in(cast: Cast, text: str) -> None:
    row = a_case(cast, channel=text, forms=[text, "x"])
    with acting(cast.officer):
        bulk.insert(Report, [row])
        kept = Report.objects.get(pk=row["id"])
    assert (kept.channel, kept.forms) == (text, [text, "x"])
    assert bytes(kept.digest) == bytes(row["digest"])  # type: ignore[call-overload]


def test_nulls_dates_and_empty_lists_come_back(cast: Cast) -> None:
    row = a_case(cast, incident_on=None, victim_age=None, details=None, forms=[], signed_by=None)
    with acting(cast.officer):
        bulk.insert(Report, [row, {**row, "id": new_id(), "reference": "R-ANOTHER12", "victim_age": 0}])
        kept = Report.objects.get(pk=row["id"])
        assert Report.objects.filter(victim_age=0).count() == 1, "unknown is not zero, nor zero unknown"
    assert (kept.incident_on, kept.victim_age, kept.details, kept.forms) == (None, None, None, [])
    assert kept.received_at == NOON


def test_a_text_that_is_too_long_is_refused_and_not_cut(cast: Cast) -> None:
    row = a_case(cast, unit="x" * 41)
    with acting(cast.officer), pytest.raises(DatabaseError, match="too long"), transaction.atomic():
        bulk.insert(Report, [row])


def test_row_security_holds_for_many_rows_as_for_one(cast: Cast) -> None:
    row = a_case(cast)
    for actor in (cast.nurse, None):
        with (
            acting(actor),
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
        ):
            bulk.insert(Report, [row])  # of a unit that is not hers


def test_what_is_not_given_takes_the_models_default_but_an_id_must_be_given(cast: Cast) -> None:
    row = {name: value for name, value in a_case(cast).items() if name not in {"reporter_kind", "tool"}}
    with acting(cast.officer):
        bulk.insert(Report, [row])
        assert Report.objects.get(pk=row["id"]).tool == ""
        with pytest.raises(TypeError, match=r"Report\.id must be given"):
            bulk.insert(Report, [{name: value for name, value in row.items() if name != "id"}])


def test_no_rows_are_no_statement(cast: Cast) -> None:
    sent: list[object] = []

    def note(*statement: object) -> None:
        sent.append(statement)

    with connection.execute_wrapper(note):  # type: ignore[arg-type]
        bulk.insert(Report, [])
    assert sent == []


def test_a_plan_that_is_kept_shows_each_actor_only_her_own(cast: Cast) -> None:
    with acting(cast.officer):
        mine = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(cast.association):
        theirs = services.receive(actor=cast.association, report=a_report(narrative=""), now=NOON)

    def seen() -> set[object]:
        with prepared.cursor() as cursor:
            cursor.execute("SELECT id FROM cases_report WHERE received_at >= %s", [NOON - timedelta(days=1)])
            return {pk for (pk,) in cursor.fetchall()}

    for _ in range(4):  # more often than it takes for the server to keep the plan
        with acting(cast.association):
            assert seen() == {theirs.pk}
        with acting(cast.nurse):
            assert seen() == set()
        with acting(None):
            assert seen() == set()
        with acting(SEE_ALL):
            assert seen() == {mine.pk, theirs.pk}
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%cases_report WHERE received%%'"
        )
        assert cursor.fetchone() == (1,), "the plan was kept"


def test_one_report_takes_a_bounded_number_of_statements(cast: Cast) -> None:
    with acting(cast.officer):
        services.receive(actor=cast.officer, report=a_report(), now=NOON)
        for again in (
            a_report(),
            a_report(
                victim=replace(a_report().victim, name_ar="هند سالم المالكي", personal_number="", phones=())
            ),
        ):
            count = 0

            def one(execute: object, *arguments: object) -> object:
                nonlocal count
                count += 1
                return execute(*arguments)  # type: ignore[operator]

            with connection.execute_wrapper(one):  # type: ignore[arg-type]
                services.receive(actor=cast.officer, report=again, now=NOON)
            assert count <= 24


def test_many_reports_take_no_more_statements_than_one(cast: Cast) -> None:
    def counted(number: int) -> int:
        count = 0

        def one(execute: object, *arguments: object) -> object:
            nonlocal count
            count += 1
            return execute(*arguments)  # type: ignore[operator]

        reports = [a_report(external_ref=f"{number}-{at}") for at in range(number)]
        with connection.execute_wrapper(one), acting(cast.officer):  # type: ignore[arg-type]
            services.receive_many(actor=cast.officer, reports=reports, now=NOON)
        return count

    counted(1)
    assert counted(40) <= counted(2) + 2


def test_what_is_given_back_is_what_is_in_the_table(cast: Cast) -> None:
    with acting(cast.officer):
        given = services.receive(actor=cast.officer, report=a_report(), now=NOON)
        kept = Report.objects.get(pk=given.pk)
        names = [field.attname for field in Report._meta.concrete_fields]
        for name in names:
            one, other = getattr(given, name), getattr(kept, name)
            assert (bytes(one) if isinstance(one, bytes) else one) == (
                bytes(other) if isinstance(other, memoryview) else other
            ), name
        assert Case.objects.get(pk=given.case_id).report_count == 1
        assert Duty.objects.filter(case_id=given.case_id).exists()
    with acting(SEE_ALL):
        assert Person.objects.count() == 2 and Reporter.objects.filter(pk=given.pk).count() <= 1


def test_a_reference_of_a_colleagues_unit_is_no_crash(cast: Cast) -> None:
    from takatuf.access.models import Unit
    from takatuf.cases.rules import NotVisible
    from tests.cast import employ

    other = Unit.objects.filter(agency=cast.officer.agency, active=True).exclude(pk=cast.officer.unit_id)[0]
    elsewhere = employ("elsewhere", "police", "officer", unit=other)
    with acting(elsewhere):
        services.receive(actor=elsewhere, report=a_report(external_ref="X-1"), now=NOON)
    weak = replace(cast.clerk)
    with acting(weak), pytest.raises(NotVisible):
        services.receive(actor=weak, report=a_report(external_ref="X-1"), now=NOON)


def test_a_twin_in_one_batch_is_present_and_points_at_the_first(cast: Cast) -> None:
    with acting(cast.officer):
        first, twin = services.receive_many(
            actor=cast.officer, reports=[a_report(external_ref="X"), a_report(external_ref="X")], now=NOON
        )
    assert (first.status, twin.status) == ("created", "present") and twin.report_id == first.report_id


def test_a_reference_that_two_bring_at_once_is_refused_by_the_table_and_nothing_is_half_done(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import IntegrityError

    from takatuf.cases import selectors

    with acting(cast.officer):
        services.receive(actor=cast.officer, report=a_report(external_ref="X"), now=NOON)
        monkeypatch.setattr(
            selectors, "known_references", lambda *_, **__: {}
        )  # not yet there when we looked
        with pytest.raises(IntegrityError, match="once_per_agency_reference"), transaction.atomic():
            services.receive(actor=cast.officer, report=a_report(external_ref="X"), now=NOON)
        assert Report.objects.count() == 1
    with acting(SEE_ALL):
        assert Person.objects.count() == 2 and Case.objects.get().report_count == 1
