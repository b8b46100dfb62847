"""How well records find their persons, by machine alone and with reviewers, and beside it plain Splink on raw names."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from config.benches.imports import peak_mb
from takatuf.people.linkage import accuracy, batch, clusters, files
from takatuf.people.linkage.letters import normalise
from takatuf.people.linkage.linker import Decision, Index, link
from takatuf.people.linkage.model import Model, shipped
from takatuf.people.linkage.record import Features, features

RIGHT = 0.98  # of a reviewer's answers
MOST_PER_1000 = 30
SEED = 20

Truth = Mapping[str, tuple[Any, Any]]  # record → person, household


def run(*, file: Path) -> dict[str, Any]:
    """The columns of the benchmark file, with `person` and `household` as truth.

    `seconds`: from the records' features to persons, as plain Splink is timed; `name_seconds`: names to features.
    """
    model, truth = shipped(), truth_of(file)
    begun = perf_counter()
    people = [features(record) for record in files.records(file)]
    named = perf_counter() - begun
    thresholds = model.thresholds.at(len(people))
    begun = perf_counter()
    table = files.table(people)
    with batch.session(table, model.splink) as opened:
        pairs = opened.pairs(least=thresholds.review)
    by_id = {one.id: one for one in people}
    persons = batch.grouped(pairs, by_id, join=thresholds.join)
    seconds = perf_counter() - begun
    mine = measured(persons, truth)
    careful = measured(batch.grouped(pairs, by_id, join=thresholds.precise), truth)
    # Reviewers start from the careful persons: they are there to join, not to part.
    helped = batch.grouped(pairs, by_id, join=thresholds.precise)
    asked = reviewed(helped, pairs, truth)
    seen = measured(helped, truth)
    peak = peak_mb()
    plain, plain_seconds = plain_splink(file, truth)
    stream = in_stream(people, model, truth)
    return {
        "records": len(people),
        "cluster_precision": round(mine.precision, 4),
        "cluster_recall": round(mine.recall, 4),
        "cluster_f1": round(mine.f1, 4),
        "household_false": mine.household_false,
        "precise_precision": round(careful.precision, 4),
        "precise_recall": round(careful.recall, 4),
        "precise_household_false": careful.household_false,
        "review_per_1000": round(1000 * asked / len(people), 1),
        "reviewed_f1": round(seen.f1, 4),
        "reviewed_precision": round(seen.precision, 4),
        "reviewed_household_false": seen.household_false,
        "name_seconds": round(named, 1),
        "seconds": round(seconds, 1),
        "peak_mb": round(peak),
        "plain_splink_f1": round(plain.f1, 4),
        "plain_splink_seconds": round(plain_seconds, 1),
        **stream,
        "model": model.version,
    }


def truth_of(file: Path) -> Truth:
    rows = pq.read_table(file, columns=["unique_id", "person", "household"]).to_pylist()
    return {str(row["unique_id"]): (row["person"], row["household"]) for row in rows}


def measured(persons: clusters.Persons, truth: Truth) -> accuracy.Accuracy:
    return accuracy.of((person, persons.find(record), home) for record, (person, home) in truth.items())


def reviewed(persons: clusters.Persons, pairs: pa.Table, truth: Truth) -> int:
    """Let reviewers who are right RIGHT of the time answer the likeliest questions; returns how many they answered."""
    rng, asked = random.Random(SEED), 0
    free, stopped = batch.edges_of(pairs)
    for edge in clusters.questions(persons, [*free, *stopped]):
        if 1000 * (asked + 1) > MOST_PER_1000 * len(truth):
            break
        asked += 1
        same = truth[edge.one][0] == truth[edge.other][0]
        if same == (rng.random() < RIGHT):
            persons.join(persons.find(edge.one), persons.find(edge.other))
    return asked


def plain_splink(file: Path, truth: Truth) -> tuple[accuracy.Accuracy, float]:
    """Splink as its handbook begins: normalised text, Jaro-Winkler, nine rules, weights learned without labels."""
    import logging

    import duckdb
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    rows = pq.read_table(file, columns=list(files.WANTED)).to_pylist()
    table = pa.Table.from_pylist([_raw(row) for row in rows])
    begun = perf_counter()
    names = [("first", "father", other) for other in ("family", "area")]
    names += [("first", "family", other) for other in ("area", "yob")]
    rules = [("number",), ("first", "dob"), ("first", "phone"), ("family", "dob"), ("phone", "dob"), *names]
    told = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("first", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("father", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("family", [0.92, 0.85]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("number", [1]),
            cl.LevenshteinAtThresholds("dob", [1]),
            cl.LevenshteinAtThresholds("phone", [1]),
            cl.ExactMatch("area"),
            cl.ExactMatch("nat"),
            cl.ExactMatch("sex"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
    )
    with duckdb.connect(":memory:") as connection:
        connection.register("raw", table)
        connection.execute("CREATE TABLE plain AS SELECT * FROM raw")
        linker = Linker(DuckDBAPI(connection=connection).register("plain"), told, log_level=logging.ERROR)
        train = linker.training
        train.estimate_probability_two_random_records_match(
            [block_on("number"), block_on("first", "dob")], recall=0.6
        )
        train.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
        train.estimate_parameters_using_expectation_maximisation(block_on("number"))
        train.estimate_parameters_using_expectation_maximisation(block_on("first", "family"))
        predicted = linker.inference.predict(threshold_match_probability=0.5)
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, 0.5)
        statement = f"SELECT cluster_id, unique_id FROM {found.physical_name}"  # noqa: S608
        clustered = connection.execute(statement).fetchall()
        seconds = perf_counter() - begun
    held = {str(record): cluster for cluster, record in clustered}
    return accuracy.of((p, held.get(r, r), home) for r, (p, home) in truth.items()), seconds


def _raw(row: Mapping[str, Any]) -> dict[str, Any]:
    words = normalise(row["name"] or "").split()
    return {
        "unique_id": str(row["unique_id"]),
        "first": words[0] if words else None,
        "father": words[1] if len(words) > 2 else None,
        "family": words[-1] if len(words) > 1 else None,
        "number": row[files.COLUMNS["number"]],
        "dob": row["dob"],
        "yob": (row["dob"] or "")[:4] or None,
        "phone": row["phone"],
        "area": row["area"],
        "nat": row["nat"],
        "sex": row["sex"],
    }


def in_stream(people: Sequence[Features], model: Model, truth: Truth) -> dict[str, Any]:
    """One record at a time in the order of the file, in memory, alone and with reviewers who answer at once."""
    rng, asked = random.Random(SEED), 0

    def answer(record: Features, decision: Decision) -> bool:
        nonlocal asked
        asked += 1
        same = decision.member is not None and truth[record.id][0] == truth[decision.member][0]
        return same == (rng.random() < RIGHT)

    index = Index(model=model, join=model.thresholds.at(len(people)).precise)
    begun = perf_counter()
    alone = link(people, index)
    seconds = perf_counter() - begun
    helped = link(people, Index(model=model, join=index.join), review=answer)
    first, second = (
        accuracy.of((truth[one][0], person, truth[one][1]) for one, person in held.items())
        for held in (alone, helped)
    )
    return {
        "stream_precision": round(first.precision, 4),
        "stream_recall": round(first.recall, 4),
        "stream_per_second": round(len(people) / seconds),
        "stream_review_per_1000": round(1000 * asked / len(people), 1),
        "stream_reviewed_f1": round(second.f1, 4),
    }
