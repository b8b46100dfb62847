"""What import-linter cannot see: each function here looks for one kind of omission and says what to do about it.

Every checker returns a list of complaints, empty when the house is in order. They look at what is there when they
run, so a new page, service, column or command is asked the same questions the day it lands. That each of them can
fail is shown in tests/test_architecture.py, with a planted fault.
"""

import inspect
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.questioner import MigrationQuestioner
from django.db.migrations.state import ProjectState
from django.template.base import Lexer, TokenType

from config.reference.walk import guard_of, transitions
from takatuf.kernel.actor import Actor
from takatuf.kernel.text import Text

PRIVACY_CLASSES = {
    "public",  # of nobody: names of units, codes of lists
    "internal",  # of the work: times, states, opaque ids
    "personal",  # of a person
    "sensitive",  # of a person, and it can harm: what happened, health, relation
    "key",  # keys and password hashes
}
OF_PEOPLE = {"personal", "sensitive", "key"}


# Routes


def unguarded(found: Iterable[tuple[str, Callable[..., Any]]]) -> list[str]:
    """Routes whose view does not say who may open it; a library's page is wrapped where its address is given."""
    return [
        f"/{path} opens {view.__module__}.{view.__qualname__} to everybody: put a guard of takatuf.access.guards on it "
        "(needs(Power.…), signed_in, or public, which is a decision)."
        for path, view in found
        if not guard_of(view)
    ]


# Services and selectors


def public_functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, value in vars(module).items():
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_"):
            yield f"{module.__name__}.{name}", value


def makes_an_actor(function: Callable[..., Any]) -> bool:
    try:
        return typing.get_type_hints(inspect.unwrap(function)).get("return") is Actor
    except NameError:
        return False


def without_actor(found: Iterable[tuple[str, Callable[..., Any]]], known: Mapping[str, str]) -> list[str]:
    """Public functions of services and selectors that do not take the actor (and do not make one)."""
    return [
        f"{name}() does not take `actor`: who asks decides what may be seen or done. Give it one, or make it _private."
        for name, function in found
        if "actor" not in inspect.signature(function).parameters
        and not makes_an_actor(function)
        and name not in known
    ]


# Words

BLANK = re.compile(r"\{(\w+)")


def wordless(enums: Iterable[type[StrEnum]], words: Callable[[StrEnum], Text | None]) -> list[str]:
    complaints = []
    for enum in enums:
        for member in enum:
            text = words(member)
            if text is not None and set(BLANK.findall(text.ar)) != set(BLANK.findall(text.en)):
                complaints.append(
                    f"{enum.__module__}.{enum.__name__}.{member.name} tells other facts in Arabic than in English: "
                    "use the same {braces} in both."
                )
            if text is None or not text.ar.strip() or not text.en.strip():
                complaints.append(
                    f"{enum.__module__}.{enum.__name__}.{member.name} has no words: "
                    "give it Arabic and English in takatuf/desk/words.py, or in the words.py of its capability."
                )
    return complaints


def half_tables(found: Iterable[ModuleType]) -> list[str]:
    """Transition tables that forget a state, or lead to one that does not exist."""
    complaints = []
    for place, states, following in transitions(found):
        for missing in sorted(set(states) - set(following)):
            complaints.append(
                f"{place} does not say what may follow {missing!r}: add it, if only frozenset()."
            )
        strange = {after for afters in following.values() for after in afters} - set(states)
        for name in sorted(map(str, strange)):
            complaints.append(f"{place} leads to {name!r}, which is no {states.__name__}: correct it.")
    return complaints


# Columns


def unclassified(found: Iterable[type[models.Model]]) -> list[str]:
    """Columns without a privacy class, classes nobody knows, and classes of columns that are gone."""
    complaints = []
    for model in found:
        label = model._meta.label
        columns = dict(getattr(getattr(model, "Privacy", None), "columns", {}))
        fields = {field.name for field in model._meta.local_concrete_fields}
        fields -= {
            field.name for field in model._meta.local_fields if isinstance(field, models.CompositePrimaryKey)
        }
        for name in sorted(fields - set(columns)):
            complaints.append(
                f"{label}.{name} has no privacy class: say in `class Privacy: columns` of the model whose datum it is "
                f"({', '.join(sorted(PRIVACY_CLASSES))})."
            )
        complaints += [
            f"{label}.Privacy names {name!r}, which is no column." for name in sorted(set(columns) - fields)
        ]
        complaints += [
            f"{label}.{name} is classed {kind!r}: choose one of {', '.join(sorted(PRIVACY_CLASSES))}."
            for name, kind in columns.items()
            if kind not in PRIVACY_CLASSES
        ]
        complaints += [
            f"{label}.Privacy.statistics lists {name!r}, which is no column."
            for name in sorted(set(getattr(getattr(model, "Privacy", None), "statistics", ())) - fields)
        ]
    return complaints


def about_people(model: type[models.Model]) -> bool:
    return bool(OF_PEOPLE & set(getattr(getattr(model, "Privacy", None), "columns", {}).values()))


