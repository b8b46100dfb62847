"""Consonant skeletons: what an Arabic and a Latin spelling of one name have in common.

Short vowels are not written in Arabic and are written as one pleases in Latin; what stays are consonant
classes.  Letters that Latin script tells apart badly (ث ذ ظ ض ج ق خ) give alternatives, so a name has
one to eight keys, and two spellings meet when they share one.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from .letters import is_arabic, normalise, word_set

MOST_KEYS = 8

# Most usual alternative first. "" is silent.
_ARABIC: dict[str, tuple[str, ...]] = {
    "ا": ("",),
    "ب": ("B",),
    "ت": ("T",),
    "ث": ("T", "S"),
    "ج": ("J", "G"),
    "ح": ("H",),
    "خ": ("C", "K"),
    "د": ("D",),
    "ذ": ("D", "Z", "T"),
    "ر": ("R",),
    "ز": ("Z",),
    "س": ("S",),
    "ش": ("X",),
    "ص": ("S",),
    "ض": ("D", "Z"),
    "ط": ("T",),
    "ظ": ("Z", "D", "T"),
    "ع": ("",),
    "غ": ("G",),
    "ف": ("F",),
    "ق": ("K", "G"),
    "ك": ("K",),
    "ل": ("L",),
    "م": ("M",),
    "ن": ("N",),
    "ه": ("H",),
    "و": ("",),
    "ي": ("",),
    "تش": ("X", "TX"),
}
_ARABIC_FIRST = {"ا": ("A",), "ع": ("A",), "و": ("W",), "ي": ("Y",)}
# Names in which ال is no article.
NO_ARTICLE = word_set(
    "الله الهام الطاف الفت الحان الياس الما الماس الماز المظ الين الينا اليسا اليسار اليس السا"
    " الفيا الفا البير البرت البرتو الفريد الكس الكسندر الكساندر الكسندرا اليزابيث الفين الوين"
)

_LATIN: dict[str, tuple[str, ...]] = {
    "tch": ("X", "TX"),
    "ch": ("X", "C", "K", "J"),
    "sh": ("X",),
    "kh": ("C",),
    "gh": ("G",),
    "dh": ("D",),
    "th": ("T",),
    "ph": ("F",),
    "dj": ("J",),
    "ck": ("K",),
    "qu": ("K",),
    "ce": ("S", "K"),
    "ci": ("S", "K"),
    "cy": ("S", "K"),
    "b": ("B",),
    "c": ("K",),
    "d": ("D",),
    "f": ("F",),
    "g": ("G",),
    "h": ("H",),
    "j": ("J",),
    "k": ("K",),
    "l": ("L",),
    "m": ("M",),
    "n": ("N",),
    "p": ("B",),
    "q": ("K",),
    "r": ("R",),
    "s": ("S",),
    "t": ("T",),
    "v": ("F", ""),
    "w": ("",),
    "x": ("KS",),
    "y": ("",),
    "z": ("Z",),
}
_LATIN_FIRST = {"w": ("W",), "y": ("Y",), "v": ("F", "W"), **dict.fromkeys("aeiou", ("A",))}
# Between two vowels these may be two letters: Adham, Fathi.
_SPLIT = {"dh": "DH", "th": "TH"}
_GRAPHEME = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)) + "|[aeiou]+")
_DOUBLED = re.compile(r"(sh|kh|th|dh|gh|ch|[b-df-hj-np-tv-z])\1+")
_VOWELS = frozenset("aeiouyw")

# Mohammed, shortened.
MOHAMMED = frozenset({"md", "mhd", "moh", "mohd", "muh", "muhd"})
_ALLAH = re.compile(r"(abd)[aeiou]*l+[aeo]+h?|(.*[^aeiouy].*?[^aeiouy])(?:[auo]+ll[ae]h?|u+lah)")
_MULLA = re.compile(r"(?:al|el)?mull?ah?")
_INNER_ARTICLE = re.compile(
    r"(?<=..)[aeu]+l(?=(?:d(?:ee|i|ei|ie|y)n[ei]?|h[ou]da|haq|islam|rahman|rehman|zaman)$)"
)
_ARTICLE = re.compile(r"[ae](?:l|(?P<sun>sh|dh|th|[sdtrzn])(?=(?P=sun)))(?=..)")


@lru_cache(maxsize=262_144)
def ranked_keys(part: str) -> tuple[str, ...]:
    """The skeleton keys of one name part, the most usual reading first; at most MOST_KEYS, none for no letters."""
    text = normalise(part).replace(" ", "")
    readings = _arabic_readings(text) if text and is_arabic(text[0]) else _latin_readings(text)
    return tuple(dict.fromkeys(key for key in _round_robin(readings) if key))[:MOST_KEYS]


@lru_cache(maxsize=262_144)
def keys(part: str) -> frozenset[str]:
    """The skeleton keys of one name part, in either script; the same name in two spellings shares one.

    A few microseconds, much less when the part was seen before.  Empty for a part without Arabic or Latin letters.
    """
    return frozenset(ranked_keys(part))


def _round_robin(readings: Iterable[list[str]]) -> Iterator[str]:
    """First keys of all readings, then second ones: no reading is lost when the number is capped."""
    columns = [list(reading) for reading in readings]
    for at in range(max(map(len, columns), default=0)):
        for column in columns:
            if at < len(column):
                yield column[at]


def _product(options: Iterable[tuple[str, ...]]) -> list[str]:
    """Every choice of alternatives, the usual ones first, at most MOST_KEYS."""
    found = [(0, "")]
    for alternatives in options:
        if len(alternatives) == 1:
            found = [(odd, key + alternatives[0]) for odd, key in found]
        else:
            found = sorted((odd + at, key + one) for odd, key in found for at, one in enumerate(alternatives))
            found = found[: 2 * MOST_KEYS]
    # n before b is heard and written m: Anbar, Ambar.
    return [key.replace("NB", "MB") for _, key in found][:MOST_KEYS]


# --- Arabic ---------------------------------------------------------------------------------------------------------


def _arabic_readings(text: str) -> list[list[str]]:
    if text == "طه":  # the one common name that ends in a sounded ه
        return [["TH"]]
    if found := re.fullmatch(r"(..+?)ا?لله", text):
        return [[key + "LH" for key in _bound(found[1])]]
    if found := re.fullmatch(r"(..+?)ال(دين|رحمن|حق|اسلام|زمان|هدي)", text):
        tail = _arabic(found[2], first=False)
        return [[head + tail[0] for head in _bound(found[1])]]
    if found := re.fullmatch(r"(عبد|ام|ابو|بو)ال(..+)", text):
        return _with_father_of(found[1], [_arabic(found[1] + found[2])])
    if text.startswith("ال") and len(text) > 3 and text not in NO_ARTICLE:
        return [_arabic(text[2:]), _arabic(text)]
    return _with_father_of("ابو" if re.match("ابو...", text) else "", [_arabic(text)])


def _with_father_of(head: str, readings: list[list[str]]) -> list[list[str]]:
    """ابو X is said and written بو X in the Gulf."""
    return [*readings, *([key[1:] for key in reading] for reading in readings)] if head == "ابو" else readings


def _bound(head: str) -> list[str]:
    """The first part of a compound; its final ه is most often a ة, sounded T before the article."""
    if head.startswith("عبدال"):
        head = "عبد" + head[5:]
    stems = [*_arabic(head[:-1] + "ت"), *_arabic(head)] if head.endswith("ه") else _arabic(head + "ا")
    return stems[:MOST_KEYS]


def _arabic(text: str, *, first: bool = True) -> list[str]:
    options: list[tuple[str, ...]] = []
    for found in re.finditer("تش|.", text):
        letter, at, end = found[0], found.start(), found.end()
        if at == 0 and first and letter in _ARABIC_FIRST:
            options.append(_ARABIC_FIRST[letter])
        elif letter == "ه" and end == len(text) and at > 0:
            # Sounded T after a long a: حياة, نجاة
            options.append(("T", "") if text[at - 1] == "ا" else ("",))
        else:
            options.append(_ARABIC.get(letter, ("",)))
    return _product(options)


# --- Latin ----------------------------------------------------------------------------------------------------------


def _latin_readings(text: str) -> list[list[str]]:
    text = _spelt_out(text)
    if (found := _ALLAH.fullmatch(text)) and not _MULLA.fullmatch(text):
        head = _DOUBLED.sub(r"\1", found[1] or found[2])
        return [[key + "LH" for key in _latin(head + "a")]]
    rest = _without_article(text)
    text = _DOUBLED.sub(r"\1", text)
    if text.startswith("abd"):
        return [_latin(one) for one in _servants(text)]
    if _INNER_ARTICLE.search(text):  # Nooraldin; but Jamaldin may have its own l
        return [_latin(_INNER_ARTICLE.sub("", text)), _latin(text)]
    if found := re.match(r"ab(?:ou|oo|u|o)(l(?=[^aeiou]))?(?=...)", text):
        plain = _latin("abu-" + text[found.end() :])
        return [plain, [key[1:] for key in plain]] if len(plain[0]) > 3 else [plain]
    if found := re.match(r"(?:[uo]|ou)m[aeiou]l(?=[^aeiou])", text):
        return [_latin("um-" + text[found.end() :])]
    return [_latin(text), *([_latin(_DOUBLED.sub(r"\1", rest))] if rest else [])]


def _spelt_out(text: str) -> str:
    if text in MOHAMMED:
        return "mohamed"
    text = re.sub(r"^ou(?=[aei])", "w", text)  # Ouael, Oualid
    return re.sub(r"^([aeiy]+)sh(?=a+[qkc])", r"\1s-h", text)  # Ishaq has no sh


def _servants(text: str) -> list[str]:
    """Abd-X: the l of the article goes; where a vowel follows it, it may also be X's own (Abdullatif, Abdulaziz)."""
    found = re.match(r"abd[aeiou]*l(.*)", text)
    if found is None:
        return [text]
    rest = found[1]
    if rest and rest[0] not in "aeiou":
        return ["abd-" + rest]
    return ["abd-" + rest, "abd-l" + rest] if rest else ["abd"]


