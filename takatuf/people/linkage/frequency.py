"""How common a name is: agreeing on a rare one says more than agreeing on Mohammed.

Frequencies are counted over canonical forms, Arabic and Latin records beside each other, and pinned with the
model: a weight must not change because somebody was registered yesterday.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

KINDS = ("given", "father", "family")
# Shares of all records above which a name is very common, common, uncommon; what is below is rare.
STEPS = (1 / 100, 1 / 700, 1 / 8000)
RAREST = len(STEPS)


@dataclass(frozen=True)
class Frequencies:
    """(kind, canonical form) → records in Arabic, in Latin script; and all records by kind."""

    counts: Mapping[tuple[str, str], tuple[int, int]]
    totals: Mapping[str, int]

    def rarity(self, kind: str, name: str) -> int:
        """0 very common … RAREST. A name never counted is rare."""
        share = sum(self.counts.get((kind, name), (0, 0))) / (self.totals.get(kind) or 1)
        return next((at for at, step in enumerate(STEPS) if share >= step), RAREST)


def count(named: Iterable[tuple[str, Mapping[str, str]]]) -> Frequencies:
    """From (script, {kind: canonical form}) of every record."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    totals = dict.fromkeys(KINDS, 0)
    for script, forms in named:
        for kind, form in forms.items():
            if form:
                arabic, latin = counts.get((kind, form), (0, 0))
                counts[kind, form] = (arabic, latin + 1) if script == "latin" else (arabic + 1, latin)
                totals[kind] += 1
    return Frequencies(counts, totals)


def to_text(frequencies: Frequencies, *, at_least: int = 3) -> str:
    """One line for each name counted often enough to be no hint to one person; sorted, so that changes can be read."""
    lines = [f"{kind}\t\t{total}\t\n" for kind, total in sorted(frequencies.totals.items())]
    lines += [
        f"{kind}\t{name}\t{arabic}\t{latin}\n"
        for (kind, name), (arabic, latin) in sorted(frequencies.counts.items())
        if arabic + latin >= at_least
    ]
    return "".join(lines)


def from_text(text: str) -> Frequencies:
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    totals: dict[str, int] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            kind, name, arabic, latin = line.split("\t")
            if name:
                counts[kind, name] = int(arabic), int(latin)
            else:
                totals[kind] = int(arabic)
    return Frequencies(counts, totals)


@lru_cache(maxsize=1)
def shipped() -> Frequencies:
    """The frequencies that the shipped model was made with."""
    return from_text((resources.files(__package__) / "data" / "frequencies.tsv").read_text(encoding="utf-8"))