def untied(
    found: Iterable[type[models.Model]], person: type[models.Model], ties: Mapping[str, object]
) -> list[str]:
    """Foreign keys to a person without a rule for what a merge does to them; and rules for keys that are gone."""
    keys = {
        f"{model._meta.label}.{field.name}"
        for model in found
        for field in model._meta.local_fields
        if field.is_relation and field.related_model is person
    }
    return [
        f"{key} points at a person, but config/ties.py does not say what a merge does to it: "
        "add it with Tie.MOVE, REFILE or STAY, and a test of the merge."
        for key in sorted(keys - set(ties))
    ] + [
        f"config/ties.py names {key}, which is no foreign key to a person: remove it."
        for key in sorted(set(ties) - keys)
    ]


# A column that tells who somebody is, by its name; or by its type: what is sealed, free text, a document.
TELLING_NAMES = re.compile(
    r"(^|_)(name|names|phone|phones|address|block|street|email|note|notes|text|narrative|payload|details|reason|"
    r"personal|token|ref|username|password|key)(_|$)"
)
TELLING_TYPES = (models.BinaryField, models.TextField, models.JSONField, models.FileField, models.EmailField)


def telling(found: Iterable[type[models.Model]]) -> list[str]:
    """Columns that statistics may read and that could name somebody: sealed values, free text, names, keys."""
    complaints = []
    for model in found:
        privacy = getattr(model, "Privacy", None)
        columns = dict(getattr(privacy, "columns", {}))
        fields = {field.name: field for field in model._meta.local_concrete_fields}
        for name in getattr(privacy, "statistics", ()):
            field = fields.get(name)
            if (
                columns.get(name) == "key"
                or isinstance(field, TELLING_TYPES)
                or (columns.get(name) != "public" and TELLING_NAMES.search(name))
            ):
                complaints.append(
                    f"{model._meta.label}.Privacy.statistics lets the counters read {name!r}, which can name somebody: "
                    "take it out, and count something coarser."
                )
    return complaints


# Console


def helpless(name: str, command: click.Command) -> list[str]:
    """Commands, sub-commands and options without help."""
    complaints = [] if (command.help or "").strip() else [f"`{name}` has no help: write its docstring."]
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not (parameter.help or "").strip():
            complaints.append(f"`{name} {parameter.opts[0]}` has no help: say what it does with help=….")
    if isinstance(command, click.Group):
        context = click.Context(command)
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            if found is not None:
                complaints += helpless(f"{name} {sub}", found)
    return complaints


def undescribed(found: Iterable[str], words: Mapping[str, str]) -> list[str]:
    """Environment variables that are read and nowhere explained; explanations of what nobody reads."""
    names = set(found)
    return [
        f"{name} is read from the environment but not explained: add it to VARIABLES of config/reference/doors.py."
        for name in sorted(names - set(words))
    ] + [
        f"VARIABLES of config/reference/doors.py explains {name}, which nothing reads: remove it."
        for name in sorted(set(words) - names)
    ]


# Dependencies

REQUIREMENT = re.compile(r'^\s*"([A-Za-z0-9_.-]+)[^"]*",?\s*(#.*)?$')


def unexplained(pyproject: str) -> list[str]:
    """Dependencies of pyproject.toml without a comment that says why we have them."""
    complaints, inside = [], False
    for line in pyproject.splitlines():
        if re.match(r"^(dependencies|dev) = \[", line):
            inside = True
        elif inside and line.startswith("]"):
            inside = False
        elif inside and (match := REQUIREMENT.match(line)) and not (match[2] or "").strip("# "):
            complaints.append(
                f"pyproject.toml: {match[1]} has no reason: say in a comment beside it why we need it."
            )
    return complaints


# The database

PROTECTION = "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = ANY(%s)"


def unprotected(tables: Iterable[str], secured: Mapping[str, bool], known: Mapping[str, str]) -> list[str]:
    """Tables about people on which row-level security is not enabled and forced."""
    return [
        f"{table} holds people's data but PostgreSQL shows every row: "
        "add row_security(…) of takatuf.kernel.db.policies to a migration."
        for table in tables
        if not secured.get(table, False) and table not in known
    ]


def unmigrated(known: ProjectState, wanted: ProjectState, graph: Any = None) -> list[str]:
    """What the models say and no migration does."""
    detector = MigrationAutodetector(known, wanted, MigrationQuestioner({"ask_initial": True}))
    changes = detector.changes(graph=graph) if graph is not None else detector._detect_changes()
    return [
        f"{app}: no migration does “{operation.describe()}”: takatuf db makemigrations {app}."
        for app, migrations in sorted(changes.items())
        for migration in migrations
        for operation in migration.operations
    ]


# Powers


def unheld(powers: Iterable[str], roles: Mapping[str, Iterable[str]]) -> list[str]:
    """Powers that no role holds: what they guard is closed to everybody. `roles`: code → powers."""
    held = {power for named in roles.values() for power in named}
    return [
        f"no role of the pack holds {power}: give it to one in roles.yaml, or remove it from Power."
        for power in sorted(set(powers) - held)
    ]


