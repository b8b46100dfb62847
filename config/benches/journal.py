"""How fast the journal takes entries over eight connections while it is sealed; how fast it is verified outside."""

import json
import multiprocessing
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

CONNECTIONS = 8
SECONDS = 10  # of appending, one entry a transaction, as a deed does it
BULK = 2_000  # entries of one transaction, as an import does it
SEAL_EVERY = 1.0

fork = multiprocessing.get_context("fork")


def run(*, entries: int = 1_000_000, seconds: int = SECONDS) -> dict[str, Any]:
    """{"append_per_second", "verify_seconds", …}: durable single appends, bulk appends up to `entries`, sealing on."""
    from config.benches.scratch import scratch_database

    with scratch_database(), tempfile.TemporaryDirectory(prefix="takatuf-bench-bundle-") as folder:
        stop = fork.Event()
        sealer = fork.Process(target=_seal, args=(stop,))
        _disconnect()
        sealer.start()
        try:
            single, single_seconds = _appended(_deeds, seconds)
            bulk, bulk_seconds = _appended(_imports, max(0, entries - single))
        finally:
            stop.set()
            sealer.join()
        sealed, seal_seconds = _rest_sealed()
        bundle = Path(folder) / "bundle"
        export_seconds = _exported(bundle)
        verified = _verified(bundle)
    return {
        "entries": verified["entries"],
        "append_per_second": round(single / single_seconds, 1),
        "bulk_per_second": round(bulk / bulk_seconds, 1) if bulk else None,
        "connections": CONNECTIONS,
        "batches": verified["batches"],
        "sealed_behind": sealed,
        "seal_rest_seconds": round(seal_seconds, 2),
        "export_seconds": round(export_seconds, 2),
        "verify_seconds": round(verified["wall"], 2),
    }


def _disconnect() -> None:
    """No child may inherit an open connection."""
    from django.db import connections

    connections.close_all()


def _appended(work: Any, amount: int) -> tuple[int, float]:
    """Entries appended by all connections together, and the seconds from the common start to the last end."""
    gate, counts = fork.Barrier(CONNECTIONS + 1), fork.Queue()
    workers = [fork.Process(target=_worker, args=(work, amount, gate, counts)) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.start()
    gate.wait()
    began = perf_counter()
    done = [counts.get() for _ in workers]
    took = perf_counter() - began
    for worker in workers:
        worker.join()
    return sum(done), took


def _worker(work: Any, amount: int, gate: Any, counts: Any) -> None:
    from django.db import connection

    from takatuf.kernel.actor import Actor
    from takatuf.kernel.context import acting

    actor = Actor(
        user_id=uuid4(), unit_id=uuid4(), unit="unit", agency="agency", role="officer", purpose="measure"
    )
    connection.ensure_connection()
    gate.wait()
    with acting(actor):
        counts.put(work(actor, amount))
    connection.close()


def _deeds(actor: Any, seconds: int) -> int:
    from takatuf.journal import services

    count, end = 0, perf_counter() + seconds
    while perf_counter() < end:
        services.record(actor=actor, did="cases.opened", to=[f"case:{uuid4()}"], level=3)
        count += 1
    return count


def _imports(actor: Any, amount: int) -> int:
    from takatuf.journal import services

    left = -(-amount // CONNECTIONS)
    for size in _sizes(left):
        services.record_many(actor=actor, entries=[_entry() for _ in range(size)])
    return left


def _sizes(left: int) -> Iterator[int]:
    while left > 0:
        yield min(BULK, left)
        left -= BULK


def _entry() -> Any:
    from takatuf.journal.rules import EntryIn

    return EntryIn(
        did="cases.report_received",
        to=(f"report:{uuid4()}", f"case:{uuid4()}", f"person:{uuid4()}", f"person:{uuid4()}"),
        details={"source": "import", "opened_case": True, "victim": "joined", "victim_by": ["NG", "GFB"]},
    )


def _seal(stop: Event) -> None:
    """The sealing job of the worker, oftener than there."""
    from takatuf.journal import services
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system

    while not stop.wait(SEAL_EVERY):
        services.seal(actor=system("bench.seal"), now=clock.now())


def _rest_sealed() -> tuple[int, float]:
    """How many entries the sealer had not come to, and how long they took."""
    from takatuf.journal import services
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system

    began = perf_counter()
    sealing = services.seal(actor=system("bench.seal"), now=clock.now())
    return sealing.entries, perf_counter() - began


def _exported(to: Path) -> float:
    from takatuf.journal import services
    from takatuf.kernel import clock
    from takatuf.kernel.actor import system

    began = perf_counter()
    services.export(actor=system("bench.export"), to=to, now=clock.now())
    return perf_counter() - began


def _verified(bundle: Path) -> dict[str, Any]:
    """What the outsider's verifier says, and its whole run, start of Python included."""
    from django.conf import settings

    tool = settings.BASE_DIR / "tools" / "verify_journal.py"
    began = perf_counter()
    done = subprocess.run(
        [sys.executable, tool, bundle, "--json"], capture_output=True, text=True, check=True
    )
    return {**json.loads(done.stdout), "wall": perf_counter() - began}
