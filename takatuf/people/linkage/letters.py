"""Letters: one form of a text whatever keyboard wrote it, its script, and its place in the Arabic alphabet."""

import unicodedata

LONGEST = 300

# NFKD with its marks removed folds the hamza carriers, tashkeel and Latin accents; this table does the rest.
_FOLD = str.maketrans(
    {
        "ء": None,
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ے": "ي",
        "ة": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ۃ": "ه",
        "ە": "ه",
        "ک": "ك",
        "گ": "ك",
        "ڭ": "ك",
        "پ": "ب",
        "چ": "ج",
        "ژ": "ز",
        "ڤ": "ف",
        "ڨ": "ق",
        "ٹ": "ت",
        "ڈ": "د",
        "ڑ": "ر",
        "ں": "ن",
        "ۆ": "و",
        "ۇ": "و",
        "ۋ": "و",
        "ـ": None,
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        **dict.fromkeys("'’‘`´ʿʾʼʻ′", None),
    }
)
_ALPHABET = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def normalise(text: str) -> str:
    """The text in one form: lower case, folded letters, single spaces, nothing but letters.

    Tashkeel, tatweel, bidirectional controls and zero-width characters vanish; hamza carriers become
    bare (أإآٱ → ا, ؤ → و, ئ → ي), ى → ي, ة → ه, a lone ء goes; Persian and Urdu letters become their
    Arabic neighbours; Latin letters lose their accents.  Idempotent; at most LONGEST characters.
    """
    decomposed = unicodedata.normalize("NFKD", text[: 2 * LONGEST]).casefold()
    kept = (_kept(letter) for letter in decomposed.translate(_FOLD))
    composed = unicodedata.normalize("NFC", "".join(kept))
    return " ".join(composed.split())[:LONGEST].rstrip()


def _kept(letter: str) -> str:
    category = unicodedata.category(letter)
    if category[0] == "L":
        return letter
    # Marks and invisible format characters join what stands around them; all else parts it.
    return "" if category[0] == "M" or category == "Cf" else " "


def word_set(words: str) -> frozenset[str]:
    """The words of a text, for tables that are easier to read and to order as running text."""
    return frozenset(words.split())


def is_arabic(letter: str) -> bool:
    return "\u0600" <= letter <= "\u06ff"


def script_of(text: str) -> str:
    """arabic, latin, mixed, other; empty for a text without a letter."""
    letters = [letter for letter in text if letter.isalpha()]
    arabic = sum(map(is_arabic, letters))
    latin = sum(letter <= "\u024f" for letter in letters)
    if not letters:
        return ""
    if arabic == len(letters):
        return "arabic"
    if latin == len(letters):
        return "latin"
    return "mixed" if arabic + latin == len(letters) else "other"


def sort_key_ar(text: str) -> str:
    """A text whose plain code-point order is the order of the Arabic alphabet, then Latin, then others.

    Vowel signs, hamza carriers and the end forms ة ى decide only between otherwise equal texts, as in
    the default table of the Unicode Collation Algorithm.  The article counts as letters.
    """
    return "".join(map(_rank, normalise(text))) + "\x01" + unicodedata.normalize("NFD", text)


def _rank(letter: str) -> str:
    """Below all letters: the end of the text (1), a space (2), alif to ya (3 …); other letters above them."""
    if letter == " ":
        return "\x02"
    place = _ALPHABET.find(letter)
    return chr(3 + place) if place >= 0 else "\x7f" + letter
