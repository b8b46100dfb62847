"""An outsider with bundle and public key finds every edit, deletion, reordering and truncation, and names it."""

import base64
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from takatuf.journal import bundle, keys, merkle, rules
from takatuf.journal.tests.bundles import KEY, STRANGERS_KEY, batches, edit, line, verifier, verify, write

ENTRIES, LEAVES = "entries-00001.ndjson", "leaves-00001.txt"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Three batches of 4, 1 and 6 entries: seq 1–4, 5, 6–11."""
    return write(tmp_path / "bundle", batches(4, 1, 6))


def named(report: object) -> set[tuple[str, int | None, int | None, str | None]]:
    return {(one.code, one.batch, one.seq, one.id) for one in report.findings}  # type: ignore[attr-defined]


def test_a_whole_journal_is_whole(made: Path) -> None:
    report = verify(made)
    assert report.whole
    assert (report.entries, report.batches) == (11, 3)
    assert report.last_head["number"] == 3


def test_an_empty_journal_is_whole(tmp_path: Path) -> None:
    assert verify(write(tmp_path / "bundle", [])).whole


def test_an_archive_is_verified_as_it_is(tmp_path: Path) -> None:
    report = verify(write(tmp_path / "bundle.zip", batches(3, 2)))
    assert report.whole
    assert report.entries == 5


def test_a_changed_entry_is_named_by_batch_seq_and_id(made: Path) -> None:
    edit(
        made / ENTRIES,
        lambda lines: [
            one.replace(b'"level":3', b'"level":1') if at == 6 else one for at, one in enumerate(lines)
        ],
    )
    assert named(verify(made)) == {("entry_changed", 3, 7, str(UUID(int=7)))}


def test_a_deleted_entry_is_named_with_its_neighbours(made: Path) -> None:
    edit(made / ENTRIES, lambda lines: lines[:7] + lines[8:])
    report = verify(made)
    assert named(report) == {("entry_deleted", 3, 8, str(UUID(int=8)))}
    assert (report.findings[0].facts["after"], report.findings[0].facts["before"]) == (7, 9)


def test_a_whole_batch_of_entries_deleted_is_named(made: Path) -> None:
    edit(made / ENTRIES, lambda lines: lines[:4] + lines[5:])
    assert named(verify(made)) == {("entry_deleted", 2, 5, str(UUID(int=5)))}


def test_reordered_entries_are_named(made: Path) -> None:
    edit(made / ENTRIES, lambda lines: [lines[1], lines[0], *lines[2:]])
    (finding,) = verify(made).findings
    assert (finding.code, finding.batch) == ("entry_moved", 1)
    assert finding.seq in {1, 2}


def test_a_truncated_end_is_named_as_such(made: Path) -> None:
    edit(made / ENTRIES, lambda lines: lines[:-2])
    (finding,) = verify(made).findings
    assert (finding.code, finding.batch, finding.seq, finding.facts["count"]) == ("entry_truncated", 3, 10, 2)


def test_an_end_cut_off_with_its_head_leaves_and_file_list_is_found(tmp_path: Path) -> None:
    """Whoever cuts entries, leaves and the head alike still cannot sign the manifest anew."""
    path, shorter = write(tmp_path / "bundle", batches(4, 1, 6)), write(tmp_path / "shorter", batches(4, 1))
    for name in (ENTRIES, LEAVES, "heads.ndjson"):
        (path / name).write_bytes((shorter / name).read_bytes())
    assert {"end_missing"} <= {one.code for one in verify(path).findings}


def test_an_entry_that_was_never_sealed_is_named(made: Path) -> None:
    forged = line(100, xact=105, did="cases.report_read").data + b"\n"
    edit(made / ENTRIES, lambda lines: [*lines[:6], forged, *lines[6:]])
    assert ("entry_inserted", 3, 100, str(UUID(int=100))) in named(verify(made))


def test_a_repeated_entry_is_named(made: Path) -> None:
    edit(made / ENTRIES, lambda lines: [*lines[:3], lines[2], *lines[3:]])
    assert named(verify(made)) == {("entry_repeated", 1, 3, str(UUID(int=3)))}


def test_changed_leaves_do_not_accuse_the_entries(made: Path) -> None:
    edit(made / LEAVES, lambda lines: [lines[0].replace(lines[0].split()[1], b"0" * 64), *lines[1:]])
    assert {(one.code, one.batch) for one in verify(made).findings} >= {("leaves_changed", 1)}
    assert not {"entry_changed", "entry_deleted"} & {one.code for one in verify(made).findings}


def test_an_entry_changed_together_with_its_leaf_is_found(made: Path) -> None:
    """Who changes the entry and its leaf hash alike cannot change the signed root."""
    forged = line(7, xact=106, level=1)
    edit(made / ENTRIES, lambda lines: [*lines[:6], forged.data + b"\n", *lines[7:]])
    edit(
        made / LEAVES,
        lambda lines: [
            *lines[:6],
            lines[6].replace(lines[6].split()[1], forged.leaf_hash.hex().encode()),
            *lines[7:],
        ],
    )
    assert ("batch_broken", 3) in {(one.code, one.batch) for one in verify(made).findings}


def test_a_journal_signed_anew_by_a_stranger_is_not_trusted(tmp_path: Path) -> None:
    forged = write(tmp_path / "bundle", batches(4, 1, key=STRANGERS_KEY, altered=2), key=STRANGERS_KEY)
    assert {one.code for one in verify(forged).findings} == {"unknown_key"}
    assert verify(forged, public_keys=None).whole, "by its own keys it is whole: hence --public-key"


def test_history_signed_anew_with_the_true_key_differs_from_a_witnessed_head(tmp_path: Path) -> None:
    true = batches(4, 1, 6)
    witness = tmp_path / "head.json"
    witness.write_bytes(rules.signed("head", true[1].head.document(), true[1].signature))
    assert verify(write(tmp_path / "true", true), witnesses=[witness]).whole
    forged = write(tmp_path / "forged", batches(4, 1, 6, altered=2))
    assert verify(forged).whole, "nothing in the bundle itself can tell"
    assert {(one.code, one.batch) for one in verify(forged, witnesses=[witness]).findings} == {
        ("witness_differs", 2)
    }
    shorter = write(tmp_path / "shorter", true[:1])
    assert {(one.code, one.batch) for one in verify(shorter, witnesses=[witness]).findings} == {
        ("witness_missing", 2)
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: [lines[0], lines[2]], "head_missing"),
        (lambda lines: [lines[1], lines[0], lines[2]], "head_order"),
        (lambda lines: [lines[0].replace(b'"count":4', b'"count":3'), *lines[1:]], "head_signature"),
        (lambda lines: [b"{}\n", *lines[1:]], "head_unreadable"),
    ],
)
def test_what_is_done_to_the_chain_of_heads_is_named(
    made: Path, change: Callable[[list[bytes]], list[bytes]], code: str
) -> None:
    edit(made / "heads.ndjson", change)
    assert code in {one.code for one in verify(made).findings}


@pytest.mark.parametrize("name", [ENTRIES, LEAVES, "heads.ndjson", "manifest.json"])
def test_a_missing_file_is_missed(made: Path, name: str) -> None:
    (made / name).unlink()
    assert {one.code for one in verify(made).findings} & {"file_missing", "manifest_unreadable"}


def test_a_key_of_an_unknown_kind_is_not_trusted_and_stops_nothing(made: Path) -> None:
    """One flipped bit in the key's algorithm: no key any more, and no crash."""
    pem = keys.public_pem(KEY.public_key())
    body = bytearray(base64.b64decode(b"".join(pem.splitlines()[1:-1])))
    body[8] ^= 0x40  # the last number of the algorithm's identifier
    strange = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(body) + b"\n-----END PUBLIC KEY-----\n"
    (made / "public_keys.pem").write_bytes(strange)
    assert {"keys_changed", "unknown_key"} <= {one.code for one in verify(made, public_keys=None).findings}


