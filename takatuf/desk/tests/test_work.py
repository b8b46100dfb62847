"""The desk's own work: who may open which page, what a page costs, what is done on it and what is refused."""

import ast
import csv
import io
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse

from takatuf.access import services as access
from takatuf.access.models import Grant, Membership, User
from takatuf.access.rules import Basis
from takatuf.cases import services as cases
from takatuf.cases.models import Case
from takatuf.desk import words
from takatuf.desk.deeds import DEEDS
from takatuf.duties import rules as duty_rules
from takatuf.duties import services as duties
from takatuf.duties.models import Duty
from takatuf.journal import services as journal
from takatuf.journal.models import Entry
from takatuf.journal.rules import EntryIn
from takatuf.kernel import clock, ids
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.models import HolidayOverride
from takatuf.kernel.reference import pack
from tests.cast import ADMINISTRATION, Cast, a_report, employ, first_unit, membership_of

PASSWORD = "a-long-test-password-1"
REASON = "اتصلت والدتها الآن وهي في خطر داهم"
CALCULATED = "/law/?part=calculator&day=2026-12-13&at=10:00&value=5&unit=working_days&start_day=next_day"


@pytest.fixture
def people(cast: Cast) -> dict[str, Actor]:
    """The cast by name, with an administrator and the owner of the strategy."""
    known = {name: getattr(cast, name) for name in cast.__dataclass_fields__}
    return known | {
        "administrator": employ("administrator", "council", "administrator"),
        "strategist": employ("strategist", "council", "strategy_owner"),
    }


@pytest.fixture
def enter(client: Client):
    """Signed in as somebody, by the sign-in page where a deed asks who is there."""

    def go(actor: Actor, *, by_password: bool = False) -> Client:
        client.logout()
        user = User.objects.get(pk=actor.user_id)
        if by_password:
            sent = client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})
            assert sent.status_code == 302
            client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/"})
        else:
            client.force_login(user)
        return client

    return go


def reported(actor: Actor, times: int = 1):
    """Reports of the story come in now."""
    with acting(actor):
        return [
            cases.receive(actor=actor, report=a_report(received_at=clock.now()), now=clock.now())
            for _ in range(times)
        ]


def duty_of(actor: Actor, kind: str = "triage") -> Duty:
    with acting(actor):
        found = Duty.objects.filter(unit_id=actor.own_unit, kind=kind, status="open").first()
    assert found is not None
    return found


# --- Who may open what --------------------------------------------------------------------------------------------

EVERYBODY = {
    "officer", "colleague", "supervisor", "nurse", "association", "prosecutor", "guardian", "auditor", "analyst",
    "clerk", "administrator", "strategist",
}  # fmt: skip
PAGES = {
    "desk:worklist": EVERYBODY,
    "desk:overdue": {"supervisor"},
    "desk:national": {"strategist"},
    "desk:glass": {"guardian"},
    "desk:journal": {"guardian", "auditor"},
    "desk:journal_export": {"guardian", "auditor"},
    "desk:accounts": {"administrator"},
    "desk:account": EVERYBODY,
    "desk:contexts": EVERYBODY,
    "desk:reference": EVERYBODY,
    "usersessions_list": EVERYBODY,
    "mfa_index": EVERYBODY,
    "account_change_password": EVERYBODY,
}
SOME_ID = "0" * 26
# Deeds: route, arguments, and who is not told "not for you" (what else is refused is the services' business).
DEEDS_OF = {
    ("desk:duties_assign", ()): EVERYBODY - {"auditor", "analyst", "clerk", "administrator", "strategist"},
    ("desk:duty_done", (SOME_ID,)): EVERYBODY
    - {"auditor", "analyst", "clerk", "administrator", "strategist"},
    ("desk:duty_undo", (SOME_ID,)): EVERYBODY
    - {"auditor", "analyst", "clerk", "administrator", "strategist"},
    ("desk:glass_review", (SOME_ID,)): {"guardian"},
    ("desk:account_new", ()): {"administrator"},
    ("desk:role_give", (SOME_ID,)): {"administrator"},
    ("desk:role_end", (SOME_ID, SOME_ID)): {"administrator"},
    ("desk:account_state", (SOME_ID,)): {"administrator"},
    ("desk:password_reset", (SOME_ID,)): {"administrator"},
    ("desk:second_factor_reset", (SOME_ID,)): {"administrator"},
    ("desk:holiday_announce", ()): {"administrator"},
    ("desk:holiday_retire", (SOME_ID,)): {"administrator"},
    ("desk:moon_set", ()): {"administrator"},
}


