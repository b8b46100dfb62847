"""Rows that were refused: sealed, explained, mended, tried again, and never lost."""

import inspect
import json
import re
from pathlib import Path

import pytest
from django.db import connection

from takatuf.access.rules import AccessRefused
from takatuf.cases import rules as cases
from takatuf.cases import services as services_of_cases
from takatuf.cases.imports import exports, mapping, rules, selectors, services, words
from takatuf.cases.imports.models import ImportRun, QuarantinedRow
from takatuf.cases.imports.rules import CannotImport, Reason
from takatuf.cases.models import Report
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.kernel.keyring import keyring
from tests.cast import NOON, Cast, first_code

from .files import GOOD, REFUSED, as_csv, as_jsonl, declared, row
from .test_runs import bring_in, counts

SEE_ALL = system("tests")


@pytest.fixture
def run(cast: Cast, tmp_path: Path) -> ImportRun:
    return bring_in(cast.clerk, as_csv(tmp_path / "register.csv", [*GOOD, *REFUSED]))


def waiting(cast: Cast, reference: str) -> QuarantinedRow:
    with acting(cast.clerk):
        return selectors.rows(cast.clerk).get(external_ref=reference)


def fresh(cast: Cast, run: ImportRun) -> ImportRun:
    with acting(cast.clerk):
        return ImportRun.objects.get(pk=run.pk)


def test_each_refusal_says_why_in_both_languages(cast: Cast, run: ImportRun) -> None:
    with acting(cast.clerk):
        said = {one.external_ref: words.why(one.reason, one.facts) for one in selectors.rows(cast.clerk)}
    assert said["T-11"].en == "form: the mapping does not know the code 77."
    assert said["T-11"].ar == "\u2066form\u2069: الرمز \u206677\u2069 غير معروف في تعريف الملف."
    assert "is not a date" in said["T-12"].en and "ليست تاريخاً" in said["T-12"].ar
    assert "between 0 and 120" in said["T-14"].en and "من 0 إلى 120" in said["T-14"].ar
    assert said["T-15"].en == "Time of receipt: the report is dated in the future."
    assert all("{" not in one.ar + one.en and "…" not in one.ar + one.en for one in said.values())


def test_all_that_is_wrong_with_a_row_is_said_at_once(cast: Cast, tmp_path: Path) -> None:
    bring_in(cast.clerk, as_csv(tmp_path / "f.csv", [row(1, form="77", age="x", sex="3")]))
    found = waiting(cast, "T-1")
    assert words.why(found.reason, found.facts).en.count(":") == 3


