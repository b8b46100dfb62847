"""Money in whole minor units: what is typed, what is shown, and that nothing is ever lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takatuf.kernel.money import Money, MoneyReason, NotMoney, OtherCurrency, parse
from takatuf.kernel.text import Text

DINAR = Text("د.ب.", "BHD")
MINOR = st.integers(-(10**15) + 1, 10**15 - 1)


def dinars(minor: int) -> Money:
    return Money(minor, "BHD", 3)


@pytest.mark.parametrize(
    ("typed", "fils"),
    [
        ("200.000", 200_000),
        ("200", 200_000),
        ("200.5", 200_500),
        (".5", 500),
        ("0", 0),
        ("0.001", 1),
        ("1,234.567", 1_234_567),
        ("1,234,567", 1_234_567_000),
        ("1 234.5", 1_234_500),
        ("1\u00a0234.5", 1_234_500),
        ("-3.25", -3_250),
        ("\u22123.25", -3_250),
        ("٢٠٠٫٥٠٠", 200_500),
        ("١٬٢٣٤٫٥", 1_234_500),
        ("۲۰۰", 200_000),
        ("200.000 د.ب.", 200_000),
        ("\u200f200.000\u00a0د.ب.\u200f", 200_000),
        ("BHD 200", 200_000),
        ("200 bhd", 200_000),
        ("007", 7_000),
        ("999999999999.999", 999_999_999_999_999),
    ],
)
def test_what_people_type_is_understood(typed, fils):
    assert parse(typed, currency="BHD", digits=3, names=DINAR) == dinars(fils)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", MoneyReason.NOT_AN_AMOUNT),
        ("   ", MoneyReason.NOT_AN_AMOUNT),
        (".", MoneyReason.NOT_AN_AMOUNT),
        ("-", MoneyReason.NOT_AN_AMOUNT),
        ("5.", MoneyReason.NOT_AN_AMOUNT),
        ("1.2.3", MoneyReason.NOT_AN_AMOUNT),
        ("1,23", MoneyReason.NOT_AN_AMOUNT),  # a comma parts thousands, and only thousands
        ("12,34,567", MoneyReason.NOT_AN_AMOUNT),
        ("1,234,56.7", MoneyReason.NOT_AN_AMOUNT),
        ("1 2", MoneyReason.NOT_AN_AMOUNT),
        ("0x10", MoneyReason.NOT_AN_AMOUNT),
        ("1e3", MoneyReason.NOT_AN_AMOUNT),
        ("NaN", MoneyReason.NOT_AN_AMOUNT),
        ("²", MoneyReason.NOT_AN_AMOUNT),
        ("200 USD", MoneyReason.NOT_AN_AMOUNT),
        ("د.ب.", MoneyReason.NOT_AN_AMOUNT),
        ("0.0001", MoneyReason.TOO_MANY_DECIMALS),
        ("200.0000", MoneyReason.TOO_MANY_DECIMALS),
        ("1000000000000", MoneyReason.TOO_LARGE),
        ("9" * 400, MoneyReason.TOO_LARGE),
    ],
)
def test_what_is_no_amount_is_refused_and_never_rounded(typed, reason):
    with pytest.raises(NotMoney) as refused:
        parse(typed, currency="BHD", digits=3, names=DINAR)
    assert refused.value.reason is reason
    assert refused.value.facts == {"digits": 3}


@pytest.mark.parametrize(
    ("money", "names", "arabic", "english"),
    [
        (Money(200_000, "BHD", 3), DINAR, "200.000 د.ب.", "200.000 BHD"),
        (Money(1_234_567_890, "BHD", 3), DINAR, "1,234,567.890 د.ب.", "1,234,567.890 BHD"),
        (Money(-5, "BHD", 3), DINAR, "-0.005 د.ب.", "-0.005 BHD"),
        (Money(123_456, "XXX", 2), Text("قرش", "crown"), "1,234.56 قرش", "1,234.56 crown"),
        (Money(1_234, "JPY", 0), Text("ين", "yen"), "1,234 ين", "1,234 yen"),
    ],
)
def test_amounts_are_shown_with_all_their_decimals(money, names, arabic, english):
    told = money.text(names)
    assert (told.ar, told.en) == (arabic, english)


def test_arabic_digits_are_a_preference_of_the_arabic_reader():
    told = dinars(1_234_500).text(DINAR, arabic_digits=True)
    assert (told.ar, told.en) == ("١٬٢٣٤٫٥٠٠ د.ب.", "1,234.500 BHD")


@given(MINOR, st.integers(0, 4), st.booleans())
def test_what_is_shown_is_read_back_as_the_same_amount(minor, digits, arabic_digits):
    money = Money(minor, "XXX", digits)
    for shown in (
        str(money),
        money.text(DINAR, arabic_digits=arabic_digits).ar,
        money.text(DINAR).en,
    ):
        assert parse(shown, currency="XXX", digits=digits, names=DINAR) == money


@given(st.text(max_size=20))
def test_any_text_is_an_amount_or_a_refusal(text):
    try:
        found = parse(text, currency="XXX", digits=3)
    except NotMoney:
        return
    assert parse(str(found), currency="XXX", digits=3) == found


def test_a_hundred_split_in_three_loses_no_fils():
    assert [share.minor for share in dinars(100_000).allocate(3)] == [33_334, 33_333, 33_333]
    assert [share.minor for share in dinars(-100).allocate(3)] == [-34, -33, -33]
    assert [share.minor for share in dinars(5).allocate([1, 0, 3])] == [1, 0, 4]
    # The largest remainder first: 1/6, 2/6 and 3/6 of 10 are 1⅔, 3⅓ and 5.
    assert [share.minor for share in dinars(10).allocate([1, 2, 3])] == [2, 3, 5]


@given(MINOR, st.lists(st.integers(0, 1000), min_size=1, max_size=30).filter(any))
def test_shares_add_up_and_none_is_off_by_a_whole_unit(minor, weights):
    shares = dinars(minor).allocate(weights)
    assert sum(share.minor for share in shares) == minor
    assert len(shares) == len(weights)
    total = sum(weights)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share.minor * total - minor * weight) < total


@given(MINOR, st.integers(1, 50))
def test_equal_shares_differ_by_one_unit_at_most(minor, parts):
    shares = [share.minor for share in dinars(minor).allocate(parts)]
    assert sum(shares) == minor
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize("parts", [0, -2, [], [0, 0], [1, -1], [3, -1]])
def test_shares_need_a_weight(parts):
    with pytest.raises(ValueError, match="weight"):
        dinars(100).allocate(parts)


@given(MINOR, MINOR)
def test_sums_are_those_of_the_whole_numbers(one, other):
    assert dinars(one) + dinars(other) == dinars(one + other)
    assert dinars(one) - dinars(other) == dinars(one) + -dinars(other)
    assert (dinars(one) < dinars(other)) == (one < other)
    assert (dinars(one) >= dinars(other)) == (one >= other)


@pytest.mark.parametrize("other", [Money(1, "USD", 2), Money(1, "BHD", 2), 1, None])
def test_two_currencies_are_never_mixed(other):
    for deed in ("__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"):
        with pytest.raises(OtherCurrency):
            getattr(dinars(1), deed)(other)


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_money_is_counted_in_whole_units(minor):
    with pytest.raises(TypeError):
        Money(minor, "BHD", 3)
