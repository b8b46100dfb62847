"""Persons, marriages and households: a kin graph that could be.  Pure, and the same for the same random stream."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from .country import Country
from .numbers import Numbers
from .settings import Settings
from .vocabulary import Pool, pool_of, pools

YEAR = 365.2425
YOUNGEST_PARENT = 17  # years between a parent and a child, at least
OLDEST_MOTHER = 45


@dataclass(slots=True)
class Person:
    """`names`: own given name, father's, grandfather's …; `latin`: the same words as on the person's card."""

    id: int
    sex: str
    born: date
    names: tuple[str, ...]
    family: str
    latin: tuple[str, ...]
    pool: int
    nationality: str
    number: str
    phone: str
    household: int
    mother: int | None = None
    father: int | None = None
    education: str = ""
    occupation: str = ""
    marriages: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)

    def age_on(self, day: date) -> int:
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


@dataclass(slots=True)
class Marriage:
    id: int
    husband: int
    wife: int
    start: date
    end: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(slots=True)
class Household:
    id: int
    area: str
    block: int
    road: int
    building: int
    phone: str
    members: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Population:
    """Persons, marriages and households; each id is its place in its list."""

    persons: list[Person]
    marriages: list[Marriage]
    households: list[Household]
    workers: list[tuple[int, int]]  # (domestic worker, the household's head)

    def spouse_on(self, person: Person, day: date) -> Person | None:
        for marriage in (self.marriages[one] for one in person.marriages):
            if marriage.holds_on(day):
                return self.persons[marriage.wife if marriage.husband == person.id else marriage.husband]
        return None

    def marital_on(self, person: Person, day: date) -> str:
        """single, married or divorced."""
        past = [self.marriages[one] for one in person.marriages if self.marriages[one].start <= day]
        if not past:
            return "single"
        return "married" if any(marriage.holds_on(day) for marriage in past) else "divorced"


def grow(country: Country, settings: Settings, *, rng: random.Random, until: date) -> Population:
    """A population of exactly `settings.people` persons living at `until`."""
    return _Grower(country, settings, rng, until).grow()


