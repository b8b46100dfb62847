"""The people of the tests, reached by doing the workflow: a survivor, her officer, others who may and may not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from takatuf.access import services as access
from takatuf.access.models import Membership, Unit, User
from takatuf.access.rules import Power
from takatuf.cases.rules import ReporterIn, ReportIn
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.kernel.keyring import keyring
from takatuf.kernel.reference import pack
from takatuf.people.rules import PersonIn
from takatuf.people.tokens import personal_number_token

NOON = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ADMINISTRATION = system("tests", powers=frozenset({Power.ACCESS_MANAGE.value}))


@dataclass(frozen=True)
class Cast:
    """Who is in the story. Each is an actor in a unit of the country's pack."""

    officer: Actor
    colleague: Actor
    supervisor: Actor
    nurse: Actor
    association: Actor
    prosecutor: Actor
    guardian: Actor
    auditor: Actor
    analyst: Actor
    clerk: Actor


def first_unit(agency_kind: str, role: str) -> Unit:
    """The first unit of a kind of agency in which the role may be held."""
    unit = Unit.objects.filter(agency_kind=agency_kind, active=True).order_by("code").first()
    assert unit is not None, f"the pack has no unit of an agency of kind {agency_kind}"
    return unit


def employ(
    username: str, agency_kind: str, role: str, *, number: str = "", unit: Unit | None = None
) -> Actor:
    """A public servant with an account, in a unit, in a role."""
    unit = unit or first_unit(agency_kind, role)
    token = personal_number_token(number, country=pack(), keyring=keyring()) if number else None
    user = access.create_user(
        actor=ADMINISTRATION,
        username=username,
        name_ar="موظفة الاختبار",
        name_en=f"Test {username}",
        password="a-long-test-password-1",
        now=NOON,
        personal_token=token,
    )
    membership = access.give_role(
        actor=ADMINISTRATION, user_id=user.pk, unit_code=unit.code, role=role, now=NOON
    )
    return access.actor_for(membership, purpose="test")


@pytest.fixture
def world(db: None) -> Iterator[None]:
    """The country's agencies and units are there, and nobody acts yet."""
    with acting(ADMINISTRATION):
        access.load_pack(actor=ADMINISTRATION, now=NOON)
        yield


@pytest.fixture
def cast(world: None) -> Cast:
    officer = employ("officer", "police", "officer")
    assert officer.unit_id is not None
    office = Unit.objects.get(pk=officer.unit_id)
    return Cast(
        officer=officer,
        colleague=employ("colleague", "police", "officer", unit=office),
        supervisor=employ("supervisor", "police", "supervisor", unit=office),
        nurse=employ("nurse", "health", "health_worker"),
        association=employ("association", "association", "association_worker"),
        prosecutor=employ("prosecutor", "prosecution", "prosecutor"),
        guardian=employ("guardian", "council", "guardian"),
        auditor=employ("auditor", "council", "auditor"),
        analyst=employ("analyst", "council", "analyst"),
        clerk=employ("clerk", "police", "data_clerk", unit=office),
    )


# The survivor and the aggressor of the story. Their personal numbers have month 13–99: nobody's.
MARYAM = PersonIn(
    name_ar="مريم علي حسن الدوسري",
    personal_number="907712345",
    phones=("36000001",),
    birth_date=date(1990, 3, 14),
    birth_precision="day",
    sex="female",
)
MARYAM_IN_LATIN = PersonIn(
    name_latin="Mariam Ali Hasan Al Dosari",
    phones=("36000001",),
    birth_date=date(1990, 3, 14),
    birth_precision="day",
    sex="female",
)
KHALID = PersonIn(
    name_ar="خالد يوسف أحمد الدوسري", personal_number="857812346", birth_date=date(1985, 6, 2),
    birth_precision="day", sex="male",
)  # fmt: skip


def a_report(**changes: Any) -> ReportIn:
    """What Maryam told the family protection office."""
    report = ReportIn(
        channel=first_code("channels"),
        received_at=NOON,
        reporter=ReporterIn(kind=first_code("reporter_kinds"), name="سارة جارة مريم", phone="36000009"),
        victim=MARYAM,
        aggressor=KHALID,
        relation="HUS",
        forms=("PHY", "PSY"),
        incident_on=date(2026, 11, 22),
        incident_precision="day",
        child_exposure="witnessed",
        narrative="دفعها على الدرج أمام ابنها.",
        injuries="كدمات في الذراع",
    )
    return replace(report, **changes)


def first_code(list_name: str) -> str:
    return str(pack().items(list_name)[0].code)


@pytest.fixture
def signed_in(client: Any) -> Callable[[Actor], Any]:
    """A browserless client signed in as an actor."""

    def sign_in(actor: Actor) -> Any:
        client.force_login(User.objects.get(pk=actor.user_id))
        return client

    return sign_in


def membership_of(actor: Actor) -> Membership:
    return Membership.objects.get(user_id=actor.user_id, unit_id=actor.unit_id, role=actor.role, until=None)
