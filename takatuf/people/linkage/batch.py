"""The whole register at once: Splink on DuckDB, or the same settings on Spark.

Records become a table of features; pairs that share a composite are scored by the pinned model; guards are applied
in SQL to each pair and, where persons grow, to every pair of their members.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log2
from typing import Any

import pyarrow as pa

from . import blocking, clusters, files, logistic
from .levels import COMPARISONS, spark
from .model import Model
from .record import VERSION as FEATURES
from .record import Features

SEED = 1
_SAMPLED_PAIRS = 2e6  # for u: pairs drawn at random, by hash, so that a run can be repeated
UID = "id"


class EngineMissing(RuntimeError):
    """The engine asked for is not installed here."""


def settings(
    bits: Sequence[Sequence[float]] | None = None,
    *,
    prior: float = -4.0,
    chances: Mapping[str, tuple[float, float]] | None = None,
    engine: str = "duckdb",
) -> dict[str, Any]:
    """Splink's settings. `bits`: weight of each level, else Splink's defaults; `chances`: code → (m, u) as sampled."""
    odds = 2.0**prior
    told: dict[str, Any] = {
        "link_type": "dedupe_only",
        "unique_id_column_name": UID,
        "probability_two_random_records_match": odds / (1 + odds),
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "blocking_rules_to_generate_predictions": blocking.settings_rules(),
        "comparisons": [],
    }
    words = spark if engine == "spark" else str
    for at, comparison in enumerate(COMPARISONS):
        levels: list[dict[str, Any]] = [
            {
                "sql_condition": words(comparison.nothing),
                "label_for_charts": f"{comparison.name}.nothing",
                "is_null_level": True,
            }
        ]
        for place, level in enumerate(comparison.levels):
            code = f"{comparison.name}.{level.code}"
            one: dict[str, Any] = {"sql_condition": words(level.sql), "label_for_charts": code}
            if bits is not None:
                one |= _m_and_u(bits[at][place], (chances or {}).get(code, (0.5, 0.5))[1])
            levels.append(one)
        told["comparisons"].append({"output_column_name": comparison.name, "comparison_levels": levels})
    return told


def _m_and_u(bits: float, u: float) -> dict[str, float]:
    """Chances whose ratio is the weight: u as sampled, unless m would then be more than certain."""
    m = u * 2.0**bits
    if m > 1:
        m, u = 1.0, 2.0**-bits
    return {"m_probability": m, "u_probability": u}


@dataclass
class Session:
    """Features loaded into DuckDB, ready for Splink."""

    connection: Any
    linker: Any

    def pairs(self, *, least: float) -> pa.Table:
        """Scored pairs of at least this weight: id_l, id_r, weight, guarded."""
        predicted = self.linker.inference.predict(threshold_match_weight=least)
        name = predicted.physical_name
        columns = [
            one
            for one in (row[0] for row in self.connection.execute("DESCRIBE features").fetchall())
            if one != UID and not one.startswith("t_")
        ]
        side = ", ".join(f"l.{one} AS {one}_l, r.{one} AS {one}_r" for one in columns)
        return self.connection.sql(
            f"SELECT id_l, id_r, match_weight AS weight, {blocking.GUARDED} AS guarded FROM "  # noqa: S608
            f"(SELECT p.id_l, p.id_r, p.match_weight, {side} FROM {name} p"
            " JOIN features l ON l.id = p.id_l JOIN features r ON r.id = p.id_r)"
        ).to_arrow_table()


@contextmanager
def session(
    features: pa.Table | str, told: Mapping[str, Any], *, threads: int | None = None, memory: str = ""
) -> Iterator[Session]:
    """A linker over the features (a table, or the path of a Parquet file) in a database of memory only."""
    import duckdb
    from splink import DuckDBAPI, Linker

    with duckdb.connect(":memory:") as connection:
        if threads:
            connection.execute(f"SET threads = {int(threads)}")
        if memory:
            connection.execute("SET memory_limit = ?", [memory])
        if isinstance(features, str):
            connection.execute("CREATE VIEW given_features AS SELECT * FROM read_parquet(?)", [features])
        else:
            connection.register("given_features", features)
        connection.execute("CREATE TABLE features AS " + blocking.without_frequent("given_features"))
        api = DuckDBAPI(connection=connection)
        linker = Linker(api.register("features"), dict(told), log_level=logging.ERROR)
        yield Session(connection, linker)


def relink(
    people: Sequence[Features], *, model: Model, join: float | None = None, engine: str = "duckdb"
) -> clusters.Persons:
    """Every record to its person, by the pinned model; guards between all members; what they stop is in `refused`.

    Raises EngineMissing when `engine` is not installed here.
    """
    thresholds = model.thresholds.at(len(people))
    if engine == "spark":
        pairs = on_spark(files.table(people), model)
    else:
        with session(files.table(people), model.splink) as opened:
            pairs = opened.pairs(least=thresholds.review)
    return grouped(pairs, {one.id: one for one in people}, join=thresholds.join if join is None else join)


def on_spark(table: pa.Table, model: Model) -> pa.Table:
    """The same pairs from the same settings, computed by Spark; guards are then asked in Python.

    Frequent composites are dropped beforehand by DuckDB, as for its own run. Raises EngineMissing.
    """
    import tempfile

    import duckdb

    try:
        from pyspark.sql import SparkSession
        from splink import Linker
        from splink.backends.spark import SparkAPI, similarity_jar_location
    except ImportError as error:
        raise EngineMissing(str(error)) from error
    told = in_words_of_spark(model.splink)
    with (
        tempfile.TemporaryDirectory(prefix="takatuf-link-") as folder,
        duckdb.connect(":memory:") as connection,
    ):
        connection.register("given_features", table)
        path = f"{folder}/features.parquet"
        connection.execute(f"COPY ({blocking.without_frequent('given_features', hashed='text')}) TO '{path}'")
        try:
            builder = SparkSession.builder.master("local[*]").config("spark.jars", similarity_jar_location())
            spark_session = builder.config("spark.ui.enabled", "false").getOrCreate()
        except Exception as error:
            raise EngineMissing(str(error)) from error
        try:
            api = SparkAPI(  # type: ignore[no-untyped-call]
                spark_session=spark_session, break_lineage_method="persist"
            )
            linker = Linker(api.register(spark_session.read.parquet(path)), told, log_level=logging.ERROR)
            predicted = linker.inference.predict(
                threshold_match_weight=model.thresholds.at(table.num_rows).review
            )
            rows = predicted.as_record_list()
        finally:
            spark_session.stop()
    columns = {
        "id_l": [row["id_l"] for row in rows],
        "id_r": [row["id_r"] for row in rows],
        "weight": [float(row["match_weight"]) for row in rows],
        "guarded": [False] * len(rows),
    }
    return pa.table(columns)


def in_words_of_spark(told: Mapping[str, Any]) -> dict[str, Any]:
    """The pinned settings with each condition in Spark's words; weights and everything else unchanged."""
    comparisons = [
        comparison
        | {
            "comparison_levels": [
                level | {"sql_condition": spark(level["sql_condition"])}
                for level in comparison["comparison_levels"]
            ]
        }
        for comparison in told["comparisons"]
    ]
    return {**told, "comparisons": comparisons}


