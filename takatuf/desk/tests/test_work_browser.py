"""The desk's own work in a real Chromium: both languages, two widths, the keyboard, axe-core, and what CSP refuses."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright

from takatuf.access import services as access
from takatuf.access.models import User
from takatuf.cases import services as cases
from takatuf.desk.tests.test_work import PASSWORD, reported
from takatuf.duties.models import Duty
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from tests.cast import ADMINISTRATION, NOON, employ

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AXE = Path(__file__).resolve().parents[3] / "node_modules/axe-core/axe.min.js"
LONG = "عبدالرحمن بن محمد بن عبدالعزيز بن عبدالله آل خليفة الدوسري البوعينين"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    # Playwright's loop runs in this thread, and Django takes our own queries between its calls for asynchronous ones.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as player:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        browser = player.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def staff(chromium: Any, live_server: Any) -> dict[str, Actor]:
    """An office with work in it: reports, late duties, an emergency opening, a long name."""
    with acting(ADMINISTRATION):
        access.load_pack(actor=ADMINISTRATION, now=NOON)
        people = {
            "officer": employ("officer", "police", "officer"),
            "nurse": employ("nurse", "health", "health_worker"),
            "guardian": employ("guardian", "council", "guardian"),
            "auditor": employ("auditor", "council", "auditor"),
            "administrator": employ("administrator", "council", "administrator"),
            "strategist": employ("strategist", "council", "strategy_owner"),
            "judge": employ("judge", "court", "judge"),
        }
        office = people["officer"].unit
        users = User.objects.filter(username="officer")
        users.update(name_ar=LONG)
        supervisor = access.create_user(
            actor=ADMINISTRATION,
            username="supervisor",
            name_ar=LONG,
            name_en="Supervisor",
            password=PASSWORD,
            now=NOON,
        )
        made = access.give_role(
            actor=ADMINISTRATION, user_id=supervisor.pk, unit_code=office, role="supervisor", now=NOON
        )
        people["supervisor"] = access.actor_for(made, purpose="test")
    [report] = reported(people["officer"])
    with acting(people["nurse"]):
        reported(people["nurse"])
        cases.break_glass(
            actor=people["nurse"],
            case_id=report.case_id,
            reason="اتصلت والدتها الآن وهي في خطر داهم",
            now=clock.now(),
        )
    with acting(system("test")), transaction.atomic():
        Duty.objects.filter(kind="triage").update(
            opened_at=clock.now() - timedelta(days=2), due_at=clock.now() - timedelta(days=1), escalation=1
        )
    return people


@pytest.fixture
def visit(chromium: Any, live_server: Any) -> Iterator[Callable[..., Page]]:
    """A browser window, signed in. Whatever its console complains of, a script that CSP refused too, fails the test."""
    opened: list[Any] = []
    complaints: list[str] = []

    def go(username: str, *, language: str = "ar", width: int = 1366) -> Page:
        client = Client()
        client.force_login(User.objects.get(username=username))
        cookies = {"django_language": language, "sessionid": client.cookies["sessionid"].value}
        context = chromium.new_context(viewport={"width": width, "height": 800})
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        opened.append(context)
        page: Page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/")
        return page

    yield go
    for context in opened:
        context.close()
    assert complaints == []


def sound(page: Page, *, thoroughly: bool = True) -> None:
    """Nothing sticks out at the side, and (`thoroughly`) axe-core finds nothing serious."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide"
    if not thoroughly:
        return
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [
        (one["id"], [node["html"][:120] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
    assert serious == [], page.url


PLACES = {
    "officer": ["/", "/account/", "/accounts/2fa/", "/accounts/sessions/", "/accounts/password/change/", "/law/",
                "/law/?part=holidays", "/law/?part=calculator&day=2026-12-13&at=10:00&value=5&unit=working_days",
                "/law/?part=hotlines"],
    "supervisor": ["/", "/overdue/"],
    "strategist": ["/national/"],
    "guardian": ["/glass/"],
    "auditor": ["/journal/", "/journal/?username=officer"],
    "administrator": ["/users/", "/law/?part=holidays"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "width"), [("ar", 360), ("ar", 1366), ("en", 360), ("en", 1366)])
def test_every_page_is_whole_in_both_languages_and_at_both_widths(staff, visit, live_server, language, width):
    # What axe-core sees is the same at both widths: each page is asked once in each language.
    thoroughly = (language == "ar") == (width == 360)
    for username, urls in PLACES.items():
        page = visit(username, language=language, width=width)
        for url in urls:
            page.goto(live_server.url + url)
            assert page.get_attribute("html", "lang") == language
            assert page.get_attribute("html", "dir") == {"ar": "rtl", "en": "ltr"}[language]
            sound(page, thoroughly=thoroughly)
        if username == "guardian":
            page.get_by_role("link", name="مراجعة" if language == "ar" else "Review").first.click()
            sound(page, thoroughly=thoroughly)


def test_a_duty_is_done_and_taken_back_by_the_keyboard_alone(staff, visit, live_server):
    page = visit("officer", language="en")
    before = page.locator(".duty").count()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('btn-done')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".notice.good")).to_be_visible()
    assert page.locator(".duty").count() == before - 1
    undo = page.locator(".undo-list button")
    undo.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".undo-list")).to_have_count(0)
    assert page.locator(".duty").count() == before


