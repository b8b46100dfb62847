"""Weights from labelled pairs: a logistic regression over levels, in plain Python.

Splink's m and u hold each field for independent of the others.  They are not: who shares a family name shares a home
and a phone.  Fitted on labelled pairs the weights of all fields together say what one more agreement is worth,
and each stays one number that a reviewer can read.
"""

from collections.abc import Mapping, Sequence
from math import exp, log

Pattern = tuple[int, ...]  # a level for each comparison, -1 where a side says nothing
RIDGE = 1.0  # keeps levels that are hardly ever met near zero
ROUNDS = 30
_SETTLED = 1e-5


def fit(
    counts: Mapping[tuple[Pattern, bool], float], sizes: Sequence[int]
) -> tuple[float, list[list[float]]]:
    """(prior, weights by comparison and level), in bits, from how often each pattern is of one person or of two."""
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    width = sum(sizes) + 1
    rows: dict[Pattern, list[float]] = {}
    for (pattern, is_same), count in counts.items():
        row = rows.setdefault(pattern, [0.0, 0.0])
        row[0] += count
        row[1] += count * is_same
    data: list[tuple[list[int], float, float]] = []
    for pattern, (total, same) in rows.items():
        places = [start + level for start, level in zip(starts, pattern, strict=True) if level >= 0]
        data.append(([*places, width - 1], total, same))
    weights = [0.0] * width
    for _ in range(ROUNDS):
        step = _step(data, weights)
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < _SETTLED:
            break
    bits = [weight / log(2) for weight in weights]
    return bits[-1], [bits[start : start + size] for start, size in zip(starts, sizes, strict=True)]


def _step(data: Sequence[tuple[list[int], float, float]], weights: list[float]) -> list[float]:
    """One step of Newton's method."""
    width = len(weights)
    slope = [-RIDGE * weight for weight in weights]
    slope[-1] = 0.0
    bend = [[0.0] * width for _ in range(width)]
    for at in range(width):
        bend[at][at] = RIDGE if at < width - 1 else 1e-6
    for places, total, same in data:
        chance = 1 / (1 + exp(-max(-60.0, min(60.0, sum(weights[at] for at in places)))))
        pull, spread = same - total * chance, total * chance * (1 - chance)
        for at in places:
            slope[at] += pull
            row = bend[at]
            for other in places:
                row[other] += spread
    return _solved(bend, slope)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination with pivots; the matrix is small and positive definite."""
    size = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for below in range(at + 1, size):
            if factor := rows[below][at] / rows[at][at]:
                rows[below] = [one - factor * two for one, two in zip(rows[below], rows[at], strict=True)]
    solution = [0.0] * size
    for at in range(size - 1, -1, -1):
        known = sum(rows[at][other] * solution[other] for other in range(at + 1, size))
        solution[at] = (rows[at][size] - known) / rows[at][at]
    return solution
