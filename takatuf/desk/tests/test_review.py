"""The queue of pairs through its pages: side by side, one key, the next at once; nothing for who may not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.urls import reverse

from takatuf.cases import services
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people.models import ReviewItem
from tests.cast import MARYAM, MARYAM_IN_LATIN, NOON, Cast, a_report, employ

SignIn = Callable[[Actor], Any]
SEE_ALL = system("tests")


@pytest.fixture
def reviewer(cast: Cast) -> Actor:
    return employ("reviewer", "council", "index_reviewer")


@pytest.fixture
def items(cast: Cast) -> list[ReviewItem]:
    """Maryam, and two who are likely she and have another number."""
    likely = [
        replace(MARYAM, personal_number="907798765"),
        replace(MARYAM_IN_LATIN, personal_number="907755554", phones=()),
    ]
    for actor, victim in ((cast.officer, MARYAM), *((cast.nurse, one) for one in likely)):
        with acting(actor):
            services.receive(actor=actor, report=a_report(victim=victim), now=NOON)
    with acting(SEE_ALL):
        return list(ReviewItem.objects.order_by("opened_at"))


def test_the_queue_counts_and_names_nobody(
    reviewer: Actor, items: list[ReviewItem], signed_in: SignIn
) -> None:
    page = signed_in(reviewer).get(reverse("desk:review")).content.decode()
    assert len(items) == 2 and reverse("desk:review_pair", args=[items[0].pk]) in page
    assert "رقمان شخصيان مختلفان" in page and MARYAM.name_ar not in page


def test_a_pair_stands_side_by_side_with_its_evidence(
    reviewer: Actor, items: list[ReviewItem], signed_in: SignIn
) -> None:
    response = signed_in(reviewer).get(reverse("desk:review_pair", args=[items[-1].pk]))
    page = response.content.decode()
    assert response["Cache-Control"] == "no-store"
    numbers = [one["rows"]["number"] for one in response.context["sides"]]
    assert len(set(numbers)) == 2
    for shown in (MARYAM.name_ar, *numbers, "<meter", "اليوم نفسه", 'data-key="1"'):
        assert shown in page
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="people.pair_read").count() == 1


def test_a_verdict_leads_to_the_next_pair_and_then_to_the_empty_queue(
    reviewer: Actor, items: list[ReviewItem], signed_in: SignIn
) -> None:
    client = signed_in(reviewer)
    first = client.get(reverse("desk:review")).context["rows"][0]["item"]
    response = client.post(reverse("desk:review_pair", args=[first.pk]), {"verdict": "different"})
    [other] = [item for item in items if item.pk != first.pk]
    assert response.url == reverse("desk:review_pair", args=[other.pk])
    response = client.post(response.url, {"verdict": "unsure"})
    assert response.url == reverse("desk:review")
    assert "لا زوج ينتظر مراجعتك" in client.get(response.url).content.decode()


def test_a_pair_judged_before_says_so_in_words(
    reviewer: Actor, items: list[ReviewItem], signed_in: SignIn
) -> None:
    client, address = signed_in(reviewer), reverse("desk:review_pair", args=[items[0].pk])
    client.post(address, {"verdict": "different"})
    assert client.post(address, {"verdict": "same"}).url == reverse("desk:review")
    assert "سبق البتّ في هذا الزوج" in client.get(reverse("desk:review")).content.decode()


@pytest.mark.parametrize("role", ["officer", "guardian", "analyst", "association"])
def test_who_may_not_gets_nothing(cast: Cast, items: list[ReviewItem], signed_in: SignIn, role: str) -> None:
    client, address = signed_in(getattr(cast, role)), reverse("desk:review_pair", args=[items[0].pk])
    assert client.get(reverse("desk:review")).status_code == 403
    assert client.get(address).status_code == 403
    assert client.post(address, {"verdict": "same"}).status_code == 403
    with acting(SEE_ALL):
        assert ReviewItem.objects.filter(closed_at=None).count() == 2
