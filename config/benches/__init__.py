"""Measurements. Each has `run(...)`, works on a scratch database, and gives one flat object."""

from collections.abc import Sequence


def percentile(values: Sequence[float], share: int) -> float:
    """The nearest-rank percentile: a value that was really measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * share // 100) - 1))]
