"""A little Markdown: headings and tables that look the same each time."""

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `takatuf docs build`. Change the code, not this page. -->"


def page(title: str, about: str, body: str) -> str:
    return f"# {title}\n\n{GENERATED}\n\n{about}\n\n{body.strip()}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; nothing to say is said."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines) if len(lines) > 2 else "None."


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(cell(value) for value in cells) + " |"


def cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())


def code(text: object) -> str:
    return f"`{text}`"


def codes(values: Iterable[object]) -> str:
    return ", ".join(code(value) for value in values)
