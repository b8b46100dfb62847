"""YAML files in which every key knows its line, and what is wrong with one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same language, read ten times as fast

Place = tuple[Any, ...]  # keys and indexes, from the top of the file to a value


class Problem(NamedTuple):
    """One mistake in a pack: where it is and what is wrong."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.field}: {self.message}"


class PackError(Exception):
    """The pack cannot be loaded; `problems` lists every mistake that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Source:
    """A YAML file with the line of every key."""

    name: str
    data: Any
    lines: dict[Place, int]
    twice: list[tuple[int, Place]]

    def line(self, path: Place) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(path: Path) -> Source:
    """Raises PackError for what is missing, not YAML, or has a key twice."""
    try:
        loader = LOADER(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise PackError(
            [Problem(path.name, line, "", f"is not YAML: {getattr(error, 'problem', error)}")]
        ) from error
    except UnicodeDecodeError as error:
        raise PackError([Problem(path.name, 1, "", "is not UTF-8")]) from error
    except OSError as error:
        wrong = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise PackError([Problem(path.name, 0, "", wrong)]) from error
    source = Source(path.name, data, {}, [])
    _walk(node, (), source)
    if source.twice:
        # YAML would keep the last and lose the first in silence.
        raise PackError(
            [
                Problem(path.name, line, ".".join(map(str, place)), "is there twice")
                for line, place in source.twice
            ]
        )
    return source


def _walk(node: Any, path: Place, source: Source) -> None:
    if node is None:
        return
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            place = (*path, key.value)
            if key.value in keys:
                source.twice.append((key.start_mark.line + 1, place))
            keys.add(key.value)
            source.lines[place] = key.start_mark.line + 1
            _walk(value, place, source)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), source)
