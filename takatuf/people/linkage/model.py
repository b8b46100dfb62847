"""The match model: one reviewable file that Splink and the online scorer both read.

`data/model.json` holds Splink's settings (comparisons, m and u of each level, blocking) and beside them what a
reviewer wants to know: what it was trained on, thresholds, calibration, diagnostics.  A model is never retrained
silently: a new one is a new file with a new version, and every decision names the version it was made with.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import log2
from typing import Any

from .levels import COMPARISONS, NOTHING, gammas
from .record import VERSION as FEATURES
from .record import Features

SET_FOR = 100_000  # records of the register that the shipped thresholds were set on


class ModelRefused(ValueError):
    """The file is no model, or one made for other features than this program derives."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one field says: the code of its level ("given.key"; "given.nothing" if a side does not say) and its bits."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The weight of a pair in bits (log2 of the odds that it is one person), and where it comes from."""

    weight: float
    prior: float
    contributions: tuple[Contribution, ...]
    model: str

    @property
    def probability(self) -> float:
        odds: float = 2.0 ** max(-500.0, min(500.0, self.weight))
        return odds / (1 + odds)

    def as_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "weight": round(self.weight, 3),
            "prior": round(self.prior, 3),
            "fields": {one.field: [one.level, round(one.bits, 3)] for one in self.contributions},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """In bits. `join` > `fracture`: what has been joined stays joined until the evidence is clearly weaker than it was.

    `review`: below it a pair is not worth a reviewer's minute.  `precise`: join for who wants hardly any false link.
    """

    join: float
    precise: float
    fracture: float
    review: float

    def at(self, records: int) -> "Thresholds":
        """The thresholds of a register of this size: the more people, the more are alike by chance.

        False pairs grow with the square of the records, true ones with the records: one bit for each doubling above
        the size they were set for.  Never lower than set.
        """
        more = log2(max(records, SET_FOR) / SET_FOR)
        return Thresholds(
            join=self.join + more,
            precise=self.precise + more,
            fracture=self.fracture + more,
            review=self.review + more,
        )


@dataclass(frozen=True)
class Model:
    version: str
    prior: float
    weights: tuple[tuple[float, ...], ...]  # by comparison, by level
    thresholds: Thresholds
    splink: Mapping[str, Any]
    about: Mapping[str, Any]

    def weight(self, a: Features, b: Features) -> float:
        """The weight alone, some microseconds: log2 of the odds that both records are of one person."""
        total = self.prior
        for comparison, bits in zip(COMPARISONS, self.weights, strict=True):
            level = comparison.gamma(a, b)
            if level != NOTHING:
                total += bits[level]
        return total

    def evidence(self, a: Features, b: Features) -> Evidence:
        """The same weight with what every field said."""
        said = []
        for comparison, bits, level in zip(COMPARISONS, self.weights, gammas(a, b), strict=True):
            code = "nothing" if level == NOTHING else comparison.levels[level].code
            said.append(Contribution(comparison.name, code, 0.0 if level == NOTHING else bits[level]))
        total = self.prior + sum(one.bits for one in said)
        return Evidence(total, self.prior, tuple(said), self.version)


def from_json(told: Mapping[str, Any]) -> Model:
    """A model from the content of its file. Raises ModelRefused when file and program do not belong together."""
    try:
        splink = told["splink"]
        if told["features"] != FEATURES:
            raise ModelRefused(f"made for features {told['features']}, these are {FEATURES}")
        weights = tuple(
            _weights(comparison, ours)
            for comparison, ours in zip(splink["comparisons"], COMPARISONS, strict=True)
        )
        chance = splink["probability_two_random_records_match"]
        return Model(
            version=told["version"],
            prior=log2(chance / (1 - chance)),
            weights=weights,
            thresholds=Thresholds(**told["thresholds"]),
            splink=splink,
            about=told["about"],
        )
    except (KeyError, TypeError, ZeroDivisionError) as error:
        raise ModelRefused(f"no model: {error}") from error


def _weights(comparison: Mapping[str, Any], ours: Any) -> tuple[float, ...]:
    levels: Sequence[Mapping[str, Any]] = [
        one for one in comparison["comparison_levels"] if not one.get("is_null_level")
    ]
    codes = [one["label_for_charts"] for one in levels]
    if codes != [f"{ours.name}.{level.code}" for level in ours.levels]:
        raise ModelRefused(f"levels of {ours.name} are {codes}")
    return tuple(log2(one["m_probability"] / one["u_probability"]) for one in levels)


@lru_cache(maxsize=1)
def shipped() -> Model:
    return from_json(
        json.loads((resources.files(__package__) / "data" / "model.json").read_text(encoding="utf-8"))
    )
