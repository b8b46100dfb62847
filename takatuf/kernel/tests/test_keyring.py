"""The key file, the keys in it, and what happens with the wrong one."""

import base64
import json
import os
import stat
import threading
from itertools import count
from pathlib import Path

import pytest
from django.core import checks
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from takatuf.kernel import crypto, services
from takatuf.kernel import keyring as keyrings
from takatuf.kernel.actor import system
from takatuf.kernel.checks import right_keys
from takatuf.kernel.crypto import Tampered, WrongKey
from takatuf.kernel.keyring import KeyFileError, Keyring, keyring, rewrap_all
from takatuf.kernel.models import KeyCheck

AAD = "people_person:3f0c:wrapped_key"
STARTER = system("tests")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keyring.json"


@pytest.fixture
def ring(path) -> Keyring:
    return Keyring.create(path)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory) -> Keyring:
    return Keyring.create(tmp_path_factory.mktemp("lasting") / "keyring.json")


@pytest.fixture
def home(tmp_path):
    """An instance with a state folder of its own."""
    keyrings.forget()
    with override_settings(TAKATUF_HOME=tmp_path):
        yield tmp_path
    keyrings.forget()


# The file


def test_a_new_key_file_is_its_owners_alone(ring, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_lax_umask_does_not_open_it(path):
    before = os.umask(0)
    try:
        Keyring.create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_key_file_is_never_overwritten(ring, path):
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="never overwritten"):
        Keyring.create(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_file_open_to_others_is_refused_with_what_to_do(ring, path, mode):
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600") as refused:
        Keyring.load(path)
    assert "chmod 600" in refused.value.ar


def test_a_missing_file_is_refused(path):
    with pytest.raises(KeyFileError, match="missing"):
        Keyring.load(path)


def test_what_was_written_is_read_back(ring, path):
    again = Keyring.load(path)
    wrapped = ring.wrap(crypto.new_data_key(), AAD)
    assert again.unwrap(wrapped, AAD) == ring.unwrap(wrapped, AAD)
    assert again.fingerprints() == ring.fingerprints()
    assert again.blind("name", "x") == ring.blind("name", "x")


def changed(path: Path, change) -> None:
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("blind"),
        lambda content: content.update(blind="c2hvcnQ="),
        lambda content: content.update(format=2),
        lambda content: content.update(keys=[]),
        lambda content: content["keys"][0].update(active=False),
        lambda content: content["keys"].append(content["keys"][0]),
        lambda content: content["keys"][0].update(secret="***"),
        lambda content: content["keys"][0].pop("created"),
        lambda content: content["keys"][0].update(secret=base64.b64encode(os.urandom(32)).decode()),
        lambda content: content["keys"][0].update(id="00000000"),
        lambda content: content.update(keys="abc"),
    ],
)
def test_a_damaged_file_is_refused_and_never_quoted(ring, path, change):
    secret = json.loads(path.read_text())["keys"][0]["secret"]
    changed(path, change)
    with pytest.raises(KeyFileError, match=r"backup") as refused:
        Keyring.load(path)
    assert secret not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b'{"format": 1}'])
def test_what_is_no_key_file_is_refused(ring, path, content):
    path.write_bytes(content)
    with pytest.raises(KeyFileError, match="not a whole key file"):
        Keyring.load(path)


def test_nothing_that_is_shown_holds_a_key(ring, path):
    content = json.loads(path.read_text())
    secrets = [content["blind"], *(key["secret"] for key in content["keys"])]
    shown = (
        repr(ring)
        + repr(ring.active)
        + repr(ring.keks)
        + repr(ring.fingerprints())
        + repr(vars(ring)["keks"])
    )
    for secret in secrets:
        assert secret not in shown
        assert repr(base64.b64decode(secret))[2:-1] not in shown


# Wrapping


@given(st.binary(min_size=32, max_size=32), st.text(min_size=1, max_size=30))
def test_a_wrapped_key_unwraps_to_itself(lasting, data_key, aad):
    assert lasting.unwrap(lasting.wrap(data_key, aad), aad) == data_key


@given(st.data())
def test_a_flipped_bit_of_a_wrapped_key_is_refused(lasting, data):
    wrapped = bytearray(lasting.wrap(crypto.new_data_key(), AAD))
    bit = data.draw(st.integers(0, len(wrapped) * 8 - 1))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Tampered, WrongKey)):
        lasting.unwrap(bytes(wrapped), AAD)


