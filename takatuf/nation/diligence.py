"""When a unit does a duty: mostly in time, sometimes late, now and then after months.  Pure."""

import random
from datetime import datetime, timedelta

from .settings import Settings

SOONEST = timedelta(minutes=5)


def done_at(
    settings: Settings, *, seed: int, unit: str, kind: str, opened: datetime, due: datetime
) -> datetime:
    """The moment at which this unit does this duty, which may lie in the future: till then it is open.

    Said by the duty itself and the seed, not by when it is asked: a nation cut off half way and gone on with is
    the same nation.
    """
    rng = random.Random(f"duty {seed} {unit} {kind} {opened.timestamp():.0f} {due.timestamp():.0f}")
    draw = rng.random()
    if draw < settings.duties_forgotten:
        return due + timedelta(days=rng.uniform(*settings.forgotten_days))
    if draw < settings.duties_forgotten + settings.duties_late:
        return max(due, opened) + timedelta(days=rng.expovariate(1 / settings.late_days))
    # What need not be done today is mostly done towards its end.
    return opened + max((due - opened) * rng.betavariate(3, 1.2), SOONEST * rng.uniform(1, 6))
