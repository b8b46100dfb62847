"""What may be joined and what never: bad input, guards, decisions; Splink and the online scorer weigh alike."""

import json
import random
import time
from dataclasses import replace
from datetime import date, timedelta
from importlib import resources

import pytest

from takatuf.people.linkage import batch, clusters, files, guards, incidents, levels, model, tokens
from takatuf.people.linkage.guards import Guard
from takatuf.people.linkage.incidents import Told
from takatuf.people.linkage.linker import Index, Known, Outcome, Overrides, decide, link
from takatuf.people.linkage.record import Features, Record, features
from takatuf.people.linkage.spelling import canonical, one_byte

MARYAM = Record(
    id="police",
    name_ar="مريم علي حسن الدوسري",
    number="881300012",
    number_birth=(88, 13),
    birth=date(1988, 3, 4),
    phones=("30000001",),
    area="12",
    sex="female",
)
MARYAM_IN_HOSPITAL = replace(MARYAM, id="hospital", name_ar="", name_latin="Mariam Ali Al Dossary", phones=())


def told(**changes) -> Features:
    return features(replace(MARYAM, **changes))


def decided(record: Features, *known: Features, **how):
    return decide(record, [Known(person="p", members=known)], model=model.shipped(), **how)


# --- bad input ------------------------------------------------------------------------------------------------------


def test_controls_digits_and_spellings_change_nothing() -> None:
    plain = told(id="a")
    odd = told(
        id="a",
        name_ar="\u202bمَريم\u200f علـــي\u200b حسن \u2066الدوسري\u2069",
        number="٨٨١٣٠٠٠١٢",
        phones=("٣٠٠٠٠٠٠١",),
    )
    assert odd == plain


def test_two_scripts_in_one_field_leave_one_name() -> None:
    assert told(name_ar="مريم علي الدوسري Maryam Ali").given == told().given
    assert told(name_ar="Maryam Ali Al Dosari مريم").script == "latin"


@pytest.mark.parametrize("name", ["م" * 10_000, "Maryam " * 2_000, "عبد" * 4_000, "a b " * 3_000])
def test_a_name_of_ten_thousand_letters_takes_no_time(name: str) -> None:
    begun = time.perf_counter()
    found = told(name_ar=name)
    model.shipped().weight(found, told())
    assert time.perf_counter() - begun < 5
    assert len(found.given) <= 40


@pytest.mark.parametrize(
    ("changes", "left_out"),
    [
        ({"number": "000000000"}, "number"),
        ({"number": "123456789"}, "number"),
        ({"number": "١١١١١١١١١"}, "number"),
        ({"phones": ("00000000",)}, "phone"),
        ({"name_ar": "مجهول"}, "name"),
        ({"name_ar": "مجهولة الهوية"}, "name"),
        ({"name_ar": "xxx"}, "name"),
        ({"birth": date(1850, 1, 2)}, "birth"),
        ({"birth": date(2030, 1, 2), "seen_on": date(2026, 1, 1)}, "birth"),
    ],
)
def test_what_clerks_type_when_they_know_nothing_links_nobody(changes, left_out: str) -> None:
    found = told(**changes)
    assert found.left_out == (left_out,)
    other = features(Record(id="other", **{"name_ar": "سعاد جاسم", **changes}))
    shared = set(tokens.composites(found).items()) & set(tokens.composites(other).items())
    assert not shared


def test_the_first_of_january_is_a_year_and_no_birthday() -> None:
    found = told(birth=date(1988, 1, 1))
    assert (found.birth, found.year) == ("", 1988)
    assert tokens.Kind.GIVEN_BIRTH not in tokens.composites(found)


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arabic", "latin"),
    [("حسن", "Hassan"), ("حسين", "Hussain"), ("فاطمة", "Fatima"), ("محمد", "Mohd"), ("زينب", "Zainab")],
)
def test_a_latin_name_has_its_arabic_form(arabic: str, latin: str) -> None:
    from takatuf.people.linkage.names import parse

    assert canonical(parse(latin).given) == canonical(arabic)