@given(st.binary(max_size=80), st.data())
def test_a_flipped_bit_of_a_value_with_its_own_key_is_refused(lasting, plaintext, data):
    sealed = bytearray(lasting.seal_alone(plaintext, AAD))
    assert lasting.open_alone(bytes(sealed), AAD) == plaintext
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises((Tampered, WrongKey)):
        lasting.open_alone(bytes(sealed), AAD)


@pytest.mark.parametrize("cut", [0, 1, 2, 5, 10, 40, 80])
def test_a_cut_value_with_its_own_key_is_refused(lasting, cut):
    with pytest.raises((Tampered, WrongKey)):
        lasting.open_alone(lasting.seal_alone(b"something told", AAD)[:cut], AAD)


def test_a_wrapped_key_of_one_row_does_not_open_in_another(lasting):
    with pytest.raises(Tampered):
        lasting.unwrap(lasting.wrap(crypto.new_data_key(), AAD), "people_person:other:wrapped_key")


def test_another_key_file_is_refused_loudly_and_the_key_named(ring, tmp_path):
    other = Keyring.create(tmp_path / "other.json")
    with pytest.raises(WrongKey, match=f"key {ring.active.id}, which is not in the key file"):
        other.unwrap(ring.wrap(crypto.new_data_key(), AAD), AAD)
    with pytest.raises(WrongKey, match=r"people_person\.wrapped_key"):
        other.open_alone(ring.seal_alone(b"secret", AAD), AAD)


# Rotation


def test_a_rotation_adds_a_key_and_keeps_the_former_ones(ring, path):
    former, data_key = ring.active.id, crypto.new_data_key()
    wrapped, alone, token = ring.wrap(data_key, AAD), ring.seal_alone(b"told", AAD), ring.blind("name", "x")

    ring.rotate()

    again = Keyring.load(path)
    assert set(again.keks) == set(ring.keks) > {former}
    assert ring.active.id == again.active.id != former
    assert [kek.active for kek in again.keks.values()] == [False, True]
    assert again.unwrap(wrapped, AAD) == data_key
    assert again.open_alone(alone, AAD) == b"told"
    assert again.blind("name", "x") == token
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_to_wrap_anew_changes_the_wrapping_and_not_the_key(ring):
    data_key = crypto.new_data_key()
    wrapped, alone = ring.wrap(data_key, AAD), ring.seal_alone(b"told", AAD)
    ring.rotate()

    fresh, fresh_alone = ring.rewrap(wrapped, AAD), ring.rewrap_alone(alone, AAD)

    assert ring.is_current(fresh)
    assert not ring.is_current(wrapped)
    assert ring.unwrap(fresh, AAD) == data_key
    assert ring.open_alone(fresh_alone, AAD) == b"told"
    assert fresh_alone[-20:] == alone[-20:]  # the ciphertext was not touched
    assert ring.rewrap(fresh, AAD) == fresh
    assert ring.rewrap_alone(fresh_alone, AAD) == fresh_alone


def test_a_running_process_takes_a_rotation_over(ring, path):
    elsewhere = Keyring.load(path)
    elsewhere.rotate()
    wrapped = elsewhere.wrap(crypto.new_data_key(), AAD)
    assert ring.unwrap(wrapped, AAD) == elsewhere.unwrap(wrapped, AAD)
    assert ring.active.id == elsewhere.active.id


def test_a_file_replaced_by_another_one_is_noticed_while_running(ring, path, tmp_path):
    Keyring.create(tmp_path / "other.json").path.replace(path)
    with pytest.raises(KeyFileError, match="replaced by another"):
        ring.refresh()


def test_rotations_at_once_lose_no_key(path, ring):
    rings = [Keyring.load(path) for _ in range(4)]
    threads = [threading.Thread(target=one.rotate) for one in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Keyring.load(path).keks) == 5


