"""The journal in the database: only added to, by nobody in another's name, sealed without passing over anybody."""

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from takatuf.access.rules import Power
from takatuf.cases import services as cases
from takatuf.duties import selectors as duties_selectors
from takatuf.duties import services as duties
from takatuf.journal import keys, rules, selectors, services
from takatuf.journal.models import Entry, Seal
from takatuf.journal.tests.bundles import verify
from takatuf.kernel import clock
from takatuf.kernel.actor import Actor, system
from takatuf.kernel.context import acting
from takatuf.people import services as people
from tests.cast import KHALID, MARYAM, NOON, Cast, a_report

SEALER, SEE_ALL = system("tests.seal"), system("tests")
CASE = "case:00000000-0000-4000-8000-000000000001"


def a_servant(**changes: Any) -> Actor:
    servant = Actor(
        user_id=uuid4(), unit_id=uuid4(), unit="office", agency="police", role="officer", purpose="desk"
    )
    return replace(servant, **changes)


def write_entries(count: int, actor: Actor | None = None) -> None:
    actor = actor or a_servant()
    with acting(actor):
        for _ in range(count):
            services.record(actor=actor, did="cases.opened", to=CASE, level=3)


# --- Only added to ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(databases=["default", "owner"])
@pytest.mark.parametrize("alias", ["default", "owner"])
@pytest.mark.parametrize("table", ["journal_entry", "journal_seal"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET key_id = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_change_is_refused_by_the_database_to_the_app_and_to_the_owner_of_the_table(
    alias: str, table: str, deed: str
) -> None:
    if alias == "owner":  # whose statements must meet a row to be refused, not an empty table
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(INSERTS[table])
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=alias):
                cursor.execute(deed.format(table).replace("key_id", COLUMN[table]))
            transaction.set_rollback(True, using=alias)
        return
    refused = pytest.raises(DatabaseError, match="permission denied")
    with acting(SEE_ALL), refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(deed.format(table).replace("key_id", COLUMN[table]))


COLUMN = {"journal_entry": "role", "journal_seal": "key_id"}
INSERTS = {
    "journal_entry": "INSERT INTO journal_entry (id, at, user_id, unit_id, unit, agency, role, did, subjects, purpose,"
    " basis, details) VALUES (gen_random_uuid(), now(), '', '', '', '', '', 'a.b', '{}', '', '', '{}')",
    "journal_seal": "INSERT INTO journal_seal VALUES"
    " (1, '1', 1, 1, 1, 1, 1, '', repeat('0', 64), now(), '', '', '')",
}


@pytest.mark.django_db
def test_nobody_writes_in_anothers_name_or_with_another_transactions_number() -> None:
    servant, other = a_servant(), a_servant()
    with acting(servant):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            services.record(actor=other, did="cases.opened", to=CASE)
        for column, value in (("xact", "'1'"), ("cluster", "'elsewhere'"), ("seq", "1")):
            insert = (
                INSERTS["journal_entry"]
                .replace("details)", f"details, {column})")
                .replace("'{}')", f"'{{}}', {value})")
            )
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    insert.replace("now(), '', ''", "now(), %s, %s"),
                    [str(servant.user_id), str(servant.unit_id)],
                )
    with acting(None), pytest.raises(DatabaseError), transaction.atomic():
        services.record(actor=servant, did="cases.opened", to=CASE)


