"""Pictures of the main pages for README and docs/how-to, of a demo that is running: `make screenshots`.

Signs in as demo accounts with the demo's password from TAKATUF_HOME; invented people only.
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HOUSE = Path(__file__).resolve().parent.parent
FOLDER = HOUSE / "docs" / "how-to"
ADDRESS = f"http://127.0.0.1:{os.environ.get('TAKATUF_PORT', '8000')}"
HOME = Path(os.environ.get("TAKATUF_HOME", HOUSE / "var"))
# name of the file, account, language, path; the path "case" is the first case of the account's list
PICTURES = (
    ("worklist-ar", "officer.capital", "ar", "/"),
    ("worklist-en", "officer.capital", "en", "/"),
    ("case-ar", "officer.capital", "ar", "case"),
    ("report-ar", "officer.capital", "ar", "/reports/new/"),
    ("figures-ar", "analyst", "ar", "/statistics/victims/"),
)


def main() -> int:
    password = (HOME / "keys" / "demo_password").read_text().strip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, account, language, path in PICTURES:
            page = signed_in(browser, account, language, password)
            page.goto(ADDRESS + (first_case(page) if path == "case" else path))
            page.wait_for_load_state("networkidle")
            page.screenshot(path=FOLDER / f"{name}.png")
            print(f"docs/how-to/{name}.png")
            page.context.close()
        browser.close()
    return 0


def signed_in(browser: Browser, account: str, language: str, password: str) -> Page:
    locale = {"ar": "ar", "en": "en-GB"}[language]
    page = browser.new_context(viewport={"width": 1280, "height": 800}, locale=locale).new_page()
    page.goto(f"{ADDRESS}/accounts/login/")
    page.fill("[name=login]", account)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{ADDRESS}/")
    if page.locator("html").get_attribute("lang") != language:
        page.click(f"form button[lang={language}]")
        page.wait_for_load_state()
    return page


def first_case(page: Page) -> str:
    page.goto(f"{ADDRESS}/cases/")
    links = page.locator("main a[href^='/cases/']").evaluate_all(
        "all => all.map(one => one.getAttribute('href'))"
    )
    return next(link for link in links if len(link.strip("/").split("/")[-1]) == 26)


if __name__ == "__main__":
    sys.exit(main())
