"""Country packs: every mistake is named by file, line and field; what is loaded is whole and frozen."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from takatuf.access.rules import Power
from takatuf.kernel import reference
from takatuf.kernel.reference import LISTS, NoRule, Pack, PackError, load, override, pack
from takatuf.kernel.text import Text

POWERS = frozenset(Power)
PACKS = sorted(path.parent for path in settings.PACKS_DIR.glob("*/pack.yaml"))
XX = load(settings.PACKS_DIR / "xx")
BH = load(settings.PACKS_DIR / "bh")


@pytest.fixture
def broken(tmp_path: Path) -> Callable[..., list[str]]:
    """Change one text of one file of a whole pack; returns the mistakes that are told of it."""

    def break_(file: str, old: str, new: str) -> list[str]:
        folder = tmp_path / "xx"
        shutil.copytree(settings.PACKS_DIR / "xx", folder, dirs_exist_ok=True)
        path = folder / f"{file}.yaml"
        text = path.read_text()
        assert text.count(old) >= 1, f"{file}.yaml has no {old!r}"
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(PackError) as refused:
            load(folder, powers=POWERS)
        return [str(problem) for problem in refused.value.problems]

    return break_


def line_of(file: str, text: str) -> int:
    lines = (settings.PACKS_DIR / "xx" / f"{file}.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_every_pack_of_the_house_is_whole(folder: Path) -> None:
    country = load(folder, powers=POWERS)
    assert country.code == folder.name
    assert set(country.lists) == set(LISTS)
    assert country.units and country.roles and country.relations and country.forms and country.all_rules


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_every_rule_says_on_what_it_rests_whether_that_was_checked_and_when_it_holds(folder: Path) -> None:
    for rule in load(folder).all_rules:
        assert rule.legal_basis.ar and rule.legal_basis.en and rule.source, rule.id
        if "from memory" in rule.source or "operating standard" in rule.legal_basis.en:
            assert not rule.verified, f"{rule.id} is called verified, and its source is memory"


# What is wrong, and what is told of it: file, line (of a text), field, message.
MISTAKES = [
    # file, old, new, where, field, message
    (
        "rules",
        "verified: true",
        "verfied: true",
        "report_receipt",
        "0.verfied",
        "unknown field; did you mean verified?",
    ),
    (
        "rules",
        "value: 2, unit: hours",
        "value: two, unit: hours",
        "report_receipt",
        "0.value",
        "valid integer",
    ),
    (
        "rules",
        "value: 2, unit: hours",
        "value: true, unit: hours",
        "report_receipt",
        "0.value",
        "valid integer",
    ),
    ("rules", "value: 2, unit: hours", "value: -2, unit: hours", "report_receipt", "0.value", "greater than"),
    (
        "rules",
        "value: 2, unit: hours",
        "value: 2, unit: moons",
        "report_receipt",
        "0.unit",
        "Input should be",
    ),
    (
        "rules",
        "unit: working_days, legal",
        "unit: percent, legal",
        "refer_prosecution",
        "5",
        "not counted in percent",
    ),
    ("rules", ', en: "s. 4, Safe Family Act"', "", "report_receipt", "0.legal_basis", "needs ar and en"),
    (
        "rules",
        "ar: المادة 4 من قانون الأسرة الآمنة",
        "ar: section",
        "report_receipt",
        "0.legal_basis",
        "no Arabic letter",
    ),
    (
        "rules",
        "valid_to: 2019-12-31",
        "valid_to: 2009-12-31",
        "valid_to: 2019",
        "3",
        "valid_to is before valid_from",
    ),
    (
        "rules",
        "valid_to: 2019-12-31",
        "valid_to: 2020-01-01",
        "valid_from: 2020-01-01",
        "4.valid_from",
        "another version",
    ),
    ("rules", ", valid_to: 2019-12-31", "", "valid_from: 2020-01-01", "4.valid_from", "another version"),
    (
        "rules",
        "source: invented, valid_from: 1950",
        "source: '', valid_from: 1950",
        "child_age",
        "7.source",
        "at least 1",
    ),
    ("relations", "ar: زوجة, en: Wife", "ar: wife, en: Wife", "code: WIF", "1.ar", "has no Arabic letter"),
    (
        "relations",
        "scope: outside, order: 16",
        "scope: beside, order: 16",
        "code: NEI",
        "15.scope",
        "Input should be",
    ),
    ("relations", "code: WIF", "code: HUS", "code: WIF", "1.code", "HUS is there twice"),
    ("reporter_kinds", "code: police", "code: no", "code: police", "5.code", "quote it"),
    (
        "agencies",
        "agency: SOCIAL, kind: social_centre, area: HILLS",
        "agency: SOCIAL, kind: social_centre, area: HILS",
        "SOCIAL-HILLS",
        "units.9.area",
        "HILS is unknown; did you mean HILLS?",
    ),
    ("agencies", "agency: MAINT,", "agency: NOBODY,", "MAINT-1", "units.6.agency", "NOBODY is unknown"),
    ("agencies", "units:\n", "unit:\n", "agencies:", "units", "must be a list"),
    (
        "areas",
        "last: 20080, area: HILLS",
        "last: 20080, area: HILS",
        "first: 20001",
        "blocks.1.area",
        "did you mean HILLS?",
    ),
    ("areas", "last: 20080", "last: 19000", "first: 20001", "blocks.1", "last is before first"),
    ("areas", "first: 25001", "first: 20080", "first: 25001", "blocks.2.first", "block 20080 is there twice"),
    ("forms", "parent: PSY", "parent: PSI", "code: CTL", "4.parent", "PSI is unknown; did you mean PSY?"),
    (
        "roles",
        "statistics.read]}",
        "statistics.reed]}",
        "code: auditor",
        "16.powers",
        "did you mean statistics.read?",
    ),
    (
        "roles",
        "agency_kinds: [police], powers",
        "agency_kinds: [polise], powers",
        "code: officer",
        "0.agency_kinds",
        "did you mean police?",
    ),
    (
        "duties",
        "rule: minor_carer",
        "rule: minor_career",
        "code: minor_carer",
        "3.rule",
        "did you mean minor_carer?",
    ),
    ("duties", "rule: minor_carer", "rule: no_such", "code: minor_carer", "3.rule", "no_such is unknown"),
    ("duties", "owner: council", "owner: councel", "code: glass_review", "5.owner", "did you mean council?"),
    (
        "duties",
        "{after_hours: 2, to: supervisor}, {after_hours: 24",
        "{after_hours: 24, to: supervisor}, {after_hours: 24",
        "code: accept_report",
        "0.ladder",
        "each step comes later",
    ),
    (
        "duties",
        "priority: 2",
        "priority: 7",
        "code: refer_prosecution",
        "4.priority",
        "less than or equal to 4",
    ),
    ("holidays", "month: 12, day: 1,", "month: 2, day: 30,", "fixed:", "fixed", "month 2 has no day 30"),
    ("holidays", "source: invented", "of: eid", "Election Day", "overrides.0.of", "eid is unknown"),
    (
        "demo",
        "unit: COURT-1",
        "unit: COURT-9",
        "username: judge",
        "11.unit",
        "COURT-9 is unknown; did you mean COURT-1?",
    ),
    (
        "demo",
        "role: judge",
        "role: officer",
        "username: judge",
        "11.role",
        "no role of an agency of kind court",
    ),
    ("demo", "VR88210001", "VR88010001", "username: officer", "0.personal_number", "could be a person's"),
    ("demo", "VR88210001", "V88210001", "username: officer", "0.personal_number", "not of the form"),
    (
        "demo",
        "username: supervisor,",
        "username: officer,",
        "username: supervisor",
        "1.username",
        "officer is there twice",
    ),
    (
        "pack",
        "timezone: Europe/Lisbon",
        "timezone: Europe/Atlantis",
        "timezone:",
        "timezone",
        "is no time zone",
    ),
    ("pack", "weekend: [6, 7]", "weekend: [6, 6]", "weekend:", "weekend", "each once"),
    ("pack", "weekend: [6, 7]", "weekend: [1, 2, 3, 4, 5, 6, 7]", "weekend:", "weekend", "not all"),
    ("pack", '"[A-Z]{2}[0-9]{8}"', '"[A-Z{2}"', "A-Z]", "personal_number.pattern", "is not a pattern"),
    (
        "pack",
        "demo: VRYYMMNNNN",
        "demo: VRYYMM",
        "demo: VRYYMM",
        "personal_number.demo",
        "does not give numbers",
    ),
    (
        "pack",
        "majority_rule: child_age",
        "majority_rule: child_agee",
        "majority_rule:",
        "majority_rule",
        "did you mean child_age?",
    ),
    (
        "pack",
        "nationality_home: XVR",
        "nationality_home: ZZZ",
        "nationality_home:",
        "nationality_home",
        "ZZZ is unknown",
    ),
    ("pack", "languages: [en, ar]", "languages: [en, fr]", "languages:", "languages.1", "Input should be"),
    ("pack", "code: xx", "code: xx\ncode: yy", "code: xx", "code", "is there twice"),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "field", "message"), MISTAKES)
def test_a_mistake_is_named_by_file_line_and_field(
    broken: Callable[..., list[str]], file: str, old: str, new: str, where: str, field: str, message: str
) -> None:
    told = broken(file, old, new)
    line = line_of(file, where) + (1 if new.startswith("code: xx\n") else 0)
    assert any(one.startswith(f"{file}.yaml:{line} {field}: ") and message in one for one in told), told


HINT = "; did you mean glass_review?"


def test_the_line_is_that_of_the_entry_also_where_the_list_is_shown_in_another_order(
    broken: Callable[..., list[str]],
) -> None:
    told = broken("duties", "rule: glass_review", "rule: glas_review")
    assert told == [
        f"duties.yaml:{line_of('duties', 'code: glass_review')} 5.rule: glas_review is unknown{HINT}"
    ]
    told = broken("forms", "order: 5, parent: PSY", "order: 0, parent: ZZ")
    assert any(one.startswith(f"forms.yaml:{line_of('forms', 'code: CTL')} 4.parent: ") for one in told)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "xx"
    shutil.copytree(settings.PACKS_DIR / "xx", folder)
    (folder / "tools.yaml").unlink()
    (folder / "places.yaml").write_text("- {code: home, ar: [")
    (folder / "marital.yaml").write_bytes(b"- {code: x, ar: \xff}")
    (folder / "forms.yaml").write_text("")
    text = (folder / "rules.yaml").read_text()
    (folder / "rules.yaml").write_text(text.replace("verified: true", "verified: perhaps"))
    with pytest.raises(PackError) as refused:
        load(folder)
    files = {problem.file for problem in refused.value.problems}
    assert files >= {"tools.yaml", "places.yaml", "marital.yaml", "forms.yaml", "rules.yaml"}
    told = str(refused.value)
    assert "tools.yaml:0 : is missing" in told
    assert "marital.yaml:1 : is not UTF-8" in told
    assert "places.yaml:2 : is not YAML" in told
    assert len([one for one in refused.value.problems if one.file == "rules.yaml"]) == text.count(
        "verified: true"
    )


def test_a_folder_that_is_no_pack_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"pack\.yaml:0 : is missing"):
        load(tmp_path / "nowhere")
    (tmp_path / "pack.yaml").mkdir()
    with pytest.raises(PackError, match="cannot be read"):
        load(tmp_path)


def test_what_is_loaded_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        XX.relations[0].code = "ZZZ"
    with pytest.raises(AttributeError):
        XX.relations.append("more")  # type: ignore[attr-defined]


def test_a_rule_is_read_as_it_was_in_force_on_the_day() -> None:
    assert XX.rule("minor_carer", on=date(2019, 12, 31)).value == 21
    assert XX.rule("minor_carer", on=date(2020, 1, 1)).value == 14
    assert "former" in XX.rule("minor_carer", on=date(1999, 1, 1)).legal_basis.en, (
        "the first version before all"
    )
    with pytest.raises(NoRule, match="no_such on 2026-01-01"):
        XX.rule("no_such", on=date(2026, 1, 1))


def test_a_rule_that_has_ended_is_no_rule_any_more() -> None:
    only = [
        rule.model_copy(update={"valid_to": date(2020, 1, 1)})
        for rule in XX.all_rules
        if rule.id == "child_age"
    ]
    country = Pack(XX.about, XX.lists, tuple(only), XX.blocks, XX.holidays, XX.demo, XX.folder)
    assert country.rule("child_age", on=date(2020, 1, 1)).value == 21
    with pytest.raises(NoRule):
        country.rule("child_age", on=date(2020, 1, 2))


def test_retired_codes_keep_their_name_and_are_not_offered() -> None:
    place: reference.Named = XX.lists["places"][0]
    home = place.model_copy(update={"retired": date(2026, 6, 1)})
    places = (home, *(item for item in XX.items("places") if item.code != "home"))
    country = Pack(
        XX.about, XX.lists | {"places": places}, XX.all_rules, XX.blocks, XX.holidays, XX.demo, XX.folder
    )
    assert country.label("places", "home") == Text("المنزل", "Home")
    assert ("home", "Home") not in country.choices("places", "en")
    assert ("home", "Home") in country.choices("places", "en", on=date(2026, 5, 31))
    assert ("home", "Home") not in country.choices("places", "en", on=date(2026, 6, 1))
    assert ("street", "الشارع") in country.choices("places", "ar")


def test_a_code_that_nobody_knows_is_its_own_name() -> None:
    assert BH.label("forms", "OLD") == Text("OLD", "OLD")
    assert BH.item("forms", "OLD") is None


def test_whom_the_law_names_is_inside_and_what_it_leaves_open_is_counted_apart() -> None:
    day = date(2026, 11, 24)
    scopes = {
        code: BH.relation_scope(code, on=day)
        for code in ("HUS", "BRO", "FOS", "XHU", "FIA", "DOM", "OTH", "?")
    }
    assert scopes == {
        "HUS": "inside", "BRO": "inside", "FOS": "inside", "XHU": "outside",
        "FIA": "outside", "DOM": "outside", "OTH": "outside", "?": "outside",
    }  # fmt: skip
    assert XX.relation_scope("XHU", on=day) == "inside", "another country, another law"


@pytest.mark.parametrize(
    ("block", "area"),
    [
        ("305", "CAP"), ("٢١٢", "MUH"), (" 533 ", "NOR"), ("911", "SOU"), ("1216", "NOR"),
        ("450", None), ("1010", None), ("300", None), ("1217", None), ("99", None), ("", None), ("abc", None),
        ("-305", None),
    ],
)  # fmt: skip
def test_the_area_of_a_block_is_known_or_nothing(block: str, area: str | None) -> None:
    assert BH.area_of_block(block) == area


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("907712345", "907712345"), ("٩٠٧٧١٢٣٤٥", "907712345"), ("90-77 12.345", "907712345"),
        ("007712345", "007712345"), ("\u200e907712345\u200f", "907712345"),
        ("90771234", None), ("9077123456", None), ("90771234x", None), ("", None),
        ("000000000", None), ("555555555", None), ("123456789", None),
    ],
)  # fmt: skip
def test_personal_numbers_come_into_one_form_and_placeholders_into_none(
    typed: str, number: str | None
) -> None:
    assert BH.normalise_personal_number(typed) == number


def test_a_month_that_is_none_is_a_warning_and_never_a_refusal() -> None:
    assert BH.personal_number_warning("907712345") == "month"
    assert BH.personal_number_warning("900112345") is None
    assert BH.personal_number_warning("not a number") is None
    assert BH.is_nobodys_number("907712345") and not BH.is_nobodys_number("900112345")


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("36000001", "36000001"), ("3600 0001", "36000001"), ("٣٦٠٠٠٠٠١", "36000001"),
        ("+973 3600-0001", "36000001"), ("0097336000001", "36000001"), ("97336000001", "36000001"),
        ("+966 50 123 4567", "+966501234567"), ("00966501234567", "+966501234567"),
        ("333", None), ("33333333", None), ("", None), ("no phone", None),
    ],
)  # fmt: skip
def test_phones_come_into_one_form(typed: str, phone: str | None) -> None:
    assert BH.normalise_phone(typed) == phone


@pytest.mark.parametrize("name", ["مجهول", " غير  معروفة ", "UNKNOWN", "n/a", "---", "؟", "12345", ""])
def test_what_is_typed_instead_of_a_name_is_no_name(name: str) -> None:
    assert BH.is_placeholder_name(name)


@pytest.mark.parametrize("name", ["مريم", "Noor", "مجهول الدوسري", "تجريب"])
def test_a_name_is_a_name(name: str) -> None:
    assert not BH.is_placeholder_name(name)


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_numbers_names_and_blocks(text: str) -> None:
    for country in (BH, XX):
        number = country.normalise_personal_number(text)
        assert number is None or country.normalise_personal_number(number) == number
        phone = country.normalise_phone(text)
        assert phone is None or country.normalise_phone(phone) == phone
        assert country.is_placeholder_name(text) in (True, False)
        assert country.area_of_block(text) is None or text.strip()


def test_the_pack_of_the_instance_is_that_of_the_settings_and_can_be_lived_out_of(settings: object) -> None:
    assert pack() is pack(), "loaded once"
    with override(XX):
        assert pack().currency.minor_digits == 2
        with override(BH):
            assert pack().code == "bh"
        assert pack().code == "xx"
    settings.TAKATUF_PACK = "xx"  # type: ignore[attr-defined]
    assert pack().code == "xx" and pack().name == Text("جمهورية فيريديا", "Republic of Viridia")


def test_the_age_of_majority_is_the_countrys() -> None:
    day = date(2026, 11, 24)
    assert (BH.age_of_majority(on=day), XX.age_of_majority(on=day)) == (18, 21)


def test_the_ways_to_say_it_are_words_of_both_languages() -> None:
    for country in (BH, XX):
        for name in LISTS:
            for item in country.items(name):
                assert item.name.ar != item.name.en, f"{country.code} {name} {item.code}"
        for rule in country.all_rules:
            assert reference.ARABIC.search(rule.name.ar) and rule.name.en
        assert country.about.currency.ar and country.version


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_where_a_shelter_is_stands_in_no_pack(folder: Path) -> None:
    country = load(folder)
    kinds = {agency.code: agency.kind for agency in country.agencies}
    shelters = [unit for unit in country.units if "shelter" in (kinds[unit.agency], unit.kind)]
    assert [unit.code for unit in shelters if unit.area] == []