@pytest.mark.django_db
def test_only_the_system_seals() -> None:
    with (
        acting(a_servant()),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(INSERTS["journal_seal"])
    with pytest.raises(rules.JournalRefused) as refused:
        services.seal(actor=a_servant(), now=NOON)
    assert refused.value.reason == rules.Reason.NOT_THE_SYSTEM


@pytest.mark.django_db
def test_an_entry_is_read_by_its_user_her_unit_who_reads_the_journal_and_nobody_else() -> None:
    servant = a_servant()
    write_entries(1, servant)
    may = {
        "her": servant,
        "her unit": replace(a_servant(), unit_id=servant.unit_id),
        "the auditor": a_servant(powers=frozenset({Power.JOURNAL_READ.value})),
    }
    for who, actor in may.items():
        with acting(actor):
            assert len(selectors.about(actor=actor, subject=CASE).entries) == 1, who
    for nobody in (a_servant(), None):
        with acting(nobody):
            assert not Entry.objects.exists()


# --- What may be said ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "details",
    [
        {"name_ar": "x"},
        {"reporter_phone": "x"},
        {"seen": "36000001"},
        {"seen": "+973 3600 0001"},
        {"seen": ["ok", "907712345"]},
        {"note": "x"},
        {"iban": "x"},
    ],
)
def test_personal_data_is_refused_by_key_and_by_shape_and_not_repeated(details: dict[str, Any]) -> None:
    with pytest.raises(rules.JournalRefused) as refused:
        rules.check_details(details)
    assert refused.value.reason == rules.Reason.PERSONAL_DATA
    assert "36000001" not in str(refused.value.facts)


@given(digest=st.binary(min_size=16, max_size=32))
def test_a_digest_is_never_taken_for_a_number(digest: bytes) -> None:
    rules.check_details({"digest": digest.hex()})
    rules.check_details({"digest": "1" * 32})


@pytest.mark.parametrize("to", ["person:907712345", "person:مريم", "907712345", "case:", "Case:x"])
def test_a_subject_is_a_kind_and_an_opaque_id(to: str) -> None:
    with pytest.raises(rules.JournalRefused) as refused:
        rules.subjects_of(to)
    assert refused.value.reason == rules.Reason.WRONG_SUBJECT
    assert "907712345" not in str(refused.value.facts)


def test_a_whole_workflow_leaves_nobodys_name_number_or_phone_in_the_journal(cast: Cast) -> None:
    """Everything the cast can do with a case; then every entry is searched for every word that was said of them."""
    with acting(cast.officer):
        report = cases.receive(actor=cast.officer, report=a_report(), now=NOON)
        people.search(actor=cast.officer, wanted=MARYAM, purpose="متابعة", now=NOON)
        people.note_read(actor=cast.officer, person_ids=[report.victim_id], page="case", now=NOON)
        cases.open_case(actor=cast.officer, case_id=report.case_id, now=NOON)
        cases.open_report(actor=cast.officer, report_id=report.pk, now=NOON)
        cases.add_addendum(actor=cast.officer, report_id=report.pk, text="اتصلت مريم من 36000001", now=NOON)
        cases.save_draft(actor=cast.officer, content={"name": "مريم"}, now=NOON)
        duty = duties_selectors.worklist(cast.officer, now=NOON)[0]
        duties.complete(actor=cast.officer, duty_id=duty.pk, now=NOON, note="اتصلت مريم")
        duties.undo(actor=cast.officer, duty_id=duty.pk, now=NOON)
    with acting(cast.nurse):
        cases.receive(actor=cast.nurse, report=a_report(), now=NOON)
        cases.break_glass(
            actor=cast.nurse, case_id=report.case_id, reason="مريم لا تجيب على هاتفها 36000001", now=NOON
        )
    with acting(cast.supervisor):
        cases.open_reporter(actor=cast.supervisor, report_id=report.pk, now=NOON)
    words = {"36000009", "36000001", "مريم", "سارة", "الدرج", "كدمات", "Maryam", "Mariam", "موظفة"}
    for person in (MARYAM, KHALID):
        words |= {
            *person.name_ar.split(),
            person.personal_number,
            *person.phones,
            str(person.birth_date),
        }
    with acting(SEE_ALL):
        written = list(Entry.objects.all())
        assert len({entry.did for entry in written}) >= 12
        for entry in written:
            text = rules.canonical(rules.document([getattr(entry, name) for name in rules.COLUMNS])).decode()
            assert not [word for word in words if word and word in text], entry.did


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", ["907712345", "اتصلت من 3600 0001", "رقمها ٩٠٧٧١٢٣٤٥"])
def test_a_purpose_holds_no_number_of_a_person(purpose: str) -> None:
    servant = a_servant(purpose=purpose)
    with acting(servant), pytest.raises(rules.JournalRefused) as refused:
        services.record(actor=servant, did="people.searched", to="unit:office")
    assert refused.value.reason == rules.Reason.PERSONAL_DATA
    rules.check_words(purpose="متابعة بلاغ 2026", basis="المادة 12 من القانون رقم 17 لسنة 2015")


