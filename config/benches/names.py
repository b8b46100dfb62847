"""How well names in Arabic and in Latin letters find each other: pairs that are known to be one name."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from takatuf.people.linkage import spelling
from takatuf.people.linkage.names import keys, normalise


def run(*, pairs: Path) -> dict[str, Any]:
    """A file of Arabic TAB Latin. `recall`: pairs whose keys meet; `scored_…`: what the learned score keeps of them.

    Precision counts only the pairs of the file as right: another true spelling that the file lacks counts as wrong.
    """
    known = sorted(set(read(pairs)))
    arabic_by_key: dict[str, set[str]] = defaultdict(set)
    for arabic in {arabic for arabic, _ in known}:
        for key in keys(arabic):
            arabic_by_key[key].add(arabic)
    truly: dict[str, set[str]] = defaultdict(set)
    for arabic, latin in known:
        truly[latin].add(arabic)
    met = right = kept = candidates = 0
    for latin, meant in truly.items():
        found = {arabic for key in keys(latin) for arabic in arabic_by_key.get(key, ())}
        chosen = set(spelling.best_of(latin, sorted(found)))
        met += len(found & meant)
        candidates += len(found)
        kept += len(chosen)
        right += len(chosen & meant)
    precision, recall = right / kept if kept else 0.0, right / len(known) if known else 0.0
    return {
        "pairs": len(known),
        "recall": round(met / len(known), 4) if known else 0.0,
        "candidates_mean": round(candidates / len(truly), 2) if truly else 0.0,
        "scored_precision": round(precision, 4),
        "scored_recall": round(recall, 4),
        "scored_f1": round(2 * precision * recall / (precision + recall), 4) if right else 0.0,
    }


def read(path: Path) -> list[tuple[str, str]]:
    """Normalised pairs, without spaces; lines that are no pair are passed over."""
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8-sig").splitlines())
    both = (
        (normalise(line[0]).replace(" ", ""), normalise(line[1]).replace(" ", ""))
        for line in lines
        if len(line) > 1
    )
    return [(arabic, latin) for arabic, latin in both if arabic and latin]
