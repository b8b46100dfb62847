"""How many reports one process takes through the service, one by one, each in its own transaction."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

from config.benches import percentile
from takatuf.kernel.actor import Actor

GIVEN = ("مريم", "فاطمة", "زينب", "نورة", "عائشة", "سارة", "هدى", "ليلى", "شيخة", "منى", "أمينة", "حصة")
MEN = ("محمد", "علي", "حسن", "خالد", "يوسف", "أحمد", "جاسم", "عبدالله", "إبراهيم", "سلمان", "راشد", "حمد")
FAMILY = (
    "الدوسري",
    "العلوي",
    "الحداد",
    "المالكي",
    "الكعبي",
    "الزياني",
    "البلوشي",
    "الخليفي",
    "المهندي",
    "النعيمي",
)


def report(number: int, *, at: datetime, rng: random.Random) -> Any:
    """A made-up report: about a third of the pairs are known already. Numbers have month 13–99: nobody's."""
    from takatuf.cases.rules import ReporterIn, ReportIn
    from takatuf.kernel.reference import pack
    from takatuf.people.rules import PersonIn

    pair = rng.randrange(max(1, number)) if number and rng.random() < 0.33 else number
    same = random.Random(pair)
    father, family = same.choice(MEN), same.choice(FAMILY)
    victim = PersonIn(
        name_ar=f"{same.choice(GIVEN)} {father} {same.choice(MEN)} {family}",
        personal_number=f"{same.randrange(60, 99)}{same.randrange(13, 99)}{pair % 100_000:05d}",
        phones=(f"36{pair % 1_000_000:06d}",),
        birth_date=date(same.randrange(1960, 2005), same.randrange(1, 13), same.randrange(2, 28)),
        birth_precision="day",
        sex="female",
    )
    aggressor = replace(
        victim,
        name_ar=f"{same.choice(MEN)} {same.choice(MEN)} {same.choice(MEN)} {family}",
        personal_number=f"{same.randrange(50, 59)}{same.randrange(13, 99)}{pair % 100_000:05d}",
        sex="male",
        phones=(),
    )
    country = pack()
    return ReportIn(
        channel=country.items("channels")[0].code,
        received_at=at,
        reporter=ReporterIn(kind=country.items("reporter_kinds")[0].code, name="جارة", phone="36000001"),
        external_ref=f"BENCH-{number}",
        victim=victim,
        aggressor=aggressor,
        relation="HUS",
        forms=("PHY", "PSY"),
        incident_on=at.date(),
        incident_precision="day",
        child_exposure=rng.choice(["none", "witnessed", "unknown"]),
        incident_area=rng.choice(country.items("areas")).code,
        narrative="رواية قصيرة لما حدث مساء ذلك اليوم. " * 8,
    )


def office() -> Actor:
    """An officer of the first police unit of the pack; a bench user, so that deeds carry a name."""
    from takatuf.access import services as access
    from takatuf.access.models import Unit, User
    from takatuf.access.rules import Power
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting

    administration = system("bench", powers=frozenset({Power.ACCESS_MANAGE.value}))
    with acting(administration):
        access.load_pack(actor=administration)
        unit = Unit.objects.filter(agency_kind="police").order_by("code").first()
        assert unit is not None, "the pack has a police unit"
        user = User.objects.filter(username="bench.officer").first() or access.create_user(
            actor=administration,
            username="bench.officer",
            name_ar="قياس",
            name_en="Bench",
            password="only-for-measuring-1",
            now=clock.now(),
        )
        access.give_role(
            actor=administration, user_id=user.pk, unit_code=unit.code, role="officer", now=clock.now()
        )
    return access.actor_for_unit(unit.code, role="officer", purpose="bench")


def run(*, reports: int = 600, warm: int = 20) -> dict[str, Any]:
    """{"per_second", "p95_ms", …} of `reports` single reports: search, encryption, journal and duties on."""
    from config.benches.scratch import scratch_database
    from takatuf.cases import services
    from takatuf.kernel.context import acting

    with scratch_database():
        actor, rng = office(), random.Random(7)
        start = datetime.now(UTC) - timedelta(hours=1)
        prepared = [report(number, at=start, rng=rng) for number in range(reports + warm)]
        took: list[float] = []
        with acting(actor):
            for one in prepared:
                before = perf_counter()
                services.receive(actor=actor, report=one, now=datetime.now(UTC))
                took.append((perf_counter() - before) * 1000)
    measured = took[warm:]
    return {
        "reports": reports,
        "per_second": round(1000 * len(measured) / sum(measured), 1),
        "p50_ms": round(percentile(measured, 50), 2),
        "p95_ms": round(percentile(measured, 95), 2),
    }
