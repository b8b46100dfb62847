"""What import-linter cannot see: each function here looks for one kind of omission and says what to do about it.

Every checker returns a list of complaints, empty when the house is in order. They look at what is there when they
run, so a new page, service, column or command is asked the same questions the day it lands.
"""

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

import click
from django.db import models
from django.urls import URLPattern, URLResolver

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


def modules(package: str, room: str = "") -> Iterator[ModuleType]:
    """Every module below `package` (whose last name is `room`, if given); tests and migrations left out."""
    root = importlib.import_module(package)
    yield from [root] if not room else []
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        parts = found.name.split(".")
        if {"tests", "migrations", "conftest"} & set(parts):
            continue
        if not room or parts[-1] == room:
            yield importlib.import_module(found.name)


# Routes


def routes(
    patterns: Iterable[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """(path, view) of every URL, whatever it is included from."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern.callback


def unguarded(found: Iterable[tuple[str, Callable[..., Any]]], known: Mapping[str, str]) -> list[str]:
    """Routes whose view does not say who may open it. `known`: prefix of the view's module → reason."""
    complaints = []
    for path, view in found:
        module = view.__module__
        guard = getattr(view, "guard", None) or getattr(getattr(view, "view_class", None), "guard", None)
        if not guard and not module.startswith(tuple(known)):
            complaints.append(
                f"/{path} opens {module}.{view.__qualname__} to everybody: put a guard of takatuf.access.guards on it "
                "(needs(Power.…), signed_in, or public, which is a decision)."
            )
    return complaints


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


def coded(found: Iterable[ModuleType]) -> Iterator[type[StrEnum]]:
    """Every Reason and Status of the house: what a person is told must have words."""
    for module in found:
        for value in vars(module).values():
            if (
                inspect.isclass(value)
                and issubclass(value, StrEnum)
                and value.__module__ == module.__name__
                and value.__name__.endswith(("Reason", "Status"))
            ):
                yield value


def wordless(enums: Iterable[type[StrEnum]], words: Callable[[StrEnum], Text | None]) -> list[str]:
    complaints = []
    for enum in enums:
        for member in enum:
            text = words(member)
            if text is None or not text.ar.strip() or not text.en.strip():
                complaints.append(
                    f"{enum.__module__}.{enum.__name__}.{member.name} has no words: "
                    "give it Arabic and English in takatuf/desk/words.py."
                )
    return complaints


def half_tables(found: Iterable[ModuleType]) -> list[str]:
    """Transition tables (NEXT) that forget a Status, or lead to one that does not exist."""
    complaints = []
    for module in found:
        status, following = getattr(module, "Status", None), getattr(module, "NEXT", None)
        if status is None or following is None:
            continue
        for missing in set(status) - set(following):
            complaints.append(
                f"{module.__name__}.NEXT does not say what may follow {missing!r}: add it, if only set()."
            )
        for strange in {after for afters in following.values() for after in afters} - set(status):
            complaints.append(f"{module.__name__}.NEXT leads to {strange!r}, which is no Status.")
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
        f"{table} holds people's data but PostgreSQL shows every row: add row_security(…) of takatuf.kernel.db.policies "
        "to a migration."
        for table in tables
        if not secured.get(table, False) and table not in known
    ]


def house() -> Path:
    return Path(__file__).resolve().parent.parent