def address(route: str, arguments: tuple[str, ...] = ()) -> str:
    return reverse(route, args=[ids.parse(one) for one in arguments])


def test_each_page_opens_to_those_it_is_for_and_to_nobody_else(people, enter):
    for name, actor in people.items():
        client = enter(actor)
        for route, whose in PAGES.items():
            assert client.get(address(route)).status_code == (200 if name in whose else 403), (route, name)


def test_each_deed_is_refused_to_those_it_is_not_for(people, enter):
    for name, actor in people.items():
        client = enter(actor)
        for (route, arguments), whose in DEEDS_OF.items():
            status = client.post(address(route, arguments)).status_code
            assert (status == 403) == (name not in whose), (route, name, status)


def test_whoever_is_not_signed_in_is_asked_who_she_is(world, client):
    for route in PAGES:
        answer = client.get(address(route))
        assert answer.status_code == 302, route
        assert answer["Location"].startswith(reverse("account_login")), route
    for route, arguments in DEEDS_OF:
        assert client.post(address(route, arguments)).status_code == 302, route


def test_an_account_without_a_unit_is_told_so_and_not_sent_in_a_circle(people, enter):
    actor = people["analyst"]
    with acting(ADMINISTRATION):
        access.take_role(actor=ADMINISTRATION, membership_id=membership_of(actor).pk, now=clock.now())
    answer = enter(actor).get("/")
    assert answer.status_code == 403
    assert "لا تعمل في أي وحدة".encode() in answer.content or b"You act in no unit" in answer.content


@pytest.mark.parametrize("language", ["ar", "en"])
def test_what_does_not_exist_and_what_is_not_open_are_said_in_both_languages(people, enter, language):
    client = enter(people["officer"])
    client.cookies["django_language"] = language
    for url, status in (("/nothing/", 404), (address("desk:journal"), 403)):
        answer = client.get(url)
        assert answer.status_code == status
        assert f'lang="{language}"'.encode() in answer.content
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["django_language"] = language
    refused = strict.post(address("desk:language"), {"language": "en"})
    assert refused.status_code == 403
    expected = {"ar": "بقيت الصفحة مفتوحة", "en": "The page was open too long"}[language]
    assert expected.encode() in refused.content


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "password/set/",
        "password/reset/",
        "login/code/confirm/",
        "social/signup/",
    ],
)
def test_what_we_do_not_use_of_the_sign_in_does_not_exist(world, client, path):
    assert client.get(f"/accounts/{path}").status_code == 404
    assert client.post(f"/accounts/{path}").status_code == 404


# --- The worklist -------------------------------------------------------------------------------------------------


def test_a_row_says_who_what_when_and_why(people, enter):
    reported(people["officer"])
    client = enter(people["officer"])
    client.cookies["django_language"] = "en"
    content = client.get("/").content.decode()
    assert "مريم علي حسن الدوسري" in content
    rule = pack().rule("triage_same_day", on=clock.now().date())
    for said in (
        pack().label("duties", "triage").en,
        rule.legal_basis.en,
        "not verified against the gazette",
        "Start:",
    ):
        assert said in content


def test_names_on_the_list_were_read_and_the_journal_says_so(people, enter):
    reported(people["officer"])
    enter(people["officer"]).get("/")
    with acting(system("test")):
        entry = Entry.objects.get(did="people.read", user_id=str(people["officer"].user_id))
    assert entry.details == {"page": "worklist"}
    assert entry.subjects[0].startswith("person:")


def test_a_unit_sees_no_name_of_a_file_it_does_not_hold(people, enter):
    reported(people["officer"])
    content = enter(people["prosecutor"]).get("/").content.decode()
    assert "مريم" not in content