def test_one_byte_for_each_letter() -> None:
    assert len(one_byte("عبدالرحمن").encode()) == len("عبدالرحمن")


def test_true_equivalents_meet() -> None:
    assert not features(Record(id="1", name_latin="Maria")).given_keys.isdisjoint(told().given_keys)


# --- guards ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "guard"),
    [
        ({"name_ar": "زينب علي حسن الدوسري", "number": ""}, Guard.GIVEN_NAMES),
        ({"number": "921400099", "birth": None, "number_birth": None}, Guard.NUMBERS),
        ({"sex": "male", "number": "", "birth": None, "number_birth": None}, Guard.SEX),
        ({"birth": date(1979, 5, 6), "number": "", "number_birth": None}, Guard.BIRTH),
        ({"roles": frozenset({("i", "aggressor")})}, Guard.ROLES),
    ],
)
def test_a_guard_stops_what_the_weights_might_join(changes, guard: Guard) -> None:
    known = told(roles=frozenset({("i", "victim")}))
    assert guard in guards.of_pair(told(id="new", **changes), known)
    assert decided(told(id="new", **changes), known).outcome is not Outcome.JOIN


def test_twins_of_one_home_are_for_a_human() -> None:
    hasan = told(name_ar="حسن علي جاسم الدوسري", number="", sex="male")
    husain = told(name_ar="حسين علي جاسم الدوسري", number="", sex="male", id="twin")
    assert Guard.HOUSEHOLD in guards.of_pair(hasan, husain)
    assert decided(husain, hasan).outcome is Outcome.REVIEW


def test_a_son_with_his_fathers_number_is_not_his_father() -> None:
    father = told(name_ar="طارق محمد كمال الدوسري", sex="male", birth=None, number_birth=None)
    son = told(id="son", name_ar="فاضل طارق الدوسري", sex="male", birth=None, number_birth=None)
    assert decided(son, father).outcome is not Outcome.JOIN


def test_every_member_is_asked_not_only_the_likest() -> None:
    like, unlike = told(id="like"), told(id="unlike", roles=frozenset({("i", "aggressor")}))
    record = told(id="new", roles=frozenset({("i", "victim")}))
    assert decided(record, like).outcome is Outcome.JOIN
    stopped = decided(record, like, unlike)
    assert (stopped.outcome, stopped.guards) == (Outcome.REVIEW, frozenset({Guard.ROLES}))


def test_a_name_turned_round_is_no_other_name() -> None:
    assert not guards.of_pair(told(id="x", name_ar="الدوسري مريم علي حسن"), told())


# --- decisions ------------------------------------------------------------------------------------------------------


def test_one_woman_in_two_scripts_joins_with_her_evidence() -> None:
    decision = decided(features(MARYAM_IN_HOSPITAL), features(MARYAM))
    assert decision.outcome is Outcome.JOIN
    assert decision.evidence is not None
    assert decision.evidence.weight == pytest.approx(
        decision.evidence.prior + sum(one.bits for one in decision.evidence.contributions)
    )
    assert decision.evidence.as_json()["fields"]["number"][0] == "same"


def test_a_stranger_is_new() -> None:
    stranger = features(Record(id="s", name_ar="خالد يوسف المناعي", sex="male"))
    assert decided(stranger, features(MARYAM)).outcome is Outcome.NEW


def test_humans_beat_the_model_both_ways() -> None:
    record, known = told(id="new"), told(id="old")
    pair = frozenset({frozenset({"new", "old"})})
    assert decided(record, known, overrides=Overrides(different=pair)).outcome is Outcome.NEW
    stranger = features(Record(id="new", name_ar="خالد يوسف"))
    assert decided(stranger, known, overrides=Overrides(same=pair)).outcome is Outcome.JOIN


def test_joining_takes_more_than_staying() -> None:
    thresholds = model.shipped().thresholds
    assert thresholds.precise > thresholds.join > thresholds.fracture > thresholds.review


def test_a_larger_register_asks_for_more_a_smaller_one_never_for_less() -> None:
    thresholds = model.shipped().thresholds
    assert thresholds.at(1_000) == thresholds
    assert thresholds.at(400_000).join == pytest.approx(thresholds.join + 2)


