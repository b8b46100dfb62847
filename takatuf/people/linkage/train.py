"""Makes the data files of the name layer from public lists: `python -m takatuf.people.linkage.train FOLDER [REGISTER]`.

The same lists give the same bytes.  Only lists under Apache-2.0, CC0 and MIT are read; the files name them.
"""

import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from .keys import NO_ARTICLE, keys
from .letters import is_arabic, normalise
from .names import parse
from .spelling import LONGEST_CHUNK, VERSION, Emissions, Letters, places, squeezed

ROUNDS = 4
_KEPT = 0.0005
_WESTERN, _CURATED = 0.1, 4.0
# In the vocabulary a name that Arab countries or the register know outweighs one met in an encyclopaedia.
_LOCAL = 30
SOURCES = (
    "google/transliteration, ar2en (Apache-2.0)",
    "steveash/NETransliteration-COLING2018 (CC0)",
    "IsmailElbery/arabic-name-translit (MIT)",
    "sigpwned/popular-names-by-country-dataset (CC0)",
)
Pair = tuple[str, str, float]  # Arabic, Latin, weight


def pairs(folder: Path, *, without: frozenset[str] = frozenset()) -> list[Pair]:
    """Attested spellings whose consonants agree; `without` keeps Arabic names back for a test.

    Most pairs of the large list are Western names, whose every vowel Arabic writes out: they count little here.
    """
    counted: dict[tuple[str, str], float] = defaultdict(float)
    for row in _csv(folder / "names_ar_latin_clean.csv"):
        one = _plain(row["arabic"]), squeezed(_plain(row["latin"]))
        counted[one] += min(int(row["count"]), 20) ** 0.5 * (_WESTERN if row["sources"] == "wd" else 1.0)
    for row in _csv(folder / "gold_cross_script_404names.csv"):
        counted[_plain(row["arabic_normalised"]), squeezed(_plain(row["latin_variant"]))] += _CURATED
    return [
        (arabic, latin, weight)
        for (arabic, latin), weight in sorted(counted.items())
        if arabic and latin and arabic not in without and is_arabic(arabic[0]) and keys(arabic) & keys(latin)
    ]


def _plain(text: str) -> str:
    """Without its article, as the parts of a parsed name are."""
    one = normalise(text).replace(" ", "")
    return one[2:] if one.startswith("ال") and len(one) > 4 and one not in NO_ARTICLE else one


def _csv(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def letters(data: Sequence[Pair], *, rounds: int = ROUNDS) -> Letters:
    """Expectation maximisation over all ways of cutting each Latin word; starts from equal chances by chunk length."""
    emissions = _start(data)
    for _ in range(rounds):
        emissions = _round(data, emissions)
    return Letters({place: dict(sorted(chunks.items())) for place, chunks in sorted(emissions.items())})


def _start(data: Sequence[Pair]) -> Emissions:
    """Every chunk met near the diagonal; the nearer, the likelier."""
    seen: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for arabic, latin, weight in data:
        for at, place in enumerate(places(arabic)):
            middle = (at + 0.5) * len(latin) / len(arabic)
            for start in range(max(0, int(middle) - 2), min(len(latin), int(middle) + 2) + 1):
                for size in range(min(LONGEST_CHUNK, len(latin) - start) + 1):
                    away = abs(start + size / 2 - middle)
                    seen[place][latin[start : start + size]] += weight / (1 + away) / (1 + 2 * size)
    return _normal(seen)


def _round(data: Sequence[Pair], emissions: Emissions) -> Emissions:
    seen: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for arabic, latin, weight in data:
        _expect(places(arabic), latin, weight, emissions, seen)
    return _normal(seen)


def _expect(
    at: list[str], latin: str, weight: float, emissions: Emissions, seen: dict[str, dict[str, float]]
) -> None:
    size = len(latin)
    ahead = [[0.0] * (size + 1) for _ in range(len(at) + 1)]
    ahead[0][0] = 1.0
    for row, place in enumerate(at):
        chunks = emissions.get(place, {})
        for start, mass in enumerate(ahead[row]):
            if mass:
                for end in range(start, min(size, start + LONGEST_CHUNK) + 1):
                    if chance := chunks.get(latin[start:end]):
                        ahead[row + 1][end] += mass * chance
    total = ahead[-1][size]
    if not total:
        return
    behind = [0.0] * (size + 1)
    behind[size] = 1.0
    for row in range(len(at) - 1, -1, -1):
        chunks, counted = emissions.get(at[row], {}), seen[at[row]]
        before = [0.0] * (size + 1)
        for start in range(size + 1):
            for end in range(start, min(size, start + LONGEST_CHUNK) + 1):
                if behind[end] and (chance := chunks.get(latin[start:end])):
                    before[start] += chance * behind[end]
                    if ahead[row][start]:
                        counted[latin[start:end]] += weight * ahead[row][start] * chance * behind[end] / total
        behind = before


def _normal(seen: dict[str, dict[str, float]]) -> Emissions:
    shares: Emissions = {}
    for place, chunks in seen.items():
        total = sum(chunks.values())
        kept = {chunk: count / total for chunk, count in chunks.items() if count / total >= _KEPT}
        if kept:
            shares[place] = kept
    return shares


def vocabulary(folder: Path, data: Sequence[Pair], register: Path | None = None) -> dict[str, int]:
    """Arabic parts of all lists with how often they are met; names popular in Arab countries come first.

    `register`: a Parquet file with a column `name`, whose names in Arabic that occur three times and more are added.
    """
    counted: Counter[str] = Counter()
    for arabic, _, weight in data:
        counted[arabic] += max(1, round(weight))
    for name in ("popular_forenames_by_country_cc0.csv", "popular_surnames_by_country_cc0.csv"):
        for row in _csv(folder / name):
            local = _plain(row["Localized Name"])
            if len(local) > 1 and is_arabic(local[0]):
                counted[local] += _LOCAL
    for row in _csv(folder / "gold_cross_script_404names.csv"):
        counted[_plain(row["arabic_normalised"])] += _LOCAL
    if register:
        counted.update(_of_register(register))
    return dict(sorted(counted.items()))


def _of_register(path: Path) -> dict[str, int]:
    """Name parts in Arabic of every second household: the other half stays unseen, for measuring."""
    seen: Counter[str] = Counter()
    for row in pq.read_table(path, columns=["name", "household"]).to_pylist():
        if row["household"] % 2 == 0:
            seen.update(part for part in parse(row["name"] or "").parts if is_arabic(part[0]))
    return {part: count for part, count in seen.items() if count > 2}


def main(folder: Path, out: Path, register: Path | None) -> None:
    data = pairs(folder)
    model = letters(data)
    rounded = {
        place: {chunk: float(f"{p:.4g}") for chunk, p in chunks.items()}
        for place, chunks in model.emissions.items()
    }
    told = {
        "version": VERSION,
        "learned_from": SOURCES,
        "pairs": len(data),
        "rounds": ROUNDS,
        "emissions": rounded,
    }
    (out / "letters.json").write_text(
        json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace('},"', '},\n"') + "\n",
        encoding="utf-8",
    )
    words = vocabulary(folder, data, register)
    told_sources = (*SOURCES, *(("a synthetic register (own work)",) if register else ()))
    head = "".join(
        f"# {line}\n" for line in ("Arabic name parts and how often they are met. From:", *told_sources)
    )
    lines = "".join(f"{arabic}\t{count}\n" for arabic, count in words.items())
    (out / "vocabulary.tsv").write_text(head + lines, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent / "data", Path(sys.argv[2]) if len(sys.argv) > 2 else None)
