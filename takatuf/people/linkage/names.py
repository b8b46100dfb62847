"""Full names: cut into the parts a person is called by, each part one word, particles and titles gone.

`parse` → parts; `keys` → what spellings of one part have in common; `name_tokens` → composites of parts for
a keyed index.  VERSION is stored with every value derived here.
"""

import re
from dataclasses import dataclass
from itertools import product

from .keys import MOHAMMED, NO_ARTICLE, keys, ranked_keys
from .letters import is_arabic, normalise, script_of, sort_key_ar, word_set

__all__ = ["VERSION", "ParsedName", "keys", "name_tokens", "normalise", "parse", "ranked_keys", "sort_key_ar"]

VERSION = 2
MOST_PARTS = 8
_ALTERNATIVES = 3
_TOKENS_OF_A_KIND = 4

_SON_OF = word_set("بن ابن وابن بنت ولد bin ben ibn b bn bint binti binte bte bt")
# Looked for without their article.
_TITLES = word_set(
    "سيد سيده شيخ حاج حاجه استاذ استاذه دكتور دكتوره د مهندس مهندسه"
    " mr mrs ms miss dr eng prof sheikh shaikh shk sayed sayyed sayyid syed haj hajj hajji haji ustad"
)
_SERVANT = re.compile(r"عبد|abd(?:[uaeoi](?:[lrnstdz]|sh|dh|th)?)?")
_FATHER_OF = word_set("ابو بو ام با ba abu abo abou aboo abul abol aboul bu um umm om oum")
_ARTICLES = word_set("ال al el il ul")
_SUN_ARTICLE = re.compile(r"[aeu](?P<sun>sh|dh|th|[sdtrzn])")
# What closes a compound: after an article; and what closes one by itself, being no name of its own.
_ENDS = r"d+(?:ee|i|ei|ie)ne?|ra[hy]?man|rehman|haqq?|islam|zaman|h[ou]da"
_ENDS_AFTER_ARTICLE = re.compile(
    rf"(?:ال)?(?:دين|رحمن|حق|اسلام|زمان|هدي)|الله|لله|[uae]?d*(?:{_ENDS})|[auo]ll?ah?"
)
_ENDS_ALWAYS = re.compile(rf"الدين|الله|لله|[uae]d+(?:ee|i|ei|ie)ne?|[auo]llah?|deen|[ae]l(?:{_ENDS})")
# Mizanur Rahman, Nazrul Islam: the article has stayed with the first word.
_ENDS_BENGALI = re.compile("rah?man|rehman|islam|haque?")


@dataclass(frozen=True, slots=True)
class ParsedName:
    """A full name in parts, in the order given → father → … → family, each normalised and without spaces.

    `script`: arabic, latin, mixed, other or empty.  A name of two parts does not say whether the second is the
    father's or the family's: it stands for both, unless an article shows that it is a family's.
    """

    parts: tuple[str, ...]
    script: str
    given: str
    father: str
    family: str


def parse(full_name: str) -> ParsedName:
    """The parts of a full name in Arabic, Latin or both.  Never raises; no letters, no parts.

    Compounds are joined (عبد الله, Abdul Rahman, ابو بكر, نور الدين, Zia ur Rehman); بن, بنت, bin and leading
    titles go; the article goes; Mohd, Md and their like become Mohammed.  "Family, Given Father" is turned round.
    """
    joined = _joined(_words(full_name))
    while len(joined) > 2 and joined[0][0] in _TITLES:
        joined = joined[1:]
    parts = tuple(part for part, _ in joined)[:MOST_PARTS]
    surname_only = len(parts) == 2 and joined[1][1]
    return ParsedName(
        parts=parts,
        script=script_of(" ".join(parts)),
        given=parts[0] if parts else "",
        father=parts[1] if len(parts) > 1 and not surname_only else "",
        family=parts[-1] if len(parts) > 1 else "",
    )


def _words(full_name: str) -> list[str]:
    before, comma, after = full_name.replace("،", ",").partition(",")
    if comma and normalise(before) and normalise(after):
        full_name = f"{after} {before}"
    words = normalise(re.sub(r"\b(Al|El)(?=[A-Z][a-z])", r"\1 ", full_name)).split()
    # A last "md" may be a physician's.
    words = [
        "mohammed" if word in MOHAMMED and (word, at) != ("md", len(words) - 1) else word
        for at, word in enumerate(words)
    ]
    return [word for at, word in enumerate(words) if at == 0 or word not in _SON_OF]


