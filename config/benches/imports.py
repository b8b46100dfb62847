"""How fast a whole file comes in with encryption, row-level security and journal on, and beside it a bare COPY."""

import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from django.conf import settings


def run(*, file: Path, mapping: Path) -> dict[str, Any]:
    """{"rows", "reports", "quarantined", "seconds", "per_second", "peak_mb", "copy_ratio", …}.

    On a scratch database of the pack that the mapping names. `seconds`: from the first row to the proof. `copy_ratio`:
    how many times longer that is than a COPY of the columns the mapping reads into one plain table without an index.
    """
    from config.benches.scratch import scratch_database
    from takatuf.cases.imports import mapping as mappings
    from takatuf.kernel import reference

    loaded = mappings.load(mapping)
    country = reference.load(Path(settings.PACKS_DIR) / (loaded.mapping.pack or settings.TAKATUF_PACK))
    with reference.override(country), scratch_database():
        found = imported(file, loaded)
        copied = copied_seconds(file, loaded)
    return {
        **found,
        "peak_mb": round(peak_mb()),
        "copy_seconds": round(copied, 2),
        "copy_ratio": round(found["seconds"] / copied, 1),
    }


def imported(file: Path, loaded: Any) -> dict[str, Any]:
    from config.cli.progress import steps
    from takatuf.access import services as access
    from takatuf.access.rules import Power
    from takatuf.cases.imports import services
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system
    from takatuf.kernel.context import acting
    from takatuf.kernel.reference import pack

    console = system("bench", powers=frozenset({Power.ACCESS_MANAGE.value}))
    with acting(console):
        access.load_pack(actor=console)
        agency = loaded.mapping.agency or pack().agencies[0].code
        actor = services.clerk(actor=console, agency=agency)
    run = services.start(actor=actor, path=file, loaded=loaded, now=clock.now())
    with steps("importing") as show:
        begun = perf_counter()
        run = services.carry_on(
            actor=actor, run_id=run.pk, path=file, progress=lambda done, total: show("", done, total)
        )
        seconds = perf_counter() - begun
    return {
        "rows": run.rows_in_file,
        "reports": run.created,
        "quarantined": run.quarantined,
        "seconds": round(seconds, 1),
        "per_second": round(run.created / seconds, 1),
        "adds_up": bool(run.proof and run.proof["adds_up"]),
    }


def copied_seconds(file: Path, loaded: Any) -> float:
    """The same columns of the same file, read by the same reader, into a plain table by COPY: the least it can cost."""
    from django.db import connections
    from psycopg import sql

    from takatuf.cases.imports.readers import Row, open_source

    wanted = loaded.mapping.columns()
    columns = sql.SQL(", ").join(sql.Identifier(f"c{at}") for at in range(len(wanted)))
    defined = sql.SQL(", ").join(
        sql.SQL("{} text").format(sql.Identifier(f"c{at}")) for at in range(len(wanted))
    )
    begun = perf_counter()
    with connections["owner"].cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TABLE bench_copy ({})").format(defined).as_string(cursor.connection))
        statement = sql.SQL("COPY bench_copy ({}) FROM STDIN").format(columns).as_string(cursor.connection)
        with (
            open_source(file, loaded.mapping.source, wanted) as opened,
            cursor.copy(statement) as copy,
        ):
            places = [opened.columns.index(name) for name in wanted]
            for row in opened.rows:
                if isinstance(row, Row):
                    copy.write_row([row.cells[at] for at in places])
    return perf_counter() - begun


def peak_mb() -> float:
    """The most memory this process ever held; Linux tells it in kilobytes, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 / 1024 if sys.platform == "darwin" else peak / 1024