def test_files_are_split_and_still_one_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "FILE_ENTRIES", 5)
    path = write(tmp_path / "bundle", batches(4, 3, 6, 1))
    assert len(list(path.glob("entries-*.ndjson"))) == 3
    assert verify(path).whole
    edit(path / "entries-00002.ndjson", lambda lines: lines[1:])
    assert {(one.code, one.batch, one.seq) for one in verify(path).findings} == {("entry_deleted", 3, 8)}


@hypothesis_settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_single_flipped_bit_goes_unnoticed(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("flip") / "bundle"
    write(path, batches(3, 2))
    name = data.draw(st.sampled_from(sorted(file.name for file in path.iterdir())))
    content = bytearray((path / name).read_bytes())
    at, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    content[at] ^= 1 << bit
    (path / name).write_bytes(content)
    trusted = None if name == "public_keys.pem" else keys.public_pem(KEY.public_key())
    assert not verify(path, public_keys=trusted).whole, f"{name}, byte {at}, bit {bit}"


@given(size=st.integers(1, 40), data=st.data())
def test_a_proof_convinces_and_any_other_entry_index_or_path_does_not(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf(bytes([at])) for at in range(size)]
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    path, top, tool = merkle.inclusion_proof(index, leaves), merkle.root(leaves), verifier()
    assert top == tool.root(leaves)
    for holds in (
        lambda leaf, at: merkle.verify_inclusion(
            leaf_hash=leaf, index=at, size=size, path=path, root_hash=top
        ),
        lambda leaf, at: tool.leads_to(leaf, at, size, path, top),
    ):
        assert holds(leaves[index], index)
        assert holds(leaves[other], index) == (other == index)
        assert holds(leaves[index], other) == (other == index)


def a_proof(index: int = 2) -> dict[str, object]:
    batch = batches(6)[0]
    lines = list(batch.lines)
    return {
        "kind": "takatuf.journal.proof",
        "format": rules.FORMAT,
        "entry": lines[index].data.decode(),
        "index": index,
        "path": [one.hex() for one in merkle.inclusion_proof(index, batch.leaves)],
        "head": batch.head.document(),
        "signature": batch.signature.hex(),
        "public_keys": keys.public_pem(KEY.public_key()).decode(),
    }


def test_a_printed_proof_of_one_entry_is_checked_by_the_same_tool(tmp_path: Path) -> None:
    proof = a_proof()
    report = verifier().verify_proof(
        json.dumps(proof).encode(), public_keys=keys.public_pem(KEY.public_key())
    )
    assert report.whole
    forged = {**proof, "entry": str(proof["entry"]).replace('"level":3', '"level":1')}
    (finding,) = verifier().verify_proof(json.dumps(forged).encode()).findings
    assert (finding.code, finding.batch, finding.seq) == ("proof_broken", 1, 3)
    elsewhere = {**proof, "index": 3}
    assert not verifier().verify_proof(json.dumps(elsewhere).encode()).whole


def test_the_tool_runs_alone_and_says_it_in_both_languages(made: Path, tmp_path: Path) -> None:
    """No Django, no database, no Takatuf: an isolated Python with the file, the bundle and the key."""
    key = tmp_path / "key.pem"
    key.write_bytes(keys.public_pem(KEY.public_key()))
    tool = settings.BASE_DIR / "tools" / "verify_journal.py"

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(tool), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={})

    whole = run(made, "--public-key", key)
    assert whole.returncode == 0
    assert "WHOLE" in whole.stdout
    assert "سليم" in whole.stdout
    edit(made / ENTRIES, lambda lines: lines[:2] + lines[3:])
    broken = run(made, "--public-key", key)
    assert broken.returncode == 1
    assert "batch 1, seq 3" in broken.stdout
    assert "الدفعة 1" in broken.stdout
    machine = run(made, "--public-key", key, "--json")
    assert json.loads(machine.stdout)["findings"][0]["code"] == "entry_deleted"
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps(a_proof()))
    assert run("--proof", proof, "--public-key", key).returncode == 0
    assert run(tmp_path / "nowhere").returncode == 2


def test_an_archive_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    """File names come from the manifest: none of them may leave the bundle."""
    path = write(tmp_path / "bundle.zip", batches(2))
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content["manifest.json"])
    manifest["manifest"]["files"][0]["entries"] = "../../etc/passwd"
    content["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    assert "manifest_unreadable" in {one.code for one in verify(tmp_path / "other.zip").findings}


def test_a_bundle_is_never_written_over_another(made: Path) -> None:
    with pytest.raises(rules.JournalRefused) as refused:
        write(made, batches(1))
    assert refused.value.reason == rules.Reason.PLACE_TAKEN


def test_every_finding_has_words_in_both_languages() -> None:
    tool = verifier()
    for code, (english, arabic) in tool.WORDS.items():
        assert english.isascii() or "–" in english, code
        assert any("\u0600" <= letter <= "\u06ff" for letter in arabic), code