def test_done_is_one_click_and_taken_back_by_another(people, enter):
    reported(people["officer"])
    duty, client = duty_of(people["officer"]), enter(people["officer"])
    answer = client.post(
        reverse("desk:duty_done", args=[duty.pk]), {"next": "/?show=mine", "note": "اتصلت بها"}
    )
    assert answer["Location"] == "/?show=mine"
    with acting(system("test")):
        duty.refresh_from_db()
    assert (duty.status, duty.closed_by) == ("done", people["officer"].user_id)
    assert "اتصلت".encode() not in bytes(duty.note)
    undo = reverse("desk:duty_undo", args=[duty.pk])
    assert undo.encode() in client.get("/").content
    assert undo.encode() not in enter(people["colleague"]).get("/").content
    enter(people["officer"]).post(undo)
    with acting(system("test")):
        duty.refresh_from_db()
    assert duty.status == "open"


def test_a_duty_done_twice_or_taken_back_too_late_changes_nothing_and_says_why(people, enter):
    reported(people["officer"])
    duty, client = duty_of(people["officer"]), enter(people["officer"])
    client.cookies["django_language"] = "en"
    done = reverse("desk:duty_done", args=[duty.pk])
    client.post(done)
    assert (
        words.DUTIES[duty_rules.Reason.ALREADY_CLOSED].en in client.post(done, follow=True).content.decode()
    )
    with acting(system("test")):
        Duty.objects.filter(pk=duty.pk).update(closed_at=clock.now() - timedelta(minutes=16))
    told = client.post(reverse("desk:duty_undo", args=[duty.pk]), follow=True).content.decode()
    assert "More than 15 minutes have passed" in told


def test_another_units_duty_is_not_there(people, enter):
    reported(people["officer"])
    duty = duty_of(people["officer"])
    enter(people["nurse"]).post(reverse("desk:duty_done", args=[duty.pk]))
    with acting(system("test")):
        duty.refresh_from_db()
    assert duty.status == "open"


def test_one_takes_a_duty_herself_and_only_the_supervisor_gives_it(people, enter):
    reported(people["officer"])
    duty, to = duty_of(people["officer"]), reverse("desk:duties_assign")
    enter(people["officer"]).post(to, {"duty": ids.short(duty.pk), "user": "me"})
    with acting(system("test")):
        duty.refresh_from_db()
    assert duty.assigned_to == people["officer"].user_id
    other = {"duty": ids.short(duty.pk), "user": ids.short(people["colleague"].user_id)}
    enter(people["officer"]).post(to, other)
    with acting(system("test")):
        duty.refresh_from_db()
    assert duty.assigned_to == people["officer"].user_id
    enter(people["supervisor"]).post(to, other)
    with acting(system("test")):
        duty.refresh_from_db()
    assert duty.assigned_to == people["colleague"].user_id
    enter(people["supervisor"]).post(
        to, {"duty": ids.short(duty.pk), "user": ids.short(people["nurse"].user_id)}
    )
    with acting(system("test")):
        duty.refresh_from_db()
    assert duty.assigned_to == people["colleague"].user_id


@pytest.mark.parametrize("sent", [{}, {"duty": "nonsense"}, {"duty": SOME_ID, "user": "nonsense"}])
def test_a_choice_that_is_none_is_said_and_changes_nothing(people, enter, sent):
    answer = enter(people["supervisor"]).post(reverse("desk:duties_assign"), sent, follow=True)
    assert answer.status_code == 200
    assert b'class="notice bad"' in answer.content


@pytest.mark.parametrize(
    "next_url", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""]
)
def test_a_deed_never_leads_to_another_machine(people, enter, next_url):
    reported(people["officer"])
    duty = duty_of(people["officer"])
    answer = enter(people["officer"]).post(reverse("desk:duty_done", args=[duty.pk]), {"next": next_url})
    assert answer["Location"] == "/"


def test_filters_count_what_they_show(people, enter):
    reported(people["officer"], 3)
    with acting(system("test")):
        late = Duty.objects.filter(unit_id=people["officer"].unit_id, kind="triage")
        late.update(due_at=clock.now() - timedelta(hours=5))
        number = late.count()
    client = enter(people["officer"])
    shown = client.get("/?show=overdue")
    assert len(shown.context["rows"]) == shown.context["counts"].overdue == number
    kind = client.get("/?kind=triage")
    assert {row.duty.kind for row in kind.context["rows"]} == {"triage"}
    assert client.get("/?kind=nonsense&page=99").status_code == 200
    assert "is-late" in shown.content.decode()


