"""The figures as staff see them and take them along: in both languages, marked, journalled, and for nobody else."""

import io
import json
import re
from datetime import timedelta
from uuid import uuid4

import openpyxl
import pytest
from click.testing import CliRunner
from django.db import transaction
from django.urls import reverse

from config.cli import cli
from takatuf.cases import services as cases
from takatuf.cases.facts import ReportFact
from takatuf.journal.models import Entry
from takatuf.kernel.actor import system
from takatuf.kernel.context import acting
from takatuf.kernel.reference import pack
from takatuf.people.facts import PersonFact
from takatuf.statistics import selectors, services, snapshot
from takatuf.statistics.rules import Name
from tests.cast import KHALID, MARYAM, NOON, a_report

LATER = NOON + timedelta(hours=3)
COMMITS = pytest.mark.django_db(transaction=True, databases=["default", "statistics"])


@pytest.fixture(autouse=True)
def own_home(tmp_path, settings):
    settings.TAKATUF_HOME = tmp_path
    settings.TAKATUF_SECOND_FACTOR = False


@pytest.fixture
def told(cast):
    """A snapshot in which Maryam was reported once, by the police."""
    maryam, khalid, case, report = (uuid4() for _ in range(4))
    fact = ReportFact(
        report=report, case=case, victim=maryam, agency=cast.officer.agency, received_at=NOON, relation="HUS",
        scope="inside", forms=("PHY", "PSY"), severity="", victim_sex="female", victim_age=36, victim_area="",
    )  # fmt: skip
    selectors.home().mkdir(mode=0o700)
    with snapshot.draft(selectors.home(), moment=LATER, timezone=pack().timezone) as draft:
        persons = [PersonFact(maryam, "female", 1990, False), PersonFact(khalid, "male", 1985, False)]
        draft.write_persons(persons, progress=lambda done: None)
        draft.write_reports([fact], progress=lambda done: None)
        draft.manifest(
            pack={"code": pack().code, "version": pack().version},
            code_version=services.code_version(actor=cast.analyst),
            seal=None,
        )
        draft.finish()
    return cast


def deeds(did):
    with acting(system("tests")), transaction.atomic():
        return list(Entry.objects.filter(did=did).order_by("seq"))


def addresses():
    yield reverse("statistics:index")
    for name in Name:
        yield reverse("statistics:table", args=[name.value])
        yield reverse("statistics:export", args=[name.value])


def test_who_may_not_gets_403_on_every_page_and_file_and_may_take_no_snapshot(told, signed_in):
    client = signed_in(told.officer)
    for address in addresses():
        assert client.get(address).status_code == 403, address
    assert client.post(reverse("statistics:take")).status_code == 403
    assert not deeds("statistics.table_opened")
    assert not deeds("statistics.table_exported")
    assert len(snapshot.names(selectors.home())) == 1


def test_a_stranger_is_sent_to_sign_in(told, client):
    for address in addresses():
        assert client.get(address).status_code == 302
        assert "/accounts/login/" in client.get(address)["Location"]


@pytest.mark.parametrize(
    ("language", "direction", "mark", "finding"),
    [
        ("ar", "rtl", "ليست للنشر", "الإيذاء الجسدي"),
        ("en", "ltr", "Not for publication", "Physical abuse is the most frequent form: 100% of the victims"),
    ],
)
def test_a_page_is_marked_and_says_the_finding_in_both_languages(
    told, signed_in, language, direction, mark, finding
):
    client = signed_in(told.analyst)
    for address in (reverse("statistics:index"), reverse("statistics:table", args=["victims"])):
        page = client.get(address, headers={"Accept-Language": language}).text
        assert f'dir="{direction}"' in page
        assert mark in page
        assert finding in page
        assert MARYAM.personal_number not in page
        assert KHALID.name_ar not in page


def test_looking_is_journalled_with_what_was_asked(told, signed_in):
    signed_in(told.analyst).get(reverse("statistics:table", args=["relations"]), {"scope": "inside"})
    (entry,) = deeds("statistics.table_opened")
    shot = snapshot.names(selectors.home())[0]
    assert entry.subjects == [f"snapshot:S{shot}"]
    assert entry.details == {
        "table": "relations", "period": "2026-11/2026-11", "scope": "inside", "of_agency": "all",
    }  # fmt: skip