def test_a_refused_row_is_sealed(cast: Cast, run: ImportRun) -> None:
    with acting(SEE_ALL), connection.cursor() as cursor:
        for table in ("cases_quarantinedrow", "cases_importrun", "journal_entry"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~ 'سعاد'")
            assert cursor.fetchone() == (0,), table
        cursor.execute("SELECT raw FROM cases_quarantinedrow")
        assert all("سعاد".encode() not in bytes(raw) for (raw,) in cursor.fetchall())


def test_a_rotated_key_wraps_the_runs_anew_and_their_rows_are_read_as_before(
    cast: Cast, run: ImportRun
) -> None:
    rotator = system("keys.rotate", powers=frozenset({"keys.rotate"}))
    ring = keyring()
    before, active = bytes(fresh(cast, run).wrapped_key or b""), ring.active
    ring.rotate()

    assert ring.active.id != active.id and services.rewrap_keys(actor=rotator) == 1

    assert ring.is_current(bytes(fresh(cast, run).wrapped_key or b"")) and not ring.is_current(before)
    opened = services.open_row(actor=cast.clerk, row_id=waiting(cast, "T-11").pk, now=NOON)
    assert opened.values["name"] == "سعاد رقم 11"
    assert services.rewrap_keys(actor=rotator) == 0
    with pytest.raises(AccessRefused):
        services.rewrap_keys(actor=cast.clerk)


def test_reading_a_row_is_journalled(cast: Cast, run: ImportRun) -> None:
    row_id = waiting(cast, "T-11").pk

    opened = services.open_row(actor=cast.clerk, row_id=row_id, now=NOON)

    assert opened.values["name"] == "سعاد رقم 11" and opened.values["form"] == "77" and not opened.mended
    with acting(SEE_ALL):
        entry = Entry.objects.get(did="cases.import_row.read")
    assert f"import_row:{row_id}" in entry.subjects and entry.user_id == str(cast.clerk.user_id)


def test_a_mended_row_becomes_a_report_and_the_counts_still_add_up(cast: Cast, run: ImportRun) -> None:
    row_id = waiting(cast, "T-11").pk
    services.mend_row(actor=cast.clerk, row_id=row_id, values={"form": "1"}, now=NOON)

    result = services.retry(actor=cast.clerk, run_id=run.pk, now=NOON)

    assert (result.tried, result.created, result.waiting) == (5, 1, 4)
    now = fresh(cast, run)
    assert counts(now) == (6, 0, 4) and now.proof and now.proof["adds_up"]
    with acting(cast.clerk):
        report = Report.objects.get(external_ref="T-11")
        settled = QuarantinedRow.objects.get(pk=row_id)
    assert (settled.status, settled.report_id) == ("created", report.pk)
    assert report.forms == [first_code("forms")] and report.source == f"import:{run.reference}"
    opened = services.open_row(actor=cast.clerk, row_id=row_id, now=NOON)
    assert (opened.values["form"], opened.mended) == ("77", {"form": "1"}), "what came stays as it came"


def test_a_mended_file_that_comes_again_finds_the_row_present(
    cast: Cast, run: ImportRun, tmp_path: Path
) -> None:
    services.mend_row(actor=cast.clerk, row_id=waiting(cast, "T-11").pk, values={"form": "1"}, now=NOON)
    services.retry(actor=cast.clerk, run_id=run.pk, now=NOON)

    again = bring_in(cast.clerk, tmp_path / "register.csv")

    assert counts(again) == (0, 6, 4)


def test_what_was_mended_is_not_lost_when_the_file_comes_again(
    cast: Cast, run: ImportRun, tmp_path: Path
) -> None:
    first = waiting(cast, "T-12")
    services.mend_row(actor=cast.clerk, row_id=first.pk, values={"received": "2026-11-03"}, now=NOON)

    again = bring_in(cast.clerk, tmp_path / "register.csv")

    now = waiting(cast, "T-12")
    assert now.run_id == again.pk and now.mended_by == cast.clerk.user_id
    with acting(cast.clerk):
        assert QuarantinedRow.objects.get(pk=first.pk).status == "superseded"
    result = services.retry(actor=cast.clerk, run_id=again.pk, row_ids=[now.pk], now=NOON)
    assert (result.tried, result.created) == (1, 1)
    assert counts(fresh(cast, run)) == (5, 0, 5), "the earlier run counts it as it did"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"form": "77"}, Reason.NOTHING_MENDED),
        ({}, Reason.NOTHING_MENDED),
        ({"no_such": "1"}, Reason.UNKNOWN_COLUMN),
    ],
)
def test_mending_refuses_what_is_no_correction(
    cast: Cast, run: ImportRun, values: dict[str, str], reason: Reason
) -> None:
    with pytest.raises(CannotImport) as refused:
        services.mend_row(actor=cast.clerk, row_id=waiting(cast, "T-11").pk, values=values, now=NOON)
    assert refused.value.reason == reason


def test_a_row_mended_back_to_what_came_is_mended_no_more(cast: Cast, run: ImportRun) -> None:
    row_id = waiting(cast, "T-11").pk
    services.mend_row(actor=cast.clerk, row_id=row_id, values={"form": "1"}, now=NOON)
    back = services.mend_row(actor=cast.clerk, row_id=row_id, values={"form": "77"}, now=NOON)
    assert back.overlay is None and back.mended_at is None


def test_a_row_is_thrown_away_only_for_a_reason_and_stays_counted(cast: Cast, run: ImportRun) -> None:
    row_id = waiting(cast, "T-13").pk
    with pytest.raises(CannotImport) as refused:
        services.discard_row(actor=cast.clerk, row_id=row_id, reason="x", now=NOON)
    assert refused.value.reason == Reason.REASON_TOO_SHORT

    services.discard_row(actor=cast.clerk, row_id=row_id, reason="الاستمارة فارغة في الأصل", now=NOON)

    assert services.open_row(actor=cast.clerk, row_id=row_id, now=NOON).note == "الاستمارة فارغة في الأصل"
    result = services.retry(actor=cast.clerk, run_id=run.pk, now=NOON)
    assert result.tried == 4, "it is not tried again"
    now = fresh(cast, run)
    assert counts(now) == (5, 0, 5) and now.proof and now.proof["adds_up"]
    with pytest.raises(CannotImport) as refused:
        services.mend_row(actor=cast.clerk, row_id=row_id, values={"age": "30"}, now=NOON)
    assert refused.value.reason == Reason.NOT_WAITING


def test_a_corrected_declaration_takes_all_its_rows_at_once(cast: Cast, run: ImportRun) -> None:
    both = ", ".join(f"{code}: {first_code('forms')}" for code in ("1", "77"))

    result = services.retry(actor=cast.clerk, run_id=run.pk, loaded=declared(forms=both), now=NOON)

    assert (result.tried, result.created, result.waiting) == (5, 1, 4)
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="cases.import_remapped").count() == 1


