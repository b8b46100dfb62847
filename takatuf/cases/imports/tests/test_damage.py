"""Whatever is done to a file, its rows are all accounted for."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from takatuf.cases.imports import services
from takatuf.cases.imports.rules import CannotImport
from tests.cast import NOON, Cast

from .files import GOOD, REFUSED, as_csv, declared
from .test_runs import bring_in

CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "1", "2", "9", "999", "-1", "1e3", "2026-11-02", "2026-02-30", "=1+1", '"', "\x00", "٣٠"]
    ),
)
LINES = st.lists(
    st.one_of(
        st.lists(CELLS, min_size=7, max_size=7).map(",".join),
        st.lists(CELLS, max_size=9).map(",".join),
        st.sampled_from([",".join(row) for row in [*GOOD, *REFUSED]]),
        st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")),
    ),
    max_size=12,
)
DAMAGES = st.lists(
    st.tuples(st.integers(0, 10_000), st.sampled_from(["flip", "cut", "double"]), st.binary(max_size=4)),
    max_size=4,
)
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def damaged(content: bytes, damages: list[tuple[int, str, bytes]]) -> bytes:
    for anywhere, deed, junk in damages:
        at = anywhere % (len(content) + 1)
        match deed:
            case "flip":
                content = content[:at] + junk + content[at + len(junk) :]
            case "cut":
                content = content[:at] + content[at + 3 :]
            case "double":
                content = content[:at] + content[at : at + 50] + content[at:]
    return content


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(lines=LINES, damages=DAMAGES, by_number=st.booleans())
def test_rows_are_reports_present_or_quarantined_whatever_the_file_holds(
    cast: Cast, tmp_path: Path, lines: list[str], damages: list[tuple[int, str, bytes]], by_number: bool
) -> None:
    path = as_csv(tmp_path / "f.csv", [])
    head = path.read_bytes()
    body = "\n".join(lines).encode("utf-8", errors="surrogatepass")
    path.write_bytes(head + damaged(body, damages))
    loaded = declared(identity="{row_number: 'true'}" if by_number else "{columns: [ref]}")

    tried = services.dry_run(actor=cast.clerk, path=path, loaded=loaded, now=NOON)
    run = bring_in(cast.clerk, path, loaded)
    again = bring_in(cast.clerk, path, loaded)

    assert run.created + run.present + run.quarantined == run.rows_in_file == tried.rows
    assert (run.created, run.present, run.quarantined) == (tried.created, tried.present, tried.quarantined)
    assert run.proof and run.proof["adds_up"] and again.proof and again.proof["adds_up"]
    assert again.created == 0, "a second time adds nothing"


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=QUIET)
@given(
    content=st.binary(max_size=400), shape=st.sampled_from(["csv", "xlsx", "jsonl"]), gzipped=st.booleans()
)
def test_what_is_no_file_at_all_is_refused_or_accounted_for_and_never_a_crash(
    cast: Cast, tmp_path: Path, content: bytes, shape: str, gzipped: bool
) -> None:
    path = tmp_path / "junk"
    path.write_bytes((b"\x1f\x8b" if gzipped else b"") + content)
    loaded = declared(source=f"{{format: {shape}}}")
    try:
        run = bring_in(cast.clerk, path, loaded)
    except CannotImport:
        return
    assert run.proof and run.proof["adds_up"]
