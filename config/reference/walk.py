"""Walking the house: its modules, routes, models, tables of transitions, coded words and environment variables."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.urls import URLPattern, URLResolver

SKIPPED = {"tests", "migrations", "conftest"}


def modules(package: str, room: str = "") -> Iterator[ModuleType]:
    """Every module below `package` (whose last name is `room`, if given); tests and migrations left out."""
    root = importlib.import_module(package)
    yield from [root] if not room else []
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        parts = found.name.split(".")
        if SKIPPED & set(parts):
            continue
        if not room or parts[-1] == room:
            yield importlib.import_module(found.name)


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


def guard_of(view: Callable[..., Any]) -> str:
    """Who may open a view: a power, `signed_in` or `public`; empty when nobody said."""
    return str(getattr(view, "guard", "") or getattr(getattr(view, "view_class", None), "guard", ""))


def own_models() -> list[type[models.Model]]:
    """The tables that are ours, in the order of the floors and of the code."""
    return [model for model in apps.get_models() if model.__module__.startswith("takatuf.")]


class Transitions(NamedTuple):
    """A table of what may follow what: NEXT of a module, or one whose name ends so."""

    place: str
    states: type[StrEnum]
    following: Mapping[StrEnum, Iterable[StrEnum]]


def transitions(found: Iterable[ModuleType]) -> Iterator[Transitions]:
    for module in found:
        for name, value in vars(module).items():
            if name.split("_")[-1] == "NEXT" and isinstance(value, Mapping) and value:
                yield Transitions(f"{module.__name__}.{name}", type(next(iter(value))), value)


def coded(found: Iterable[ModuleType], *endings: str) -> Iterator[type[StrEnum]]:
    """Every code of the house whose class name ends so (Reason, Status, State): what a person is told of."""
    for module in found:
        for value in vars(module).values():
            if (
                inspect.isclass(value)
                and issubclass(value, StrEnum)
                and value.__module__ == module.__name__
                and value.__name__.endswith(endings)
            ):
                yield value


class Variable(NamedTuple):
    """An environment variable as the code reads it."""

    name: str
    default: str


def variables(house: Path) -> list[Variable]:
    """Every environment variable read in config/ and takatuf/, with its default as written, by name."""
    found: dict[str, str] = {}
    for path in sorted((*house.glob("config/**/*.py"), *house.glob("takatuf/**/*.py"))):
        if SKIPPED & set(path.relative_to(house).with_suffix("").parts) or path.name == "testing.py":
            continue
        for name, default in _read_in(path.read_text()):
            found[name] = found.get(name) or default
    return [Variable(name, default) for name, default in sorted(found.items())]


def _read_in(source: str) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = ast.unparse(node.func)
        first = node.args[0]
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            continue
        if called in {"os.environ.get", "os.getenv"} and first.value.isupper():
            yield first.value, ast.unparse(node.args[1]) if len(node.args) > 1 else ""
        elif called in {
            "environment.flag",
            "environment.whole",
            "environment.words",
            "flag",
            "whole",
            "words",
        }:
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            yield first.value, ast.unparse(default) if default is not None else ""
        elif called in {"environment.secret", "secret"}:
            yield f"TAKATUF_{first.value.upper()}", ""