def test_a_declaration_with_another_identity_cannot_take_over(cast: Cast, run: ImportRun) -> None:
    with pytest.raises(CannotImport) as refused:
        services.retry(
            actor=cast.clerk, run_id=run.pk, loaded=declared(identity="{row_number: 'true'}"), now=NOON
        )
    assert refused.value.reason == Reason.OTHER_IDENTITY


def test_a_malformed_line_is_mended_by_saying_what_its_columns_hold(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "f.csv", GOOD[:1])
    path.write_text(path.read_text() + "T-30,2026-11-02,سعاد\n")
    run = bring_in(cast.clerk, path)
    with acting(cast.clerk):
        row_id = selectors.rows(cast.clerk).get().pk
    opened = services.open_row(actor=cast.clerk, row_id=row_id, now=NOON)
    assert (opened.values["ref"], opened.values["name"], opened.values["sex"]) == ("T-30", "سعاد", "")
    assert opened.text == "T-30,2026-11-02,سعاد"
    assert services.retry(actor=cast.clerk, run_id=run.pk, now=NOON).waiting == 1

    values = {"sex": "1", "age": "30", "form": "1"}
    services.mend_row(actor=cast.clerk, row_id=row_id, values=values, now=NOON)
    assert services.retry(actor=cast.clerk, run_id=run.pk, now=NOON).created == 1
    with acting(cast.clerk):
        assert Report.objects.filter(external_ref="T-30").exists()


def test_a_json_row_keeps_what_the_first_declaration_did_not_read(cast: Cast, tmp_path: Path) -> None:
    path = as_jsonl(tmp_path / "f.jsonl", [row(1, form="77")])
    path.write_text(path.read_text().replace('"form"', '"kind": "1", "form"'))
    run = bring_in(cast.clerk, path, declared(source="{format: jsonl}"))
    text = declared(source="{format: jsonl}").text.replace("column: form", "column: kind")
    result = services.retry(
        actor=cast.clerk, run_id=run.pk, loaded=mapping.parse(text, name="better"), now=NOON
    )

    assert result.created == 1


def test_rows_of_a_run_that_is_not_done_are_not_tried(cast: Cast, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "f.csv", GOOD)
    run = services.start(actor=cast.clerk, path=path, loaded=declared(), now=NOON)
    with pytest.raises(CannotImport) as refused:
        services.retry(actor=cast.clerk, run_id=run.pk, now=NOON)
    assert refused.value.reason == Reason.NOT_FINISHED


def test_pages_and_filters_of_the_quarantine(cast: Cast, run: ImportRun) -> None:
    with acting(cast.clerk):
        first = selectors.page(cast.clerk, run_id=run.pk, size=3)
        second = selectors.page(cast.clerk, run_id=run.pk, size=3, after=first.next_after or 0)
        one = selectors.page(cast.clerk, run_id=run.pk, reason="not_a_date")
        counted = dict(selectors.reasons(cast.clerk, run_id=run.pk))
    assert [row.position for row in first.rows + second.rows] == [6, 7, 8, 9, 10]
    assert second.next_after is None and len(one.rows) == 1
    assert counted["unknown_code"] == 1 and sum(counted.values()) == 5


def test_the_export_holds_values_and_reasons_and_is_written_into_the_journal(
    cast: Cast, run: ImportRun, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with out.open("wb") as stream:
        rows = services.export(actor=cast.clerk, run_id=run.pk, now=NOON)
        assert exports.write_jsonl(stream, rows, list(run.columns)) == 5
    told = [json.loads(line) for line in out.read_text().splitlines()]
    assert told[0]["values"]["name"] == "سعاد رقم 11" and told[0]["line"] == 7 and told[0]["ar"]
    with acting(SEE_ALL):
        assert Entry.objects.get(did="cases.import_quarantine.read").details == {"rows": 5}


def test_every_reason_and_state_has_words_in_both_languages() -> None:
    for enum in (rules.State, rules.RowStatus, rules.RowReason, rules.Reason, rules.Problem):
        for member in enum:
            text = words.words(member)
            assert text is not None and text.ar and text.en, member
    assert set(words.ROWS) == set(rules.RowReason) and set(words.REFUSALS) == set(rules.Reason)
    raised = inspect.getsource(cases)[: inspect.getsource(cases).index("def age_at")]
    raised = raised[raised.index("def check_report") :] + inspect.getsource(services_of_cases._check_formats)
    for name in set(re.findall(r"Reason\.([A-Z_]+)", raised)):
        assert cases.Reason[name] in words.REPORTS, f"a row may be refused for {name}: give it a sentence"