# --- Sealing ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_sealing_chains_batches_and_takes_each_entry_once() -> None:
    write_entries(5)
    first = services.seal(actor=SEALER, now=NOON, most=2)
    write_entries(1)
    second = services.seal(actor=SEALER, now=NOON + timedelta(minutes=1))
    assert services.seal(actor=SEALER, now=NOON).entries == 0
    assert [one.count for one in first.seals] == [2, 2, 1]
    assert second.entries == 1
    with acting(SEALER):
        chain = list(Seal.objects.order_by("number"))
        for before, after in pairwise(chain):
            assert after.prev == before.head.hash()
            assert after.lo_xact == before.hi_xact + 1
        public = keys.signing_key(settings.TAKATUF_HOME, may_make=False).public_key()
        for one in chain:
            public.verify(bytes(one.signature), one.head.signed_bytes())
        with transaction.atomic():
            assert selectors.waiting(actor=SEALER) == 0


@pytest.mark.django_db(transaction=True)
def test_an_entry_of_a_transaction_that_commits_late_is_sealed_later_and_never_passed_over() -> None:
    """A low seq that commits after higher ones were sealed: the trap of every sealer that goes by seq."""
    servant = a_servant()
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with acting(servant), transaction.atomic():
            services.record(actor=servant, did="cases.opened", to=CASE)
            written.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(20)
    write_entries(3, servant)
    with transaction.atomic():
        assert services.seal(actor=SEALER, now=NOON).entries == 0, "they wait for the open one before them"
    go_on.set()
    thread.join()
    assert services.seal(actor=SEALER, now=NOON).entries == 4


@pytest.mark.django_db(transaction=True)
def test_who_works_for_hours_in_another_database_of_the_server_does_not_hold_up_sealing() -> None:
    place = settings.DATABASE_ADMINISTRATOR
    with psycopg.connect(
        dbname="postgres",
        user=place["USER"],
        password=place["PASSWORD"] or None,
        host=place["HOST"],
        port=place["PORT"] or None,
    ) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        write_entries(2)
        assert services.seal(actor=SEALER, now=NOON).entries == 2
        write_entries(1)
        assert services.seal(actor=SEALER, now=NOON).entries == 1
    write_entries(1)
    assert services.seal(actor=SEALER, now=NOON).entries == 1


def write_and_leave() -> None:
    write_entries(2)
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_sealer_inside_a_larger_deed_leaves_that_deeds_own_entries_for_later() -> None:
    write_entries(1)
    with acting(SEE_ALL), transaction.atomic():
        services.record(actor=SEE_ALL, did="tests.done", to=CASE)
        thread = threading.Thread(target=write_and_leave)
        thread.start()
        thread.join()
        assert services.seal(actor=SEALER, now=NOON).entries == 1
        services.record(actor=SEE_ALL, did="tests.done", to=CASE)
    assert services.seal(actor=SEALER, now=NOON).entries == 4


