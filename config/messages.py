"""The Arabic of the house: found in code and templates, kept in locale/ar, checked, compiled. Without gettext's tools.

The source language of every marked string is English; `locale/ar/LC_MESSAGES/django.po` holds the Arabic.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, Token, TokenType
from django.utils.translation import trim_whitespace

HOUSE = Path(__file__).resolve().parent.parent
PO = HOUSE / "locale" / "ar" / "LC_MESSAGES" / "django.po"
WIDTH = 110
# None, one, two, few (3–10), many (11–99), other (100–102 …): the order that Django's own Arabic uses.
PLURALS = "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5;"  # noqa: E501

# function → (place of the context or None, of the text, of the plural or None)
CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
QUOTED = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
UNDERSCORE = re.compile(rf"\b_\(\s*{QUOTED}\s*\)")
TRANSLATE = re.compile(rf"^(?:translate|trans)\s+{QUOTED}")
CONTEXT = re.compile(rf"\bcontext\s+{QUOTED}")
PLACEHOLDER = re.compile(r"%\([^)]+\)[a-zA-Z]|%[sd]|\{[a-z_][^}]*\}")
TAG = re.compile(r"</?[a-z]+")


@dataclass(frozen=True, slots=True)
class Message:
    """One marked string: where it stands (path from the house, line), its text, plural and context."""

    path: str
    line: int
    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return (self.context, self.text)

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


class Unreadable(Exception):
    """A marked string that cannot be looked up at run time: an f-string, a variable, a broken block."""


def found(house: Path = HOUSE) -> list[Message]:
    """Every marked string of takatuf/ and config/, in order of file and line. Raises Unreadable, naming the place."""
    messages: list[Message] = []
    for folder in ("takatuf", "config"):
        for path in sorted((house / folder).rglob("*")):
            name = str(path.relative_to(house))
            if "/tests/" in name or "/migrations/" in name or not path.is_file():
                continue
            if path.suffix == ".py":
                messages += in_python(path.read_text(), name)
            elif path.suffix in {".html", ".txt"} and "/templates/" in name:
                messages += in_template(path.read_text(), name)
    return messages


def in_python(source: str, name: str) -> Iterator[Message]:
    """Marked strings of a module, through whatever names it imported the functions under."""
    tree = ast.parse(source, name)
    known = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in CALLS
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        if isinstance(function, ast.Name) and function.id in known:
            called = known[function.id]
        elif (
            isinstance(function, ast.Attribute) and _is_translation(function.value) and function.attr in CALLS
        ):
            called = function.attr
        else:
            continue
        yield _of_call(node, called, name)


def _is_translation(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "translation"


def _of_call(node: ast.Call, called: str, name: str) -> Message:
    def text_at(place: int | None) -> str:
        if place is None:
            return ""
        argument = node.args[place] if place < len(node.args) else None
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            return argument.value
        raise Unreadable(
            f"{name}:{node.lineno} {called}() needs a plain string: it is looked up as it stands."
        )

    context, text, plural = CALLS[called]
    return Message(name, node.lineno, text_at(text), text_at(plural), text_at(context))


def in_template(source: str, name: str) -> Iterator[Message]:
    """Marked strings of a template: translate, blocktranslate (trimmed, plural, context), and _("…") anywhere."""
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type is TokenType.BLOCK:
            tag = token.contents.split(None, 1)[0]
            if tag in {"blocktranslate", "blocktrans"}:
                yield _of_block(token, tokens, name)
                continue
            if tag == "comment":
                for skipped in tokens:
                    if skipped.contents.split()[:1] == ["endcomment"]:
                        break
                continue
            if match := TRANSLATE.match(token.contents):
                yield Message(
                    name, token.lineno or 0, _template_text(match[1]), context=_context(token.contents)
                )
        if token.token_type in {TokenType.BLOCK, TokenType.VAR}:
            for match in UNDERSCORE.finditer(token.contents):
                yield Message(name, token.lineno or 0, _template_text(match[1]))


def _template_text(quoted: str) -> str:
    """As Django looks it up: unquoted, percent signs doubled."""
    text: str = ast.literal_eval(quoted)
    return text.replace("%", "%%")


def _context(contents: str) -> str:
    match = CONTEXT.search(contents)
    return ast.literal_eval(match[1]) if match else ""


def _of_block(opening: Token, tokens: Iterator[Token], name: str) -> Message:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token.token_type is TokenType.TEXT:
            parts[-1].append(token.contents.replace("%", "%%"))
        elif token.token_type is TokenType.VAR:
            parts[-1].append(f"%({token.contents})s")
        elif token.token_type is TokenType.BLOCK and token.contents.strip() == "plural":
            parts.append([])
        elif token.token_type is TokenType.BLOCK:
            break
    trimmed = "trimmed" in opening.contents.split()
    texts = [trim_whitespace("".join(part)) if trimmed else "".join(part) for part in parts]
    if len(texts) > 2 or not texts[0]:
        raise Unreadable(f"{name}:{opening.lineno} blocktranslate has no text, or more than one plural.")
    return Message(name, opening.lineno or 0, texts[0], "".join(texts[1:]), _context(opening.contents))


def empty() -> Catalog:
    made = Catalog(locale="ar", project="takatuf", fuzzy=False, charset="utf-8")
    made.mime_headers = [("Plural-Forms", PLURALS)]
    return made


def catalogue(po: Path = PO) -> Catalog:
    if not po.exists():
        return empty()
    with po.open("rb") as file:
        return read_po(file, locale="ar", domain="django")


def extract(messages: list[Message], po: Path = PO, *, tidy: bool = False) -> None:
    """Bring the .po up to date: new strings are added, translations kept, strings that left are kept as obsolete.

    `tidy` forgets the obsolete ones. Only files are named, not lines: a moved line is no change.
    """
    old = catalogue(po)
    fresh = empty()
    for message in sorted(messages, key=lambda one: (one.path, one.line)):
        key = (message.text, message.plural) if message.plural else message.text
        fresh.add(key, locations=[(message.path, None)], context=message.context or None)  # type: ignore[list-item]
    for returning in list(old.obsolete.values()):  # a string that comes back finds its Arabic waiting
        old[returning.id] = returning
    old.obsolete.clear()
    old.update(fresh, no_fuzzy_matching=True, update_creation_date=False)
    old.header_comment = (
        "# The Arabic of Takatuf. `takatuf messages extract` adds, people write, `check` refuses gaps."
    )
    po.parent.mkdir(parents=True, exist_ok=True)
    with po.open("wb") as file:
        write_po(file, old, width=WIDTH, ignore_obsolete=tidy, sort_by_file=True, omit_header=False)


def faults(messages: list[Message], po: Path = PO) -> list[str]:
    """What is missing or wrong, each as `file:line what`. Empty when every string has its Arabic."""
    known = {
        ((message.context or ""), _first(message.id)): message for message in catalogue(po) if message.id
    }
    complaints = []
    for message in messages:
        entry = known.get(message.key)
        if entry is None:
            complaints.append(
                f"{message.place} not in the catalogue (takatuf messages extract): {message.text!r}"
            )
            continue
        strings = [
            text or ""
            for text in (entry.string if isinstance(entry.string, (list, tuple)) else [entry.string])
        ]
        if not all(strings):
            complaints.append(f"{message.place} no Arabic: {message.text!r}")
        elif entry.fuzzy:
            complaints.append(f"{message.place} fuzzy, to be confirmed: {message.text!r}")
        else:
            complaints += [
                f"{message.place} {why}: {message.text!r}" for why in _differences(message, strings)
            ]
    return complaints


def _first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _differences(message: Message, strings: list[str]) -> Iterator[str]:
    """Placeholders and tags must be the same; Arabic may leave the number out of none, one and two."""
    wanted = message.plural or message.text
    for form, string in enumerate(strings):
        missing = set(PLACEHOLDER.findall(wanted)) - set(PLACEHOLDER.findall(string))
        strange = set(PLACEHOLDER.findall(string)) - set(PLACEHOLDER.findall(wanted))
        may_leave_out = bool(message.plural) and form < 3
        if strange or (missing and not may_leave_out):
            yield f"placeholders differ ({', '.join(sorted(missing | strange))})"
        if Counter(TAG.findall(wanted)) != Counter(TAG.findall(string)):
            yield "HTML tags differ"


def compile_if_stale(po: Path = PO) -> bool:
    """Write the .mo that Django reads, if it is older than the .po. True if it was written."""
    mo = po.with_suffix(".mo")
    if not po.exists() or (mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime):
        return False
    draft = mo.with_suffix(".new")
    with draft.open("wb") as file:
        write_mo(file, catalogue(po))
    draft.replace(mo)
    return True