def _without_article(text: str) -> str:
    """What stays of a joined Al-, El-, As-, Ash-…; empty where too little would: Ali, Alia, Elias have none."""
    found = _ARTICLE.match(text)
    rest = text[found.end() :] if found else ""
    consonants = len(re.findall(r"[^aeiouyw]", rest))
    weak = re.match(r"[^aeiou]..", rest) or (consonants and re.match("[aou].", rest))
    return rest if consonants >= 2 or weak else ""


def _latin(text: str) -> list[str]:
    options: list[tuple[str, ...]] = []
    for found in _GRAPHEME.finditer(text):
        grapheme, at, end = found[0], found.start(), found.end()
        if at == 0 and grapheme[0] in "aeiou":
            options.append(("A",))
        elif grapheme[0] in "aeiou":
            continue
        elif at == 0 and grapheme in _LATIN_FIRST:
            options.append(_LATIN_FIRST[grapheme])
        elif grapheme == "h" and end == len(text) and at > 0:
            options.append(("", "H"))
        elif grapheme == "s" and text[end:] in {"", "e"} and at > 0 and text[at - 1] in _VOWELS:
            options.append(("S", "Z"))  # Rose روز, Fernandes فرنانديز
        elif grapheme in _SPLIT and at > 0 and text[at - 1] in _VOWELS and text[end : end + 1] in _VOWELS:
            options.append((*_LATIN[grapheme], _SPLIT[grapheme]))
        else:
            options.append(_LATIN[grapheme])
    return _product(options)