def unknown_powers(powers: Iterable[str], roles: Mapping[str, Iterable[str]]) -> list[str]:
    """Roles that name a power nobody knows."""
    known = set(powers)
    return [
        f"role {code} names the power {power}, which does not exist: correct roles.yaml."
        for code, named in sorted(roles.items())
        for power in sorted(set(named) - known)
    ]


# Pages

# Said the same in both languages: names of the product, of the languages, of file formats.
SAME_IN_BOTH = {"Takatuf", "تكاتف", "English", "العربية", "CSV", "XLSX", "JSONL", "AR", "EN", "ع"}
SPOKEN_ATTRIBUTES = {
    "alt",
    "title",
    "placeholder",
    "label",
    "aria-label",
    "aria-description",
    "aria-roledescription",
}
SILENT = {"script", "style", "code"}  # what is typed into a console is the same in both languages
LETTERS = re.compile(r"[^\W\d_]{2,}")


class _Page(HTMLParser):
    """Collects what a reader would see or hear of a page's source."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        given = dict(attrs)
        spoken = set(SPOKEN_ATTRIBUTES)
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            spoken.add("value")
        self.found += [(self.getpos()[0], value or "") for name, value in attrs if name in spoken]

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            line = self.getpos()[0]
            self.found += [(line + offset, text) for offset, text in enumerate(data.splitlines())]


def _without_django(source: str) -> str:
    """The template's own text on its own lines: tags, variables, translated blocks and comments are blank."""
    parts, inside = [], ""
    for token in Lexer(source).tokenize():
        tag = token.contents.split()[0] if token.token_type is TokenType.BLOCK and token.contents else ""
        if inside:
            inside = "" if tag == f"end{inside}" else inside
            parts.append("\n" * token.contents.count("\n"))
        elif token.token_type is TokenType.TEXT:
            parts.append(token.contents)
        else:
            parts.append(" ")
            if tag in {"blocktranslate", "blocktrans", "comment"}:
                inside = tag
    return "".join(parts)


def raw_text(name: str, source: str) -> list[str]:
    """Words of a template that are not marked for translation."""
    page = _Page()
    page.feed(_without_django(source))
    page.close()
    return [
        f"{name}:{line} says “{' '.join(text.split())}” in one language only: "
        "put it in {% translate %} or {% blocktranslate trimmed %}."
        for line, text in page.found
        if set(LETTERS.findall(text)) - SAME_IN_BOTH
    ]


CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
ONE_SIDED = re.compile(
    r"(?<![\w-])(?:(?:scroll-)?(?:margin|padding)-(?:left|right)|border-(?:left|right)(?:-\w+)?"
    r"|border-(?:top|bottom)-(?:left|right)-radius|(?:left|right))\s*:"
    r"|(?<![\w-])(?:float|clear|text-align)\s*:\s*(?:left|right)\b"
)


def one_sided(name: str, css: str) -> list[str]:
    """Physical properties: on a right-to-left page they are on the wrong side."""
    bare = CSS_COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), css)
    return [
        f"{name}:{line} says “{match[0]}”, which does not turn with the page: "
        "use the logical property (margin-inline-start, inset-inline-end, text-align: start …)."
        for line, text in enumerate(bare.splitlines(), 1)
        for match in ONE_SIDED.finditer(text)
    ]


INLINE_STYLE = re.compile(r"""\bstyle=("[^"]*"|'[^']*')""")


def inline_styles(source: str) -> str:
    """The style attributes of a template, each on the line where it stands."""
    return "\n".join(
        ";".join(style[1:-1] for style in INLINE_STYLE.findall(line)) for line in source.splitlines()
    )


ELSEWHERE = re.compile(
    r"""(?:\b(?:https?|wss?):|(?<=["'(= ]))//(?!www\.w3\.org/)[\w-]+(?:\.[\w-]+)+[^\s"')]*"""
)


def from_elsewhere(name: str, source: str) -> list[str]:
    """Addresses of other machines in what a browser is given: she who reads is seen there."""
    return [
        f"{name}:{line} names {match[0]}: serve it ourselves (package.json, /static/vendor/), or leave it out."
        for line, text in enumerate(source.splitlines(), 1)
        for match in ELSEWHERE.finditer(text)
    ]


# Countries

OF_ONE_COUNTRY = re.compile(r"bahrain|manama|البحرين|بحرين|\bBHD\b|\bBHR\b|\+973|د\.ب|\bCPR\b", re.IGNORECASE)


def of_one_country(name: str, source: str) -> list[str]:
    """What belongs to a country pack and stands in the code."""
    return [
        f"{name}:{line} says “{match[0]}”: what is one country's own belongs in packs/."
        for line, text in enumerate(source.splitlines(), 1)
        for match in OF_ONE_COUNTRY.finditer(text)
    ]


def house() -> Path:
    return Path(__file__).resolve().parent.parent
