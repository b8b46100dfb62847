"""Who is let into a case by another, who judges an emergency opening, and who is kept out whenever it turns out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from takatuf.access import selectors as access
from takatuf.access import services as access_services
from takatuf.access.models import Grant, Lock, Unit
from takatuf.access.rules import AccessRefused, Basis, Level, Power, Reason, Verdict
from takatuf.cases import openings, selectors, services
from takatuf.cases.models import Case, Report
from takatuf.cases.rules import NotVisible
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel import clock
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.people import services as people
from takatuf.people.models import Person
from takatuf.people.rules import PersonIn
from tests.cast import KHALID, MARYAM, NOON, Cast, a_report, employ

SEE_ALL = system("tests")
ADMIN = system("tests", powers=frozenset({Power.ACCESS_MANAGE.value}))
REASON = "المرأة في خطر داهم ولا يرد مكتب الحماية"


def a_case(cast: Cast) -> Report:
    with acting(cast.officer):
        return services.receive(actor=cast.officer, report=a_report(), now=NOON)


def to_the_association(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "unit_code": cast.association.unit,
        "level": Level.FULL,
        "basis": Basis.REFERRAL,
        "purpose": "إحالة للإرشاد",
        "until": clock.now() + timedelta(days=30),
        "now": clock.now(),
        **changes,
    }


def test_a_case_shared_for_a_month_opens_reports_and_persons_to_the_unit_and_closes_again(cast: Cast) -> None:
    report, now = a_case(cast), clock.now()
    with acting(cast.officer):
        openings.share(actor=cast.officer, case_id=report.case_id, **to_the_association(cast))
    with acting(cast.association):
        header = selectors.header(cast.association, case_id=report.case_id, now=now)
        assert header is not None
        assert header.victim is not None
        assert header.victim.name == MARYAM.name_ar
        assert selectors.text_of(cast.association, report=report, now=now).narrative
        opening = next(
            one
            for one in access.openings(cast.association, subject_id=report.case_id)
            if one.unit_id == cast.association.unit_id
        )
        assert (opening.basis, opening.level) == ("referral", Level.FULL)
        assert (
            selectors.header(cast.association, case_id=report.case_id, now=now + timedelta(days=31)) is None
        )
    with acting(cast.officer):
        openings.stop_sharing(
            actor=cast.officer,
            case_id=report.case_id,
            unit_id=cast.association.unit_id,
            reason="انتهى الإرشاد وأُغلقت الإحالة من الطرفين",
            now=now,
        )
    with acting(cast.association):
        assert not Case.objects.exists()
        assert not Person.objects.exists()
    with acting(SEE_ALL):
        given = Entry.objects.get(did="access.grant_given")
        assert (given.purpose, given.basis) == ("إحالة للإرشاد", "referral")
        assert Entry.objects.filter(did="access.grant_ended").count() == 1


def test_a_summary_opens_no_person_and_no_report(cast: Cast) -> None:
    report = a_case(cast)
    with acting(cast.officer):
        openings.share(
            actor=cast.officer, case_id=report.case_id, **to_the_association(cast, level=Level.SUMMARY)
        )
    with acting(cast.association):
        assert Case.objects.count() == 1
        assert not Person.objects.exists()
        assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"basis": Basis.BREAK_GLASS}, Reason.BASIS_NOT_GIVEN),
        ({"basis": Basis.ORIGINATED}, Reason.BASIS_NOT_GIVEN),
        ({"purpose": " "}, Reason.PURPOSE_NEEDED),
        ({"until": None}, Reason.END_NEEDED),
        ({"until": None, "basis": Basis.CONSENT}, Reason.END_NEEDED),
        ({"until": NOON - timedelta(days=1)}, Reason.ENDS_IN_THE_PAST),
        ({"unit_code": "nowhere"}, Reason.UNKNOWN_UNIT),
    ],
)
def test_a_grant_needs_a_basis_a_purpose_and_an_end(
    cast: Cast, changes: dict[str, Any], reason: Reason
) -> None:
    report = a_case(cast)
    with acting(cast.officer), pytest.raises(AccessRefused) as refused:
        openings.share(actor=cast.officer, case_id=report.case_id, **to_the_association(cast, **changes))
    assert refused.value.reason == reason


def test_only_who_sees_it_whole_shares_it_and_what_a_unit_reported_itself_is_not_taken_from_it(
    cast: Cast,
) -> None:
    report = a_case(cast)
    with acting(cast.nurse):
        services.receive(actor=cast.nurse, report=a_report(), now=NOON)
        strong = replace(cast.nurse, powers=cast.nurse.powers | {Power.CASE_WRITE.value})
        with pytest.raises(AccessRefused) as summary:
            openings.share(actor=strong, case_id=report.case_id, **to_the_association(cast))
        assert summary.value.reason == Reason.NOT_VISIBLE
    with acting(cast.association), pytest.raises(NotVisible):
        openings.share(actor=cast.association, case_id=report.case_id, **to_the_association(cast))
    with acting(cast.officer):
        ended = openings.stop_sharing(
            actor=cast.officer,
            case_id=report.case_id,
            unit_id=cast.nurse.unit_id,
            reason=REASON,
            now=clock.now(),
        )
        assert ended == 0
    with acting(cast.nurse):
        assert Case.objects.count() == 1


@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_guardian_judges_an_opening_with_a_note_and_her_duty_is_done_with_it(
    cast: Cast, verdict: Verdict
) -> None:
    report, now = a_case(cast), clock.now()
    with acting(cast.nurse):
        services.receive(actor=cast.nurse, report=a_report(), now=NOON)
        services.break_glass(actor=cast.nurse, case_id=report.case_id, reason=REASON, now=now)
    with acting(cast.guardian):
        opening = access.break_glass_openings(cast.guardian, now=now).get()
        assert opening.reason == REASON
        with pytest.raises(AccessRefused) as wordless:
            openings.review_glass(
                actor=cast.guardian, grant_id=opening.pk, verdict=verdict, note=" ", now=now
            )
        assert wordless.value.reason == Reason.NOTE_NEEDED
        openings.review_glass(
            actor=cast.guardian,
            grant_id=opening.pk,
            verdict=verdict,
            note="راجعت السجل مع رئيسة القسم",
            now=now,
        )
        with pytest.raises(AccessRefused) as twice:
            openings.review_glass(
                actor=cast.guardian, grant_id=opening.pk, verdict=verdict, note="مرة", now=now
            )
        assert twice.value.reason == Reason.ALREADY_REVIEWED
        duty = Duty.objects.get(subject_id=report.case_id, unit_id=cast.guardian.unit_id)
        assert (duty.status, duty.outcome) == ("done", verdict.value)
        assert duty.note is not None
        assert "راجعت".encode() not in bytes(duty.note)
        assert not Report.objects.exists(), "who reviews does not read the file"
    with acting(cast.nurse):
        # An opening that was not justified ends with the verdict; a justified one with its hour.
        assert Report.objects.count() == (2 if verdict is Verdict.JUSTIFIED else 1)
    with acting(cast.officer), pytest.raises(AccessRefused) as powerless:
        openings.review_glass(actor=cast.officer, grant_id=opening.pk, verdict=verdict, note="لا", now=now)
    assert powerless.value.reason == Reason.NO_POWER


def test_kin_recorded_later_closes_the_cases_that_are_there_already(cast: Cast) -> None:
    """A brother of the aggressor serves in the office that took the report; nobody knew until today."""
    number = "887812399"
    brother = employ(
        "brother", "police", "officer", number=number, unit=Unit.objects.get(pk=cast.officer.unit_id)
    )
    report = a_case(cast)
    described = PersonIn(name_ar="سالم يوسف أحمد الدوسري", personal_number=number, sex="male")
    another = PersonIn(name_ar="هدى سالم علي النعيمي", personal_number="887712377", sex="female")
    with acting(cast.officer):
        theirs = a_report(victim=another, aggressor=described)
        other = services.receive(actor=cast.officer, report=theirs, now=NOON)
    with acting(brother):
        assert Case.objects.get().pk == report.case_id, "of the other he is a party himself"
    with acting(cast.officer):
        people.add_kinship(
            actor=cast.officer,
            person_id=other.aggressor_id,
            other_id=report.aggressor_id,
            relation="BRO",
            now=NOON,
        )
    with acting(brother):
        assert not Case.objects.exists()
        assert not Report.objects.exists()
        assert services.open_case(actor=brother, case_id=report.case_id, now=NOON) is None
    with acting(SEE_ALL):
        attempt = Entry.objects.get(did="access.conflict_attempt")
        assert attempt.user_id == str(brother.user_id)


def test_an_account_opened_later_for_a_party_or_kin_is_locked_out_of_what_is_there(cast: Cast) -> None:
    report = a_case(cast)
    husband = employ("khalid", "police", "officer", unit=Unit.objects.get(pk=cast.officer.unit_id))
    with acting(husband):
        assert Case.objects.count() == 1, "nobody knows yet who he is"
    with acting(ADMIN):
        with pytest.raises(AccessRefused) as unreadable:
            openings.know_number(actor=ADMIN, user_id=husband.user_id, personal_number="12x", now=NOON)
        assert unreadable.value.reason == Reason.BAD_PERSONAL_NUMBER
        number = f" {KHALID.personal_number[:4]}-{KHALID.personal_number[4:]}"
        assert (
            openings.know_number(actor=ADMIN, user_id=husband.user_id, personal_number=number, now=NOON) == 3
        )
        assert openings.lock_out_account(actor=ADMIN, user_id=husband.user_id, now=NOON) == 0, "once"
    with acting(husband):
        assert not Case.objects.exists()
        assert not Person.objects.exists()
        assert not Grant.objects.exists()
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="access.locked_out").count() == 3
        known = Entry.objects.get(did="access.number_known")
        assert KHALID.personal_number not in f"{known.subjects}{known.details}"
        assert set(Lock.objects.values_list("subject_id", flat=True)) == {
            report.case_id,
            report.victim_id,
            report.aggressor_id,
        }
    with acting(cast.officer), pytest.raises(AccessRefused):
        openings.lock_out_account(actor=cast.officer, user_id=husband.user_id, now=NOON)


def test_a_wrong_lock_is_lifted_by_who_manages_conflicts_with_a_reason_and_stays_in_the_journal(
    cast: Cast,
) -> None:
    husband = employ("khalid", "police", "officer", number=KHALID.personal_number)
    husband = replace(husband, unit_id=cast.officer.unit_id, unit=cast.officer.unit)
    a_case(cast)
    with acting(cast.guardian):
        locks = list(Lock.objects.filter(user_id=husband.user_id))
        assert len(locks) == 3
        for lock in locks:
            access_services.lift_lock(
                actor=cast.guardian, lock_id=lock.pk, reason="تشابه في الرقم الشخصي ثبت خطؤه", now=NOON
            )
    with acting(husband):
        assert Case.objects.count() == 1
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="access.lock_lifted").count() == 3
