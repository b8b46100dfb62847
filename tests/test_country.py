"""The same road in two countries; and nothing of either in the code."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from takatuf.access.models import Unit
from takatuf.access.rules import Power
from takatuf.cases import selectors as cases_selectors
from takatuf.cases import services as cases
from takatuf.cases.rules import CannotReport, ReportIn
from takatuf.duties.models import Duty
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.money import Money
from takatuf.kernel.reference import Pack, load, override
from takatuf.kernel.selectors import legal_calendar
from takatuf.kernel.text import Text
from takatuf.people import services as people
from takatuf.people.rules import PersonIn
from tests.cast import NOON, Cast, a_report, employ

HOUSE = Path(settings.BASE_DIR)
PACKS = {name: load(settings.PACKS_DIR / name, powers=frozenset(Power)) for name in ("bh", "xx")}
SEE_ALL = system("tests")


@pytest.fixture(params=sorted(PACKS))
def country(request: pytest.FixtureRequest) -> Iterator[Pack]:
    with override(PACKS[request.param]) as country:
        yield country


@pytest.fixture
def world(country: Pack, world: None) -> None:
    """The agencies and units of the country of this test, instead of those of the settings."""


@dataclass(frozen=True)
class People:
    """A woman and her husband, with numbers and phones in the form of their country."""

    country: Pack

    def number(self, year: int, serial: int) -> str:
        template = self.country.about.personal_number.demo.replace("YY", f"{year % 100:02d}").replace(
            "MM", "77"
        )
        return template.replace("N" * template.count("N"), f"{serial:0{template.count('N')}d}")

    def phone(self, serial: int) -> str:
        template = self.country.about.phone.demo
        return template.replace("N" * template.count("N"), f"{serial:0{template.count('N')}d}")

    def woman(self, born: date = date(1990, 3, 14)) -> PersonIn:
        return PersonIn(
            name_ar="مريم علي حسن الدوسري",
            name_latin="Mariam Ali Hasan Al Dosari",
            personal_number=self.number(born.year, 2345),
            phones=(self.phone(17),),
            birth_date=born,
            birth_precision="day",
            sex="female",
            nationality=self.country.about.nationality_home,
            area=self.country.areas[0].code,
        )

    def man(self) -> PersonIn:
        return PersonIn(name_ar="خالد يوسف أحمد الدوسري", personal_number=self.number(1985, 2346), sex="male")

    def report(self, **changes: object) -> ReportIn:
        return a_report(**{"victim": self.woman(), "aggressor": self.man(), **changes})


@pytest.fixture
def those(country: Pack) -> People:
    return People(country)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Received on Tuesday 24 November 2026 at 09:00 UTC. In xx Wednesday is Harvest Day, Friday an announced Election
# Day, and the weekend is Saturday and Sunday; in bh the weekend is Friday and Saturday.
DUE = {
    "bh": {
        "accept_report": "2026-11-24 10:00",
        "triage": "2026-11-24 20:59:59",
        "hospital": "2026-11-24 11:00",
        "refer_prosecution": "2026-11-26 20:59:59",
        "child_exposed": "2026-11-29 20:59:59",
    },
    "xx": {
        "accept_report": "2026-11-24 11:00",
        "triage": "2026-11-24 23:59:59",
        "hospital": "2026-11-24 12:00",
        "refer_prosecution": "2026-11-30 23:59:59",
    },
}


def test_a_report_obliges_as_the_law_of_its_country_says(country: Pack, cast: Cast, those: People) -> None:
    with acting(cast.officer):
        report = cases.receive(actor=cast.officer, report=those.report(), now=NOON)
    with acting(SEE_ALL):
        found = {duty.kind: duty for duty in Duty.objects.all()}
    assert {kind: duty.due_at for kind, duty in found.items()} == {
        kind: utc(due) for kind, due in DUE[country.code].items()
    }
    for kind, duty in found.items():
        assert duty.unit_id == cast.officer.unit_id and kind in {one.code for one in country.duties}
        assert duty.case_id == report.case_id and duty.rule in {rule.id for rule in country.all_rules}
        assert re.search("[\u0600-\u06ff]", duty.proof_ar) and duty.proof_en
    proof = found["refer_prosecution"].proof_en
    assert ("Election Day" in proof, "Harvest Day" in proof) == ((country.code == "xx"),) * 2, proof


def test_the_road_from_report_to_person_to_case_to_journal_to_search(
    country: Pack, cast: Cast, those: People
) -> None:
    typed = those.number(1990, 2345)
    spaced = " ".join(re.findall("..?", typed)).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    with acting(cast.officer):
        first = cases.receive(actor=cast.officer, report=those.report(), now=NOON)
        again = cases.receive(
            actor=cast.officer,
            report=those.report(
                victim=PersonIn(name_ar="مريم علي حسن الدوسري", personal_number=spaced, sex="female")
            ),
            now=NOON,
        )
        assert (again.case_id, again.victim_id) == (first.case_id, first.victim_id), "one person, one case"
        assert first.scope == "inside" and first.relation == "HUS"
        case = cases.open_case(actor=cast.officer, case_id=first.case_id, now=NOON)
        assert case is not None
        for wanted in (PersonIn(personal_number=typed), PersonIn(name_latin="Maryam Aldosari"),
                       PersonIn(phones=(f"+{country.about.phone.country_code} {those.phone(17)}",))):  # fmt: skip
            hits = people.search(actor=cast.officer, wanted=wanted, purpose="follow-up of a report", now=NOON)
            assert first.victim_id in {hit.person_id for hit in hits}, wanted
        assert cases_selectors.reports(cast.officer, now=NOON).count() == 2
    with acting(SEE_ALL):
        deeds = list(Entry.objects.order_by("seq").values_list("did", flat=True))
        assert deeds.count("cases.report_received") == 2
        assert {"cases.opened", "people.searched"} <= set(deeds)
        assert not [
            entry
            for entry in Entry.objects.all()
            if typed in str(entry.details) or "مريم" in str(entry.details)
        ]
    with acting(cast.association):
        assert not cases_selectors.reports(cast.association, now=NOON).exists(), "nobody else sees it"


def test_who_is_a_child_is_for_the_country_to_say(country: Pack, cast: Cast, those: People) -> None:
    nineteen = date(NOON.year - 19, 1, 5)
    with acting(cast.officer):
        cases.receive(actor=cast.officer, report=those.report(victim=those.woman(nineteen)), now=NOON)
    with acting(SEE_ALL):
        carer = Duty.objects.filter(kind="minor_carer").first()
    assert (carer is not None) is (country.age_of_majority(on=NOON.date()) == 21)
    with acting(cast.officer):
        child = those.woman(date(2015, 2, 3))
        cases.receive(actor=cast.officer, report=those.report(victim=child, relation="FAT"), now=NOON)
    with acting(SEE_ALL):
        due = Duty.objects.filter(kind="minor_carer").latest("opened_at", "id").due_at
    assert due == legal_calendar().end_of(date(2026, 12, 8)), "fourteen days, the day of receipt not counted"


def test_a_former_spouse_is_inside_the_law_of_one_country_only(
    country: Pack, cast: Cast, those: People
) -> None:
    with acting(cast.officer):
        report = cases.receive(actor=cast.officer, report=those.report(relation="XHU"), now=NOON)
    assert report.scope == {"bh": "outside", "xx": "inside"}[country.code]
    with acting(SEE_ALL):
        assert Duty.objects.filter(kind="outside_scope").exists() is (report.scope == "outside")


def test_a_number_of_another_country_is_sent_back(country: Pack, cast: Cast) -> None:
    other = People(PACKS["xx" if country.code == "bh" else "bh"])
    with acting(cast.officer), pytest.raises(CannotReport) as refused:
        cases.receive(actor=cast.officer, report=People(country).report(victim=PersonIn(
            name_ar="مريم علي", sex="female", personal_number=other.number(1990, 2345))), now=NOON)  # fmt: skip
    assert refused.value.facts["field"] == "victim.personal_number"


def test_broken_glass_obliges_the_guardian_of_the_country(country: Pack, cast: Cast, those: People) -> None:
    now = datetime.now(UTC)
    with acting(cast.officer):
        report = cases.receive(actor=cast.officer, report=those.report(received_at=now), now=now)
    with acting(cast.nurse):
        cases.receive(actor=cast.nurse, report=those.report(received_at=now), now=now)
        until = cases.break_glass(
            actor=cast.nurse,
            case_id=report.case_id,
            reason="المرأة في خطر داهم ولا يرد مكتب الحماية",
            now=now,
        )
    assert until == now + timedelta(hours=1)
    with acting(cast.guardian):
        review = Duty.objects.get(kind="glass_review")
    assert review.unit_id == cast.guardian.unit_id
    rule = country.rule("glass_review", on=now.date())
    assert review.due_at == legal_calendar().deadline(start=now, value=rule.value, unit=rule.unit).due


def test_every_role_of_the_country_can_be_held_somewhere_and_every_demo_account_stands(
    country: Pack, world: None
) -> None:
    for account in country.demo:
        kind = Unit.objects.get(code=account.unit).agency_kind
        actor = employ(account.username, kind, account.role, number=account.personal_number)
        assert actor.powers, account.username
    assert {account.role for account in country.demo} == {role.code for role in country.roles}
    agency_of = {unit.code: unit.agency for unit in country.units}
    assert {agency_of[account.unit] for account in country.demo} == {
        agency.code for agency in country.agencies
    }


def test_every_owner_of_a_duty_is_there_and_can_do_it(country: Pack, world: None) -> None:
    doers = {kind for role in country.roles if "duty.do" in role.powers for kind in role.agency_kinds}
    for duty in country.duties:
        kinds = set(duty.when.get("agency_kind", ())) if duty.owner == "receiving_unit" else {duty.owner}
        assert kinds <= doers, f"{duty.code}: nobody in {kinds - doers} may do it"


PAGES = ("worklist", "report_new", "cases", "overdue", "search", "reference", "account")


@pytest.mark.parametrize("language", ["ar", "en"])
def test_the_pages_of_a_supervisor_stand_in_both_countries_and_languages(
    country: Pack,
    cast: Cast,
    those: People,
    signed_in: Callable[[Actor], Client],
    settings: Any,
    language: str,
) -> None:
    settings.TAKATUF_SECOND_FACTOR = False
    with acting(cast.supervisor):
        report = cases.receive(actor=cast.supervisor, report=those.report(), now=NOON)
    client = signed_in(cast.supervisor)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    addresses = [reverse(f"desk:{name}") for name in PAGES]
    addresses += [reverse("desk:case", args=[report.case_id]), reverse("desk:report", args=[report.pk])]
    client.post(reverse("desk:language"), {"language": language})
    for address in addresses:
        page = client.get(address)
        assert page.status_code == 200, f"{address} {page.status_code}"
        text = page.content.decode()
        assert f'lang="{language}"' in text, address
        if country.code != "bh":
            assert (
                found_of_bahrain(iter((address, at, line) for at, line in enumerate(text.splitlines(), 1)))
                == []
            )
    draft = client.post(reverse("desk:report_new"), {"step": "begin"})
    sheet = client.get(draft["Location"]).content.decode()
    for area in country.areas:
        assert area.name.in_(language) in sheet


def test_money_is_told_in_the_units_of_the_country(country: Pack) -> None:
    currency = country.currency
    money = Money(1_234_567, currency.code, currency.minor_digits)
    told = money.text(Text(currency.ar, currency.en))
    assert told.en == {"bh": "1,234.567 BHD", "xx": "12,345.67 crown"}[country.code]
    assert told.ar == {"bh": "1,234.567 د.ب.", "xx": "12,345.67 تاج"}[country.code]


# Nothing of a country in the code ------------------------------------------------------------------------------------

OF_BAHRAIN = [
    (r"(?i)bahrain", "name the country of the pack: pack().name"),
    ("البحرين|بحريني", "name the country of the pack: pack().name"),
    (r"\bBHD\b|د\.ب|\bfils\b|فلس|دينار|(?i:\bdinars?\b)", "take the currency of the pack: pack().currency"),
    (r"\+973|['\"]973", "take the country code of the pack: pack().about.phone"),
    ("Asia/", "take the time zone of the pack: pack().timezone"),
    (r"\bBHR?\b|['\"]bh['\"]|packs/bh", "take what the instance is set to: pack()"),
    (r"\bCPR\b", "say personal number; its name is in the pack: pack().about.personal_number"),
    (
        r"(?i)\b(manama|muharraq|riffa|sitra|jidhafs|hidd)\b|المنامة|المحرق|الرفاع",
        "take the areas of the pack",
    ),
    (
        r"\b17/2015\b|\b34/2005\b|\b19/2017\b|\b30/2018\b",
        "cite the basis of the rule: pack().rule(…).legal_basis",
    ),
    (r"\b(SCW|MOSD|FCPO|MOI)\b|(?i:supreme council)|المجلس الأعلى للمرأة", "find agencies by their kind"),
    (r"dar al-aman|دار الأمان", "find shelters by the kind of their agency"),
]
# The one place that says which country an instance is when nobody says so.
ALLOWED = {("config/settings.py", 'TAKATUF_PACK = os.environ.get("TAKATUF_PACK", "bh")')}
TEXT = {".py", ".html", ".txt", ".js", ".css", ".svg", ".yaml", ".json", ".sql", ".toml"}


def code_of_the_house() -> Iterator[tuple[str, int, str]]:
    for folder in ("takatuf", "config"):
        for path in sorted((HOUSE / folder).rglob("*")):
            name = path.relative_to(HOUSE).as_posix()
            if path.suffix not in TEXT or "/tests/" in name or "__pycache__" in name or not path.is_file():
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield name, number, line


def found_of_bahrain(lines: Iterator[tuple[str, int, str]]) -> list[str]:
    return [
        f"{name}:{number} {match.group()!r}: {instead}"
        for name, number, line in lines
        if (name, line.strip()) not in ALLOWED
        for pattern, instead in OF_BAHRAIN
        if (match := re.search(pattern, line))
    ]


def test_nothing_of_bahrain_is_in_the_code() -> None:
    found = found_of_bahrain(code_of_the_house())
    assert not found, "this belongs into packs/:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        'zone = ZoneInfo("Asia/Bahrain")', 'title = "مملكة البحرين"', 'unit = "BHD"', "amount in fils",
        'phone = "+97336"',
        'if pack().code == "bh":', "label = 'CPR'", 'area = "المحرق"', "# Law 17/2015, Art. 13", 'owner = "SCW"',
    ],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(line: str) -> None:
    assert found_of_bahrain(iter([("takatuf/x.py", 1, line)]))


def test_the_search_looks_at_all_the_code() -> None:
    names = {name for name, _, _ in code_of_the_house()}
    assert {"config/settings.py", "takatuf/kernel/reference.py"} <= names
    assert any(name.endswith(".html") for name in names)


# Words --------------------------------------------------------------------------------------------------------------


def glossary() -> dict[str, str]:
    """English term → Arabic term."""
    rows = (
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (HOUSE / "GLOSSARY.md").read_text().splitlines()
        if line.startswith("|")
    )
    return {row[1]: row[0] for row in rows if len(row) == 4}


def test_the_pack_names_things_as_the_glossary_does() -> None:
    terms, country = glossary(), PACKS["bh"]
    named = [item for name in country.lists for item in country.items(name) if item.en in terms]
    other = [
        f"{item.code}: {item.ar}, the glossary says {terms[item.en]}"
        for item in named
        if item.ar != terms[item.en]
    ]
    assert not other, other
    assert {"PHY", "PSY", "SEX", "ECO", "guardian", "prosecutor", "judge", "MOI", "SCW", "PP"} <= {
        item.code for item in named
    }
