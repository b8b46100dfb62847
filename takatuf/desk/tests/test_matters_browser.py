"""The road of a report in a real Chromium, in both languages: looked for, typed, kept, signed, found again."""

import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from takatuf.access import services as access
from takatuf.access.models import User
from takatuf.cases import selectors, services
from takatuf.cases.imports.models import ImportRun, QuarantinedRow
from takatuf.cases.models import Report
from takatuf.desk.tests.test_imports import COLUMNS, brought_in
from takatuf.desk.tests.test_work_browser import chromium, sound, visit
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people.rules import PersonIn
from tests.cast import ADMINISTRATION, NOON, a_report, employ

__all__ = ["chromium", "visit"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SEE_ALL = system("tests")
LONG = "نورة عبدالرحمن خليفة محمد عبدالله البوعينين"
TOLD = "دفعها على الدرج أمام ابنها، ثم منعها من الخروج."
WORDS = {
    "ar": {
        "nobody": "لم يُعثر على أحد",
        "saved": "حُفظ الساعة",
        "signed": "تم توقيع البلاغ",
        "done": "أُنجز واجب",
    },
    "en": {
        "nobody": "Nobody found",
        "saved": "Saved at",
        "signed": "The report is signed",
        "done": "a duty was done",
    },
}


@pytest.fixture
def officer(chromium: Any, live_server: Any) -> Actor:
    with acting(ADMINISTRATION):
        access.load_pack(actor=ADMINISTRATION, now=NOON)
        return employ("officer", "police", "officer")


def open_(page: Page, live_server: Any, name: str, *ids: Any) -> None:
    page.goto(live_server.url + reverse(f"desk:{name}", args=ids))


@pytest.mark.parametrize(("language", "width"), [("ar", 1366), ("en", 360)])
def test_a_report_from_signing_in_to_the_first_duty_done(
    officer: Actor, visit: Any, live_server: Any, language: str, width: int
) -> None:
    words = WORDS[language]
    page = visit("officer", language=language, width=width)
    open_(page, live_server, "search")
    page.fill("#id_name", LONG)
    page.select_option("#id_purpose", "report")
    page.press("#id_name", "Enter")
    expect(page.locator("#found")).to_have_text(words["nobody"])
    sound(page)

    page.locator(".panel-foot button").click()
    expect(page.locator("#victim-name_ar")).to_have_value(LONG)
    page.locator("button[value=check]").click()  # too early: how it came in is missing
    expect(page.locator("#troubles")).to_be_focused()
    sound(page)
    page.locator("#troubles a").first.click()
    expect(page.locator("#receipt-channel")).to_be_focused()

    page.select_option("#receipt-channel", "person")
    page.select_option("#incident-relation", "HUS")
    expect(page.locator("[data-note-of]")).to_be_visible()
    page.check("#incident-violence_0")
    page.check("#incident-child_exposure_1")
    page.fill("#incident-incident_on", "22/11/2026")
    with page.expect_response(lambda response: response.url.endswith("/keep/")) as kept:
        page.fill("#incident-narrative", TOLD)
    assert kept.value.status == 200
    expect(page.locator("#saved")).to_contain_text(words["saved"])
    assert draft_of(officer)["incident-narrative"] == [TOLD]

    page.locator("button[value=check]").click()
    expect(page.locator("form.sign")).to_be_visible()
    sound(page)
    page.check("#confirm")
    page.locator("form.sign button").click()
    expect(page.locator("h1")).to_have_text(words["signed"])
    sound(page)
    with acting(SEE_ALL), transaction.atomic():
        report = Report.objects.get()
    expect(page.locator(".receipt-number")).to_contain_text(report.reference)

    page.locator(".receipt a.btn-primary").click()
    expect(page.locator(".person-name").first).to_have_text(LONG)
    sound(page)
    before = page.locator(".case-duty").count()
    page.locator(".case-duty button").first.click()
    expect(page.locator(".case-duty")).to_have_count(before - 1)
    expect(page.locator(".timeline")).to_contain_text(words["done"])
    page.locator(".line-report a").click()
    expect(page.locator(".prose").first).to_have_text(TOLD)
    sound(page)


def draft_of(actor: Actor) -> dict[str, Any]:
    with acting(actor), transaction.atomic():
        return selectors.draft_content(actor, draft=selectors.drafts(actor).get())


def test_the_text_stays_when_the_session_ends_and_is_kept_after_signing_in_again(
    officer: Actor, chromium: Any, live_server: Any
) -> None:
    with acting(officer):
        draft = services.save_draft(actor=officer, content={}, now=NOON)
    # A window of its own: the browser itself complains on its console of the 401 that is wanted here.
    page = chromium.new_context().new_page()
    sign_in(page, live_server, officer)
    open_(page, live_server, "draft", draft.pk)
    Session.objects.all().delete()
    with page.expect_response(lambda response: response.url.endswith("/keep/")) as refused:
        page.fill("#incident-narrative", TOLD)
    assert refused.value.status == 401
    expect(page.locator("#saved a")).to_have_attribute("href", re.compile("/accounts/login/"))
    expect(page.locator("#incident-narrative")).to_have_value(TOLD)

    sign_in(page, live_server, officer)
    with page.expect_response(lambda response: response.url.endswith("/keep/")) as kept:
        page.locator("#incident-narrative").press_sequentially("!")
    assert kept.value.status == 200
    assert TOLD in draft_of(officer)["incident-narrative"][0]
    page.context.close()


def sign_in(page: Page, live_server: Any, actor: Actor) -> None:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.mark.parametrize(("language", "width"), [("ar", 360), ("en", 1366)])
def test_lists_and_files_are_sound_with_much_and_with_long_names(
    officer: Actor, visit: Any, live_server: Any, language: str, width: int
) -> None:
    with acting(officer):
        woman = PersonIn(name_ar=LONG, sex="female", address="مبنى 12، طريق 34")
        reports = [a_report(victim=woman, external_ref=f"R-{n}", narrative=TOLD * 20) for n in range(35)]
        services.receive_many(actor=officer, reports=reports, now=NOON)
    with acting(SEE_ALL), transaction.atomic():
        report = Report.objects.all()[0]
    page = visit("officer", language=language, width=width)
    for name, ids in (
        ("cases", ()),
        ("case", (report.case_id,)),
        ("case_openings", (report.case_id,)),
        ("report", (report.pk,)),
        ("search", ()),
        ("report_new", ()),
    ):
        open_(page, live_server, name, *ids)
        sound(page)
        assert LONG not in page.title() and report.reference not in page.url
    open_(page, live_server, "case", report.case_id)
    page.mouse.wheel(0, 3000)
    expect(page.locator(".band")).to_be_in_viewport()


def test_an_import_is_tried_watched_and_mended(officer: Actor, visit: Any, live_server: Any) -> None:
    with acting(ADMINISTRATION):
        clerk = employ("clerk", "police", "data_clerk")
    client = Client()
    client.force_login(User.objects.get(pk=clerk.user_id))
    run = brought_in(client, {}, {"forms": "XXX"})
    page = visit("clerk", language="ar", width=360)
    open_(page, live_server, "imports")
    sound(page)
    page.set_input_files("#id_file", {"name": "x.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"})
    page.select_option("#id_mapping", "bh_register")
    page.locator("button[value=try]").click()
    expect(page.locator("#tried .error-summary")).to_be_visible()
    open_(page, live_server, "import_run", run.pk)
    sound(page)
    page.locator(".import-row a").click()
    sound(page)
    page.fill(f"#column-{COLUMNS.index('forms')}", "ECO")
    page.locator("button[value=retry]").click()
    expect(page.locator(".sum")).to_be_visible()
    with acting(SEE_ALL), transaction.atomic():
        assert QuarantinedRow.objects.get().status == "created" and ImportRun.objects.get().quarantined == 0
