"""`takatuf journal` and `takatuf seal` as met at a console: sentences, JSON for programs, exit codes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from django.conf import settings

from config.cli import cli
from takatuf.journal import keys, services
from takatuf.kernel.actor import Actor
from takatuf.kernel.context import acting

CASE = "case:00000000-0000-4000-8000-000000000001"
pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result


def said(result: Result) -> Any:
    return json.loads(result.stdout.strip().splitlines()[-1])


def write_entries(count: int) -> Actor:
    servant = Actor(
        user_id=uuid4(), unit_id=uuid4(), unit="office", agency="police", role="officer", purpose="desk"
    )
    with acting(servant):
        for _ in range(count):
            services.record(actor=servant, did="cases.opened", to=CASE, level=3)
    return servant


def test_what_was_done_is_sealed_shown_proven_exported_and_verified(tmp_path: Path) -> None:
    write_entries(3)
    sealed = said(run("seal", "--json"))
    assert (sealed["sealed"], sealed["waiting"], sealed["last_head"]["number"]) == (3, 0, 1)
    shown = run("journal", "show", "--subject", CASE, "--json").stdout.strip().splitlines()
    assert [json.loads(line)["did"] for line in shown] == ["cases.opened"] * 3
    assert json.loads(run("journal", "show", "--limit", "1", "--json").stdout)["did"] == "journal.read"
    proof = tmp_path / "proof.json"
    run("journal", "proof", str(json.loads(shown[0])["seq"]), "--to", proof)
    head = tmp_path / "head.json"
    run("journal", "head", "--to", head)
    made = said(run("journal", "export", "--to", tmp_path / "bundle.zip", "--json"))
    assert made["entries"] == 5, "the two looks at the journal were sealed on the way"
    whole = said(run("journal", "verify", "--head", head, "--json"))
    assert (whole["whole"], whole["witnesses"], whole["waiting"]) == (True, 1, 1)
    key = tmp_path / "keys.pem"
    run("journal", "public-keys", "--to", key)
    assert key.read_bytes() == keys.public_keys(settings.TAKATUF_HOME)
    assert outsider(["--proof", proof, "--public-key", key]) == 0
    assert outsider([tmp_path / "bundle.zip", "--public-key", key, "--head", head]) == 0


def outsider(arguments: Sequence[object]) -> int:
    import subprocess
    import sys

    tool = settings.BASE_DIR / "tools" / "verify_journal.py"
    return subprocess.run([sys.executable, "-I", tool, *map(str, arguments)], check=False).returncode


def test_refusals_are_sentences_in_both_languages(tmp_path: Path) -> None:
    write_entries(1)
    nothing = run("journal", "head", code=1)
    assert "Nothing is sealed yet" in nothing.stderr
    assert "لم يُختم شيء بعد" in nothing.stderr
    absent = run("journal", "proof", "999999", code=1)
    assert "There is no entry 999999" in absent.stderr
    run("journal", "export", "--to", tmp_path / "bundle")
    taken = run("journal", "export", "--to", tmp_path / "bundle", code=1)
    assert "exists already" in taken.stderr
    assert "موجود مسبقًا" in taken.stderr


def test_a_journal_that_was_edited_is_told_by_the_exit_code(tmp_path: Path) -> None:
    import psycopg
    from django.db import connections

    write_entries(3)
    run("seal")
    with psycopg.connect(**connections["owner"].get_connection_params()) as owner:
        owner.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        owner.execute("UPDATE journal_entry SET did = 'cases.nothing' WHERE did = 'cases.opened' AND seq = 2")
        owner.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")
    broken = run("journal", "verify", code=1)
    assert "seq 2" in broken.stdout
    assert "غُيِّر القيد بعد ختمه" in broken.stdout


def test_a_new_key_signs_from_then_on_and_what_the_old_one_signed_stays_whole() -> None:
    write_entries(1)
    first = said(run("seal", "--json"))["last_head"]["key_id"]
    run("journal", "new-key", "--yes")
    second = said(run("seal", "--json"))["last_head"]["key_id"]
    assert first != second
    assert said(run("journal", "verify", "--json"))["whole"]