def test_the_worklist_costs_the_same_for_a_thousand_duties(people, enter, django_assert_max_num_queries):
    made = reported(people["officer"], 12)
    with acting(system("test")):
        first = Duty.objects.filter(unit_id=people["officer"].unit_id).first()
        Duty.objects.bulk_create(
            Duty(
                id=ids.new_id(), kind="triage", subject_kind="case", subject_id=made[n % 12].case_id,
                case_id=made[n % 12].case_id, unit_id=first.unit_id, priority=2, rule=first.rule,
                opened_at=clock.now(), due_at=clock.now() - timedelta(minutes=n), proof_ar="-", proof_en="-",
            )
            for n in range(1000)
        )  # fmt: skip
    client = enter(people["officer"])
    client.get("/")
    with django_assert_max_num_queries(26):
        answer = client.get("/?page=2")
    assert len(answer.context["rows"]) == 25
    client = enter(people["supervisor"])
    with django_assert_max_num_queries(26):
        answer = client.get(reverse("desk:overdue"))
    assert len(answer.context["rows"]) == 50


# --- Oversight ----------------------------------------------------------------------------------------------------


def test_the_supervisor_sees_by_worker_and_kind_and_hands_on_many(people, enter):
    reported(people["officer"], 2)
    with acting(system("test")):
        mine = Duty.objects.filter(unit_id=people["officer"].unit_id, status="open")
        mine.update(due_at=clock.now() - timedelta(hours=30), opened_at=clock.now() - timedelta(hours=60))
        duties.escalate(actor=system("escalation"), now=clock.now())
        keys = [ids.short(pk) for pk in mine.values_list("pk", flat=True)]
    client = enter(people["supervisor"])
    client.cookies["django_language"] = "en"
    shown = client.get(reverse("desk:overdue") + "?who=nobody")
    assert len(shown.context["rows"]) == len(keys) == shown.context["total"]
    assert "raised to" in shown.content.decode()
    client.post(reverse("desk:duties_assign"), {"duty": keys, "user": ids.short(people["colleague"].user_id)})
    with acting(system("test")):
        assert set(mine.values_list("assigned_to", flat=True)) == {people["colleague"].user_id}
    one = client.get(reverse("desk:overdue") + f"?who={ids.short(people['colleague'].user_id)}&kind=triage")
    assert {row.duty.kind for row in one.context["rows"]} == {"triage"}


def test_the_nation_is_shown_in_numbers_without_a_file_or_a_name(
    people, enter, django_assert_max_num_queries
):
    reported(people["officer"], 2)
    client = enter(people["strategist"])
    with django_assert_max_num_queries(12):
        answer = client.get(reverse("desk:national"))
    content = answer.content.decode()
    assert str(answer.context["total"]["open"]) in content
    assert answer.context["total"]["open"] > 0
    for hidden in ("مريم", "خالد", "C-"):
        assert hidden not in content
    assert client.get(reverse("desk:national") + "?by=kind").context["rows"][0]["under"] == ""


# --- Emergency openings -------------------------------------------------------------------------------------------


def opening(people: dict[str, Actor]) -> Grant:
    [report] = reported(people["officer"])
    nurse = people["nurse"]
    with acting(nurse):
        cases.receive(actor=nurse, report=a_report(received_at=clock.now()), now=clock.now())
        cases.break_glass(actor=nurse, case_id=report.case_id, reason=REASON, now=clock.now())
        cases.open_case(actor=nurse, case_id=report.case_id, now=clock.now())
    with acting(system("test")):
        return Grant.objects.get(basis=Basis.BREAK_GLASS.value, subject_kind="case")


def test_the_guardian_sees_what_was_read_in_that_hour_and_reviews_it_once(people, enter):
    grant, client = opening(people), enter(people["guardian"])
    client.cookies["django_language"] = "en"
    assert REASON in client.get(reverse("desk:glass")).content.decode()
    page = client.get(reverse("desk:glass_opening", args=[grant.pk]))
    assert {one["line"].entry.did for one in page.context["lines"]} >= {"access.glass_broken", "cases.opened"}
    assert "مريم" not in page.content.decode()
    to = reverse("desk:glass_review", args=[grant.pk])
    assert client.post(to, {"verdict": "unjustified", "note": ""}).status_code == 400
    client.post(to, {"verdict": "unjustified", "note": "لم يكن هناك خطر"})
    with acting(system("test")):
        grant.refresh_from_db()
        still_open = Grant.objects.filter(basis="break_glass", revoked_at=None)
        assert (grant.verdict, still_open.count()) == ("unjustified", 0)
        assert not Duty.objects.filter(kind="glass_review", status="open").exists()
    again = client.post(to, {"verdict": "justified", "note": "مرة أخرى"}, follow=True)
    assert "reviewed before" in again.content.decode()


