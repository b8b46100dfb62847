"""What happened: pairs, incidents, seasons, repetition.  Pure."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from .country import Country
from .people import Marriage, Person, Population, siblings_of
from .settings import Settings

OLD_ENOUGH_TO_HIT = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One thing that happened. `nth` of the incidents between these two; all codes are the pack's."""

    id: int
    victim: int
    aggressor: int
    kin: str
    at: datetime
    nth: int
    forms: tuple[str, ...]
    severity: str
    grave: float  # 0 light … 1 gravest
    tool: str
    exposure: str
    place: str
    injured: bool


# (victim, aggressor, first day on which it may happen, day before which)
Pair = tuple[int, int, date, date]


def happen(
    country: Country, settings: Settings, people: Population, *, rng: random.Random, start: date, until: date
) -> list[Incident]:
    """The incidents between `start` and `until` (not included), by time."""
    return _Chronicle(country, settings, people, rng=rng, start=start, until=until).write()


class _Chronicle:
    def __init__(
        self,
        country: Country,
        settings: Settings,
        people: Population,
        *,
        rng: random.Random,
        start: date,
        until: date,
    ) -> None:
        self.country, self.settings, self.people, self.rng = country, settings, people, rng
        self.start, self.until = start, until
        self.zone = ZoneInfo(country.timezone)
        self.hours = tuple(accumulate(settings.hours))
        self.highest = max(settings.months) * max(1.0, settings.weekend)

    def write(self) -> list[Incident]:
        years = (self.until - self.start).days / 365.2425
        wanted = round(len(self.people.persons) * years * self.settings.incidents_a_year)
        shares = sum(share for _, share in self.settings.relations)
        found: list[Incident] = []
        for kin, share in self.settings.relations:
            found += self._of_kin(kin, round(wanted * share / shares))
        found.sort(key=lambda one: (one.at, one.victim, one.aggressor))
        return [_numbered(one, at) for at, one in enumerate(found)]

    def _of_kin(self, kin: str, wanted: int) -> list[Incident]:
        pairs = [
            (victim, aggressor, max(first, self.start), min(last, self.until))
            for victim, aggressor, first, last in PAIRS[kin](self.people, self.until)
            if first < self.until and last > self.start and max(first, self.start) < min(last, self.until)
        ]
        self.rng.shuffle(pairs)
        found: list[Incident] = []
        while pairs and len(found) < wanted:
            found += self._between(kin, pairs.pop(), wanted - len(found))
        return found

    def _between(self, kin: str, pair: Pair, at_most: int) -> Iterator[Incident]:
        victim, aggressor, first, last = pair
        low, high, _ = self.rng.choices(
            self.settings.repeats, [share for _, _, share in self.settings.repeats]
        )[0]
        days = self._days(first, last, min(at_most, self.rng.randint(low, high)))
        for nth, day in enumerate(days, start=1):
            moment = datetime.combine(day, self._time(), tzinfo=self.zone)
            yield self._incident(
                kin, self.people.persons[victim], self.people.persons[aggressor], moment, nth
            )

    # --- When ---

    def _days(self, first: date, last: date, count: int) -> list[date]:
        """One day by the season; more of them at gaps that grow shorter, as escalation goes."""
        if count == 1:
            return [self._seasonal(first, last)]
        span = (last - first).days
        day, gap = first + timedelta(days=round(span * self.rng.random() ** 1.6)), self.rng.uniform(25, 110)
        days: list[date] = []
        while len(days) < count and day < last:
            week = [day + timedelta(days=at) for at in range(7) if day + timedelta(days=at) < last]
            days.append(self.rng.choices(week, [self._likely(one) for one in week])[0])
            day, gap = days[-1] + timedelta(days=max(1, round(self.rng.expovariate(1 / gap)))), gap * 0.88
        return days

    def _seasonal(self, first: date, last: date) -> date:
        while True:
            day = first + timedelta(days=self.rng.randrange((last - first).days))
            if self.rng.random() * self.highest < self._likely(day):
                return day

    def _likely(self, day: date) -> float:
        weekend = self.settings.weekend if day.isoweekday() in self.country.weekend else 1.0
        return self.settings.months[day.month - 1] * weekend

    def _time(self) -> time:
        return time(self.rng.choices(range(24), cum_weights=self.hours)[0], self.rng.randrange(60))

    # --- What ---

    def _incident(self, kin: str, victim: Person, aggressor: Person, at: datetime, nth: int) -> Incident:
        minor = victim.age_on(at.date()) < self.country.majority
        forms = self._forms(kin, minor=minor)
        rank = self._severity(nth)
        physical = self.country.forms.get("physical") in forms
        return Incident(
            id=0,
            victim=victim.id,
            aggressor=aggressor.id,
            kin=kin,
            at=at,
            nth=nth,
            forms=forms,
            severity=self.country.severities[rank] if self.country.severities else "",
            grave=rank / max(1, len(self.country.severities) - 1),
            tool=self._tool() if physical else "",
            exposure=self._exposure(victim, aggressor, at.date(), minor=minor),
            place=self._place(),
            injured=physical and self.rng.random() < 0.35 + 0.3 * rank,
        )

    def _forms(self, kin: str, *, minor: bool) -> tuple[str, ...]:
        spouse = kin in {"husband", "wife", "ex_husband", "ex_wife"}
        chances = {
            "physical": 0.62,
            "psychological": 0.30 if minor else 0.64,
            "verbal": 0.12,
            "sexual": 0.014 if spouse else 0.006,
            "economic": 0.12 if spouse else 0.02,
            "neglect": 0.22 if minor and kin.startswith(("father", "mother")) else 0.0,
        }
        forms = self.country.forms
        found = [
            forms.get(name)
            for name, chance in chances.items()
            if forms.get(name) and self.rng.random() < chance
        ]
        return tuple(found or [code for code in (forms.get("physical"),) if code] or forms.codes[:1])

    def _severity(self, nth: int) -> int:
        """The place in the list from light to grave; graver the more often it has happened."""
        count = len(self.country.severities)
        weights = [max(0.03, 0.74 - 0.04 * nth), 0.22 + 0.02 * nth, *[0.04 + 0.01 * nth] * max(0, count - 2)]
        return self.rng.choices(range(count), weights[:count])[0] if count else 0

    def _tool(self) -> str:
        tools = self.country.tools
        bare = tools.get("hand") or tools.get("none")
        others = [code for code in tools.codes if code != bare]
        return bare if self.rng.random() < 0.78 or not others else self.rng.choice(others)

    def _exposure(self, victim: Person, aggressor: Person, day: date, *, minor: bool) -> str:
        if minor:
            return "harmed"
        home = self.people.households[victim.household]
        grown = self.country.majority
        young = [
            one
            for one in home.members
            if one not in (victim.id, aggressor.id)
            and self.people.persons[one].born <= day
            and self.people.persons[one].age_on(day) < grown
        ]
        return self.rng.choices(("none", "witnessed", "harmed"), (0.52, 0.42, 0.06))[0] if young else "none"

    def _place(self) -> str:
        places = self.country.places
        others = [code for code in places.codes if code != places.get("home")]
        return places.get("home") if self.rng.random() < 0.82 or not others else self.rng.choice(others)


