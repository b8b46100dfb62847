"""Makes `frequencies.tsv` and `model.json` from a file of records whose persons are known.

`python -m takatuf.people.linkage.retrain FILE VERSION [FOLDER]`.  Every second household trains, the others
calibrate.  The same file gives the same model; a reviewer reads what changed before it is shipped, and raises nothing
by habit: thresholds are kept as they are in the model that is there.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from . import batch, files, frequency
from . import model as models
from .frequency import Frequencies
from .record import Features, features

HEADER = (
    "# Canonical name parts of a synthetic register and how many of its records have them, in Arabic and in Latin"
    " script. Own work.\n"
)
_LEAST = -12.0  # calibrated down to here


def main(file: Path, version: str, out: Path) -> None:
    known = _truth(file)
    people = [features(record, frequencies=Frequencies({}, {})) for record in files.records(file)]
    counted = frequency.from_text(
        frequency.to_text(_counted(one for one in people if known[one.id][1] % 2 == 0))
    )
    people = [with_rarity(one, counted) for one in people]
    seen = [one for one in people if known[one.id][1] % 2 == 0]
    unseen = [one for one in people if known[one.id][1] % 2 == 1]
    trained = batch.train(files.table(seen), {one.id: known[one.id][0] for one in seen})
    kept = json.loads((Path(__file__).parent / "data" / "model.json").read_text(encoding="utf-8"))[
        "thresholds"
    ]
    draft = batch.model_file(trained, version=version, about={}, thresholds=kept)
    about = {
        "trained_on": f"{len(seen)} records of every second household of {file.name}; persons known",
        "engine": "Splink on DuckDB for m and u; weights by ridge regression over all blocked pairs",
        "seed": batch.SEED,
        "calibration_on": f"the other households, {len(unseen)} records",
        "calibration": _calibrated(unseen, models.from_json(draft), known),
    }
    told = batch.model_file(trained, version=version, about=about, thresholds=kept)
    (out / "model.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (out / "frequencies.tsv").write_text(HEADER + frequency.to_text(counted), encoding="utf-8")


def _truth(file: Path) -> dict[str, tuple[Any, int]]:
    rows = pq.read_table(file, columns=["unique_id", "person", "household"]).to_pylist()
    return {str(row["unique_id"]): (row["person"], row["household"]) for row in rows}


def _counted(people: Iterable[Features]) -> Frequencies:
    return frequency.count(
        (one.script, {kind: getattr(one, kind) for kind in frequency.KINDS}) for one in people
    )


def with_rarity(person: Features, counted: Frequencies) -> Features:
    """The same person, her names' rarity looked up in other frequencies."""
    given = counted.rarity("given", person.given)
    return replace(
        person,
        given_rarity=given,
        given_known=given < frequency.RAREST,
        father_rarity=counted.rarity("father", person.father),
        family_rarity=counted.rarity("family", person.family),
    )


def _calibrated(
    unseen: Sequence[Features], model: models.Model, known: dict[str, tuple[Any, int]]
) -> list[dict[str, float]]:
    with batch.session(files.table(unseen), model.splink) as opened:
        pairs = opened.pairs(least=_LEAST)
    return batch.calibration(pairs, {one.id: known[one.id][0] for one in unseen})


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        sys.argv[2],
        Path(sys.argv[3]) if len(sys.argv) > 3 else Path(__file__).parent / "data",
    )