@pytest.mark.django_db(transaction=True)
def test_appending_waits_for_no_other_writer_and_not_for_the_sealer() -> None:
    """Another connection holds an uncommitted entry and the sealer's lock: a third still writes at once."""
    held, go_on = threading.Event(), threading.Event()

    def holder() -> None:
        servant = a_servant()
        with acting(servant), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [services.SEALER])
            services.record(actor=servant, did="cases.opened", to=CASE)
            held.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=holder)
    thread.start()
    try:
        assert held.wait(20)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            write_entries(2)
        assert services.seal(actor=SEALER, now=NOON).busy
    finally:
        go_on.set()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_what_the_database_exports_is_whole_and_one_proof_of_it_too(tmp_path: Path) -> None:
    write_entries(3)
    with acting(SEE_ALL):
        services.record_many(
            actor=SEE_ALL,
            entries=[rules.EntryIn(did="tests.done", to=CASE, details={"at": n}) for n in range(4)],
        )
    services.seal(actor=SEALER, now=NOON, most=3)
    made = services.export(actor=SEALER, to=tmp_path / "bundle", now=clock.now())
    assert (made.entries, made.waiting) == (7, 0)
    trusted = keys.public_keys(settings.TAKATUF_HOME)
    report = verify(tmp_path / "bundle", public_keys=trusted)
    assert report.whole, report.findings
    with acting(SEALER), transaction.atomic():
        last = Entry.objects.order_by("-seq").first()
        assert last is not None
        assert last.did == "journal.exported", "the export is a deed too"
        with pytest.raises(rules.JournalRefused) as refused:
            selectors.proof(actor=SEALER, seq=last.seq)
        assert refused.value.reason == rules.Reason.NOT_SEALED_YET
        proof = selectors.proof(actor=SEALER, seq=last.seq - 2)
    from takatuf.journal.tests.bundles import verifier

    assert verifier().verify_proof(rules.canonical(proof), public_keys=trusted).whole


@pytest.mark.django_db(transaction=True)
def test_whoever_switches_the_guards_off_and_edits_the_table_is_found_out(tmp_path: Path) -> None:
    """The owner of the table can drop a trigger. What he changes then, the seals tell."""
    write_entries(6)
    services.seal(actor=SEALER, now=NOON)
    with psycopg.connect(**connections["owner"].get_connection_params()) as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        cursor.execute("SELECT seq, id FROM journal_entry ORDER BY seq")
        rows = cursor.fetchall()
        cursor.execute("UPDATE journal_entry SET did = 'cases.nothing' WHERE seq = %s", [rows[1][0]])
        cursor.execute("DELETE FROM journal_entry WHERE seq = %s", [rows[4][0]])
        cursor.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")
    services.export(actor=SEALER, to=tmp_path / "bundle", now=clock.now())
    report = verify(tmp_path / "bundle", public_keys=keys.public_keys(settings.TAKATUF_HOME))
    found = {(one.code, one.batch, one.seq) for one in report.findings}
    assert ("entry_changed", 1, rows[1][0]) in found
    assert any(code == "entry_deleted" for code, *_ in found)
    with acting(SEALER), transaction.atomic(), pytest.raises(rules.JournalRefused) as refused:
        selectors.proof(actor=SEALER, seq=rows[1][0])
    assert refused.value.reason == rules.Reason.ALTERED


@pytest.mark.django_db(transaction=True)
def test_a_lost_key_is_not_silently_replaced_and_a_changed_one_keeps_the_past_verifiable(
    tmp_path: Path,
) -> None:
    write_entries(2)
    services.seal(actor=SEALER, now=NOON)
    path = keys.path_of(settings.TAKATUF_HOME)
    kept = path.read_bytes()
    path.unlink()
    write_entries(1)
    try:
        with pytest.raises(rules.JournalRefused) as refused:
            services.seal(actor=SEALER, now=NOON)
        assert refused.value.reason == rules.Reason.KEY_MISSING
    finally:
        path.write_bytes(kept)
        path.chmod(0o600)
    with acting(SEE_ALL):
        services.change_key(actor=SEE_ALL, now=NOON)
    services.seal(actor=SEALER, now=NOON)
    services.export(actor=SEALER, to=tmp_path / "bundle", now=clock.now())
    report = verify(tmp_path / "bundle", public_keys=keys.public_keys(settings.TAKATUF_HOME))
    assert report.whole, report.findings
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_readers_of_a_subject_are_counted_by_user_and_unit(world: None) -> None:
    one, other = a_servant(), a_servant(powers=frozenset({Power.JOURNAL_READ.value}))
    write_entries(3, one)
    with acting(other):
        services.record(actor=other, did="cases.report_read", to=CASE)
        services.record(actor=other, did="cases.addendum_added", to=CASE)
        found = selectors.readers(actor=other, subject=CASE)
    assert [(reader.user_id, reader.times) for reader in found] == [(other.user_id, 1), (one.user_id, 3)]
    assert isinstance(found[0].user_id, UUID)
