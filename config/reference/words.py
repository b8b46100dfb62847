"""What a person reads: states and what may follow them, refusals and their sentences."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from config.reference import walk
from config.reference.markdown import code, table
from takatuf.kernel.text import Text


def said(member: StrEnum) -> Text | None:
    """The words of a code in both languages, or None where no words.py has any."""
    for module in walk.modules("takatuf", "words"):
        for table_of in vars(module).values():
            if isinstance(table_of, Mapping) and _is_of(table_of, member):
                text = table_of[member]
                if isinstance(text, Text):
                    return text
    return None


def _is_of(words: Mapping[object, object], member: StrEnum) -> bool:
    """Whether a table speaks of this very code: two enums may share a value."""
    return any(key is member for key in words)


def states() -> str:
    parts = [f"## {found.place}\n\n{diagram(found)}" for found in walk.transitions(walk.modules("takatuf"))]
    return "\n\n".join(parts)


def diagram(found: walk.Transitions) -> str:
    """A state diagram: the first state is where it begins, states that nothing follows are where it ends."""
    members = list(found.states)
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {members[0].value}"]
    for state in members:
        following = set(found.following.get(state, ()))
        lines += [f"    {state.value} --> {after.value}" for after in members if after in following]
        if not following:
            lines.append(f"    {state.value} --> [*]")
    return "\n".join([*lines, "```"])


def refusals() -> str:
    return _spoken(walk.coded(walk.modules("takatuf"), "Reason"))


def statuses() -> str:
    return _spoken(walk.coded(walk.modules("takatuf"), "Status", "State"))


def _spoken(enums: Iterable[type[StrEnum]]) -> str:
    parts = []
    for enum in enums:
        rows = []
        for member in enum:
            text = said(member)
            rows.append((code(member.value), text.en if text else "", text.ar if text else ""))
        parts.append(f"## {enum.__module__}.{enum.__name__}\n\n{table(('code', 'English', 'العربية'), rows)}")
    return "\n\n".join(parts)
