"""A nation that could be, and the same for the same seed."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings

from takatuf.kernel.reference import load
from takatuf.nation import truth
from takatuf.nation.country import Country, country_of
from takatuf.nation.people import siblings_of
from takatuf.nation.plan import Plan, make
from takatuf.nation.settings import Settings
from takatuf.nation.spelling import Flaw, slip, slip_of_digits
from takatuf.nation.tests.lands import land
from takatuf.nation.violence import PAIRS
from takatuf.nation.vocabulary import pools
from takatuf.people.linkage import names

UNTIL = date(2026, 11, 24)
PEOPLE = 6_000
_plans: dict[tuple[str, int], Plan] = {}


def country(name: str) -> Country:
    if name.startswith("land-"):
        return land(name.removeprefix("land-"))
    folder = Path(django_settings.PACKS_DIR) / name
    if not (folder / "pack.yaml").exists():
        pytest.skip(f"the pack {name} is not written yet")
    return country_of(load(folder))


def planned(name: str, seed: int = 7) -> Plan:
    """Plans are frozen and dear: one of each for the whole module."""
    if (name, seed) not in _plans:
        _plans[name, seed] = make(country(name), Settings(people=PEOPLE), seed=seed, until=UNTIL)
    return _plans[name, seed]


@pytest.fixture(params=["land-ar", "land-en", "bh", "xx"])
def plan(request: pytest.FixtureRequest) -> Plan:
    return planned(request.param)


def test_the_same_seed_gives_the_same_bytes_of_truth_and_another_seed_others(tmp_path: Path) -> None:
    small = Settings(people=800)
    for folder in ("one", "two"):
        truth.save(make(land(), small, seed=3, until=UNTIL), tmp_path / folder)
    for table in truth.TABLES:
        files = [truth.path_of(tmp_path / folder, 3, table).read_bytes() for folder in ("one", "two")]
        assert files[0] == files[1], table
    assert (tmp_path / "one" / "truth-3.json").read_text() == (tmp_path / "two" / "truth-3.json").read_text()
    one, other = make(land(), small, seed=3, until=UNTIL), make(land(), small, seed=4, until=UNTIL)
    assert list(one.feed()) == list(make(land(), small, seed=3, until=UNTIL).feed())
    assert [person.names for person in one.people.persons] != [
        person.names for person in other.people.persons
    ]


def test_a_knob_of_the_reports_does_not_change_who_lives_or_what_happened() -> None:
    one = make(land(), Settings(people=500), seed=1, until=UNTIL)
    two = make(land(), Settings(people=500, unreported=0.9), seed=1, until=UNTIL)
    assert one.people == two.people
    assert one.incidents == two.incidents
    assert len(two.filed) < len(one.filed)


def test_a_nation_has_exactly_the_people_that_were_asked_for(plan: Plan) -> None:
    assert len(plan.people.persons) == PEOPLE
    assert [person.id for person in plan.people.persons] == list(range(PEOPLE))
    assert sum(len(home.members) for home in plan.people.households) == PEOPLE
    for home in plan.people.households:
        assert all(plan.people.persons[one].household == home.id for one in home.members)


@pytest.mark.parametrize("people", [50, 51, 333])
def test_small_nations_are_full_too(people: int) -> None:
    assert len(make(land(), Settings(people=people, years=1), seed=2, until=UNTIL).people.persons) == people


def test_true_personal_numbers_are_nobodys_and_given_once(plan: Plan) -> None:
    numbers = [person.number for person in plan.people.persons if person.number]
    assert len(numbers) == len(set(numbers)) > 0.9 * PEOPLE
    template = plan.country.number_template
    for person in plan.people.persons:
        if person.number:
            at = template.index("MM")
            assert 13 <= int(person.number[at : at + 2]) <= 99
            year = template.index("YY")
            assert int(person.number[year : year + 2]) == person.born.year % 100
    phones = [person.phone for person in plan.people.persons if person.phone]
    assert len(phones) == len(set(phones))


def test_no_parent_is_too_young_for_a_child_and_no_child_is_unborn(plan: Plan) -> None:
    people = plan.people
    for child in people.persons:
        assert child.born < plan.until
        for parent in (child.mother, child.father):
            if parent is not None:
                assert (child.born - people.persons[parent].born).days > 14 * 365.25
                assert child.id in people.persons[parent].children
        if child.father is not None:
            father = people.persons[child.father]
            assert child.names[1:] == father.names[: len(child.names) - 1]
            assert child.family == father.family


def test_nobody_is_married_twice_at_once_or_to_kin(plan: Plan) -> None:
    people = plan.people
    for person in people.persons:
        spans = sorted(
            (people.marriages[one].start, people.marriages[one].end or date.max) for one in person.marriages
        )
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    for marriage in people.marriages:
        husband, wife = people.persons[marriage.husband], people.persons[marriage.wife]
        assert (husband.sex, wife.sex) == ("male", "female")
        assert wife not in siblings_of(people, husband)
        assert min(husband.age_on(marriage.start), wife.age_on(marriage.start)) >= 17
        assert marriage.start < (marriage.end or plan.until)


def test_a_marriage_that_ended_has_no_later_children(plan: Plan) -> None:
    for marriage in plan.people.marriages:
        if marriage.end is not None:
            common = set(plan.people.persons[marriage.husband].children) & set(
                plan.people.persons[marriage.wife].children
            )
            assert all(plan.people.persons[child].born <= marriage.end for child in common)


def test_every_true_id_exists_and_the_pair_stands_in_the_relation_that_is_told(plan: Plan) -> None:
    pairs = {
        kin: {(victim, aggressor) for victim, aggressor, _, _ in PAIRS[kin](plan.people, plan.until)}
        for kin in PAIRS
    }
    assert [incident.id for incident in plan.incidents] == list(range(len(plan.incidents)))
    for incident in plan.incidents:
        assert (incident.victim, incident.aggressor) in pairs[incident.kin]
        assert plan.people.persons[incident.victim].born < incident.at.date()
        assert plan.start <= incident.at.date() < plan.until
    for one in plan.filed:
        incident = plan.incidents[one.incident]
        assert (one.victim, one.aggressor) == (incident.victim, incident.aggressor)
        assert incident.at < one.report.received_at


def test_the_feed_is_by_time_of_receipt_and_no_reference_comes_twice(plan: Plan) -> None:
    feed = list(plan.feed())
    assert [report.received_at for _, report in feed] == sorted(report.received_at for _, report in feed)
    references = [report.external_ref for _, report in feed]
    assert len(references) == len(set(references))
    assert feed[-1][1].received_at < datetime(2026, 11, 24, tzinfo=ZoneInfo(plan.country.timezone))
    assert feed[0][1].received_at.astimezone(UTC).date() >= plan.start - timedelta(days=1)
    offices = {office.unit for office in plan.country.offices}
    assert {unit for unit, _ in feed} <= offices


def test_a_duplicate_names_an_earlier_report_of_the_same_unit_about_the_same_incident(plan: Plan) -> None:
    known = {one.report.external_ref: one for one in plan.filed}
    duplicates = [one for one in plan.filed if one.duplicate_of]
    assert duplicates
    for one in duplicates:
        first = known[one.duplicate_of]
        assert (first.unit, first.incident) == (one.unit, one.incident)
        assert first.report.received_at < one.report.received_at
        assert not first.duplicate_of


def within(found: int, of: int, rate: float) -> bool:
    """Whether a count lies within four standard deviations of what its rate promises."""
    return abs(found - of * rate) <= 4 * math.sqrt(of * rate * (1 - rate)) + 1


def test_damage_stays_within_its_stated_rates(plan: Plan) -> None:
    damage = plan.settings.damage
    described = [(one.report.victim, one.victim, one.victim_flaws) for one in plan.filed]
    described += [(one.report.aggressor, one.aggressor, one.aggressor_flaws) for one in plan.filed]
    named = [row for row in described if row[0].name_ar or row[0].name_latin]
    assert within(sum(Flaw.TYPO in flaws for _, _, flaws in named), len(named), damage.typo)
    numbered = [
        row for row in named if row[0].personal_number.strip("0") and Flaw.NUMBER_RELATIVE not in row[2]
    ]
    assert within(
        sum(Flaw.NUMBER_TYPO in flaws for _, _, flaws in numbered), len(numbered), damage.number_typo
    )
    born = [row for row in named if row[0].birth_date]
    assert within(sum(Flaw.BIRTH_WRONG in flaws for _, _, flaws in born), len(born), damage.birth_wrong)
    assert within(
        sum(Flaw.BIRTH_YEAR_ONLY in flaws for _, _, flaws in born), len(born), damage.birth_year_only
    )
    undated = sum(one.report.incident_on is None for one in plan.filed)
    assert within(undated, len(plan.filed), damage.incident_undated)
    assert within(sum(bool(one.duplicate_of) for one in plan.filed), len(plan.filed), damage.duplicate)


def test_what_is_not_called_damaged_is_true(plan: Plan) -> None:
    about_number = {Flaw.NUMBER_MISSING, Flaw.NUMBER_TYPO, Flaw.NUMBER_RELATIVE}
    about_birth = {Flaw.BIRTH_MISSING, Flaw.BIRTH_WRONG, Flaw.BIRTH_YEAR_ONLY, Flaw.BIRTH_FIRST_OF_JANUARY}
    for one in plan.filed:
        for written, true_id, flaws in (
            (one.report.victim, one.victim, set(one.victim_flaws)),
            (one.report.aggressor, one.aggressor, set(one.aggressor_flaws)),
        ):
            true = plan.people.persons[true_id]
            nameless = bool(flaws & {Flaw.ANONYMOUS, Flaw.NAMELESS})
            if not nameless and not flaws & about_number:
                assert written.personal_number == true.number
            if not nameless and not flaws & about_birth:
                assert (written.birth_date, written.birth_precision) == (true.born, "day")
            assert written.sex in (true.sex, "unknown")


def test_no_party_bears_the_other_partys_number(plan: Plan) -> None:
    for _, report in plan.feed():
        number = report.victim.personal_number.strip("0")
        assert not number or number != report.aggressor.personal_number


def test_wrong_numbers_keep_their_form(plan: Plan) -> None:
    form = re.compile(re.sub("YY|MM", r"\\d\\d", plan.country.number_template).replace("N", r"\d"))
    for _, report in plan.feed():
        for number in (report.victim.personal_number, report.aggressor.personal_number):
            assert not number or form.fullmatch(number) or not number.strip("0")


def test_a_few_pairs_have_many_incidents_which_grow_graver_and_closer() -> None:
    plan = make(land(), Settings(people=20_000), seed=5, until=UNTIL)
    counts = Counter((one.victim, one.aggressor, one.kin) for one in plan.incidents)
    once = sum(count == 1 for count in counts.values())
    assert 0.5 < once / len(counts) < 0.75
    assert sum(count >= 6 for count in counts.values()) / len(counts) < 0.12
    grave = {
        nth: [one.grave for one in plan.incidents if one.nth in nth] for nth in (range(1, 2), range(6, 30))
    }
    first, later = (sum(values) / len(values) for values in grave.values())
    assert later > first


def test_the_defaults_give_some_two_thousand_reports_of_which_some_are_of_one_incident() -> None:
    plan = make(land(), Settings(), seed=7, until=UNTIL)
    assert 1_500 <= len(plan.filed) <= 2_500
    heard = Counter(one.incident for one in plan.filed)
    assert len(heard) < len(plan.incidents)
    assert max(heard.values()) >= 4
    share = Counter(one.kin for one in plan.incidents)
    assert 0.48 < share["husband"] / len(plan.incidents) < 0.57
    evening = sum(one.at.hour >= 18 for one in plan.incidents) / len(plan.incidents)
    assert evening > 6 / 24 * 1.3


def test_two_languages_two_scripts() -> None:
    def latin(plan: Plan) -> float:
        reports = [report for _, report in plan.feed()]
        return sum(not report.victim.name_ar and bool(report.victim.name_latin) for report in reports) / len(
            reports
        )

    assert latin(planned("land-ar")) < 0.35
    assert latin(planned("land-en")) > 0.6


@pytest.mark.parametrize("name", ["bh", "xx"])
def test_every_code_is_the_packs_and_every_kind_of_agency_is_heard(name: str) -> None:
    from takatuf.cases import rules

    plan, pack = planned(name), load(Path(django_settings.PACKS_DIR) / name)
    codes = {
        listed: frozenset(item.code for item in pack.items(listed))
        for listed in (*rules.CODED.values(), *rules.CODED_PERSON.values(), "forms", "reporter_kinds")
    }
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for _, report in plan.feed():
        rules.check_report(report, codes=codes, now=now)
    assert all(plan.country.relations.values()), plan.country.relations
    kinds = {office.kind for office in plan.country.offices} & set(dict(plan.settings.habits))
    heard = {
        office.kind for office in plan.country.offices if office.unit in {unit for unit, _ in plan.feed()}
    }
    assert heard == kinds


def test_the_lists_of_names_are_long_and_every_spelling_meets_its_arabic_name() -> None:
    home = pools()[0]
    assert len(home.given["male"].latin) >= 120
    assert len(home.given["female"].latin) >= 120
    assert len(home.family.latin) >= 200
    spellings = [pair for table in (*home.given.values(), home.family) for pair in _spellings(table.latin)]
    missed = [pair for pair in spellings if not _meet(*pair)]
    assert len(missed) <= 0.01 * len(spellings), missed


def _spellings(table: dict[str, tuple[str, ...]]) -> Iterable[tuple[str, str]]:
    return [(arabic, latin) for arabic, spellings in table.items() for latin in spellings]


def _meet(arabic: str, latin: str) -> bool:
    one, other = names.parse(arabic).parts, names.parse(latin).parts
    return len(one) == len(other) and all(
        names.keys(a) & names.keys(b) for a, b in zip(one, other, strict=True)
    )


def test_a_slip_changes_little_and_digits_keep_their_number() -> None:
    import random

    rng = random.Random(1)
    for _ in range(300):
        assert abs(len(slip("محمد عبدالله", rng)) - len("محمد عبدالله")) <= 1
        wrong = slip_of_digits("85-1399", rng)
        assert wrong != "85-1399"
        assert len(wrong) == 7
        assert wrong[2] == "-"


def test_a_country_without_units_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="land-ar"):
        make(replace(land(), offices=()), Settings(people=100), seed=1, until=UNTIL)