def test_a_reviewer_may_join_what_the_machine_would_not() -> None:
    records = [
        told(id="1", name_ar="حسن علي جاسم الدوسري", number=""),
        told(id="2", name_ar="حسين علي جاسم الدوسري", number=""),
    ]
    assert len(set(link(records, Index(model=model.shipped())).values())) == 2
    joined = link(records, Index(model=model.shipped()), review=lambda record, decision: True)
    assert len(set(joined.values())) == 1


def test_groups_never_chain_through_a_guard() -> None:
    people = {
        one.id: one
        for one in (
            told(id="a", roles=frozenset({("i", "victim")})),
            told(id="b"),
            told(id="c", roles=frozenset({("i", "aggressor")})),
        )
    }
    edges = [clusters.Edge("a", "b", 20.0), clusters.Edge("b", "c", 19.0)]
    persons = clusters.group(edges, people, join=1.0)
    assert persons.find("a") == persons.find("b") != persons.find("c")
    assert [edge.one for edge in persons.refused] == ["b"]
    assert len(list(clusters.questions(persons, edges))) == 1


# --- two roads to one number ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crowd() -> list[Features]:
    """Made-up people told several times, with slips, in two scripts and in households."""
    rng = random.Random(5)
    given = [
        ("مريم", "Maryam"),
        ("فاطمة", "Fatema"),
        ("حسن", "Hassan"),
        ("حسين", "Husain"),
        ("خالد", "Khaled"),
        ("نورة", "Noora"),
    ]
    family = [("الدوسري", "Al Dosari"), ("المناعي", "Al Mannai"), ("العلوي", "Alawi")]
    people = []
    for at in range(260):
        g, f, last = rng.choice(given), rng.choice(given), rng.choice(family)
        born = date(1960, 1, 1) + timedelta(days=rng.randrange(18_000))
        number = f"{born.year % 100:02d}{born.month + 80}{rng.randrange(10_000, 99_999)}"
        for copy in range(rng.randint(1, 4)):
            script = rng.randrange(2)
            parts = [
                g[script],
                *([f[script]] if rng.random() < 0.7 else []),
                *([last[script]] if rng.random() < 0.8 else []),
            ]
            if rng.random() < 0.1:
                parts = [parts[-1], *parts[:-1]]
            typed = number if rng.random() < 0.9 else number[:-1] + str(rng.randrange(10))
            people.append(
                features(
                    Record(
                        id=f"{at}-{copy}",
                        name_ar=" ".join(parts) if not script else "",
                        name_latin=" ".join(parts) if script else "",
                        number=typed if rng.random() < 0.6 else "",
                        number_birth=(int(typed[:2]), int(typed[2:4])),
                        birth=born + timedelta(days=rng.choice((0, 0, 0, 1, 365)))
                        if rng.random() < 0.7
                        else None,
                        age=rng.choice((None, 2026 - born.year)),
                        seen_on=date(2026, 5, 1),
                        phones=(f"3{at % 90:07d}",) if rng.random() < 0.5 else (),
                        area=str(at % 30) if rng.random() < 0.7 else "",
                        sex=rng.choice(("female", "male", "")),
                        nationality=rng.choice(("XVR", "")),
                    )
                )
            )
    return people


def test_splink_and_the_online_scorer_weigh_every_pair_alike_and_so_do_the_guards(crowd) -> None:
    by_id, pinned = {one.id: one for one in crowd}, model.shipped()
    with batch.session(files.table(crowd), pinned.splink, threads=1) as opened:
        pairs = opened.pairs(least=-60.0).to_pylist()
    assert len(pairs) > 3000
    for row in pairs:
        a, b = by_id[row["id_l"]], by_id[row["id_r"]]
        assert pinned.weight(a, b) == pytest.approx(row["weight"], abs=1e-6)
        assert pinned.weight(a, b) == pytest.approx(pinned.weight(b, a))
        assert bool(guards.of_pair(a, b)) == row["guarded"]