def _joined(words: list[str]) -> list[tuple[str, bool]]:
    """(part, whether it had the article) of each part."""
    parts: list[tuple[str, bool]] = []
    head, article = "", False
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if following and _is_article(word, following):
            article = True
        elif following and not head and _opens(word, following):
            head = word
        else:
            parts = _with(parts, head, word, article=article)
            head, article = "", False
    return parts


def _is_article(word: str, following: str) -> bool:
    if word in _ARTICLES:
        return True
    sun = _SUN_ARTICLE.fullmatch(word)
    return sun is not None and following.startswith(sun["sun"]) and len(following) > 2


def _opens(word: str, following: str) -> bool:
    """Whether the word only opens a name: عبد, Abdul, ابو, Umm; Abed where an article follows."""
    if _SERVANT.fullmatch(word) or word in _FATHER_OF:
        return True
    return word in {"abed", "abid"} and following in _ARTICLES


def _with(parts: list[tuple[str, bool]], head: str, word: str, *, article: bool) -> list[tuple[str, bool]]:
    if head:
        return [*parts, (_compound(head, word, article=article), False)]
    closes = _ENDS_AFTER_ARTICLE if article or word.startswith("ال") else _ENDS_ALWAYS
    before, had = parts[-1] if parts else ("", False)
    if before and _ENDS_BENGALI.fullmatch(word) and re.fullmatch("...+u[lr]", before):
        return [*parts[:-1], (f"{before[:-2]}al{word}", had)]
    if before and closes.fullmatch(word):
        return [*parts[:-1], (before + _with_article(word), had)]
    bare = _bare(word)
    return [*parts, (bare, article or bare != word)]


def _compound(head: str, word: str, *, article: bool) -> str:
    if is_arabic(head[0]):
        return head + ("ال" if article else "") + word
    head = re.sub(r"^ab[ei]d$", "abd", head)
    if head.startswith("abd") and (article or len(head) > 4):
        return "abdul" + word
    return head[:3] + word if head.startswith("abd") else head + word


def _with_article(word: str) -> str:
    """The closing word of a compound in one form: الدين, din."""
    if is_arabic(word[0]):
        return word if word.startswith(("ال", "لله")) else "ال" + word
    if word.endswith(("lah", "la")):
        return word
    # With its l, or one would be taken from the word before: Jamal al-Din.
    return "al" + re.sub(r"^[uae](?=d)|^[ae]l(?=[^l])", "", word)


def _bare(word: str) -> str:
    """Without a joined Arabic article.  A joined Latin one stays: Ali and Alasfoor cannot be told apart here."""
    if word.startswith("ال") and len(word) > 3 and word not in NO_ARTICLE:
        return word[2:]
    return word


def name_tokens(full_name: str) -> list[tuple[str, str]]:
    """(kind, value) of the composites of a full name, for a keyed index; the caller hashes them.

    Kinds: given+father, given+family, given+father+family (of three parts and more).  Values are skeleton keys joined
    by "|", the usual ones first; at most twelve.  No token stands for one part alone: a hashed given name would
    be given away by its frequency.  Two spellings of one person's name, in either script, share a token.
    """
    name = parse(full_name)
    wanted: list[tuple[str, tuple[str, ...]]] = [
        ("given+father", (name.given, name.father)),
        ("given+family", (name.given, name.family)),
    ]
    if len(name.parts) > 2:
        wanted.append(("given+father+family", (name.given, name.father, name.family)))
    return [(kind, value) for kind, parts in wanted for value in _composites(parts)]


def _composites(parts: tuple[str, ...]) -> list[str]:
    """Keys of the parts joined, the likeliest spellings first; none where a part is missing."""
    ranked = [list(enumerate(ranked_keys(part)))[:_ALTERNATIVES] for part in parts]
    chosen = sorted(product(*ranked), key=lambda pairs: sum(rank for rank, _ in pairs))
    return ["|".join(key for _, key in pairs) for pairs in chosen[:_TOKENS_OF_A_KIND]]
