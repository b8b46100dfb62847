"""How long the desk's pages take, and how many statements, with many cases in the database."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from config.benches import percentile

BATCH = 500
TIMES = 40


def grow(cases: int) -> Any:
    """Fill the scratch database with about `cases` cases, through the bulk service, as a police office."""
    import click

    from config.benches.report import office, report
    from takatuf.cases import services
    from takatuf.kernel.context import acting

    actor, rng = office(), random.Random(11)
    start = datetime.now(UTC) - timedelta(days=700)
    needed = int(cases * 1.5)  # a third of the reports joins a case that is there
    with acting(actor), click.progressbar(range(0, needed, BATCH), label="cases") as batches:
        for first in batches:
            at = start + timedelta(minutes=first * 20)
            reports = [report(number, at=at, rng=rng) for number in range(first, min(needed, first + BATCH))]
            services.receive_many(actor=actor, reports=reports, now=datetime.now(UTC))
    return actor


@contextmanager
def counted() -> Iterator[list[int]]:
    """Counts the statements of all aliases within the block."""
    from django.db import connection

    count = [0]

    def one(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        count[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(one):
        yield count


def paths(actor: Any) -> dict[str, str]:
    """The pages a worker opens all day, with a real case, report and journal subject."""
    from takatuf.cases import selectors
    from takatuf.kernel.context import acting
    from takatuf.kernel.ids import short

    with acting(actor):
        now = datetime.now(UTC)
        case = selectors.cases(actor, now=now).order_by("-report_count")[0]
        report = selectors.reports_of_case(actor, case_id=case.pk, now=now)[0]
    return {
        "worklist": "/",
        "cases": "/cases/",
        "case": f"/cases/{short(case.pk)}/",
        "report": f"/reports/{short(report.pk)}/",
        "new_report": "/reports/new/",
        "search": "/search/",
    }


def run(*, cases: int = 50_000, times: int = TIMES) -> dict[str, Any]:
    """{"cases", "pages": {name: {"p95_ms", "p50_ms", "statements"}}, …} through the whole request cycle."""
    from django.test import Client

    from config.benches.scratch import scratch_database
    from takatuf.access.models import User

    with scratch_database():
        started = perf_counter()
        actor = grow(cases)
        grown = perf_counter() - started
        client = Client(headers={"accept-language": "ar"})
        client.force_login(User.objects.get(pk=actor.user_id))
        pages: dict[str, Any] = {}
        for name, path in paths(actor).items():
            took: list[float] = []
            for _ in range(times + 3):
                before = perf_counter()
                response = client.get(path)
                took.append((perf_counter() - before) * 1000)
                if response.status_code != 200:
                    raise RuntimeError(f"{path} answered {response.status_code}")
            with counted() as count:
                client.get(path)
            measured = took[3:]
            pages[name] = {
                "p95_ms": round(percentile(measured, 95), 1),
                "p50_ms": round(percentile(measured, 50), 1),
                "statements": count[0],
            }
    return {
        "cases": cases,
        "grown_seconds": round(grown, 1),
        "p95_ms": max(page["p95_ms"] for page in pages.values()),
        "pages": pages,
    }
