"""Search through its page: full for those who may, that a record exists for the others, nothing in addresses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from takatuf.access.models import Unit, User
from takatuf.cases import services
from takatuf.cases.models import Report
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people.rules import PersonIn
from tests.cast import ADMINISTRATION, MARYAM, NOON, Cast, a_report, employ

SignIn = Callable[[Actor], Any]
SEE_ALL = system("tests")


@pytest.fixture
def report(cast: Cast) -> Report:
    with acting(cast.officer):
        return services.receive(actor=cast.officer, report=a_report(), now=NOON)


def ask(client: Client, **words: str) -> str:
    response = client.post(reverse("desk:search"), {"purpose": "follow_up", **words})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return str(response.content.decode())


@pytest.mark.parametrize(
    "words",
    [
        {"name": "مريم علي الدوسري"},
        {"name": "Mariam Ali Al Dosari"},
        {"personal_number": "907712345"},
        {"phone": "+973 3600 0001"},
        {"name": "مريم علي", "birth": "14/3/1990"},
    ],
)
def test_she_is_found_by_anything_a_worker_has(
    cast: Cast, report: Report, signed_in: SignIn, words: dict[str, str]
) -> None:
    page = ask(signed_in(cast.colleague), **words)
    assert MARYAM.name_ar in page
    assert report.case.reference in page and reverse("desk:case", args=[report.case_id]) in page


def test_another_agency_learns_that_a_record_exists_and_whom_to_ask(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    page = ask(signed_in(cast.association), personal_number=MARYAM.personal_number)
    with acting(SEE_ALL):
        office = Unit.objects.get(pk=cast.officer.unit_id)
    assert "يوجد سجل" in page and office.name_ar in page
    # What she typed herself stands in her own form; nothing else of the record does.
    for secret in (MARYAM.name_ar, "مواليد", *MARYAM.phones, report.case.reference, str(report.victim_id)):
        assert secret not in page


def test_a_shelter_is_never_named_as_the_place_that_knows_her(cast: Cast, signed_in: SignIn) -> None:
    shelter = employ("shelter", "shelter", "shelter_worker")
    with acting(shelter):
        services.receive(actor=shelter, report=a_report(), now=NOON)
    with acting(SEE_ALL):
        name = Unit.objects.get(pk=shelter.unit_id).name_ar

    page = ask(signed_in(cast.officer), personal_number=MARYAM.personal_number)

    assert "يوجد سجل" in page and name not in page and "مشرف حماية البيانات" in page


def test_who_is_a_party_gets_no_hit_and_the_attempt_is_written_down(cast: Cast, signed_in: SignIn) -> None:
    party = employ("party", "police", "officer", number=MARYAM.personal_number, unit=office_of(cast))
    with acting(cast.officer):
        services.receive(actor=cast.officer, report=a_report(), now=NOON)

    page = ask(signed_in(party), personal_number=MARYAM.personal_number)

    assert MARYAM.name_ar not in page and "لم يُعثر على أحد" in page
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="access.conflict_attempt", user_id=str(party.user_id)).exists()


def office_of(cast: Cast) -> Unit:
    with acting(SEE_ALL):
        return Unit.objects.get(pk=cast.officer.unit_id)


def test_the_journal_keeps_the_purpose_and_none_of_the_words(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    ask(signed_in(cast.officer), name=MARYAM.name_ar, personal_number=MARYAM.personal_number)
    with acting(SEE_ALL):
        entry = Entry.objects.get(did="people.searched")
    assert entry.purpose == "follow_up"
    assert MARYAM.personal_number not in str(entry.details) and "مريم" not in str(entry.details)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"purpose": "", "name": "مريم علي"}, "id_purpose_error"),
        ({"purpose": "other", "name": "مريم علي"}, "id_purpose_words_error"),
        (
            {"purpose": "other", "purpose_words": "بخصوص 907712345", "name": "مريم علي"},
            "id_purpose_words_error",
        ),
        ({"name": ""}, "ما كُتب لا يكفي للبحث"),
        ({"birth": "1990"}, "ما كُتب لا يكفي للبحث"),
        ({"birth": "غداً"}, "id_birth_error"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_place(
    cast: Cast, signed_in: SignIn, words: dict[str, str], sentence: str
) -> None:
    assert sentence in ask(signed_in(cast.officer), **words)


def test_nothing_found_says_what_to_try(cast: Cast, signed_in: SignIn) -> None:
    page = ask(signed_in(cast.officer), name="خولة فيصل المنصوري")
    assert "الاسم بالحروف الأخرى" in page and "بدء بلاغ بما كُتب" in page


def test_a_reference_leads_to_its_file_only_for_who_may_open_it(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    def open_(actor: Actor, typed: str) -> Any:
        return signed_in(actor).post(reverse("desk:search"), {"reference": typed})

    case = reverse("desk:case", args=[report.case_id])
    assert open_(cast.officer, f" {report.case.reference.lower()} ")["Location"] == case
    assert open_(cast.officer, report.reference)["Location"] == reverse("desk:report", args=[report.pk])
    assert "متاح لوحدتك" in open_(cast.association, report.case.reference).content.decode()
    assert "حرف ناقص أو خاطئ" in open_(cast.officer, "C-AAAAAAAA1").content.decode()


def test_birth_years_that_differ_are_said_to_who_may_know_hers(
    cast: Cast, report: Report, signed_in: SignIn
) -> None:
    words = {"personal_number": MARYAM.personal_number, "birth": "1975"}
    assert "سنة الميلاد مختلفة" in ask(signed_in(cast.officer), **words)
    assert "سنة الميلاد مختلفة" not in ask(signed_in(cast.association), **words)


@pytest.mark.parametrize("who", ["auditor", "analyst"])
def test_who_may_not_search_is_told_so(cast: Cast, signed_in: SignIn, who: str) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(reverse("desk:search")).status_code == 403
    assert client.post(reverse("desk:search"), {"name": "مريم"}).status_code == 403


def test_strangers_are_sent_to_the_door_and_their_words_go_nowhere(cast: Cast, client: Client) -> None:
    response = client.post(reverse("desk:search"), {"name": "مريم علي", "purpose": "report"})
    assert response.status_code == 302 and "مريم" not in response["Location"]


def test_hits_cost_no_statement_each(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    with acting(cast.officer):
        for number in range(12):
            woman = PersonIn(name_ar=f"مريم علي حسن {family(number)}", sex="female")
            services.receive(actor=cast.officer, report=a_report(victim=woman), now=NOON)
    client = signed_in(cast.officer)
    ask(client, name="مريم علي الكعبي")
    with django_assert_max_num_queries(28):
        page = ask(client, name="مريم علي الكعبي")
    assert page.count('class="hit"') > 5


def family(number: int) -> str:
    names = ("الدوسري", "الكعبي", "العلوي", "الحداد", "المالكي", "الزياني")
    return names[number % len(names)]


def test_the_answer_is_in_english_for_who_reads_english(cast: Cast, report: Report) -> None:
    client = Client(headers={"accept-language": "en"})
    with acting(ADMINISTRATION):
        client.force_login(User.objects.get(pk=cast.association.user_id))
    page = ask(client, personal_number=MARYAM.personal_number)
    assert "A record exists" in page and 'dir="ltr"' in page
