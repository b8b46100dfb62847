"""An agency's file through its pages: tried, brought in, mended, discarded; the counts add up."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from takatuf.cases.imports import services
from takatuf.cases.imports.models import ImportRun, QuarantinedRow
from takatuf.cases.models import Report
from takatuf.journal.models import Entry
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from tests.cast import Cast, employ

SignIn = Callable[[Actor], Any]
SEE_ALL = system("tests")
MAPPING = "bh_register"
COLUMNS = [
    "reference",
    "channel",
    "received_on",
    "received_time",
    "received_place",
    "reporter_kind",
    "reporter_name",
    "reporter_phone",
    "victim_name",
    "victim_number",
    "victim_phone",
    "victim_birth",
    "victim_age",
    "victim_sex",
    "victim_nationality",
    "victim_block",
    "victim_address",
    "aggressor_name",
    "aggressor_number",
    "aggressor_birth",
    "aggressor_age",
    "aggressor_sex",
    "aggressor_nationality",
    "relation",
    "forms",
    "severity",
    "tool",
    "child_exposure",
    "incident_on",
    "incident_place",
    "incident_block",
    "reported_before",
    "narrative",
    "injuries",
]
GOOD = {
    "channel": "phone",
    "received_on": "2026-11-02",
    "victim_name": "سعاد حسن الكعبي",
    "victim_sex": "F",
    "aggressor_sex": "M",
    "relation": "HUS",
    "forms": "PHY;PSY",
}


def sheet(*rows: dict[str, str]) -> SimpleUploadedFile:
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, restval="")
    writer.writeheader()
    for number, row in enumerate(rows, 1):
        writer.writerow({"reference": f"X-{number}", **GOOD, **row})
    return SimpleUploadedFile("سجل نوفمبر.csv", written.getvalue().encode(), "text/csv")


def post(client: Client, do: str, *rows: dict[str, str], **headers: str) -> Any:
    data = {"file": sheet(*rows), "mapping": MAPPING, "do": do}
    return client.post(reverse("desk:imports"), data, headers=headers)


def brought_in(client: Client, *rows: dict[str, str]) -> ImportRun:
    """A run that the worker has finished."""
    response = post(client, "start", *rows)
    assert response.status_code == 302, response.content.decode()
    with acting(SEE_ALL), transaction.atomic():
        run = ImportRun.objects.get()
    assert response["Location"] == reverse("desk:import_run", args=[run.pk])
    services.work(actor=SEE_ALL, run_id=run.pk)
    with acting(SEE_ALL), transaction.atomic():
        return ImportRun.objects.get()


@pytest.fixture
def client_(cast: Cast, signed_in: SignIn) -> Client:
    found: Client = signed_in(cast.clerk)
    return found


def test_a_trial_says_what_would_become_of_each_row_and_writes_nothing(client_: Client) -> None:
    page = post(client_, "try", {}, {"forms": "XXX"}, {"received_on": "yesterday"}).content.decode()
    assert "ما ستؤول إليه الصفوف" in page and "XXX" in page
    partly = post(client_, "try", {}, **{"hx-request": "true"}).content.decode()
    assert "<html" not in partly and "ستُقبل جميع الصفوف" in partly
    with acting(SEE_ALL):
        assert not ImportRun.objects.exists() and not Report.objects.exists()


def test_a_file_is_brought_in_and_its_counts_add_up(client_: Client) -> None:
    run = brought_in(client_, {}, {"forms": "XXX"}, {})
    page = client_.get(reverse("desk:import_run", args=[run.pk])).content.decode()
    assert run.proof is not None
    assert (run.created, run.quarantined, run.proof["adds_up"]) == (2, 1, True)
    assert "الأعداد متطابقة" in page and run.file_name in page and "سعاد" not in page
    partly = client_.get(reverse("desk:import_run", args=[run.pk]), headers={"hx-request": "true"})
    assert "<html" not in partly.content.decode() and "every 2s" not in partly.content.decode()


def test_a_refused_row_is_read_mended_and_becomes_a_report(client_: Client) -> None:
    run = brought_in(client_, {"forms": "XXX"}, {"forms": "YYY"})
    with acting(SEE_ALL):
        row = QuarantinedRow.objects.order_by("position")[0]
    address = reverse("desk:import_row", args=[row.pk])

    page = client_.get(address).content.decode()
    assert "سعاد حسن الكعبي" in page and "XXX" in page
    place = COLUMNS.index("forms")
    client_.post(address, {"do": "mend", f"column-{place}": "ECO"})
    assert "XXX" in client_.get(address).content.decode()  # what came is kept beside it
    done = client_.post(address, {"do": "retry", f"column-{place}": "ECO"})

    assert done["Location"] == reverse("desk:import_run", args=[run.pk])
    with acting(SEE_ALL):
        assert Report.objects.get().forms == ["ECO"]
        run.refresh_from_db()
        assert run.proof is not None and run.proof["adds_up"]
        assert (run.created, run.quarantined) == (1, 1)
        assert Entry.objects.filter(did="cases.import_row.read").count() == 2


def test_a_row_is_discarded_only_with_a_reason(client_: Client) -> None:
    run = brought_in(client_, {"forms": "XXX"})
    with acting(SEE_ALL):
        row = QuarantinedRow.objects.get()
    address = reverse("desk:import_row", args=[row.pk])

    assert "id_reason_error" in client_.post(address, {"do": "discard", "reason": "خطأ"}).content.decode()
    client_.post(address, {"do": "discard", "reason": "قيد تجريبي أدخله الموظف"})

    page = client_.get(reverse("desk:import_run", args=[run.pk]) + "?status=discarded").content.decode()
    assert (
        address in page
        and address not in client_.get(reverse("desk:import_run", args=[run.pk])).content.decode()
    )
    assert "قيد تجريبي أدخله الموظف" in client_.get(address).content.decode()


def test_the_quarantine_is_taken_away_as_a_deed_and_tried_again(client_: Client) -> None:
    run = brought_in(client_, {"forms": "XXX"})
    address = reverse("desk:import_quarantine", args=[run.pk, "jsonl"])
    assert client_.get(address).status_code == 405
    taken = client_.post(address)
    assert "XXX" in taken.content.decode() and taken["Cache-Control"] == "no-store"
    assert client_.post(reverse("desk:import_quarantine", args=[run.pk, "exe"])).status_code == 404
    client_.post(reverse("desk:import_retry", args=[run.pk]))
    with acting(SEE_ALL):
        assert Entry.objects.filter(did="cases.import_quarantine.read").count() == 1
        assert Entry.objects.get(did="cases.import_retried").details["waiting"] == 1


@pytest.mark.parametrize(
    ("name", "content", "mapping", "said"),
    [
        ("x.pdf", b"%PDF", MAPPING, "هذا ليس ملف CSV"),
        ("x.csv", b"a,b\n1,2\n", MAPPING, "id_file_error"),
        ("x.csv", b"a,b\n1,2\n", "no_such", "id_mapping_error"),
        ("x.csv", b"", MAPPING, "id_file_error"),
    ],
)
def test_a_wrong_file_is_said_to_be_wrong_and_nothing_begins(
    client_: Client, name: str, content: bytes, mapping: str, said: str
) -> None:
    data = {"file": SimpleUploadedFile(name, content), "mapping": mapping, "do": "start"}
    assert said in client_.post(reverse("desk:imports"), data).content.decode()
    with acting(SEE_ALL):
        assert not ImportRun.objects.exists()


def test_another_agency_sees_nothing_of_it(cast: Cast, client_: Client, signed_in: SignIn) -> None:
    run = brought_in(client_, {"forms": "XXX"})
    with acting(SEE_ALL):
        row = QuarantinedRow.objects.get()
    other = signed_in(employ("clerk.health", "health", "data_clerk"))
    assert run.file_name not in other.get(reverse("desk:imports")).content.decode()
    assert other.get(reverse("desk:import_run", args=[run.pk])).status_code == 404
    assert other.get(reverse("desk:import_row", args=[row.pk])).status_code == 404
    for deed in ("resume", "abandon", "retry"):
        assert other.post(reverse(f"desk:import_{deed}", args=[run.pk])).status_code == 404
    assert other.post(reverse("desk:import_quarantine", args=[run.pk, "xlsx"])).status_code == 404
    assert other.post(reverse("desk:import_row", args=[row.pk]), {"do": "retry"}).status_code == 404


def test_who_may_not_import_is_told_so(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(cast.officer)
    assert client.get(reverse("desk:imports")).status_code == 403
    assert post(client, "start", {}).status_code == 403


def test_many_rows_cost_no_statement_each(client_: Client, django_assert_max_num_queries: Any) -> None:
    run = brought_in(client_, *({"forms": "XXX"} for _ in range(70)))
    with django_assert_max_num_queries(24):
        page = client_.get(reverse("desk:import_run", args=[run.pk])).content.decode()
    assert page.count('class="import-row"') == 50 and 'rel="next"' in page