class _Grower:
    def __init__(self, country: Country, settings: Settings, rng: random.Random, until: date) -> None:
        self.country, self.settings, self.rng, self.until = country, settings, rng, until
        self.persons: list[Person] = []
        self.marriages: list[Marriage] = []
        self.households: list[Household] = []
        self.workers: list[tuple[int, int]] = []
        self.numbers = Numbers(country, rng)
        self.areas = [area for area, _ in country.areas]
        self.area_weights = [len(blocks) for _, blocks in country.areas]
        self.blocks = dict(country.areas)

    def grow(self) -> Population:
        # The founders' homes; the children of their children are the fifth that is missing.
        at_home = self.settings.people * (1 - self.settings.foreign)
        while len(self.persons) < 0.80 * at_home - 6:
            self._founders()
        self._marry_the_young(round(at_home))
        self._divorce()
        self._remarry()
        self._workers()
        self._from_abroad()
        self._educate()
        return Population(self.persons, self.marriages, self.households, self.workers)

    # --- Homes and persons ---

    def _home(self, like: Household | None = None) -> Household:
        area = like.area if like else self.rng.choices(self.areas, self.area_weights)[0]
        home = Household(
            id=len(self.households),
            area=area,
            block=self.rng.choice(self.blocks[area]) if self.blocks[area] else 0,
            road=self.rng.randrange(10, 6000),
            building=self.rng.randrange(1, 3000),
            phone=self.numbers.phone() if self.rng.random() < 0.6 else "",
        )
        self.households.append(home)
        return home

    def _person(
        self,
        *,
        sex: str,
        born: date,
        home: Household,
        nationality: str,
        chain: tuple[str, ...] = (),
        family: str = "",
        mother: Person | None = None,
        father: Person | None = None,
    ) -> Person:
        """A new person; without a father, `chain` or fresh names stand for his and his father's."""
        pool_id = father.pool if father else pool_of(nationality)
        pool = pools()[pool_id]
        names = (pool.given[sex].pick(self.rng), *(father.names if father else chain or self._chain(pool)))
        names = names[: 4 if pool.chained else 2]
        family = father.family if father else family or pool.family.pick(self.rng)
        person = Person(
            id=len(self.persons),
            sex=sex,
            born=born,
            names=names,
            family=family,
            latin=self._card(pool, names, family, father),
            pool=pool_id,
            nationality=nationality,
            number=self.numbers.personal(born, known=nationality == self.country.home),
            phone=self.numbers.phone() if self._years(born) >= 15 and self.rng.random() < 0.93 else "",
            household=home.id,
            mother=mother.id if mother else None,
            father=father.id if father else None,
        )
        self.persons.append(person)
        home.members.append(person.id)
        for parent in (mother, father):
            if parent is not None:
                parent.children.append(person.id)
        return person

    def _chain(self, pool: Pool) -> tuple[str, ...]:
        return tuple(pool.given["male"].pick(self.rng) for _ in range(3 if pool.chained else 1))

    def _card(
        self, pool: Pool, names: tuple[str, ...], family: str, father: Person | None
    ) -> tuple[str, ...]:
        """Latin spellings as on the card: mostly those of the father's card."""
        if father and self.rng.random() < 0.8:
            inherited = dict(zip((*father.names, father.family), father.latin, strict=True))
        else:
            inherited = {}
        return tuple(inherited.get(word) or pool.spelt(word, self.rng) for word in (*names, family))

    def _years(self, born: date) -> float:
        return (self.until - born).days / YEAR

    def _between(self, first: date, last: date) -> date:
        return first + timedelta(days=self.rng.randrange(max(1, (last - first).days)))

    def _after(self, day: date, years: float) -> date:
        return day + timedelta(days=round(years * YEAR))

    # --- Families ---

    def _founders(self) -> None:
        """A couple of 27 to 80 years with their children, those who are grown up included."""
        home, nationality = self._home(), self.country.home
        his_age = self.rng.triangular(27, 80, 48)
        her_age = min(max(20.0, his_age - self.rng.gauss(4, 3.5)), 78)
        husband = self._person(sex="male", born=self._born(his_age), home=home, nationality=nationality)
        wife = self._person(sex="female", born=self._born(her_age), home=home, nationality=nationality)
        grown = max(self._after(wife.born, 18), self._after(husband.born, 20))
        start = min(self._after(grown, self.rng.triangular(0, 12, 3)), self._after(self.until, -0.5))
        self._wed(husband, wife, start)
        self._children(husband, wife, home, start, most=self.rng.choice((0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 7)))
        if his_age > 64 and self.rng.random() < 0.10:
            self._leave(husband, self._home(home))

    def _born(self, age: float) -> date:
        return self._after(self.until, -age)

    def _wed(self, husband: Person, wife: Person, start: date) -> Marriage:
        marriage = Marriage(id=len(self.marriages), husband=husband.id, wife=wife.id, start=start)
        self.marriages.append(marriage)
        husband.marriages.append(marriage.id)
        wife.marriages.append(marriage.id)
        return marriage

    def _children(self, husband: Person, wife: Person, home: Household, start: date, most: int) -> None:
        """Children a year and more apart, while she is young enough and both are old enough."""
        youngest = max(self._after(one.born, YOUNGEST_PARENT + 0.01) for one in (husband, wife))
        due = max(self._after(start, self.rng.uniform(0.8, 2.5)), youngest)
        last = min(self._after(wife.born, OLDEST_MOTHER), self.until)
        while most and due < last:
            sex = "female" if self.rng.random() < 0.488 else "male"
            self._person(
                sex=sex, born=due, home=home, nationality=husband.nationality, mother=wife, father=husband
            )
            due, most = self._after(due, self.rng.triangular(1.1, 5, 2)), most - 1

    def _leave(self, person: Person, home: Household) -> None:
        self.households[person.household].members.remove(person.id)
        person.household = home.id
        home.members.append(person.id)

    def _marry_the_young(self, at_most: int) -> None:
        """Sons and daughters of different families marry; a third of the couples live with his parents."""
        grown = [person for person in self.persons if person.mother is not None]
        men = [
            one
            for one in grown
            if one.sex == "male" and self._years(one.born) >= self.rng.triangular(21, 38, 25)
        ]
        women = [
            one
            for one in grown
            if one.sex == "female" and self._years(one.born) >= self.rng.triangular(18, 36, 22)
        ]
        men.sort(key=lambda one: (one.born, one.id))
        women.sort(key=lambda one: (one.born, one.id))
        self._jumble(men, 12)
        self._jumble(women, 12)
        # The older by age against the older: she is a few years younger, as brides are.
        skip = len(women) // 12
        for husband, wife in zip(men, women[skip:] if len(women) > len(men) else women, strict=False):
            if len(self.persons) >= at_most:
                break
            if husband.mother != wife.mother and abs(self._years(husband.born) - self._years(wife.born)) < 15:
                self._young_couple(husband, wife)

    def _jumble(self, people: list[Person], window: int) -> None:
        """Let neighbours in age change places, so that couples are not strictly by age."""
        order = {one.id: at + self.rng.uniform(0, window) for at, one in enumerate(people)}
        people.sort(key=lambda one: order[one.id])

    def _young_couple(self, husband: Person, wife: Person) -> None:
        grown = max(self._after(wife.born, 18), self._after(husband.born, 20))
        latest = self._after(self.until, -0.1)
        if grown >= latest:
            return
        start = min(self._after(grown, self.rng.triangular(0, 9, 2.5)), latest)
        self._wed(husband, wife, start)
        home = self.households[husband.household]
        if self.rng.random() > 0.33:
            home = self._home(home if self.rng.random() < 0.5 else None)
            self._leave(husband, home)
        self._leave(wife, home)
        self._children(husband, wife, home, start, most=self.rng.choice((1, 2, 2, 3, 3, 4, 5)))

    def _divorce(self) -> None:
        for marriage in self.marriages:
            wife = self.persons[marriage.wife]
            births = [self.persons[child].born for child in wife.children]
            earliest = max([self._after(marriage.start, 0.7), *births])
            if earliest < self.until and self.rng.random() < self.settings.divorced:
                marriage.end = self._between(earliest, self.until)
                self._part(self.persons[marriage.husband], wife)

    def _part(self, husband: Person, wife: Person) -> None:
        """She goes, mostly with the young children, to her parents or to a home of her own."""
        left = self.households[wife.household]
        home = self.households[self.persons[wife.mother].household] if wife.mother is not None else left
        if home is left or self.rng.random() > 0.6:
            home = self._home(left)
        self._leave(wife, home)
        if self.rng.random() < 0.8:
            for child in (self.persons[one] for one in wife.children):
                if child.father == husband.id and child.household == left.id and self._years(child.born) < 16:
                    self._leave(child, home)

    def _remarry(self) -> None:
        """Some divorced men marry again: divorced or single women, after both are free."""
        free: dict[int, date] = {}
        for marriage in self.marriages:
            for one in (marriage.husband, marriage.wife):
                free[one] = max(free.get(one, date.min), marriage.end or date.max)
        grown = [
            one
            for one in self.persons
            if 21 <= self._years(one.born) < 60 and free.get(one.id, date.min) < self.until
        ]
        brides = [one for one in grown if one.sex == "female"]
        self.rng.shuffle(brides)
        for husband in grown:
            if husband.sex != "male" or husband.id not in free or self.rng.random() > self.settings.remarried:
                continue
            wife = next((one for one in brides[-12:] if self._suits(husband, one)), None)
            if wife is None:
                continue
            single_until = self._after(wife.born, 20)
            start = self._after(
                max(free[husband.id], free.get(wife.id, single_until)), self.rng.uniform(0.4, 4)
            )
            if start >= self._after(self.until, -0.2):
                continue
            brides.remove(wife)
            self._wed(husband, wife, start)
            home = self.households[husband.household]
            self._leave(wife, home)
            self._children(husband, wife, home, start, most=self.rng.choice((0, 0, 1, 2)))

    def _suits(self, husband: Person, wife: Person) -> bool:
        once = {self.marriages[one].wife for one in husband.marriages}
        same_parents = husband.mother is not None and husband.mother == wife.mother
        return wife.id not in once and not same_parents and -4 < (wife.born - husband.born).days / YEAR < 20

    # --- From abroad ---

    def _workers(self) -> None:
        """Domestic workers, in homes of citizens."""
        from_far = [code for code in self.country.foreign if pool_of(code)] or list(self.country.foreign)
        if not from_far:
            return
        for home in list(self.households):
            if len(self.persons) >= self.settings.people:
                return
            heads = [one for one in home.members if self._years(self.persons[one].born) >= 25]
            if heads and self.rng.random() < self.settings.households_with_worker:
                sex = "female" if self.rng.random() < 0.87 else "male"
                born = self._born(self.rng.triangular(21, 52, 31))
                worker = self._person(sex=sex, born=born, home=home, nationality=self.rng.choice(from_far))
                worker.occupation = self.country.occupations.get("worker")
                self.workers.append((worker.id, heads[0]))

    def _from_abroad(self) -> None:
        """Families and single people from abroad, until the nation is full."""
        weights = [1 / (rank + 2) for rank in range(len(self.country.foreign))]
        while (left := self.settings.people - len(self.persons)) > 0:
            nationality = self.rng.choices(self.country.foreign, weights)[0] if weights else self.country.home
            if left > 8 and self.rng.random() < 0.45:
                self._family_from_abroad(nationality)
                continue
            home = self._home()
            for _ in range(min(left, self.rng.randrange(1, 7))):
                sex = "male" if self.rng.random() < 0.8 else "female"
                self._person(
                    sex=sex,
                    born=self._born(self.rng.triangular(20, 58, 31)),
                    home=home,
                    nationality=nationality,
                )

    def _family_from_abroad(self, nationality: str) -> None:
        home, age = self._home(), self.rng.triangular(24, 58, 36)
        husband = self._person(sex="male", born=self._born(age), home=home, nationality=nationality)
        born = self._born(max(20.0, age - self.rng.triangular(-3, 10, 3)))
        own = "" if pools()[husband.pool].chained or self.rng.random() < 0.3 else husband.family
        wife = self._person(sex="female", born=born, home=home, nationality=nationality, family=own)
        grown = max(self._after(wife.born, 18), self._after(husband.born, 20))
        start = min(self._after(grown, self.rng.triangular(0, 9, 3)), self._after(self.until, -0.2))
        self._wed(husband, wife, start)
        self._children(husband, wife, home, start, most=self.rng.choice((0, 1, 2, 2, 3)))

    # --- Education and work ---

    def _educate(self) -> None:
        for person in self.persons:
            age = person.age_on(self.until)
            person.education = self._education(age)
            person.occupation = person.occupation or self._occupation(person, age)

    def _education(self, age: int) -> str:
        levels = self.country.education
        if not levels or age < 6:
            return levels[0] if levels else ""
        highest = min(len(levels) - 1, max(1, (age - 3) * (len(levels) - 1) // 22))
        usual = highest * (0.75 if age < 50 else 0.5)
        return levels[min(highest, max(0, round(self.rng.gauss(usual, len(levels) / 6))))]

    def _occupation(self, person: Person, age: int) -> str:
        known = self.country.occupations.get
        if age < 6:
            return ""
        if age < 18 or (age < 23 and self.rng.random() < 0.5):
            return known("student")
        if age > 60 and self.rng.random() < 0.7:
            return known("retired")
        if person.sex == "female" and self.rng.random() < 0.42:
            return known("housewife")
        if self.rng.random() < 0.08:
            return known("unemployed")
        return self.rng.choice(
            [code for code in (known("public"), known("private"), known("own")) if code] or [""]
        )


def parents_of(population: Population, person: Person) -> Iterator[Person]:
    for parent in (person.mother, person.father):
        if parent is not None:
            yield population.persons[parent]


def siblings_of(population: Population, person: Person) -> Iterable[Person]:
    """Those who share a parent, full and half, in the order of their ids."""
    found = {child for parent in parents_of(population, person) for child in parent.children} - {person.id}
    return [population.persons[one] for one in sorted(found)]