def test_an_opening_that_is_not_there_is_not_there(people, enter):
    assert (
        enter(people["guardian"]).get(reverse("desk:glass_opening", args=[ids.new_id()])).status_code == 404
    )


# --- The journal --------------------------------------------------------------------------------------------------


def test_the_journal_finds_by_case_user_unit_deed_and_period(people, enter):
    [report] = reported(people["officer"])
    with acting(people["officer"]):
        opened = cases.open_case(actor=people["officer"], case_id=report.case_id, now=clock.now())
    assert opened is not None
    with acting(system("test")):
        reference = Case.objects.get(pk=report.case_id).reference
    client = enter(people["auditor"])
    found = client.get(reverse("desk:journal"), {"reference": reference.lower()})
    assert {line.entry.did for line in found.context["lines"]} >= {"cases.opened"}
    assert [one.reader.user_id for one in found.context["opened"]] == [people["officer"].user_id]
    assert "مريم" not in found.content.decode()
    reads = client.get(reverse("desk:journal"), {"reference": reference, "show": "reads"})
    assert {line.entry.did for line in reads.context["lines"]} == {"cases.opened"}
    by_user = client.get(reverse("desk:journal"), {"username": "OFFICER", "unit": people["officer"].unit})
    assert {line.entry.user_id for line in by_user.context["lines"]} == {str(people["officer"].user_id)}
    today = clock.now().date()
    period = {"did": "cases.opened", "since": today - timedelta(days=2), "until": today + timedelta(days=1)}
    assert len(client.get(reverse("desk:journal"), period).context["lines"]) == 1
    with acting(system("test")):
        assert (
            Entry.objects.filter(did="journal.searched", user_id=str(people["auditor"].user_id)).count() >= 2
        )


@pytest.mark.parametrize(
    "asked", [{"reference": "C-NOTHING00"}, {"username": "nobody.at.all"}, {"since": "2026-13-45"},
              {"since": "2026-12-02", "until": "2026-12-01"}, {"unit": "NO-SUCH"}]
)  # fmt: skip
def test_a_question_that_names_nothing_is_answered_with_why_and_no_entry(people, enter, asked):
    answer = enter(people["auditor"]).get(reverse("desk:journal"), asked)
    assert answer.context["lines"] == []
    assert b"error-summary" in answer.content
    assert enter(people["auditor"]).get(reverse("desk:journal_export"), asked).status_code == 400


def test_the_journal_is_paged_backwards_and_costs_the_same(people, enter, django_assert_max_num_queries):
    with acting(people["officer"]):
        journal.record_many(
            actor=people["officer"],
            entries=[
                EntryIn(did="people.searched", to=[f"unit:{people['officer'].unit_id}"], details={"hits": n})
                for n in range(120)
            ],
        )
    client = enter(people["auditor"])
    with django_assert_max_num_queries(24):
        first = client.get(reverse("desk:journal"), {"did": "people.searched"})
    second = client.get(
        reverse("desk:journal"), {"did": "people.searched", "before": first.context["before"]}
    )
    numbers = [line.entry.seq for page in (first, second) for line in page.context["lines"]]
    assert len(numbers) == 100
    assert numbers == sorted(numbers, reverse=True)
    assert client.get(reverse("desk:journal"), {"before": "9" * 30}).status_code == 200


