"""The pages of docs/reference: written by the code about itself, so that they cannot be out of date.

`takatuf docs build` writes them, `takatuf docs check` (in `make check`) compares. The same code gives the same
bytes: no dates, no paths, no order but that of the code. No database is asked.
"""

from collections.abc import Callable
from pathlib import Path

from config.reference import database, doors, law, words
from config.reference.markdown import page, table

HOUSE = Path(__file__).resolve().parent.parent.parent
FOLDER = HOUSE / "docs" / "reference"

# file → (title, what it answers, who writes it)
PAGES: dict[str, tuple[str, str, Callable[[], str]]] = {
    "states.md": ("States", "What may follow what: every transition table of the rules.", words.states),
    "refusals.md": (
        "Refusals",
        "Every reason for which a deed is refused, and what a person is told.",
        words.refusals,
    ),
    "words.md": ("Words of states", "What a person reads for each state.", words.statuses),
    "tables.md": (
        "Tables",
        "Every column with its privacy class, what statistics may read, and the policies of PostgreSQL.",
        database.tables,
    ),
    "ties.md": ("Ties", "What a merge of two persons does to each foreign key to a person.", database.ties),
    "roles.md": ("Roles and powers", "Who may do what, for each country pack.", law.roles),
    "rules.md": ("Rules", "Every legal rule with its value, basis and whether it was verified.", law.rules),
    "duties.md": ("Duties", "What opens a duty, whose it is, by which rule, and how it climbs.", law.duties),
    "urls.md": ("Pages", "Every address of the web with its guard.", doors.urls),
    "console.md": ("Console", "Every command of `takatuf`.", doors.console),
    "settings.md": ("Settings", "Every environment variable that is read.", doors.settings),
}


def written() -> dict[str, str]:
    """File name → text, of every page and the index over them."""
    pages = {name: page(title, about, make()) for name, (title, about, make) in PAGES.items()}
    rows = [(f"[{title}]({name})", about) for name, (title, about, _) in PAGES.items()]
    pages["README.md"] = page("Reference", "Generated from the code.", table(("page", "answers"), rows))
    return dict(sorted(pages.items()))


def build(folder: Path = FOLDER) -> list[str]:
    """Write the pages and remove those that nobody writes any more; the names of what changed."""
    pages, changed = written(), differences(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in pages:
            (folder / name).write_text(pages[name])
        else:
            (folder / name).unlink()
    return changed


def differences(folder: Path = FOLDER) -> list[str]:
    """Names of pages that are missing, other than the code would write them, or written by nobody."""
    pages = written()
    there = {path.name: path.read_text() for path in folder.glob("*.md")}
    return sorted(name for name in pages.keys() | there.keys() if pages.get(name) != there.get(name))
