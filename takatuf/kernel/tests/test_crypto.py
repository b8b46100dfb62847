"""Sealed fields: open where they were sealed and nowhere else, and loud about anything wrong."""

import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takatuf.kernel import crypto
from takatuf.kernel.crypto import Tampered, open_, seal

KEY = crypto.new_data_key()
AAD = "people_record:3f0c:payload"
PLAINTEXTS = st.binary(max_size=300)
PLACES = st.text(min_size=1, max_size=40)


@given(PLAINTEXTS, PLACES)
def test_what_was_sealed_opens_as_the_same_bytes(plaintext, aad):
    assert open_(KEY, seal(KEY, plaintext, aad), aad) == plaintext


@given(PLAINTEXTS, st.data())
def test_a_flipped_bit_anywhere_is_refused(plaintext, data):
    sealed = bytearray(seal(KEY, plaintext, AAD))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Tampered):
        open_(KEY, bytes(sealed), AAD)


@given(PLAINTEXTS, st.integers(0, 400))
def test_a_cut_value_is_refused(plaintext, length):
    sealed = seal(KEY, plaintext, AAD)
    if length < len(sealed):
        with pytest.raises(Tampered):
            open_(KEY, sealed[:length], AAD)


@given(PLAINTEXTS, PLACES, PLACES)
def test_a_value_moved_to_another_place_does_not_open(plaintext, aad, other):
    if aad != other:
        with pytest.raises(Tampered):
            open_(KEY, seal(KEY, plaintext, aad), other)


def test_another_persons_key_does_not_open_it():
    with pytest.raises(Tampered):
        open_(crypto.new_data_key(), seal(KEY, b"a name", AAD), AAD)


def test_the_same_text_never_looks_the_same_twice():
    assert len({seal(KEY, b"same", AAD) for _ in range(500)}) == 500


def test_a_sealed_value_is_so_much_longer_and_says_its_version():
    sealed = seal(KEY, b"x" * 10, AAD)
    assert len(sealed) == 10 + crypto.OVERHEAD
    assert sealed[:1] == crypto.VERSION


def test_the_error_names_table_and_column_and_nothing_else():
    sealed = seal(KEY, b"Maryam", AAD)
    with pytest.raises(Tampered) as found:
        open_(KEY, sealed[:-1] + bytes([sealed[-1] ^ 1]), AAD)
    told = "".join(traceback.format_exception(found.value)) + repr(found.value)
    assert found.value.place == "people_record.payload"
    assert "people_record.payload" in told
    assert "Maryam" not in told
    assert "3f0c" not in told
    assert repr(KEY) not in told