def test_the_whole_register_holds_no_person_whom_a_guard_parts(crowd) -> None:
    by_id = {one.id: one for one in crowd}
    persons = batch.relink(crowd, model=model.shipped())
    assert len({persons.find(one) for one in by_id}) < len(by_id)
    for group in persons.members.values():
        for record in group:
            rest = [by_id[one] for one in group if one != record]
            assert Guard.ROLES not in guards.of_person(by_id[record], rest)


def test_spark_finds_the_same_persons(crowd) -> None:
    try:
        found = batch.relink(crowd, model=model.shipped(), engine="spark")
    except batch.EngineMissing as missing:
        pytest.skip(f"pyspark or Java is not on this machine: {missing}")
    expected = batch.relink(crowd, model=model.shipped())
    assert {one.id: found.find(one.id) for one in crowd} == {one.id: expected.find(one.id) for one in crowd}


def test_the_shipped_model_says_what_it_was_made_of() -> None:
    told_json = json.loads(
        (resources.files("takatuf.people.linkage") / "data" / "model.json").read_text(encoding="utf-8")
    )
    assert {"trained_on", "calibration", "levels", "pairs"} <= told_json["about"].keys()
    codes = {f"{one.name}.{level.code}" for one in levels.COMPARISONS for level in one.levels}
    assert told_json["about"]["levels"].keys() == codes
    with pytest.raises(model.ModelRefused):
        model.from_json({**told_json, "features": "0"})


# --- tokens ---------------------------------------------------------------------------------------------------------


def test_tokens_are_keyed_composite_and_of_128_bits() -> None:
    clear = tokens.private(told())
    ours, other = tokens.keyed(clear, key=b"1" * 32), tokens.keyed(clear, key=b"2" * 32)
    assert set(ours.values()).isdisjoint(other.values())
    assert {len(token) for token in ours.values()} == {16}
    assert not tokens.OPEN_ONLY & clear.keys()
    assert (
        tokens.keyed(tokens.private(features(MARYAM_IN_HOSPITAL)), key=b"1" * 32)[tokens.Kind.GIVEN_BIRTH]
        == ours[tokens.Kind.GIVEN_BIRTH]
    )


def test_frequent_tokens_are_dropped() -> None:
    many = [{tokens.Kind.NUMBER: b"same", tokens.Kind.GIVEN_BIRTH: bytes([at])} for at in range(5)]
    assert all(
        tokens.Kind.NUMBER not in one and len(one) == 1 for one in tokens.without_frequent(many, most=4)
    )


# --- incidents ------------------------------------------------------------------------------------------------------

MAY_1 = date(2026, 5, 1)


def event(id_: str, **changes) -> Told:
    usual = {
        "victim": "v",
        "aggressor": "a",
        "on": MAY_1,
        "heard": MAY_1,
        "place": "home",
        "forms": frozenset({"physical"}),
        "unit": id_,
    }
    return Told(id=id_, **{**usual, **changes})


def test_three_reports_of_one_night_are_one_incident() -> None:
    told = [
        event("police"),
        event("hospital", heard=MAY_1 + timedelta(days=1)),
        event("shelter", aggressor="", heard=MAY_1 + timedelta(days=2)),
    ]
    assert incidents.incidents(told) == [["police", "hospital", "shelter"]]


def test_repeated_violence_never_runs_together_but_is_a_series() -> None:
    told = [
        event(str(at), on=MAY_1 + timedelta(days=2 * at), heard=MAY_1 + timedelta(days=2 * at))
        for at in range(6)
    ]
    grouped = incidents.incidents(told, join=-100.0)
    by_id = {one.id: one for one in told}
    for group in grouped:
        days = [day for one in group if (day := by_id[one].on)]
        assert (max(days) - min(days)).days <= incidents.WINDOW
    assert incidents.series(told, grouped) == {("v", "a"): list(range(len(grouped)))}


def test_vetoes_stand_above_the_score() -> None:
    one = event("1", unit="u", numbers=frozenset({"7"}))
    assert incidents.vetoes(one, event("2", unit="u", numbers=frozenset({"8"}))) == {incidents.Veto.NUMBERS}
    assert incidents.score(one, event("2", aggressor="b")) == float("-inf")