def test_wrapping_all_anew_goes_on_where_it_was_broken_off(ring):
    keys = {number: crypto.new_data_key() for number in range(25)}
    table = {number: ring.wrap(key, f"t:{number}:k") for number, key in keys.items()}
    ring.rotate()
    saved, told, calls = [], [], count(1)

    def save(rows: list[tuple[int, bytes]]) -> None:
        if next(calls) == 2:
            raise ConnectionError
        saved.append(len(rows))
        table.update(rows)

    def wrap_all() -> int:
        return rewrap_all(
            rows=list(table.items()),
            rewrap=lambda number, wrapped: ring.rewrap(wrapped, f"t:{number}:k"),
            save=save,
            total=len(table),
            progress=lambda done, total: told.append((done, total)),
            batch=10,
        )

    with pytest.raises(ConnectionError):
        wrap_all()
    assert wrap_all() == 15
    assert wrap_all() == 0
    assert saved == [10, 10, 5]
    assert told[-1] == (25, 25)
    assert all(ring.is_current(wrapped) for wrapped in table.values())
    assert {number: ring.unwrap(wrapped, f"t:{number}:k") for number, wrapped in table.items()} == keys


# Tokens


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_token_is_the_same_for_the_same_value_and_of_sixteen_bytes(lasting, kind, value):
    token = lasting.blind(kind, value)
    assert len(token) == 16
    assert lasting.blind(kind, value) == token


@given(
    st.tuples(st.text(max_size=10), st.text(max_size=10)),
    st.tuples(st.text(max_size=10), st.text(max_size=10)),
)
def test_tokens_of_two_kinds_or_values_differ(lasting, one, other):
    if one != other and "\x00" not in one[0] + other[0]:
        assert lasting.blind(*one) != lasting.blind(*other)


def test_tokens_of_two_key_files_differ(ring, lasting):
    assert ring.blind("name", "x") != lasting.blind("name", "x")


# The keyring of the instance


@pytest.mark.django_db  # a new key file is not made beside a database that knows another
def test_a_new_instance_gets_a_key_file_and_keeps_it(home):
    made = keyring()
    assert made.path == home / "keys" / "keyring.json"
    assert keyring() is made
    keyrings.forget()
    assert keyring().fingerprints() == made.fingerprints()


@pytest.mark.django_db
def test_the_environment_may_name_another_file(home, tmp_path, monkeypatch):
    monkeypatch.setenv("TAKATUF_KEYRING", str(tmp_path / "elsewhere" / "keys.json"))
    assert keyring().path == tmp_path / "elsewhere" / "keys.json"


@pytest.mark.django_db
def test_the_keys_of_a_database_are_noted_and_a_rotation_too(home):
    first = services.check_keys(actor=STARTER)
    assert dict(KeyCheck.objects.values_list("key_id", "fingerprint")) == keyring().fingerprints()
    keyring().rotate()
    assert set(services.check_keys(actor=STARTER)) > set(first)
    assert KeyCheck.objects.count() == 3


@pytest.mark.django_db
def test_another_databases_key_file_is_refused_and_nothing_is_noted(home):
    services.check_keys(actor=STARTER)
    keyring().path.unlink()
    Keyring.create(keyrings.key_file())
    keyrings.forget()

    with pytest.raises(KeyFileError, match="not the key file of this database") as refused:
        services.check_keys(actor=STARTER)

    assert "قاعدة البيانات" in refused.value.ar
    assert KeyCheck.objects.count() == 2


@pytest.mark.django_db
def test_no_process_works_with_the_wrong_file_even_if_nobody_checked(home):
    services.check_keys(actor=STARTER)
    keyring().path.unlink()
    Keyring.create(keyrings.key_file())
    keyrings.forget()
    for _ in range(2):
        with pytest.raises(KeyFileError, match="not the key file of this database"):
            keyring()


@pytest.mark.django_db
def test_a_lost_file_is_not_replaced_by_a_new_one(home):
    services.check_keys(actor=STARTER)
    keyring().path.unlink()
    keyrings.forget()
    with pytest.raises(KeyFileError, match="missing, and this database was written with one"):
        keyring()
    assert not keyrings.key_file().exists()


@pytest.mark.django_db
def test_once_held_against_the_database_it_costs_no_more_queries(home, django_assert_num_queries):
    services.check_keys(actor=STARTER)
    with django_assert_num_queries(0):
        keyring()


@pytest.mark.django_db
def test_the_system_check_says_which_key_is_wrong(home):
    assert right_keys(databases=["default"]) == []
    services.check_keys(actor=STARTER)
    assert right_keys(databases=["default"]) == []
    keyring().path.unlink()
    Keyring.create(keyrings.key_file())

    (found,) = right_keys(databases=["default"])

    assert found.level == checks.CRITICAL
    assert "not the key file of this database" in found.msg
    assert right_keys(databases=None) == []