def test_the_table_stands_behind_its_charts_and_has_the_same_numbers(told, signed_in):
    page = signed_in(told.analyst).get(reverse("statistics:table", args=["victims"])).text
    found = dict(re.findall(r'<script id="(chart-[\w-]+)" type="application/json">(.*?)</script>', page))
    drawn = json.loads(found["chart-victims-form"])
    assert drawn["values"][:2] == [1, 1]  # physical and psychological: one woman, under both
    assert '<table class="table figures-table' in page
    assert page.count('dir="ltr" role="img"') == len(found) == 2


def test_nothing_inline_runs_on_the_page(told, signed_in):
    response = signed_in(told.analyst).get(reverse("statistics:table", args=["victims"]))
    assert "script-src 'self'" in response["Content-Security-Policy"]
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", response.text, re.DOTALL):
        assert "src=" in attributes or 'type="application/json"' in attributes, content[:80]
    assert not re.search(r"\son\w+=", response.text)


@pytest.mark.parametrize(
    "asked",
    [
        {"first": "1999-01"}, {"first": "2026-11", "last": "2026-10"}, {"scope": "all"}, {"agency": "NOBODY"},
        {"snapshot": "../../etc"}, {"agency": "MOI' OR 1=1 --"},
    ],
)  # fmt: skip
def test_what_is_not_of_the_list_is_refused_with_a_sentence(told, signed_in, asked):
    client = signed_in(told.analyst)
    response = client.get(reverse("statistics:table", args=["victims"]), asked)
    assert response.status_code == 400
    assert 'role="alert"' in response.text
    assert "OR 1=1" not in response.text
    assert client.get(reverse("statistics:export", args=["victims"]), asked).status_code == 302
    assert not deeds("statistics.table_exported")
    assert not deeds("statistics.table_opened")


def test_a_table_that_is_not_of_the_list_is_not_there(told, signed_in):
    assert signed_in(told.analyst).get(reverse("statistics:table", args=["everything"])).status_code == 404


def test_a_filter_narrows_the_table_and_the_file_alike(told, signed_in):
    client = signed_in(told.analyst)
    outside = client.get(reverse("statistics:table", args=["victims"]), {"scope": "outside"})
    assert "لم يُحصَ" in outside.text
    file = client.get(reverse("statistics:export", args=["victims"]), {"scope": "outside"})
    assert total_of(openpyxl.load_workbook(io.BytesIO(file.content))) == 0


@pytest.mark.parametrize(
    ("language", "rtl", "mark"), [("ar", True, "ليست للنشر"), ("en", False, "Not for publication")]
)
def test_the_file_is_marked_runs_its_own_way_and_says_what_it_counts(told, signed_in, language, rtl, mark):
    client = signed_in(told.analyst)
    response = client.get(
        reverse("statistics:export", args=["victims"]), headers={"Accept-Language": language}
    )
    assert "not-for-publication" in response["Content-Disposition"]
    assert response["Cache-Control"] == "no-store"

    book = openpyxl.load_workbook(io.BytesIO(response.content))
    about = {str(name): str(value) for name, value in book.worksheets[1].iter_rows(values_only=True)}
    for sheet in book.worksheets:
        assert bool(sheet.sheet_view.rightToLeft) == rtl
        assert "Not for publication · ليست للنشر" in sheet.oddHeader.center.text  # a file travels: in both
        assert all(cell.data_type in {"s", "n"} for row in sheet.iter_rows() for cell in row)
    assert total_of(book) == 1
    assert any(mark in value for value in about.values())
    assert any("Asia" in value or "UTC" in value for value in about.values())
    assert any(snapshot.names(selectors.home())[0] in value for value in about.values())
    (entry,) = deeds("statistics.table_exported")
    assert (entry.details["format"], entry.details["table"]) == ("xlsx", "victims")


def total_of(book):
    """The last cell of the last row of numbers."""
    numbers = [
        [c for c in row if isinstance(c, int)] for row in book.worksheets[0].iter_rows(values_only=True)
    ]
    return next(row[-1] for row in reversed(numbers) if row)


def test_a_label_that_begins_like_a_formula_stays_text(told):
    from takatuf.kernel.text import Text
    from takatuf.statistics import xlsx
    from takatuf.statistics.grid import Grid, Group, Head, Row

    actor = system("tests")
    shot = selectors.one(actor)
    answer = selectors.answer(actor, name=Name.AGENCIES, of=shot, to=selectors.asked(actor, of=shot))
    evil = Head("X", Text("=1+1", "=1+1"))
    object.__setattr__(
        answer, "grid", Grid(("agency",), "month", (evil,), (Group(None, (Row(evil, (None,)),)),))
    )
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.workbook(answer, language="en", now=LATER))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"} == {"s"}
    assert [cell.value for row in sheet.iter_rows() for cell in row if cell.value == "—"] == ["—"]