def edges_of(pairs: pa.Table) -> tuple[list[clusters.Edge], list[clusters.Edge]]:
    """(pairs a machine may join, pairs a guard stops)."""
    free: list[clusters.Edge] = []
    stopped: list[clusters.Edge] = []
    columns = (pairs.column(name).to_pylist() for name in ("id_l", "id_r", "weight", "guarded"))
    for one, other, weight, guarded in zip(*columns, strict=True):
        (stopped if guarded else free).append(clusters.Edge(one, other, weight))
    return free, stopped


def grouped(pairs: pa.Table, people: Mapping[str, Features], *, join: float) -> clusters.Persons:
    """Persons from scored pairs; the pairs a guard stops join nobody, but are handed on for review."""
    free, stopped = edges_of(pairs)
    persons = clusters.group(free, people, join=join)
    persons.refused.extend(edge for edge in stopped if edge.weight >= join)
    return persons


# --- training -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trained:
    prior: float
    bits: list[list[float]]
    chances: dict[str, tuple[float, float]]  # code → (m, u) as Splink estimates them
    pairs: int
    patterns: int


def train(features: pa.Table, person_of: Mapping[str, Any]) -> Trained:
    """A model from records whose persons are known: Splink's m and u, and weights from all fields at once.

    Splink draws pairs at random for u and takes m from the labels; then every blocked pair votes in a regression over
    the same levels, since the fields of one household are not independent.
    """
    labels = pa.table({"id": list(person_of), "person": [str(one) for one in person_of.values()]})
    features = features.append_column(
        "person", pa.array([str(person_of[one]) for one in features["id"].to_pylist()])
    )
    # Splink keeps the levels only together with the columns they were made of.
    told = settings() | {"retain_intermediate_calculation_columns": True, "retain_matching_columns": True}
    with session(features, told) as opened:
        training = opened.linker.training
        training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=SEED)
        training.estimate_m_from_label_column("person")
        chances = _chances(opened.linker.misc.save_model_to_json())
        opened.connection.register("labels", labels)
        predicted = opened.linker.inference.predict()
        gammas = ", ".join(f"gamma_{comparison.name}" for comparison in COMPARISONS)
        rows = opened.connection.execute(
            f"SELECT {gammas}, x.person = y.person AS same, count(*) FROM {predicted.physical_name} p"  # noqa: S608
            f" JOIN labels x ON x.id = p.id_l JOIN labels y ON y.id = p.id_r GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    sizes = [len(comparison.levels) for comparison in COMPARISONS]
    counts: dict[tuple[tuple[int, ...], bool], float] = {}
    for *levels, same, count in rows:
        # Splink numbers levels from the last up: else is 0, the first the highest.
        pattern = tuple(
            -1 if gamma < 0 else size - 1 - gamma for gamma, size in zip(levels, sizes, strict=True)
        )
        counts[pattern, same] = counts.get((pattern, same), 0) + count
    prior, bits = logistic.fit(counts, sizes)
    return Trained(prior, bits, chances, int(sum(counts.values())), len(counts))


def _chances(told: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    found = {}
    for comparison in told["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                found[level["label_for_charts"]] = (
                    level.get("m_probability") or 0.0,
                    level.get("u_probability") or 1e-9,
                )
    return found


def diagnostics(trained: Trained) -> dict[str, dict[str, float]]:
    """code → m and u as sampled, the weight they would give alone, and the weight used."""
    told = {}
    for comparison, bits in zip(COMPARISONS, trained.bits, strict=True):
        for level, weight in zip(comparison.levels, bits, strict=True):
            code = f"{comparison.name}.{level.code}"
            m, u = trained.chances.get(code, (0.0, 0.0))
            alone = log2(m / u) if m > 0 and u > 0 else 0.0
            told[code] = {"m": m, "u": u, "alone": round(alone, 2), "used": round(weight, 2)}
    return told


def model_file(
    trained: Trained, *, version: str, about: Mapping[str, Any], thresholds: Mapping[str, float]
) -> dict[str, Any]:
    """The content of model.json, to be read by a reviewer before it is shipped."""
    return {
        "version": version,
        "features": FEATURES,
        "thresholds": dict(thresholds),
        "about": {
            **about,
            "pairs": trained.pairs,
            "patterns": trained.patterns,
            "levels": diagnostics(trained),
        },
        "splink": settings(trained.bits, prior=trained.prior, chances=trained.chances),
    }


def calibration(pairs: pa.Table, person_of: Mapping[str, Any], *, step: int = 2) -> list[dict[str, float]]:
    """For each band of weights: pairs, share of one person, share the weights say. On records not trained on."""
    bands: dict[int, list[float]] = {}
    for one, other, weight in zip(
        *(pairs.column(name).to_pylist() for name in ("id_l", "id_r", "weight")), strict=True
    ):
        if one in person_of and other in person_of:
            band = bands.setdefault(int(max(-12, min(20, weight // step * step))), [0, 0, 0.0])
            band[0] += 1
            band[1] += person_of[one] == person_of[other]
            band[2] += 2.0**weight / (1 + 2.0**weight) if weight < 60 else 1.0
    return [
        {"from": band, "pairs": count, "same": round(same / count, 4), "said": round(said / count, 4)}
        for band, (count, same, said) in sorted(bands.items())
    ]
