"""Public ids and references: whole, readable, and guessable by nobody."""

from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from takatuf.kernel import ids
from takatuf.kernel.text import Text

LETTERS = st.sampled_from(ids.ALPHABET)
BODIES = st.text(LETTERS, min_size=8, max_size=8)


@given(st.uuids())
def test_a_short_id_is_read_back_as_the_same_one(value):
    assert ids.parse(ids.short(value)) == value
    assert ids.parse(ids.short(value).upper()) == value


@given(st.uuids(), st.uuids())
def test_two_ids_have_two_short_forms(one, other):
    assert (ids.short(one) == ids.short(other)) == (one == other)


def test_letters_that_look_alike_are_read_alike():
    value = UUID(int=1)
    assert ids.short(value) == "0" * 25 + "1"
    assert ids.parse("O" * 25 + "l") == ids.parse("o" * 25 + "I") == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0" * 25,
        "0" * 27,
        "8" + "0" * 25,
        "z" * 26,
        "u" * 26,
        "0" * 25 + "-",
        "0" * 25 + "٣",
        "0" * 25 + "ß",
        "0" * 25 + "ı",
    ],
)
def test_what_is_no_id_is_refused(text):
    with pytest.raises(ValueError, match="not a public id"):
        ids.parse(text)


def test_new_ids_are_random_and_tell_no_time():
    made = [ids.new_id() for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {value.version for value in made} == {4}


def test_a_new_reference_is_whole_and_can_be_read_out():
    prefix, _, body = ids.reference("R").partition("-")
    assert prefix == "R"
    assert len(body) == 9
    assert ids.reference_is_whole(f"R-{body}")
    assert ids.reference_is_whole(f"r-{body.lower()}")
    assert not set("ILOU") & set(body)


@given(BODIES, st.integers(0, 8), LETTERS)
def test_any_single_wrong_letter_of_a_reference_is_found(body, place, wrong):
    whole = body + ids.check_letter(body)
    assume(whole[place] != wrong)
    assert ids.reference_is_whole(f"R-{whole}")
    assert not ids.reference_is_whole(f"R-{whole[:place]}{wrong}{whole[place + 1 :]}")


@given(BODIES)
def test_o_for_zero_and_l_for_one_are_forgiven(body):
    whole = body + ids.check_letter(body)
    assert ids.reference_is_whole("R-" + whole.replace("0", "O").replace("1", "l"))


@given(BODIES, st.integers(0, 6))
def test_most_neighbours_changed_round_are_found(body, place):
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    difference = abs(ids.ALPHABET.index(body[place]) - ids.ALPHABET.index(body[place + 1]))
    # Weights of neighbours differ by two, so only letters sixteen apart deceive: one pair in thirty-two.
    assert (ids.check_letter(swapped) == ids.check_letter(body)) == (difference in {0, 16})


@pytest.mark.parametrize("text", ["", "R-", "R-1234", "R-12345678U", "R-1234567890", "R-00000000ı"])
def test_what_is_no_reference_is_not_whole(text):
    assert not ids.reference_is_whole(text)


def test_bilingual_text_speaks_the_language_asked_for():
    text = Text("مرحباً", "Welcome")
    assert text.in_("ar") == text.in_("ar-x") == "مرحباً"
    assert text.in_("en") == text.in_("fr") == "Welcome"


def test_bilingual_text_shows_itself_in_the_language_of_the_page():
    from django.utils import translation

    with translation.override("ar"):
        assert str(Text("مرحباً", "Welcome")) == "مرحباً"
    with translation.override("en"):
        assert f"{Text('مرحباً', 'Welcome')}" == "Welcome"
