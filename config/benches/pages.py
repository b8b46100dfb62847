"""How long the desk's pages take, and how many statements, with many cases in the database."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any, Literal

from config.benches import percentile

BATCH = 500
TIMES = 40
YEARS = timedelta(days=700)
BUSY = timedelta(days=14)  # duties of older reports were done or taken over by others


def grow(cases: int) -> Any:
    """Fill the scratch database with about `cases` cases, through the bulk service, all of one police office.

    Two years of reports; those of the last fortnight have their duties open, as in an office that does its work.
    """
    import click

    from config.benches.report import office, report
    from takatuf.cases import services
    from takatuf.kernel.context import acting

    actor, rng = office(), random.Random(11)
    now = datetime.now(UTC)
    start = now - YEARS
    needed = int(cases * 1.5)  # a third of the reports joins a case that is there
    size = min(BATCH, max(1, needed // 100))
    with acting(actor), click.progressbar(range(0, needed, size), label="cases") as batches:
        for first in batches:
            at = start + YEARS * (first / needed)
            reports = [report(number, at=at, rng=rng) for number in range(first, min(needed, first + size))]
            mode: Literal["open", "none"] = "open" if now - at < BUSY else "none"
            services.receive_many(actor=actor, reports=reports, now=datetime.now(UTC), duties=mode)
    _analyze()
    return actor


def _analyze() -> None:
    """What autovacuum does within minutes: without it the planner knows nothing of what was just written."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    connections["owner"].close()


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
    from django.db import transaction

    from takatuf.cases import selectors
    from takatuf.kernel.context import acting
    from takatuf.kernel.ids import short

    with acting(actor), transaction.atomic():
        now = datetime.now(UTC)
        case = selectors.cases(actor, now=now).order_by("-report_count")[0]
        report = selectors.reports_of_case(actor, case_id=case.pk, now=now)[0]
    return {
        "worklist": "/",
        "cases": "/cases/",
        "cases_narrowed": "/cases/?status=open&form=PHY&sort=opened",
        "case": f"/cases/{short(case.pk)}/",
        "report": f"/reports/{short(report.pk)}/",
        "new_report": "/reports/new/",
        "search": "/search/",
        "openings": f"/cases/{short(case.pk)}/openings/",
    }


def run(*, cases: int = 50_000, times: int = TIMES) -> dict[str, Any]:
    """{"cases", "pages": {name: {"p95_ms", "p50_ms", "statements"}}, …} through the whole request cycle."""
    from django.conf import settings
    from django.test import Client
    from django.test.utils import override_settings

    from config.benches.scratch import scratch_database
    from takatuf.access.models import User

    with scratch_database(), override_settings(TAKATUF_SECOND_FACTOR=False):
        started = perf_counter()
        actor = grow(cases)
        grown = perf_counter() - started
        client = Client(headers={"accept-language": "ar"}, SERVER_NAME=settings.ALLOWED_HOSTS[0])
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
