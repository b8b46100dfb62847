"""Reading a declaration: where the columns of a file go, what its codes mean. Pure; checked whole, once.

A mapping is YAML in which every scalar is text (so `No`, `09` and `1` mean what they look like), without
anchors. Mistakes name the file, the line and the field.
"""

import hashlib
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from .shapes import (
    FITTING,
    FIXED,
    TARGETS,
    CodesRule,
    DateRule,
    Importation,
    PartsRule,
    Rule,
    kind_of,
    produced,
)

LONGEST_FILE = 1_000_000


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a declaration: where, and what."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.message}"


class MappingWrong(Exception):
    """The declaration cannot be used; `mistakes` name file, line and field."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Loaded:
    """A checked declaration with its text, as it is kept with each run."""

    mapping: Importation
    text: str
    digest: bytes


def load(path: Path) -> Loaded:
    """Read a declaration from a file. Raises MappingWrong, also where the file cannot be read."""
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise MappingWrong([Mistake(path.name, 1, "file", "larger than 1 MB")])
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingWrong(
            [Mistake(path.name, 1, "file", f"cannot be read: {type(error).__name__}")]
        ) from error
    return parse(text, name=path.name)


def parse(text: str, *, name: str) -> Loaded:
    """Check a declaration. Raises MappingWrong with every mistake found."""
    try:
        aliases = [
            event for event in yaml.parse(text, Loader=yaml.BaseLoader) if isinstance(event, yaml.AliasEvent)
        ]
        tree = None if aliases else yaml.compose(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise MappingWrong(
            [Mistake(name, line, "yaml", str(getattr(error, "problem", None) or error))]
        ) from error
    if aliases:
        # A few anchors can unfold into billions of rules.
        mark = aliases[0].start_mark
        line = mark.line + 1 if mark is not None else 1
        raise MappingWrong([Mistake(name, line, "yaml", "anchors are not taken: name a table in `tables`")])
    doubled = list(_doubled(tree, ()))
    if doubled:
        raise MappingWrong([Mistake(name, line, field, "given twice") for line, field in doubled])
    data = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  BaseLoader makes text only, no objects
    try:
        mapping = Importation.model_validate(data)
    except ValidationError as error:
        raise MappingWrong(
            [_mistake(name, tree, item["loc"], item["msg"]) for item in error.errors()]
        ) from error
    mistakes = [_mistake(name, tree, location, message) for location, message in _misfits(mapping)]
    if mistakes:
        raise MappingWrong(mistakes)
    return Loaded(mapping=mapping, text=text, digest=hashlib.sha256(text.encode()).digest())


def _doubled(node: yaml.Node | None, path: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[Hashable] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, ".".join((*path, str(key.value)))
            seen.add(key.value)
            yield from _doubled(value, (*path, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value):
            yield from _doubled(item, (*path, str(at)))


def _mistake(name: str, tree: yaml.Node | None, location: tuple[int | str, ...], message: str) -> Mistake:
    """Walk the tree as far as the location leads; parts that only name a kind of rule are passed over."""
    node, line, field = tree, 1, []
    for part in location:
        found = _child(node, part)
        if found is None:
            continue
        line, node = found
        field.append(str(part))
    return Mistake(name, line, ".".join(field) or "mapping", message.removeprefix("Value error, "))


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


Location = tuple[int | str, ...]


def _misfits(mapping: Importation) -> Iterator[tuple[Location, str]]:
    """Rules that cannot fill their target, tables that are not there, values no report can hold."""
    rules: list[tuple[Location, str, Rule]] = []
    if mapping.unit is not None:
        rules.append((("unit",), "code", mapping.unit))
    for target in mapping.fields:
        alternatives = mapping.rules_of(target)
        listed = isinstance(mapping.fields[target], list)
        for at, rule in enumerate(alternatives):
            place: Location = ("fields", target, at) if listed else ("fields", target)
            rules.append((place, TARGETS[target].partition(":")[0], rule))
    for place, kind, rule in rules:
        for message in _misfits_of(mapping, kind, rule):
            yield place, message


def _misfits_of(mapping: Importation, kind: str, rule: Rule) -> Iterator[str]:
    if kind_of(rule) not in FITTING[kind]:
        yield f"a rule of kind {kind_of(rule)} cannot fill it: {', '.join(sorted(FITTING[kind]))} can"
        return
    table = getattr(rule, "codes", None)
    if isinstance(table, str) and table not in mapping.tables:
        yield f"there is no table {table}"
        return
    try:
        values = produced(rule, mapping.tables)
    except ValueError as error:
        yield str(error)
        return
    if kind in FIXED:
        for value in sorted(values - FIXED[kind] - {""}):
            yield f"{value} is none of {', '.join(sorted(FIXED[kind]))}"
    if isinstance(rule, CodesRule):
        both = set(rule.expanded(mapping.tables)) & set(rule.unknown)
        yield from (f"{code} is in codes and in unknown" for code in sorted(both))
    if kind == "moment" and isinstance(rule, DateRule | PartsRule) and rule.at is None:
        yield "a moment needs `at`: the time taken where none is known"
