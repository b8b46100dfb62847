"""What keyed composites alone can do, and give away: two registers that share no name, and an attack by frequency."""

import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import log2
from pathlib import Path
from time import perf_counter
from typing import Any

from config.benches.linkage import Truth, truth_of
from takatuf.people.linkage import files
from takatuf.people.linkage.record import Features, features
from takatuf.people.linkage.tokens import MOST_SENT, Kind, keyed, private, token_weight, without_frequent

SEED = 8
_OFFICIAL = frozenset({"police", "court", "prosecution"})

Tokens = Mapping[Kind, bytes]


def run(*, file: Path) -> dict[str, Any]:
    """`f1`: one-to-one links between official and other agencies by shared tokens, at the shipped threshold.

    Each person counts once a side. `reidentified_percent`: of the persons one side sends, those an attacker names
    who knows all of them and how often each value is met, and aligns tokens with values by rank.
    """
    truth = truth_of(file)
    people = [features(record) for record in files.records(file)]
    key = secrets.token_bytes(32)
    begun = perf_counter()
    clear = [private(person) for person in people]
    encoded = [keyed(one, key=key) for one in clear]
    seconds = perf_counter() - begun
    ours, theirs = _sides(people, truth)
    tokens: list[Tokens] = [{} for _ in people]
    for side in (ours, theirs):
        for at, sent in zip(
            side, without_frequent((encoded[at] for at in side), most=MOST_SENT), strict=True
        ):
            tokens[at] = sent
    found = _linked(ours, theirs, people, tokens)
    same = sum(truth[people[a].id][0] == truth[people[b].id][0] for a, b in found)
    common = len({truth[people[at].id][0] for at in ours} & {truth[people[at].id][0] for at in theirs})
    precision, recall = same / len(found) if found else 0.0, same / common if common else 0.0
    return {
        "records": len(people),
        "left": len(ours),
        "right": len(theirs),
        "common": common,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4) if same else 0.0,
        "tokens_mean": round(sum(len(tokens[at]) for at in theirs) / len(theirs), 1) if theirs else 0.0,
        "per_second": round(len(people) / seconds),
        "reidentified_percent": round(
            100 * attacked([clear[at] for at in theirs], [tokens[at] for at in theirs]), 4
        ),
    }


def _sides(people: Sequence[Features], truth: Truth) -> tuple[list[int], list[int]]:
    """One record of each person on each side, drawn by lot."""
    order = list(range(len(people)))
    random.Random(SEED).shuffle(order)
    sides: tuple[dict[Any, int], dict[Any, int]] = ({}, {})
    for at in order:
        sides[people[at].source not in _OFFICIAL].setdefault(truth[people[at].id][0], at)
    return list(sides[0].values()), list(sides[1].values())


def _linked(
    ours: Sequence[int], theirs: Sequence[int], people: Sequence[Features], tokens: Sequence[Tokens]
) -> list[tuple[int, int]]:
    """One-to-one, the heaviest first: the sum of the weights of shared tokens, above the threshold."""
    by_token: dict[bytes, list[int]] = defaultdict(list)
    for at in theirs:
        for token in tokens[at].values():
            by_token[token].append(at)
    shared: dict[tuple[int, int], set[Kind]] = defaultdict(set)
    for at in ours:
        for kind, token in tokens[at].items():
            for other in by_token.get(token, ()):
                shared[at, other].add(kind)
    weighed = [
        (token_weight(kinds, tokens[a].keys(), tokens[b].keys()), a, b) for (a, b), kinds in shared.items()
    ]
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    found = []
    for weight, a, b in sorted(weighed, reverse=True):
        if weight >= 0 and a not in taken_a and b not in taken_b:
            taken_a.add(a)
            taken_b.add(b)
            found.append((a, b))
    return found


def attacked(clear: Sequence[Mapping[Kind, str]], tokens: Sequence[Tokens]) -> float:
    """Share of records whose composite an attacker guesses right by aligning lists by frequency; his best kind.

    He is given the very frequencies of these records.  Values met once cannot be told apart: he guesses among them.
    """
    worst = 0.0
    for kind in Kind:
        values = Counter(one[kind] for one, held in zip(clear, tokens, strict=True) if kind in held)
        hidden = Counter(held[kind] for held in tokens if kind in held)
        of_token = {held[kind]: one[kind] for one, held in zip(clear, tokens, strict=True) if kind in held}
        ranked = sorted(values, key=lambda value: (-values[value], value))
        aligned = zip(sorted(hidden, key=lambda token: (-hidden[token], token)), ranked, strict=True)
        right = sum(hidden[token] for token, value in aligned if of_token[token] == value)
        worst = max(worst, right / len(clear) if clear else 0.0)
    return worst


def learned(people: Sequence[Features], truth: Truth, tokens: Sequence[Tokens]) -> dict[str, list[float]]:
    """For each kind: bits when shared, bits when both sides have it and it differs; and the prior. By regression."""
    from takatuf.people.linkage import logistic

    ours, theirs = _sides(people, truth)
    by_token: dict[bytes, list[int]] = defaultdict(list)
    for at in theirs:
        for token in tokens[at].values():
            by_token[token].append(at)
    pairs = {(at, other) for at in ours for token in tokens[at].values() for other in by_token.get(token, ())}
    counts: Counter[tuple[tuple[int, ...], bool]] = Counter()
    for a, b in pairs:
        pattern = tuple(
            -1 if kind not in tokens[a] or kind not in tokens[b] else int(tokens[a][kind] != tokens[b][kind])
            for kind in Kind
        )
        counts[pattern, truth[people[a].id][0] == truth[people[b].id][0]] += 1
    prior, bits = logistic.fit(dict(counts), [2] * len(Kind))
    told = {kind.value: [round(one, 2) for one in pair] for kind, pair in zip(Kind, bits, strict=True)}
    return {**told, "prior": [round(prior, 2), round(log2(len(pairs) or 1), 2)]}
