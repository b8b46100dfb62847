"""The case page, its list and its reports: what each level opens, and what it keeps closed."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from takatuf.access import services as access
from takatuf.access.models import Unit
from takatuf.access.rules import Level
from takatuf.cases import services
from takatuf.cases.models import Report
from takatuf.desk.views.cases import as_csv, as_xlsx
from takatuf.journal.models import Entry
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people.rules import PersonIn
from tests.cast import KHALID, MARYAM, NOON, Cast, a_report, employ

SignIn = Callable[[Actor], Any]
SEE_ALL = system("tests")
SECRETS = (
    MARYAM.name_ar,
    MARYAM.personal_number,
    *MARYAM.phones,
    KHALID.name_ar,
    "الدرج",
    "سارة جارة مريم",
    "36000009",
)
REASON = "خطر داهم على حياتها الآن ولا يجيب أحد في الوحدة"


@pytest.fixture
def report(cast: Cast) -> Report:
    with acting(cast.officer):
        return services.receive(actor=cast.officer, report=a_report(), now=NOON)


def url(name: str, report: Report) -> str:
    return reverse(f"desk:{name}", args=[report.pk if name.startswith("report") else report.case_id])


def let_in(cast: Cast, actor: Actor, report: Report, level: Level) -> None:
    """Grant another unit a level on the case, as a referral would."""
    assert actor.unit_id is not None
    with acting(replace(cast.officer, scope="linker")):
        access.open_many(
            actor=cast.officer,
            opens=[
                access.Opens(
                    kind="case",
                    subject_id=report.case_id,
                    unit_id=actor.unit_id,
                    level=level,
                    basis="referral",
                )
            ],
            now=NOON,
        )


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    assert response["Cache-Control"] == "no-store"
    return str(response.content.decode())


def test_the_officer_sees_the_whole_case_and_the_journal_says_that_she_did(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    page = text(signed_in(cast.officer), url("case", report))

    for shown in (MARYAM.name_ar, KHALID.name_ar, report.reference, report.case.reference, "وقع أمام الطفل"):
        assert shown in page
    # Neither what happened nor who told it is on this page: those are read, and journalled, on the report's own.
    assert "الدرج" not in page and "سارة جارة مريم" not in page
    with acting(SEE_ALL):
        opened = Entry.objects.get(did="cases.opened")
        assert opened.user_id == str(cast.officer.user_id) and opened.details["level"] == Level.FULL


def test_a_stranger_agency_and_a_wrong_id_are_told_the_same(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    client = signed_in(cast.association)
    hidden = client.get(url("case", report))
    absent = client.get(reverse("desk:case", args=[cast.officer.user_id]))
    assert hidden.status_code == absent.status_code == 404
    for name in ("report", "case_openings"):
        assert client.get(url(name, report)).status_code == 404
    assert client.post(url("report_add", report), {"text": "زيارة ثانية"}).status_code == 404


def test_who_only_knows_that_it_exists_sees_the_reference_and_whom_to_ask(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    let_in(cast, cast.association, report, Level.EXISTENCE)
    page = text(signed_in(cast.association), url("case", report))
    with acting(SEE_ALL):
        assert Unit.objects.get(pk=cast.officer.unit_id).name_ar in page
    assert report.case.reference in page
    for secret in (*SECRETS, report.reference, "زوج", "وقع أمام الطفل"):
        assert secret not in page


def test_a_summary_tells_what_happened_and_no_names(cast: Cast, report: Report, signed_in: SignIn) -> None:
    let_in(cast, cast.association, report, Level.SUMMARY)
    page = text(signed_in(cast.association), url("case", report))
    assert "ملخص الملف" in page and "ورد بلاغ" in page
    for secret in (*SECRETS, report.reference):
        assert secret not in page


def test_a_party_and_her_kin_meet_a_closed_door_and_leave_a_trace(cast: Cast, signed_in: SignIn) -> None:
    with acting(SEE_ALL):
        office = Unit.objects.get(pk=cast.officer.unit_id)
    party = employ("party", "police", "officer", number=KHALID.personal_number, unit=office)
    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    client = signed_in(party)

    assert client.get(url("case", report)).status_code == 404
    assert client.get(url("report", report)).status_code == 404
    assert client.post(url("case_break_glass", report), {"reason": REASON}).status_code == 404
    assert report.case.reference not in text(client, reverse("desk:cases"))
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="access.conflict_attempt", user_id=str(party.user_id)).exists()


def test_glass_is_broken_with_a_reason_for_one_user_and_is_seen_on_the_page(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    let_in(cast, cast.nurse, report, Level.SUMMARY)
    client = signed_in(cast.nurse)

    short = client.post(url("case_break_glass", report), {"reason": "عاجل"})
    assert short.status_code == 200 and "id_reason_error" in short.content.decode()
    done = client.post(url("case_break_glass", report), {"reason": REASON}, follow=True)

    page = done.content.decode()
    assert MARYAM.name_ar in page and "فتح طارئ حتى" in page
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="access.glass_broken").count() == 1


def test_who_has_no_such_power_breaks_no_glass(cast: Cast, report: Report, signed_in: SignIn) -> None:
    let_in(cast, cast.association, report, Level.SUMMARY)
    client = signed_in(cast.association)
    assert url("case_break_glass", report) not in text(client, url("case", report))
    assert client.post(url("case_break_glass", report), {"reason": REASON}).status_code == 403


def test_the_timeline_is_filtered_and_turned_page_by_page(cast: Cast, signed_in: SignIn) -> None:
    with acting(cast.officer):
        for number in range(40):
            report = services.receive(
                actor=cast.officer, report=a_report(external_ref=f"T-{number}", narrative=""), now=NOON
            )
    client = signed_in(cast.officer)
    first = text(client, url("case", report) + "?kind=report")
    assert first.count('class="line line-report"') == 30 and "line-duty" not in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&").split("#")[0]
    second = text(client, url("case", report) + following)
    assert second.count('class="line line-report"') == 10
    assert text(client, url("case", report) + "?after=nonsense&kind=nothing")


def test_who_opened_the_file_is_shown_to_who_sees_it_whole(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    text(signed_in(cast.colleague), url("case", report))
    page = text(signed_in(cast.officer), url("case_openings", report))
    assert page.count("<tr>") == 2  # the head, and her colleague's line
    let_in(cast, cast.association, report, Level.SUMMARY)
    assert signed_in(cast.association).get(url("case_openings", report)).status_code == 404


# --- Reports ------------------------------------------------------------------------------------------------------


def test_a_report_is_read_without_who_told_it(cast: Cast, report: Report, signed_in: SignIn) -> None:
    page = text(signed_in(cast.officer), url("report", report))
    assert "دفعها على الدرج أمام ابنها." in page and bytes(report.digest).hex() in page
    assert "سارة جارة مريم" not in page and "36000009" not in page
    assert signed_in(cast.officer).post(url("report_unseal", report)).status_code == 403


def test_the_prosecutor_unseals_who_told_it_and_each_look_is_written_down(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    let_in(cast, cast.prosecutor, report, Level.FULL)
    client = signed_in(cast.prosecutor)
    assert "سارة جارة مريم" not in text(client, url("report", report))

    page = client.post(url("report_unseal", report)).content.decode()

    assert "سارة جارة مريم" in page and "36000009" in page
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="cases.reporter_read").count() == 1


def test_an_addendum_is_signed_and_an_empty_one_refused(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    client = signed_in(cast.officer)
    empty = client.post(url("report_add", report), {"text": "   "})
    assert "id_text_error" in empty.content.decode()
    client.post(url("report_add", report), {"text": "عادت وذكرت أن التهديد تكرر."})
    assert "عادت وذكرت أن التهديد تكرر." in text(client, url("report", report))


def test_an_addendum_outlives_the_session(cast: Cast, report: Report, client: Client) -> None:
    held = client.post(url("report_add", report), {"text": "التهديد تكرر"})
    assert held.status_code == 401 and "التهديد تكرر" in held.content.decode()


# --- The list -----------------------------------------------------------------------------------------------------


def test_the_list_shows_what_the_unit_may_see_and_filters_it(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    with acting(cast.nurse):
        other = services.receive(
            actor=cast.nurse,
            report=a_report(
                victim=PersonIn(name_ar="هدى سالم الكعبي", sex="female"), relation="BRO", forms=("ECO",)
            ),
            now=NOON,
        )
    client = signed_in(cast.officer)
    page = text(client, reverse("desk:cases"))
    assert report.case.reference in page and other.case.reference not in page
    assert report.case.reference in text(client, reverse("desk:cases") + "?relation=HUS&form=PHY&status=open")
    for nothing in ("relation=BRO", "form=ECO", "status=closed", "agency=PP", "reference=C-ZZ", "mine=on"):
        assert report.case.reference not in text(client, reverse("desk:cases") + f"?{nothing}")
    assert report.case.reference in text(client, reverse("desk:cases") + "?area=nonsense&sort=opened")


def test_a_long_list_is_turned_page_by_page_in_a_bounded_number_of_statements(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    with acting(cast.officer):
        services.receive_many(actor=cast.officer, reports=[many(number) for number in range(55)], now=NOON)
    client = signed_in(cast.officer)
    text(client, reverse("desk:cases"))
    with django_assert_max_num_queries(24):
        first = text(client, reverse("desk:cases"))
    assert first.count('class="case-row"') == 40 and "55" in first
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert text(client, reverse("desk:cases") + following).count('class="case-row"') == 15
    assert client.get(reverse("desk:cases") + "?after=nonsense")["Location"] == reverse("desk:cases")


def many(number: int) -> Any:
    woman = PersonIn(name_ar=f"سعاد {number}", personal_number=f"9013{number:05d}", sex="female")
    return a_report(victim=woman, external_ref=f"L-{number}", aggressor=replace(KHALID, personal_number=""))


def test_the_exported_list_holds_no_names_and_is_written_down(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    client = signed_in(cast.officer)
    rows = list(csv.reader(io.StringIO(client.get(reverse("desk:cases_csv")).content.decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(reverse("desk:cases_xlsx")).content)).active

    assert rows[1][0] == sheet.cell(2, 1).value == report.case.reference
    assert not any(secret in str(rows) for secret in SECRETS)
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="cases.list_exported").count() == 2


def test_no_text_becomes_a_formula() -> None:
    table = [["=1+1", "@x", "-2", "C-1", 7]]
    assert as_csv(table).decode("utf-8-sig").strip() == "'=1+1,'@x,'-2,C-1,7"
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(table))).active
    assert sheet.cell(1, 1).value in {"=1+1", "'=1+1"} and sheet.cell(1, 1).data_type == "s"


def test_an_empty_list_says_what_a_case_is(cast: Cast, signed_in: SignIn) -> None:
    assert "ليس لدى وحدتك حالات بعد" in text(signed_in(cast.nurse), reverse("desk:cases"))


@pytest.mark.parametrize("name", ["case", "case_openings", "report"])
def test_who_has_no_power_and_who_is_nobody(
    cast: Cast, report: Report, signed_in: SignIn, client: Client, name: str
) -> None:
    assert client.get(url(name, report))["Location"].startswith("/accounts/login/")
    assert signed_in(cast.analyst).get(url(name, report)).status_code == 403
    assert signed_in(cast.analyst).get(reverse("desk:cases")).status_code == 403


def test_the_pages_stand_in_a_bounded_number_of_statements(
    cast: Cast, report: Report, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(cast.officer)
    text(client, url("case", report))
    with django_assert_max_num_queries(48):
        text(client, url("case", report))
    with django_assert_max_num_queries(26):
        text(client, url("report", report))


def test_an_emergency_opening_ends_by_itself(
    cast: Cast, report: Report, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(cast, cast.nurse, report, Level.SUMMARY)
    client = signed_in(cast.nurse)
    client.post(url("case_break_glass", report), {"reason": REASON})
    later = clock.now() + access.rules.BREAK_GLASS_TIME
    monkeypatch.setattr("takatuf.kernel.clock.now", lambda: later)
    page = text(client, url("case", report))
    assert MARYAM.name_ar not in page and "ملخص الملف" in page
