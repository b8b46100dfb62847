"""Signing in through the front door: slower after failures and never locked; sessions end with the powers they had."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from takatuf.access import services
from takatuf.access.models import Membership, SignInDelay, Unit, User
from takatuf.access.rules import AccessRefused, Power, Reason
from takatuf.journal.models import Entry
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from tests.cast import NOON, Cast, employ

ADMIN = system("tests", powers=frozenset({Power.ACCESS_MANAGE.value}))
SEE_ALL = system("tests")
PASSWORD = "a-long-test-password-1"
SIGN_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    settings.TAKATUF_SECOND_FACTOR = False


@contextmanager
def clock_at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: now)
        yield


def open_sessions(cast: Cast, count: int = 3) -> list[Client]:
    clients = [Client() for _ in range(count)]
    for client in clients:
        client.force_login(User.objects.get(pk=cast.officer.user_id))
        assert client.get("/").status_code == 200
    return clients


def is_out(client: Client) -> bool:
    answer = client.get("/")
    return answer.status_code == 302 and answer["Location"].startswith(SIGN_IN)


def give_another_role(cast: Cast) -> None:
    services.give_role(
        actor=ADMIN, user_id=cast.officer.user_id, unit_code=cast.officer.unit, role="supervisor", now=NOON
    )


def take_the_role(cast: Cast) -> None:
    membership = Membership.objects.get(user_id=cast.officer.user_id)
    services.take_role(actor=ADMIN, membership_id=membership.pk, now=clock.now())


def close_the_account(cast: Cast) -> None:
    services.set_active(actor=ADMIN, user_id=cast.officer.user_id, active=False, now=NOON)


def reset_the_password(cast: Cast) -> None:
    services.reset_password(actor=ADMIN, user_id=cast.officer.user_id, now=NOON)


def reset_the_second_factor(cast: Cast) -> None:
    services.reset_second_factor(actor=ADMIN, user_id=cast.officer.user_id, now=NOON)


@pytest.mark.parametrize(
    "deed",
    [give_another_role, take_the_role, close_the_account, reset_the_password, reset_the_second_factor],
)
def test_all_sessions_of_a_user_end_at_once_and_nobody_elses(
    cast: Cast, deed: Callable[[Cast], None]
) -> None:
    hers, colleagues = open_sessions(cast), Client()
    colleagues.force_login(User.objects.get(pk=cast.colleague.user_id))
    with acting(ADMIN):
        deed(cast)
    assert all(map(is_out, hers))
    assert colleagues.get("/").status_code == 200


def test_a_session_that_nobody_wrote_down_ends_too(cast: Cast) -> None:
    from allauth.usersessions.models import UserSession

    (hers,) = open_sessions(cast, 1)
    UserSession.objects.all().delete()
    with acting(ADMIN):
        give_another_role(cast)
    assert is_out(hers)


def test_a_session_acts_in_one_context_and_changes_it_only_to_one_of_her_own(cast: Cast) -> None:
    with acting(ADMIN):
        give_another_role(cast)
    as_supervisor = Membership.objects.get(user_id=cast.officer.user_id, role="supervisor")
    (client,) = open_sessions(cast, 1)
    with acting(cast.officer):
        chosen = services.choose_context(actor=cast.officer, membership_id=as_supervisor.pk, now=NOON)
        assert chosen == as_supervisor
        others = Membership.objects.get(user_id=cast.nurse.user_id)
        with pytest.raises(AccessRefused) as refused:
            services.choose_context(actor=cast.officer, membership_id=others.pk, now=NOON)
    assert refused.value.reason == Reason.NOT_A_MEMBER
    from takatuf.access.middleware import CONTEXT_KEY

    session = client.session
    session[CONTEXT_KEY] = str(as_supervisor.pk)
    session.save()
    actor: Actor = client.get("/").wsgi_request.actor  # type: ignore[attr-defined]
    assert actor.role == "supervisor"
    assert Power.DUTY_OVERSEE.value in actor.powers
    session[CONTEXT_KEY] = str(others.pk)
    session.save()
    assert client.get("/").wsgi_request.actor.unit == cast.officer.unit  # type: ignore[attr-defined]


def test_failures_make_the_next_try_wait_and_the_right_password_then_opens(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, now = Client(), clock.now()

    def sign_in(password: str, at: datetime, address: str = "10.0.0.1") -> Any:
        with clock_at(monkeypatch, at):
            return client.post(SIGN_IN, {"login": "officer", "password": password}, REMOTE_ADDR=address)

    for _ in range(5):
        SignInDelay.objects.update(wait_until=now)
        assert sign_in("wrong-password-99", now).status_code == 200
    assert SignInDelay.objects.get().failures == 5
    early = sign_in(PASSWORD, now + timedelta(seconds=1))
    assert early.status_code == 200, "the right password, too early"
    assert early.context["form"].errors
    elsewhere = Client().post(SIGN_IN, {"login": "officer", "password": PASSWORD}, REMOTE_ADDR="10.0.0.2")
    assert elsewhere.status_code == 302, "a stranger at one address does not slow the owner at another"
    assert sign_in(PASSWORD, now + timedelta(seconds=61)).status_code == 302, "and nobody is ever locked out"
    assert not SignInDelay.objects.filter(failures=5).exists()
    with acting(SEE_ALL):
        slowed = list(Entry.objects.filter(did="access.sign_in_slowed"))
        assert [entry.details["failures"] for entry in slowed] == [3, 4, 5]
        assert Entry.objects.filter(did="access.signed_in").count() == 2
        assert "officer" not in str([entry.subjects for entry in slowed])


def test_a_name_that_does_not_exist_is_answered_like_a_wrong_password(cast: Cast) -> None:
    answers = [
        Client().post(SIGN_IN, {"login": name, "password": "wrong-password-99"}, REMOTE_ADDR="10.0.0.3")
        for name in ("officer", "nobody.at.all")
    ]
    errors = [answer.context["form"].errors.as_text() for answer in answers]
    assert errors[0] == errors[1]
    assert SignInDelay.objects.count() == 2, "both are slowed"


def test_without_a_second_factor_nothing_opens_but_the_page_that_sets_it_up(
    cast: Cast, settings: Any
) -> None:
    (client,) = open_sessions(cast, 1)
    settings.TAKATUF_SECOND_FACTOR = True
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/2fa/")
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(
        user_id=cast.officer.user_id, type=Authenticator.Type.TOTP, data={"secret": "x"}
    )
    assert client.get("/").status_code == 200
    # From now on the password alone does not sign her in.
    sent = Client().post(SIGN_IN, {"login": "officer", "password": PASSWORD}, REMOTE_ADDR="10.0.0.4")
    assert "authenticate" in sent["Location"]


def test_roles_that_must_be_apart_are_not_held_together_and_nobody_gives_herself_one(cast: Cast) -> None:
    office = Unit.objects.get(pk=cast.officer.unit_id)
    with acting(ADMIN):
        with pytest.raises(AccessRefused) as together:
            services.give_role(
                actor=ADMIN,
                user_id=cast.officer.user_id,
                unit_code=office.code,
                role="administrator",
                now=NOON,
            )
    assert together.value.reason == Reason.SEPARATE_DUTIES
    admin = employ("admin", "police", "administrator", unit=office)
    with acting(admin):
        with pytest.raises(AccessRefused) as own:
            services.give_role(
                actor=admin, user_id=admin.user_id, unit_code=office.code, role="analyst", now=NOON
            )
        weak = replace(admin, powers=frozenset())
        with pytest.raises(AccessRefused) as powerless:
            services.reset_password(actor=weak, user_id=cast.officer.user_id, now=NOON)
    assert (own.value.reason, powerless.value.reason) == (Reason.OWN_ACCOUNT, Reason.NO_POWER)