def test_an_export_has_the_same_rows_no_formula_and_leaves_a_trace(people, enter):
    reported(people["officer"])
    client = enter(people["auditor"])
    shown = client.get(reverse("desk:journal"), {"did": "cases.report_received"})
    answer = client.get(reverse("desk:journal_export"), {"did": "cases.report_received"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]
    assert [row[0] for row in rows] == [str(line.entry.seq) for line in shown.context["lines"]]
    assert not any(cell[:1] in {"=", "+", "-", "@"} for row in rows for cell in row)
    with acting(system("test")):
        assert Entry.objects.filter(did="journal.list_exported").count() == 1


def test_the_seal_is_shown_with_its_number_and_what_waits(people, enter):
    reported(people["officer"])
    client = enter(people["auditor"])
    client.cookies["django_language"] = "en"
    assert "not sealed yet" in client.get(reverse("desk:journal")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_after_sealing_the_seals_number_stands_there_and_nothing_waits(client):
    with acting(ADMINISTRATION):
        access.load_pack(actor=ADMINISTRATION, now=clock.now())
        auditor = employ("auditor", "council", "auditor")
    with acting(system("seal")):
        made = journal.seal(actor=system("seal"), now=clock.now())
    client.force_login(User.objects.get(pk=auditor.user_id))
    client.cookies["django_language"] = "en"
    shown = client.get(reverse("desk:journal"))
    assert shown.context["seal"].last.number == made.seals[-1].number
    assert f"Seal {made.seals[-1].number}" in shown.content.decode()
    assert shown.context["seal"].waiting == 0


def written_deeds() -> dict[str, str]:
    """Every deed the code writes: what stands after `did=`, also through a variable of the same function."""
    found: dict[str, str] = {}
    root = Path(words.__file__).resolve().parent.parent
    for path in root.glob("**/*.py"):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        assigned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        assigned.setdefault(target.id, []).append(node.value)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            for keyword in node.keywords:
                if keyword.arg != "did":
                    continue
                places = [keyword.value]
                if isinstance(keyword.value, ast.Name):
                    places += assigned.get(keyword.value.id, [])
                for place in places:
                    for constant in ast.walk(place):
                        if (
                            isinstance(constant, ast.Constant)
                            and isinstance(constant.value, str)
                            and "." in constant.value
                        ):
                            found[constant.value] = str(path.relative_to(root))
    return found


def test_every_deed_the_code_writes_has_words_in_both_languages():
    written = written_deeds()
    assert len(written) > 30
    assert {did: path for did, path in written.items() if did not in DEEDS} == {}
    assert all(text.ar.strip() and text.en.strip() for text in DEEDS.values())


# --- Accounts -----------------------------------------------------------------------------------------------------


def test_deeds_on_accounts_ask_once_more_who_is_there(people, enter):
    client = enter(people["administrator"])
    new = reverse("desk:account_new")
    answer = client.get(new)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_reauthenticate')}?{urlencode({'next': new})}"
    before = User.objects.count()
    client.post(new, {"username": "someone", "name_ar": "أ ب", "name_en": "A B", "language": "ar"})
    assert User.objects.count() == before
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": new})
    assert client.get(new).status_code == 200


def test_a_new_user_gets_a_password_once_a_role_that_fits_and_must_choose_her_own(people, enter):
    client = enter(people["administrator"], by_password=True)
    told = client.post(
        reverse("desk:account_new"),
        {
            "username": "huda.new",
            "name_ar": "هدى بنت محمد بن عبدالله آل خليفة الدوسري",
            "name_en": "Huda",
            "language": "en",
        },
    )
    password = told.context["password"]
    assert told["Cache-Control"] == "no-store"
    user = User.objects.get(username="huda.new")
    page = client.get(
        reverse("desk:account_of", args=[user.pk]), {"unit": first_unit("police", "officer").code}
    )
    offered = {code for code, _ in page.context["form"].fields["role"].choices}
    assert "officer" in offered
    assert "counsellor" not in offered
    give = reverse("desk:role_give", args=[user.pk])
    client.post(give, {"unit": first_unit("police", "officer").code, "role": "counsellor"})
    assert not Membership.objects.filter(user=user).exists()
    client.post(give, {"unit": first_unit("police", "officer").code, "role": "officer"})
    assert Membership.objects.get(user=user).role == "officer"

    hers = Client()
    hers.post(reverse("account_login"), {"login": "huda.new", "password": password})
    for url in ("/", reverse("desk:account"), reverse("mfa_index")):
        assert hers.get(url)["Location"] == reverse("account_change_password"), url
    own = "tranquil orange bicycle"
    hers.post(
        reverse("account_change_password"), {"oldpassword": password, "password1": own, "password2": own}
    )
    assert hers.get("/").status_code == 200
    user.refresh_from_db()
    assert user.check_password(own)
    assert not user.must_change_password


def test_by_her_number_a_new_user_is_kept_from_files_she_is_a_party_of(people, enter):
    client, new = enter(people["administrator"], by_password=True), reverse("desk:account_new")
    typed = {"username": "khalid.new", "name_ar": "خالد يوسف", "name_en": "Khalid", "language": "ar"}
    refused = client.post(new, {**typed, "personal_number": "12x"})
    assert refused.status_code == 400
    assert "personal_number" in refused.context["form"].errors
    assert not User.objects.filter(username="khalid.new").exists(), "half an account is none"
    assert client.post(new, {**typed, "personal_number": "857812346"}).status_code == 200
    user = User.objects.get(username="khalid.new")
    assert user.personal_token
    assert b"857812346" not in bytes(user.personal_token)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "OFFICER"}, "small Latin"),
        ({"username": "officer"}, "already"),
        ({"username": "19900101"}, "small Latin"),
        ({"name_ar": " "}, "required"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_a_reason_and_nothing_typed_is_lost(
    people, enter, changed, said
):
    client = enter(people["administrator"], by_password=True)
    client.cookies["django_language"] = "en"
    typed = {"username": "new.one", "name_ar": "اسم طويل", "name_en": "A long name", "language": "ar"}
    answer = client.post(reverse("desk:account_new"), typed | changed)
    assert answer.status_code == 400
    content = answer.content.decode()
    assert said in content
    assert "A long name" in content


def test_an_account_is_closed_at_once_and_opened_again(people, enter):
    officer = people["officer"]
    hers = Client()
    hers.force_login(User.objects.get(pk=officer.user_id))
    assert hers.get("/").status_code == 200
    client = enter(people["administrator"], by_password=True)
    state = reverse("desk:account_state", args=[officer.user_id])
    client.post(state, {"active": "no"})
    assert hers.get("/").status_code == 302
    client.post(state, {"active": "yes"})
    assert User.objects.get(pk=officer.user_id).is_active


def test_passwords_and_second_factors_are_reset_and_roles_ended(people, enter):
    officer = people["officer"]
    user = User.objects.get(pk=officer.user_id)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    client = enter(people["administrator"], by_password=True)
    told = client.post(reverse("desk:password_reset", args=[user.pk]))
    user.refresh_from_db()
    assert user.check_password(told.context["password"])
    assert user.must_change_password
    client.post(reverse("desk:second_factor_reset", args=[user.pk]))
    assert not Authenticator.objects.filter(user=user).exists()
    client.post(reverse("desk:role_end", args=[user.pk, membership_of(officer).pk]))
    assert not Membership.objects.filter(user=user, until=None).exists()


def test_nobody_administers_her_own_account(people, enter):
    me = people["administrator"]
    client = enter(me, by_password=True)
    client.post(reverse("desk:account_state", args=[me.user_id]), {"active": "no"})
    client.post(reverse("desk:role_end", args=[me.user_id, membership_of(me).pk]))
    assert User.objects.get(pk=me.user_id).is_active
    assert membership_of(me).until is None


def test_users_are_found_by_name_unit_role_and_state(people, enter, django_assert_max_num_queries):
    client = enter(people["administrator"])
    with django_assert_max_num_queries(14):
        everybody = client.get(reverse("desk:accounts"))
    assert everybody.context["shown"].paginator.count == User.objects.count()
    found = client.get(reverse("desk:accounts"), {"words": "superv", "role": "supervisor", "state": "open"})
    assert [one["user"].username for one in found.context["users"]] == ["supervisor"]
    assert client.get(reverse("desk:accounts"), {"words": "nobody-here"}).context["users"] == []


# --- One's own ----------------------------------------------------------------------------------------------------


def test_language_is_hers_on_every_machine(people, enter):
    client = enter(people["officer"])
    answer = client.post(address("desk:language"), {"language": "en", "next": "/law/"})
    assert (answer["Location"], answer.cookies["django_language"].value) == ("/law/", "en")
    elsewhere = Client()
    elsewhere.cookies["django_language"] = "ar"
    signed = elsewhere.post(reverse("account_login"), {"login": "officer", "password": PASSWORD})
    assert signed.cookies["django_language"].value == "en"
    assert b'lang="en"' in elsewhere.get("/").content
    client.post(address("desk:language"), {"language": "xx"})
    assert User.objects.get(pk=people["officer"].user_id).language == "en"


def test_own_account_is_changed_and_digits_are_a_preference(people, enter):
    client = enter(people["officer"])
    sent = {"name_ar": "ضابطة", "name_en": "Officer", "language": "ar", "arabic_digits": "on"}
    answer = client.post(reverse("desk:account"), sent, follow=True)
    assert b'data-digits="arab"' in answer.content
    assert client.post(reverse("desk:account"), sent | {"name_ar": ""}).status_code == 400


def test_a_unit_and_role_is_chosen_among_ones_own(people, enter):
    officer = people["officer"]
    with acting(ADMINISTRATION):
        second = access.give_role(
            actor=ADMINISTRATION,
            user_id=officer.user_id,
            unit_code=officer.unit,
            role="data_clerk",
            now=clock.now(),
        )
    client = enter(officer)
    client.post(reverse("desk:contexts"), {"context": ids.short(second.pk)})
    assert client.get("/").context["actor"].role == "data_clerk"
    other = ids.short(membership_of(people["supervisor"]).pk)
    for wanted in (other, "nonsense"):
        client.post(reverse("desk:contexts"), {"context": wanted})
        assert client.get("/").context["actor"].role == "data_clerk"


# --- Law and deadlines --------------------------------------------------------------------------------------------


def test_rules_say_their_basis_and_whether_they_were_verified(people, enter):
    client = enter(people["nurse"])
    client.cookies["django_language"] = "en"
    shown = client.get("/law/")
    assert len(shown.context["rules"]) == len(pack().all_rules)
    assert "not verified against the gazette" in shown.content.decode()
    doubted = client.get("/law/?show=unverified")
    assert all(not one["rule"].verified for one in doubted.context["rules"])


def test_the_calculator_shows_each_step(people, enter):
    client = enter(people["nurse"])
    client.cookies["django_language"] = "en"
    answer = client.get(CALCULATED)
    assert answer.context["found"].day.isoformat() == "2026-12-22"
    assert "Not counted" in answer.content.decode()
    by_rule = client.get("/law/?part=calculator&rule=triage_same_day&day=2026-12-13&at=10:00")
    assert by_rule.context["found"].day.isoformat() == "2026-12-13"
    for wrong in ("value=", "value=-1", "value=5&day=2400-01-01&unit=working_days", "value=5&day=nonsense"):
        assert (
            client.get(f"/law/?part=calculator&day=2026-12-13&at=10:00&unit=days&{wrong}").context["found"]
            is None
        )


def test_a_day_is_announced_with_its_basis_moves_deadlines_and_is_taken_back(people, enter):
    client = enter(people["administrator"])
    client.cookies["django_language"] = "en"
    sent = {
        "day": "2026-12-15",
        "action": "add",
        "name_ar": "عطلة معلنة",
        "name_en": "Announced",
        "basis": "Circular 5",
    }
    assert client.post(address("desk:holiday_announce"), sent | {"basis": ""}).status_code == 400
    client.post(address("desk:holiday_announce"), sent)
    assert client.get(CALCULATED).context["found"].day.isoformat() == "2026-12-23"
    with acting(system("test")):
        assert Entry.objects.get(did="kernel.holiday_announced").details["day"] == "2026-12-15"
        made = HolidayOverride.objects.get(retired_at=None)
    client.post(reverse("desk:holiday_retire", args=[made.pk]))
    assert client.get(CALCULATED).context["found"].day.isoformat() == "2026-12-22"
    again = client.post(reverse("desk:holiday_retire", args=[made.pk]), follow=True)
    assert "no longer holds" in again.content.decode()


def test_every_part_of_the_law_opens_and_the_moon_is_set(people, enter):
    client = enter(people["administrator"])
    for part in ("rules", "holidays", "calculator", "hotlines", "nonsense"):
        assert client.get(f"/law/?part={part}").status_code == 200
    sent = {"from_day": "2026-12-01", "days": "1", "basis": "رؤية الهلال"}
    assert client.post(address("desk:moon_set"), sent).status_code == 302
    assert client.post(address("desk:moon_set"), sent | {"days": "3"}).status_code == 400
