"""A whole nation from a seed: its people, what happened among them, and what reached the agencies.  Pure."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from takatuf.cases.rules import ReportIn

from .country import Country
from .people import Population, grow
from .reports import Filed, tell
from .settings import Settings
from .violence import Incident, happen


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`until` is the first day that is not lived any more: every report is received before it begins."""

    country: Country
    settings: Settings
    seed: int
    start: date
    until: date
    people: Population
    incidents: tuple[Incident, ...]
    filed: tuple[Filed, ...]

    def feed(self) -> Iterator[tuple[str, ReportIn]]:
        """(code of the unit, report), by time of receipt."""
        return ((one.unit, one.report) for one in self.filed)


def make(country: Country, settings: Settings, *, seed: int, until: date) -> Plan:
    """The nation of a seed.  The same arguments give the same plan, on every machine and every day.

    Raises ValueError where the country lacks what a nation needs: areas with blocks, units that take reports.
    """
    _check(country, settings)
    start = _years_before(until, settings.years)
    # A stream of its own for each part: a knob of the reports does not change who lives.
    people = grow(country, settings, rng=random.Random(f"people {seed}"), until=until)
    incidents = happen(
        country, settings, people, rng=random.Random(f"violence {seed}"), start=start, until=until
    )
    filed = tell(
        country,
        settings,
        people,
        incidents,
        rng=random.Random(f"reports {seed}"),
        until=datetime.combine(until, time(), tzinfo=ZoneInfo(country.timezone)),
        mark=f"N{seed}",
    )
    return Plan(
        country=country,
        settings=settings,
        seed=seed,
        start=start,
        until=until,
        people=people,
        incidents=tuple(incidents),
        filed=tuple(filed),
    )


def _years_before(day: date, years: int) -> date:
    if day.month == 2 and day.day == 29:
        day -= timedelta(days=1)
    return day.replace(year=day.year - years)


def _check(country: Country, settings: Settings) -> None:
    if settings.people < 50 or settings.years < 1:
        raise ValueError("a nation has at least 50 people and one year")
    if not country.areas or not any(office.kind in dict(settings.habits) for office in country.offices):
        raise ValueError(f"country {country.code}: no areas, or no unit that takes reports")
