"""Money in whole minor units of one currency. No fraction ever exists, so none is ever lost. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from takatuf.kernel.errors import Refusal
from takatuf.kernel.text import Text

TO_LATIN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬−", "01234567890123456789.,-")
TO_ARABIC = str.maketrans("0123456789.,", "٠١٢٣٤٥٦٧٨٩٫٬")
# Marks of direction, and the spaces that some write between thousands.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
SPACES = re.compile("[ \u00a0\u2009\u202f]")
AMOUNT = re.compile(r"(?P<sign>[-+]?)(?P<whole>\d+|\d{1,3}(?:,\d{3})+)?(?:\.(?P<part>\d+))?", re.ASCII)
MOST_DIGITS = 15  # of the minor amount: it must fit a bigint, and be an amount


class MoneyReason(StrEnum):
    NOT_AN_AMOUNT = "not_an_amount"
    TOO_MANY_DECIMALS = "too_many_decimals"
    TOO_LARGE = "too_large"


class NotMoney(Refusal):
    """What was typed is no amount of this currency. Facts: `digits`, the decimals it has."""


class OtherCurrency(TypeError):
    """Two currencies are never added or compared: that is a mistake in the program."""


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` units of a `currency` that has `digits` decimals: 200.000 with three decimals is 200000."""

    minor: int
    currency: str
    digits: int

    def __post_init__(self) -> None:
        if type(self.minor) is not int or type(self.digits) is not int:
            raise TypeError("money is counted in whole minor units")
        if self.digits < 0:
            raise ValueError("a currency has no negative number of decimals")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency, self.digits)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency, self.digits)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency, self.digits)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        """Plain, for data: "1234567.890 XXX"."""
        return f"{self._plain(grouped=False)} {self.currency}"

    def _same(self, other: object) -> int:
        if not isinstance(other, Money) or (other.currency, other.digits) != (self.currency, self.digits):
            raise OtherCurrency("only money of one currency is added or compared")
        return other.minor

    def allocate(self, parts: int | Sequence[int]) -> tuple["Money", ...]:
        """Shares whose sum is this amount: `parts` equal ones, or by whole weights in order.

        What does not divide goes, one minor unit each, to the largest remainders, the earlier first.
        Raises ValueError for no parts, a negative weight, or weights that are all zero.
        """
        weights = (1,) * parts if isinstance(parts, int) else tuple(parts)
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("shares need a weight that is not negative, and one above zero")
        amount = abs(self.minor)
        shares = [amount * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % total))
        for place in by_remainder[: amount - sum(shares)]:
            shares[place] += 1
        sign = -1 if self.minor < 0 else 1
        return tuple(Money(sign * share, self.currency, self.digits) for share in shares)

    def text(self, names: Text, *, arabic_digits: bool = False) -> Text:
        """Grouped, with the currency's name after it: "1,234.500 د.". `arabic_digits` for the Arabic one."""
        latin = self._plain(grouped=True)
        return Text(
            f"{latin.translate(TO_ARABIC) if arabic_digits else latin} {names.ar}", f"{latin} {names.en}"
        )

    def _plain(self, *, grouped: bool) -> str:
        whole, part = divmod(abs(self.minor), 10**self.digits)
        sign = "-" if self.minor < 0 else ""
        decimals = f".{part:0{self.digits}d}" if self.digits else ""
        return f"{sign}{whole:,}{decimals}" if grouped else f"{sign}{whole}{decimals}"


def parse(text: str, *, currency: str, digits: int, names: Text | None = None) -> Money:
    """The amount that was typed: "200", "200.5", "1,234.500", "٢٠٠٫٥٠٠", "200.000 د.".

    The point parts decimals, the comma (or a narrow space) thousands, in Arabic ٫ and ٬. The code of the
    currency, or its name if `names` is given, may stand before or after. Nothing is rounded.
    Raises NotMoney(not_an_amount | too_many_decimals | too_large).
    """
    cleaned = _bare(INVISIBLE.sub("", text).strip(), (currency, *((names.ar, names.en) if names else ())))
    cleaned = cleaned.translate(TO_LATIN)
    found = AMOUNT.fullmatch(cleaned) or AMOUNT.fullmatch(_spaced(cleaned))
    if found is None or (found["whole"] is None and found["part"] is None):
        raise NotMoney(MoneyReason.NOT_AN_AMOUNT, digits=digits)
    part = found["part"] or ""
    if len(part) > digits:
        raise NotMoney(MoneyReason.TOO_MANY_DECIMALS, digits=digits)
    number = (found["whole"] or "0").replace(",", "") + part.ljust(digits, "0")
    if len(number.lstrip("0")) > MOST_DIGITS:
        raise NotMoney(MoneyReason.TOO_LARGE, digits=digits)
    minor = int(number)
    return Money(-minor if found["sign"] == "-" else minor, currency, digits)


def _bare(text: str, names: tuple[str, ...]) -> str:
    for name in sorted(filter(None, names), key=len, reverse=True):
        if text.casefold().endswith(name.casefold()):
            return text[: -len(name)].strip()
        if text.casefold().startswith(name.casefold()):
            return text[len(name) :].strip()
    return text


def _spaced(text: str) -> str:
    """Spaces between thousands as commas; what is not grouped so stays no amount."""
    return SPACES.sub(",", text)