def test_many_duties_are_handed_on_with_one_tick(staff, visit, live_server):
    page = visit("supervisor", language="en")
    page.goto(live_server.url + "/overdue/")
    page.check("[data-check-all]")
    assert page.locator("input[name=duty]:not(:checked)").count() == 0
    page.select_option("#bulk-user", label="Test officer")
    page.get_by_role("button", name="Hand on").click()
    expect(page.locator(".notice.good")).to_be_visible()
    expect(page.locator("table").first).to_contain_text("Test officer")


def test_a_second_factor_is_set_up_asked_for_and_recovered(staff, visit, live_server, chromium):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    page = visit("officer", language="en")
    page.goto(live_server.url + "/accounts/2fa/totp/activate/")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    assert page.evaluate("document.querySelector('.qr img').naturalWidth") > 0
    secret = page.locator(".steps code").inner_text()
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))
    page.fill("#id_code", code)
    page.get_by_role("button", name="Switch on").click()
    page.wait_for_url("**/accounts/2fa/codes/")
    recovery = page.locator(".codes code").first.inner_text()
    sound(page)
    page.get_by_role("button", name="Quick lock").click()
    page.wait_for_url("**/accounts/login/**")
    page.fill("#id_login", "officer")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/accounts/2fa/authenticate/**")
    sound(page)
    page.fill("#id_code", "000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".error-summary")).to_be_visible()
    page.fill("#id_code", recovery)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(live_server.url + "/")


def test_a_passkey_is_added_and_signs_in_without_a_password(staff, visit, live_server, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    page = visit("officer", language="en")
    local = live_server.url
    assert local.startswith("http://localhost"), "passkeys need a name, or a certificate"
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.goto(local + "/accounts/2fa/keys/add/")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    sound(page)
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/accounts/2fa/codes/")
    page.goto(local + "/accounts/2fa/keys/")
    expect(page.locator(".row-list")).to_contain_text("passkey")
    sound(page)
    page.get_by_role("button", name="Quick lock").click()
    page.wait_for_url("**/accounts/login/**")
    page.click("#passkey_login")
    page.wait_for_url(local + "/")


def test_a_key_that_does_not_answer_is_said_in_words(staff, visit, live_server):
    page = visit("officer", language="ar")
    page.get_by_role("button", name="إقفال سريع").click()
    page.wait_for_url("**/accounts/login/**")
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('no key')); }")
    page.click("#passkey_login")
    expect(page.locator("#passkey_trouble")).to_be_visible()


def test_an_administrator_makes_a_user_and_gives_her_a_role(staff, visit, live_server):
    page = visit("administrator", language="en", width=360)
    page.goto(live_server.url + "/users/new/")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    sound(page)
    page.fill("#id_username", "layla.new")
    page.fill("#id_name_ar", LONG)
    page.fill("#id_name_en", "Layla of a very long name that goes on and on without an end in sight")
    page.get_by_role("button", name="Create the account").click()
    assert len(page.locator(".secret").inner_text()) == 19
    sound(page)
    page.get_by_role("link", name="On to her roles").click()
    page.select_option("#unit", index=1)
    page.wait_for_selector("input[name=role]")
    sound(page)
    page.locator("input[name=role]").first.check()
    page.get_by_role("button", name="Give the role").click()
    expect(page.locator(".notice.good")).to_be_visible()


def test_escape_twice_locks_and_digits_are_shown_as_she_prefers(staff, visit, live_server):
    User.objects.filter(username="officer").update(arabic_digits=True)
    page = visit("officer")
    shown = page.locator(".tabs .count").first.inner_text()
    assert not any(digit in shown for digit in "0123456789")
    reference = page.locator(".duty-who .ltr").first.inner_text()
    assert any(digit in reference for digit in "0123456789") or reference.isascii()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_url("**/accounts/login/**")


def test_an_empty_house_says_what_to_expect(staff, visit, live_server):
    page = visit("judge", language="en")
    expect(page.locator(".empty")).to_contain_text("Nothing is due")
    sound(page)
