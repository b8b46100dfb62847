"""How quickly, and how surely, one person is found among many: encrypted, as in service."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import resources
from time import perf_counter
from typing import Any
from uuid import uuid4

from config.benches import percentile
from config.benches.report import office

BATCH = 2_000
COMMON = 4_000  # names that the made-up register draws from, the frequent ones often


def run(*, persons: int = 100_000, questions: int = 400) -> dict[str, Any]:
    """{"p95_ms", "found", "first", "false_alarms", …}: questions know less than the register does, or have a slip."""
    from django.db import transaction

    from config.benches.scratch import scratch_database
    from takatuf.kernel.context import acting
    from takatuf.people import selectors

    def ask(wanted: Any) -> list[selectors.Hit]:
        with transaction.atomic():  # as each request has one: row-level security asks in it
            return selectors.search(actor, wanted=wanted, now=now)

    with scratch_database():
        actor, rng, now = office(), random.Random(11), datetime.now(UTC)
        people = list(_made_up(persons, rng))
        began = perf_counter()
        ids = _file(actor, people, now)
        filled = perf_counter() - began
        took: list[float] = []
        found = first = alarms = 0
        strangers = list(_made_up(questions // 4, random.Random(12), numbers_from=persons))
        with acting(actor):
            for at in [rng.randrange(persons) for _ in range(20)]:
                ask(people[at])
            for at in [rng.randrange(persons) for _ in range(questions)]:
                before = perf_counter()
                hits = ask(_half_known(people[at], rng))
                took.append((perf_counter() - before) * 1000)
                found += any(hit.person_id == ids[at] for hit in hits)
                first += bool(hits) and hits[0].person_id == ids[at]
            for stranger in strangers:
                hits = ask(stranger)
                alarms += any(hit.strength == "strong" for hit in hits)
    return {
        "persons": persons,
        "questions": questions,
        "p50_ms": round(percentile(took, 50), 2),
        "p95_ms": round(percentile(took, 95), 2),
        "found": round(found / questions, 4),
        "first": round(first / questions, 4),
        "false_alarms": round(alarms / len(strangers), 4),
        "filed_per_second": round(persons / filled, 1),
    }


def _file(actor: Any, people: list[Any], now: datetime) -> list[Any]:
    """The persons of the register, through the vault; in the order given. Returns who each became."""
    from django.db import connections, transaction

    from takatuf.kernel.context import acting
    from takatuf.people import services

    ids: list[Any] = []
    # Filed by another office: of nearly all of a national register, who searches sees no more than that it exists.
    linker = replace(actor, scope="linker", unit_id=uuid4())
    for start in range(0, len(people), BATCH):
        slots = [
            services.Slot(
                person=one, birth_year=one.birth_date.year if one.birth_date else None, received_at=now
            )
            for one in people[start : start + BATCH]
        ]
        with acting(linker), transaction.atomic():
            resolved = services.resolve_many(actor=linker, slots=slots, now=now)
        ids += [one.person_id for one in resolved]
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does in service, soon after so many rows have come
    return ids


def _names() -> list[str]:
    """Names of the linkage vocabulary, the frequent ones first."""
    text = (resources.files("takatuf.people.linkage") / "data" / "vocabulary.tsv").read_text(encoding="utf-8")
    return [line.split("\t")[0] for line in text.splitlines() if line and line[0] != "#"][:COMMON]


def _made_up(count: int, rng: random.Random, *, numbers_from: int = 0) -> Iterator[Any]:
    """Invented people. Their numbers have month 13–99: nobody's."""
    from takatuf.people.rules import PersonIn

    names = _names()

    def name() -> str:
        return names[min(int(rng.expovariate(1 / 350)), len(names) - 1)]

    for at in range(numbers_from, numbers_from + count):
        number = f"{at // 8_700_000 + 50:02d}{13 + at // 100_000 % 87:02d}{at % 100_000:05d}"
        yield PersonIn(
            name_ar=" ".join(name() for _ in range(4)),
            personal_number=number if rng.random() < 0.7 else "",
            phones=(f"3{at % 10_000_000:07d}",) if rng.random() < 0.65 else (),
            birth_date=date(rng.randrange(1950, 2015), rng.randrange(1, 13), rng.randrange(2, 28)),
            birth_precision="day",
            sex=rng.choice(("female", "male")),
        )


def _half_known(one: Any, rng: random.Random) -> Any:
    """What a worker has of her: half without the number, some with a wrong digit, some without the third name."""
    parts = one.name_ar.split()
    if rng.random() < 0.3:
        parts = [parts[0], parts[1], parts[-1]]
    number = one.personal_number
    if rng.random() < 0.5:
        number = ""
    elif number and rng.random() < 0.3:
        at = rng.randrange(4, len(number))
        number = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    return replace(
        one, name_ar=" ".join(parts), personal_number=number, phones=one.phones if rng.random() < 0.5 else ()
    )
