"""Duties: opened by the pack's rules, done, undone, escalated; nothing lapses in silence."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from takatuf.access.models import Unit
from takatuf.access.rules import AccessRefused
from takatuf.cases import services as cases
from takatuf.duties import rules, selectors, services
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.kernel.reference import pack
from tests.cast import MARYAM, NOON, Cast, a_report, employ

SEE_ALL = system("tests")


def a_duty(cast: Cast) -> Duty:
    with acting(cast.officer):
        cases.receive(actor=cast.officer, report=a_report(), now=NOON)
        duty = selectors.worklist(cast.officer, now=NOON).first()
    assert duty is not None
    return duty


def test_every_duty_has_an_owner_a_due_time_a_rule_and_its_proof_in_both_languages(cast: Cast) -> None:
    a_duty(cast)
    with acting(SEE_ALL):
        for duty in Duty.objects.all():
            assert duty.due_at >= NOON and duty.rule
            assert any("\u0600" <= letter <= "\u06ff" for letter in duty.proof_ar) and duty.proof_en


def test_a_minor_obliges_somebody_to_find_a_carer_within_the_statutory_time(cast: Cast) -> None:
    from dataclasses import replace
    from datetime import date

    child = replace(
        MARYAM, birth_date=date(2016, 5, 1), personal_number="167712399", name_ar="نورة خالد يوسف الدوسري"
    )
    with acting(cast.officer):
        cases.receive(actor=cast.officer, report=a_report(victim=child, relation="FAT"), now=NOON)
    with acting(SEE_ALL):
        duty = Duty.objects.get(kind__contains="carer")
    assert timedelta(days=13) < duty.due_at - NOON <= timedelta(days=15)


def test_a_second_report_of_the_same_case_does_not_open_the_same_duty_twice(cast: Cast) -> None:
    with acting(cast.officer):
        for _ in range(3):
            cases.receive(actor=cast.officer, report=a_report(), now=NOON)
    with acting(SEE_ALL):
        open_now = list(Duty.objects.filter(status="open").values_list("case_id", "kind", "unit_id"))
    assert len(open_now) == len(set(open_now))


def test_done_is_written_and_can_be_taken_back_by_who_did_it_for_a_quarter_of_an_hour(cast: Cast) -> None:
    duty = a_duty(cast)
    with acting(cast.officer):
        services.complete(actor=cast.officer, duty_id=duty.pk, now=NOON, note="اتصلت بها")
        with pytest.raises(rules.DutyRefused) as twice:
            services.complete(actor=cast.officer, duty_id=duty.pk, now=NOON)
        assert selectors.note(cast.officer, duty=Duty.objects.get(pk=duty.pk)) == "اتصلت بها"
    assert twice.value.reason == rules.Reason.ALREADY_CLOSED
    with acting(cast.colleague), pytest.raises(rules.DutyRefused) as other:
        services.undo(actor=cast.colleague, duty_id=duty.pk, now=NOON)
    assert other.value.reason == rules.Reason.NOT_YOURS_TO_UNDO
    with acting(cast.officer):
        with pytest.raises(rules.DutyRefused) as late:
            services.undo(actor=cast.officer, duty_id=duty.pk, now=NOON + timedelta(minutes=16))
        assert late.value.reason == rules.Reason.TOO_LATE_TO_UNDO
        services.undo(actor=cast.officer, duty_id=duty.pk, now=NOON + timedelta(minutes=5))
        assert Duty.objects.get(pk=duty.pk).status == "open"


def test_another_unit_cannot_see_or_do_it(cast: Cast) -> None:
    duty = a_duty(cast)
    with acting(cast.nurse):
        assert selectors.get(cast.nurse, duty_id=duty.pk) is None
        assert not Duty.objects.filter(pk=duty.pk).exists()
        with pytest.raises((rules.DutyRefused, AccessRefused)):
            services.complete(actor=cast.nurse, duty_id=duty.pk, now=NOON)


def test_a_supervisor_gives_a_duty_to_a_colleague_and_a_worker_may_only_take_it_herself(cast: Cast) -> None:
    duty = a_duty(cast)
    with acting(cast.officer):
        with pytest.raises(AccessRefused):
            services.assign(actor=cast.officer, duty_ids=[duty.pk], user_id=cast.colleague.user_id, now=NOON)
        assert (
            services.assign(actor=cast.officer, duty_ids=[duty.pk], user_id=cast.officer.user_id, now=NOON)
            == 1
        )
    with acting(cast.supervisor):
        services.assign(actor=cast.supervisor, duty_ids=[duty.pk], user_id=cast.colleague.user_id, now=NOON)
        with pytest.raises(rules.DutyRefused):
            services.assign(actor=cast.supervisor, duty_ids=[duty.pk], user_id=cast.nurse.user_id, now=NOON)


def test_an_overdue_duty_climbs_the_ladder_once_per_rung_and_is_written(cast: Cast) -> None:
    duty = a_duty(cast)
    later = duty.due_at + timedelta(days=30)
    with acting(SEE_ALL):
        climbed = services.escalate(actor=SEE_ALL, now=later)
        assert climbed >= 1 and services.escalate(actor=SEE_ALL, now=later) == 0
        assert Entry.objects.filter(did="duties.escalated").count() == climbed


@given(hours=st.lists(st.integers(0, 500), max_size=4).map(sorted), late=st.integers(-100, 600))
def test_the_rung_never_falls_as_time_goes_on(hours: list[int], late: int) -> None:
    def rung(at: int) -> int:
        return rules.escalation_level(due_at=NOON, now=NOON + timedelta(hours=at), ladder_hours=hours)

    assert 0 <= rung(late) <= rung(late + 1) <= len(hours)
    assert late > 0 or rung(late) == 0


def test_unknown_facts_oblige_nobody_by_themselves() -> None:
    assert rules.applies(when={"victim_minor": [True]}, facts={"victim_minor": True})
    assert not rules.applies(when={"victim_minor": [True]}, facts={"victim_minor": "unknown"})
    assert not rules.applies(when={"victim_minor": [True]}, facts={})
    assert rules.applies(when={}, facts={})


def late_by(duty: Duty, hours: int) -> datetime:
    return duty.due_at + timedelta(hours=hours)


def test_who_sees_a_late_duty_depends_on_how_far_it_has_climbed(cast: Cast) -> None:
    """The unit at once, another unit of the agency in numbers when it reaches its head, the nation in numbers."""
    duty = a_duty(cast)
    kind = next(kind for kind in pack().duties if kind.code == duty.kind)
    hours = {step.to: step.after_hours for step in kind.ladder}
    office = Unit.objects.get(pk=cast.officer.unit_id)
    elsewhere = (
        Unit.objects.filter(agency=office.agency, active=True).exclude(pk=office.pk).order_by("code")[0]
    )
    head = employ("head", "police", "supervisor", unit=elsewhere)
    owner = employ("owner", "council", "strategy_owner")

    def seen(now: datetime) -> tuple[int, int, int]:
        with acting(SEE_ALL):
            services.escalate(actor=SEE_ALL, now=now)
        with acting(cast.supervisor):
            unit = selectors.overdue(cast.supervisor, now=now, kind=duty.kind).count()
        with acting(head):
            agency = sum(
                row["late"] for row in selectors.overdue_in_agency(head, now=now) if row["kind"] == duty.kind
            )
            assert selectors.get(head, duty_id=duty.pk) is None, "numbers only"
        with acting(owner):
            rows = selectors.overdue_nationally(owner, now=now)
            nation = sum(row["climbed"] for row in rows if row["kind"] == duty.kind)
        return unit, agency, nation

    assert seen(duty.due_at - timedelta(seconds=1)) == (0, 0, 0)
    assert seen(duty.due_at + timedelta(seconds=1)) == (1, 0, 0)
    assert seen(late_by(duty, hours["agency_head"] - 1)) == (1, 0, 0)
    assert seen(late_by(duty, hours["agency_head"])) == (1, 1, 0)
    if "strategy_owner" in hours:
        assert seen(late_by(duty, hours["strategy_owner"])) == (1, 1, 1)
    with acting(cast.officer):
        for refused in (selectors.overdue, selectors.overdue_in_agency, selectors.overdue_nationally):
            with pytest.raises(AccessRefused):
                refused(cast.officer, now=duty.due_at)
    with acting(cast.supervisor), pytest.raises(AccessRefused):
        selectors.overdue_nationally(cast.supervisor, now=duty.due_at)


def test_a_duty_that_is_done_in_time_or_late_climbs_no_more(cast: Cast) -> None:
    duty = a_duty(cast)
    with acting(cast.officer):
        services.complete(actor=cast.officer, duty_id=duty.pk, now=late_by(duty, 1))
    with acting(SEE_ALL):
        services.escalate(actor=SEE_ALL, now=late_by(duty, 1000))
        after = Duty.objects.get(pk=duty.pk)
        assert after.escalation == 0
        assert Entry.objects.get(did="duties.done").details["late"] is True


def test_a_duty_that_somebody_is_just_doing_is_left_for_the_next_run(cast: Cast) -> None:
    """Its row is held by another transaction: the job passes over it instead of waiting."""
    duty = a_duty(cast)
    with acting(SEE_ALL), CaptureQueriesContext(connection) as statements:
        services.escalate(actor=SEE_ALL, now=late_by(duty, 1000))
    reading = next(one["sql"] for one in statements if "FOR UPDATE" in one["sql"])
    assert "SKIP LOCKED" in reading


def test_the_worklist_is_by_danger_then_by_time(cast: Cast) -> None:
    a_duty(cast)
    with acting(cast.officer):
        found = list(selectors.worklist(cast.officer, now=NOON))
        assert [(one.priority, one.due_at) for one in found] == sorted(
            (one.priority, one.due_at) for one in found
        )
        assert len({one.priority for one in found}) > 1
        counts = selectors.counts(cast.officer, now=NOON)
        assert (counts.open, counts.mine) == (len(found), 0)
        services.assign(actor=cast.officer, duty_ids=[found[0].pk], user_id=cast.officer.user_id, now=NOON)
        assert list(selectors.worklist(cast.officer, now=NOON, mine=True)) == [found[0]]
        late = found[0].due_at + timedelta(minutes=1)
        assert found[0] in selectors.worklist(cast.officer, now=late, overdue=True)