@COMMITS
def test_a_new_snapshot_is_taken_by_a_button_and_at_the_console(cast, signed_in):
    with acting(cast.officer):
        cases.receive(actor=cast.officer, report=a_report(), now=NOON)
    client = signed_in(cast.analyst)
    response = client.post(reverse("statistics:take"), headers={"Accept-Language": "en"}, follow=True)
    assert "The snapshot is there. Reports: 1; persons: 2." in response.text
    assert client.get(reverse("statistics:take")).status_code == 405
    (first,) = snapshot.names(selectors.home())
    (selectors.home() / first).rename(selectors.home() / "20260101T000000Z")  # of another second, for certain

    taken = json.loads(run("snapshot", "--json").stdout)
    assert (taken["reports"], taken["persons"]) == (1, 2)
    assert json.loads(run("list", "--json").output) == [taken["name"], "20260101T000000Z"]


def test_without_a_snapshot_every_page_says_what_to_do(cast, signed_in):
    client = signed_in(cast.analyst)
    for address in (reverse("statistics:index"), reverse("statistics:table", args=["victims"])):
        response = client.get(address, headers={"Accept-Language": "en"})
        assert response.status_code == 200
        assert "There is no snapshot yet. Take one first." in response.text
    assert client.get(reverse("statistics:export", args=["victims"])).status_code == 302


def test_a_damaged_snapshot_is_said_so_and_shows_no_number(told, signed_in):
    shot = selectors.one(system("tests"))
    shot.reports_file.write_bytes(b"PAR1")
    response = signed_in(told.analyst).get(
        reverse("statistics:table", args=["victims"]), headers={"Accept-Language": "en"}
    )
    assert response.status_code == 409
    assert "not the ones that were written" in response.text
    assert "figures-table" not in response.text


def test_each_page_asks_the_database_little(told, signed_in, django_assert_max_num_queries):
    client = signed_in(told.analyst)
    with django_assert_max_num_queries(20):
        client.get(reverse("statistics:index"))
    with django_assert_max_num_queries(16):
        client.get(reverse("statistics:table", args=["victims"]))


# Console


def run(*arguments):
    return CliRunner().invoke(cli, ["stats", *arguments])


@pytest.mark.parametrize("name", [name.value for name in Name])
def test_the_console_counts_the_same_in_every_form(told, tmp_path, name):
    actor = system("tests")
    shot = selectors.one(actor)
    answer = selectors.answer(actor, name=Name(name), of=shot, to=selectors.asked(actor, of=shot))

    as_json = json.loads(run("table", name, "--format", "json").output)
    assert as_json["total"] == answer.alone() == 1
    assert [row["counts"] for row in as_json["rows"]] == [list(row.cells) for row in answer.grid.rows]
    assert "ليست للنشر" in as_json["not_for_publication"]
    as_csv = run("table", name, "--format", "csv", "--lang", "ar").output
    assert as_csv.startswith("# ")
    assert "Not for publication · ليست للنشر" in as_csv
    assert "ليست للنشر" in run("table", name).output
    file = tmp_path / "t.xlsx"
    assert run("table", name, "--format", "xlsx", "--output", str(file)).exit_code == 0
    assert total_of(openpyxl.load_workbook(file)) == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(deeds("statistics.table_exported")) == 4


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["table", "victims", "--from", "1999-01"], 1, "knows nothing of that month"),
        (["table", "victims", "--agency", "NOBODY"], 1, "no such agency"),
        (["table", "victims", "--snapshot", "20200101T000000Z"], 1, "no such snapshot"),
        (["table", "everything"], 2, "is not one of"),
        (["table", "victims", "--format", "xlsx"], 2, "needs --output"),
        (["table", "victims", "--format", "csv", "--output", "/proc/none/x"], 3, "cannot be written"),
    ],
)
def test_the_console_refuses_with_a_sentence_and_a_code(told, arguments, code, said):
    result = run(*arguments)
    assert result.exit_code == code
    assert said in result.output + result.stderr


def test_the_console_shows_the_statement(told):
    assert "GROUP BY CUBE (form, age, area)" in run("table", "victims", "--sql").output
