"""A report from the first question to its receipt, through the pages and without a script."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from takatuf.access.models import User
from takatuf.cases import selectors, services
from takatuf.cases.models import Case, Draft, Report
from takatuf.desk.forms.fields import read_date
from takatuf.desk.forms.report import Sheet
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from tests.cast import MARYAM, NOON, Cast, a_report

SignIn = Callable[[Actor], Any]
SEE_ALL = system("tests")


def typed(**changes: str | list[str]) -> dict[str, Any]:
    """A report as an officer types it."""
    return {
        "receipt-received_on": "2026-11-23",
        "receipt-received_time": "18:30",
        "receipt-channel": "person",
        "receipt-received_place": "مكتب حماية الأسرة",
        "reporter-kind": "neighbour",
        "reporter-name": "سارة جاسم",
        "reporter-phone": "36000009",
        "victim-name_ar": MARYAM.name_ar,
        "victim-personal_number": MARYAM.personal_number,
        "victim-birth": "14/3/1990",
        "victim-sex": "female",
        "aggressor-name_ar": "خالد يوسف أحمد الدوسري",
        "aggressor-sex": "male",
        "incident-relation": "HUS",
        "incident-violence": ["PHY", "PSY"],
        "incident-child_exposure": "witnessed",
        "incident-incident_on": "22/11/2026",
        "incident-reported_before": "no",
        "incident-narrative": "دفعها على الدرج أمام ابنها.",
        **changes,
    }


def new_draft(client: Client, **asked: str) -> str:
    """The address of a draft begun by a worker who gives these words."""
    response = client.post(reverse("desk:report_new"), {"step": "begin", **asked})
    assert response.status_code == 302, response.content.decode()
    return str(response["Location"])


def signed(client: Client, **changes: str | list[str]) -> str:
    """The address of the receipt of a report that was typed, read and signed."""
    draft = new_draft(client)
    checked = client.post(draft, typed(**changes) | {"do": "check"})
    assert checked.status_code == 302, errors(checked)
    page = client.get(checked["Location"]).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen is not None
    done = client.post(checked["Location"], {"seen": seen[1], "confirm": "yes"})
    assert done.status_code == 302, errors(done)
    return str(done["Location"])


def errors(response: Any) -> list[str]:
    return re.findall(r'<li><a href="#[^"]*">([^<]*)</a>', response.content.decode())


def test_a_report_is_typed_read_and_signed_and_its_receipt_names_nobody(
    cast: Cast, signed_in: SignIn
) -> None:
    client = signed_in(cast.officer)

    receipt = client.get(signed(client)).content.decode()

    with acting(SEE_ALL):
        report = Report.objects.get()
        assert report.forms == ["PHY", "PSY"] and report.relation == "HUS" and report.scope == "inside"
        assert str(report.incident_on) == "2026-11-22" and report.incident_precision == "day"
        assert report.received_at.isoformat() == "2026-11-23T15:30:00+00:00"  # the country's own hour
        assert Case.objects.get().report_count == 1
    with acting(cast.officer):
        assert not Draft.objects.exists()
    assert report.reference in receipt
    for secret in ("مريم", "سارة جاسم", "36000009", MARYAM.personal_number, "دفعها"):
        assert secret not in receipt


def test_who_she_is_is_asked_first_and_what_was_typed_goes_on(cast: Cast, signed_in: SignIn) -> None:
    with acting(cast.officer):
        services.receive(actor=cast.officer, report=a_report(), now=NOON)
    client = signed_in(cast.officer)

    page = client.post(
        reverse("desk:report_new"), {"personal_number": MARYAM.personal_number}
    ).content.decode()

    assert MARYAM.name_ar in page and "الرقم الشخصي نفسه" in page
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="people.searched").get().purpose == "report"
    person = re.search(r'name="person" value="([^"]+)"', page)
    assert person is not None
    draft = client.post(reverse("desk:report_new"), {"step": "begin", "person": person[1]})["Location"]
    assert f'value="{MARYAM.name_ar}"' in client.get(draft).content.decode()


def test_a_person_of_another_unit_is_not_filled_in_by_her_id(cast: Cast, signed_in: SignIn) -> None:
    with acting(cast.officer):
        report = services.receive(actor=cast.officer, report=a_report(), now=NOON)
    client = signed_in(cast.association)

    draft = new_draft(client, person=str(report.victim_id), name="هدى")

    page = client.get(draft).content.decode()
    assert MARYAM.name_ar not in page and "هدى" in page


def test_a_wrong_sheet_says_what_and_where_and_keeps_every_word(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.officer)
    draft = new_draft(client)
    wrong = typed(**{"victim-birth": "31/2/1990", "victim-personal_number": "12", "receipt-channel": ""})

    response = client.post(draft, wrong | {"do": "check"})

    found = errors(response)
    page = response.content.decode()
    assert len(found) == 2  # the number is asked of the service once the shape is right
    assert 'href="#victim-birth"' in page and 'href="#receipt-channel"' in page
    assert 'aria-invalid="true"' in page and "دفعها على الدرج أمام ابنها." in page
    with acting(cast.officer):
        kept = selectors.draft_content(cast.officer, draft=selectors.drafts(cast.officer).get())
    assert kept["victim-birth"] == ["31/2/1990"]

    response = client.post(draft, wrong | {"victim-birth": "1990", "receipt-channel": "phone", "do": "check"})
    assert 'href="#victim-personal_number"' in response.content.decode()


def test_nobody_at_all_is_no_report_but_a_woman_without_a_name_is(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.officer)
    nobody = {"victim-name_ar": "", "victim-personal_number": "", "victim-birth": ""}
    draft = new_draft(client)

    refused = client.post(draft, typed(**nobody) | {"do": "check"})

    assert 'href="#victim-anonymous"' in refused.content.decode()
    assert "receipt" in signed(client, **nobody, **{"victim-anonymous": "on"})


def test_nothing_is_signed_without_having_read_or_after_a_change(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.officer)
    draft = new_draft(client)
    sign = client.post(draft, typed() | {"do": "check"})["Location"]
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(sign).content.decode())
    assert seen is not None

    unread = client.post(sign, {"seen": seen[1]})
    client.post(f"{draft}keep/", typed(**{"incident-narrative": "غير ذلك"}))
    changed = client.post(sign, {"seen": seen[1], "confirm": "yes"})

    assert unread.status_code == changed.status_code == 200
    with acting(SEE_ALL):
        assert not Report.objects.exists()


def test_a_number_of_ones_own_is_filed_once(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.officer)
    signed(client, **{"receipt-external_ref": "2026/77"})
    draft = new_draft(client)

    again = client.post(draft, typed(**{"receipt-external_ref": "2026/77"}) | {"do": "check"})

    assert 'href="#receipt-external_ref"' in again.content.decode()


def test_a_draft_is_its_writers_only(cast: Cast, signed_in: SignIn) -> None:
    draft = new_draft(signed_in(cast.officer))
    signed_in(cast.officer).post(f"{draft}keep/", typed())
    other = signed_in(cast.colleague)

    assert other.get(draft).status_code == 302
    assert other.get(f"{draft}sign/").status_code == 302
    assert other.post(f"{draft}drop/").status_code == 302
    with acting(cast.officer):
        assert Draft.objects.get().user_id == cast.officer.user_id


def test_what_was_typed_survives_the_end_of_the_session(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.officer)
    draft = new_draft(client)
    client.logout()

    held = client.post(draft, typed() | {"do": "keep"})
    partly = client.post(f"{draft}keep/", typed(), headers={"hx-request": "true"})

    assert held.status_code == partly.status_code == 401
    assert "HX-Redirect" not in partly.headers  # the page stays, and with it the text
    page = held.content.decode()
    assert 'value="دفعها على الدرج أمام ابنها."' in page and "csrfmiddlewaretoken" in page
    client.force_login(User.objects.get(pk=cast.officer.user_id))
    again = client.post(draft, typed() | {"do": "keep"})
    assert again.status_code == 302
    assert "دفعها على الدرج" in client.get(again["Location"]).content.decode()


def test_an_old_token_of_our_own_page_is_good_enough_to_keep_and_not_to_sign(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(pk=cast.officer.user_id))
    with acting(cast.officer):
        draft = services.save_draft(actor=cast.officer, content={}, now=NOON)
    keep, sign = (reverse(f"desk:{name}", args=[draft.pk]) for name in ("draft_keep", "draft_sign"))

    ours = client.post(keep, typed(), headers={"origin": "http://testserver"})
    theirs = client.post(keep, typed(), headers={"origin": "http://elsewhere.example"})
    silent = client.post(keep, typed())
    signing = client.post(sign, {"confirm": "yes"}, headers={"origin": "http://testserver"})

    assert [one.status_code for one in (ours, theirs, silent, signing)] == [200, 403, 403, 403]


@pytest.mark.parametrize("who", ["auditor", "guardian", "analyst"])
def test_who_may_not_report_is_told_so(cast: Cast, signed_in: SignIn, who: str) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(reverse("desk:report_new")).status_code == 403
    assert client.post(reverse("desk:report_new"), {"step": "begin"}).status_code == 403


def test_a_receipt_is_for_the_unit_that_reported(cast: Cast, signed_in: SignIn) -> None:
    receipt = signed(signed_in(cast.officer))
    assert signed_in(cast.nurse).get(receipt).status_code == 404
    assert signed_in(cast.colleague).get(receipt).status_code == 200


def test_strangers_are_sent_to_the_door(cast: Cast, client: Client) -> None:
    assert client.get(reverse("desk:report_new"))["Location"].startswith("/accounts/login/")


def test_the_pages_stand_in_a_bounded_number_of_statements(
    cast: Cast, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(cast.officer)
    with django_assert_max_num_queries(12):
        client.get(reverse("desk:report_new"))
    draft = new_draft(client)
    with django_assert_max_num_queries(14):
        client.get(draft)
    with django_assert_max_num_queries(16):
        client.post(f"{draft}keep/", typed())


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("14/3/1990", "1990-03-14", "day"),
        ("١٤/٣/١٩٩٠", "1990-03-14", "day"),
        ("1990-03-14", "1990-03-14", "day"),
        ("3/1990", "1990-03-01", "month"),
        ("1990", "1990-01-01", "year"),
    ],
)
def test_a_date_is_read_as_far_as_it_is_known(text: str, day: str, precision: str) -> None:
    assert (read_date(text).day.isoformat(), read_date(text).precision) == (day, precision)


@pytest.mark.parametrize("text", ["31/2/1990", "90", "13/1990/1", "yesterday", "1/1/90"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|day|month|year"):
        read_date(text)


def test_a_draft_shows_no_errors_before_they_are_asked_for() -> None:
    assert Sheet({"receipt-received_on": ["nonsense"]})["receipt"]["received_on"].errors == []