def _numbered(incident: Incident, number: int) -> Incident:
    object.__setattr__(incident, "id", number)  # only just made, and not yet shown to anybody
    return incident


# --- Who -------------------------------------------------------------------------------------------------------------


def _age(person: Person, years: int) -> date:
    return person.born + timedelta(days=round(years * 365.2425))


def _spouses(*, husband_hits: bool, after: bool) -> Callable[[Population, date], Iterator[Pair]]:
    def pairs(people: Population, until: date) -> Iterator[Pair]:
        for one in people.marriages:
            victim, aggressor = (one.wife, one.husband) if husband_hits else (one.husband, one.wife)
            if not after:
                yield victim, aggressor, one.start, one.end or until
            elif one.end is not None:
                yield victim, aggressor, one.end, until

    return pairs


def _by_parent(*, parent: str, child: str) -> Callable[[Population, date], Iterator[Pair]]:
    def pairs(people: Population, until: date) -> Iterator[Pair]:
        for one in people.persons:
            other = one.father if parent == "male" else one.mother
            if one.sex == child and other is not None:
                yield one.id, other, _age(one, 1), min(until, _age(one, 24))

    return pairs


def _by_child(*, child: str, parent: str) -> Callable[[Population, date], Iterator[Pair]]:
    def pairs(people: Population, until: date) -> Iterator[Pair]:
        for one in people.persons:
            other = one.father if parent == "male" else one.mother
            if one.sex == child and other is not None:
                yield other, one.id, _age(one, OLD_ENOUGH_TO_HIT), until

    return pairs


def _siblings(*, aggressor: str, victim: str) -> Callable[[Population, date], Iterator[Pair]]:
    def pairs(people: Population, until: date) -> Iterator[Pair]:
        for one in people.persons:
            if one.sex == aggressor:
                for other in siblings_of(people, one):
                    if other.sex == victim:
                        yield other.id, one.id, max(_age(one, OLD_ENOUGH_TO_HIT), _age(other, 4)), until

    return pairs


def _in_laws(
    choose: Callable[[Population, Person], list[Person]],
) -> Callable[[Population, date], Iterator[Pair]]:
    """Kin of the husband against his wife, while the marriage holds."""

    def pairs(people: Population, until: date) -> Iterator[Pair]:
        for one in people.marriages:
            for other in choose(people, people.persons[one.husband]):
                yield one.wife, other.id, max(one.start, _age(other, OLD_ENOUGH_TO_HIT)), _end(one, until)

    return pairs


def _end(marriage: Marriage, until: date) -> date:
    return marriage.end or until


def _employers(people: Population, until: date) -> Iterator[Pair]:
    for worker, head in people.workers:
        yield worker, head, date.min, until


PAIRS: dict[str, Callable[[Population, date], Iterator[Pair]]] = {
    "husband": _spouses(husband_hits=True, after=False),
    "wife": _spouses(husband_hits=False, after=False),
    "ex_husband": _spouses(husband_hits=True, after=True),
    "ex_wife": _spouses(husband_hits=False, after=True),
    "father_of_daughter": _by_parent(parent="male", child="female"),
    "mother_of_daughter": _by_parent(parent="female", child="female"),
    "father_of_son": _by_parent(parent="male", child="male"),
    "mother_of_son": _by_parent(parent="female", child="male"),
    "son_of_mother": _by_child(child="male", parent="female"),
    "daughter_of_mother": _by_child(child="female", parent="female"),
    "son_of_father": _by_child(child="male", parent="male"),
    "brother_of_sister": _siblings(aggressor="male", victim="female"),
    "brother_of_brother": _siblings(aggressor="male", victim="male"),
    "sister_of_sister": _siblings(aggressor="female", victim="female"),
    "father_in_law": _in_laws(lambda people, one: [] if one.father is None else [people.persons[one.father]]),
    "mother_in_law": _in_laws(lambda people, one: [] if one.mother is None else [people.persons[one.mother]]),
    "brother_in_law": _in_laws(
        lambda people, one: [other for other in siblings_of(people, one) if other.sex == "male"]
    ),
    "sister_in_law": _in_laws(
        lambda people, one: [other for other in siblings_of(people, one) if other.sex == "female"]
    ),
    "employer": _employers,
}
