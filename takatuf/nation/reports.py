"""What the agencies heard and wrote: which of them, when, about whom, with what left out and what wrong.  Pure."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from takatuf.cases.rules import ReporterIn, ReportIn
from takatuf.people.rules import PersonIn

from .country import Country, Office
from .people import Person, Population, parents_of, siblings_of
from .settings import Habits, Settings
from .spelling import Flaw, slip_of_digits, write
from .violence import Incident
from .vocabulary import words

LONGEST_SILENCE = timedelta(days=150)
FOR_WOMEN = frozenset({"shelter", "support"})
NEVER_CLOSED = frozenset({"police", "health", "hotline", "shelter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A report as a unit files it, and beside it the truth that the unit does not know."""

    unit: str
    agency: str
    role: str
    report: ReportIn
    incident: int
    victim: int
    aggressor: int
    victim_flaws: tuple[Flaw, ...]
    aggressor_flaws: tuple[Flaw, ...]
    dated: str  # day, month or unknown: how well the incident's day was kept
    duplicate_of: str = ""


def tell(
    country: Country,
    settings: Settings,
    people: Population,
    incidents: Sequence[Incident],
    *,
    rng: random.Random,
    until: datetime,
    mark: str,
) -> list[Filed]:
    """Every report of the incidents received before `until`, by time of receipt; `mark` begins each external_ref."""
    clerk = _Clerk(country, settings, people, rng, until)
    found = [filed for incident in incidents for filed in clerk.reports_of(incident)]
    found = [filed for filed in found if filed.report.received_at < until]
    found.sort(key=lambda one: (one.report.received_at, one.incident, one.unit, one.duplicate_of))
    return _referenced(found, mark)


def _referenced(found: list[Filed], mark: str) -> list[Filed]:
    """Give each report its reference, in the order of receipt; a duplicate names the first one's."""
    references = {id(one): f"{mark}-{number:06d}" for number, one in enumerate(found, start=1)}
    originals = {
        (one.incident, one.unit): references[id(one)] for one in reversed(found) if not one.duplicate_of
    }
    return [
        replace(
            one,
            report=replace(one.report, external_ref=references[id(one)]),
            duplicate_of=originals.get((one.incident, one.unit), "") if one.duplicate_of else "",
        )
        for one in found
    ]


class _Clerk:
    def __init__(
        self,
        country: Country,
        settings: Settings,
        people: Population,
        rng: random.Random,
        until: datetime,
    ) -> None:
        self.country, self.settings, self.people, self.rng = country, settings, people, rng
        self.until = until
        self.damage = settings.damage
        self.latin_country = country.language != "ar"
        self.words = words()[country.language]
        self.offices: dict[str, list[Office]] = {}
        for office in country.offices:
            self.offices.setdefault(office.kind, []).append(office)
        self.habits = {kind: habits for kind, habits in settings.habits if kind in self.offices}

    # --- Who hears of it, and when ---

    def reports_of(self, incident: Incident) -> Iterator[Filed]:
        silent = self.settings.unreported * (1.25 - 0.6 * incident.grave) * 0.93 ** (incident.nth - 1)
        if self.rng.random() < 1 - (1 - silent) * self._use(incident.at):
            return
        delay = 0.0
        for kind in self._hearers(incident):
            office = self._office(kind, incident)
            delay += self.habits[kind].delay_hours * self.rng.lognormvariate(0, 0.9)
            at = self._open(kind, incident.at + timedelta(minutes=max(5, round(delay * 60))))
            if at - incident.at > LONGEST_SILENCE:
                return
            yield self._file(incident, office, at)
            if self.rng.random() < self.damage.duplicate:
                again = self._open(kind, at + timedelta(minutes=round(self.rng.expovariate(1 / 4300)) + 10))
                yield replace(self._file(incident, office, again), duplicate_of=office.unit)

    def _use(self, at: datetime) -> float:
        """How far the register was in use: 1 at the end of the years told."""
        before = (self.until - at) / timedelta(days=365.2425 * self.settings.years)
        return math.exp(-self.settings.rising * before)

    def _open(self, kind: str, at: datetime) -> datetime:
        """The moment itself, or for offices with hours the next one at which they are open."""
        if kind in NEVER_CLOSED or (7 <= at.hour < 14 and at.isoweekday() not in self.country.weekend):
            return at
        day = at if at.hour < 7 else at + timedelta(days=1)
        while day.isoweekday() in self.country.weekend:
            day += timedelta(days=1)
        return day.replace(hour=7, minute=0) + timedelta(minutes=self.rng.randrange(7 * 60))

    def _hearers(self, incident: Incident) -> list[str]:
        """The kinds of agencies that hear of it, the first one first."""
        kinds = [kind for kind in self.habits if self._concerned(kind, incident) > 0]
        weights = [self.habits[kind].first * self._concerned(kind, incident) for kind in kinds]
        if not kinds:
            return []
        first = self.rng.choices(kinds, weights)[0]
        more = 1 + incident.grave
        later = [
            kind
            for kind in kinds
            if kind != first
            and self.rng.random() < self.habits[kind].later * more * min(1.0, self._concerned(kind, incident))
        ]
        self.rng.shuffle(later)
        return [first, *later]

    def _concerned(self, kind: str, incident: Incident) -> float:
        """How much likelier than usual this kind is to hear of such an incident; 0: never."""
        victim = self.people.persons[incident.victim]
        age = victim.age_on(incident.at.date())
        if kind == "health":
            return 1.8 if incident.injured else 0.3
        if kind == "education":
            return 6.0 if 5 <= age < self.country.majority else 0.0
        if kind == "child_protection":
            return 6.0 if age < self.country.majority else 0.0
        if kind in FOR_WOMEN:
            return 1.0 if age >= self.country.majority and victim.sex == "female" else 0.0
        return 1.0

    def _office(self, kind: str, incident: Incident) -> Office:
        area = self.people.households[self.people.persons[incident.victim].household].area
        here = [office for office in self.offices[kind] if office.area in ("", area)]
        return self.rng.choice(here or self.offices[kind])

    # --- What is written ---

    def _file(self, incident: Incident, office: Office, at: datetime) -> Filed:
        habits = self.habits[office.kind]
        victim, aggressor = self.people.persons[incident.victim], self.people.persons[incident.aggressor]
        day = incident.at.date()
        she, her_flaws = self._described(victim, habits, 1.0, day, other=aggressor)
        he, his_flaws = self._described(aggressor, habits, self.settings.aggressor, day, other=victim)
        dated = self._dated()
        started = at + timedelta(minutes=self.rng.randrange(5, 60)) if office.kind == "police" else None
        report = ReportIn(
            channel=self._channel(office.kind, she),
            received_at=at,
            received_place=office.name[:200],
            reporter=self._reporter(office.kind, victim, she),
            victim=she,
            aggressor=he,
            relation=self.country.relations.get(incident.kin, "") if self.rng.random() > 0.03 else "",
            forms=self._forms(incident),
            severity=incident.severity if self.rng.random() > 0.12 else "",
            tool=incident.tool if self.rng.random() > 0.2 else "",
            child_exposure=incident.exposure if self.rng.random() > 0.22 else "unknown",
            reported_before=self._before(incident),
            investigation_started_at=started,
            investigation_finished_at=started + timedelta(minutes=self.rng.randrange(15, 150))
            if started
            else None,
            narrative=self._narrative(incident, victim),
            injuries=self.rng.choice(self.words["injuries"])
            if incident.injured and self.rng.random() < 0.8
            else "",
            **self._where(victim),
            **self._when(incident, dated),
            incident_place=incident.place if self.rng.random() > 0.15 else "",
        )
        return Filed(
            unit=office.unit,
            agency=office.agency,
            role=office.role,
            report=report,
            incident=incident.id,
            victim=victim.id,
            aggressor=aggressor.id,
            victim_flaws=her_flaws,
            aggressor_flaws=his_flaws,
            dated=dated,
        )

    def _dated(self) -> str:
        draw = self.rng.random()
        if draw < self.damage.incident_undated:
            return "unknown"
        return "month" if draw < self.damage.incident_undated + self.damage.incident_month_only else "day"

    def _when(self, incident: Incident, dated: str) -> dict[str, Any]:
        day = incident.at.date()
        if dated == "unknown":
            return {}
        if dated == "month":
            return {"incident_on": day.replace(day=1), "incident_precision": "month"}
        told = self.rng.random() < 0.7
        return {
            "incident_on": day,
            "incident_precision": "day",
            "incident_time": incident.at.time().replace(minute=incident.at.minute // 5 * 5) if told else None,
        }

    def _where(self, victim: Person) -> dict[str, Any]:
        home = self.people.households[victim.household]
        known = self.rng.random()
        block = str(home.block) if home.block and known < 0.6 else ""
        return {"incident_area": home.area if known < 0.9 else "", "incident_block": block}

    def _forms(self, incident: Incident) -> tuple[str, ...]:
        """A form besides the first may be left out."""
        return tuple(form for at, form in enumerate(incident.forms) if at == 0 or self.rng.random() > 0.15)

    def _before(self, incident: Incident) -> str:
        if self.rng.random() < 0.3:
            return "unknown"
        return "yes" if incident.nth > 1 and self.rng.random() < 0.8 else "no"

    # --- Persons ---

    def _described(
        self, person: Person, habits: Habits, known: float, day: date, *, other: Person
    ) -> tuple[PersonIn, tuple[Flaw, ...]]:
        """What is written of a person, of which a share `known` of the usual is known; and what is wrong with it."""
        sure = known == 1.0
        if self.rng.random() < (habits.anonymous if sure else self.settings.aggressor_nameless):
            return self._nameless(person, day, anonymous=sure), (Flaw.ANONYMOUS if sure else Flaw.NAMELESS,)
        name = write(person, habits, self.damage, rng=self.rng, latin_country=self.latin_country)
        number, wrong_number = self._number(person, habits.number * known, other)
        born, wrong_birth = self._birth(person, habits.birth * known)
        phones, wrong_phone = self._phones(person, habits.phone * (known if sure else known * 0.5))
        home = self.people.households[person.household]
        flaws = (*dict.fromkeys(name.flaws), *wrong_number, *wrong_birth, *wrong_phone)
        stated = "birth_date" not in born and self.rng.random() < habits.age
        described = PersonIn(
            name_ar=name.arabic,
            name_latin=name.latin,
            personal_number=number,
            phones=phones,
            age=self._stated_age(person, day) if stated else None,
            sex=person.sex if self.rng.random() > 0.01 else "unknown",
            nationality=person.nationality if self.rng.random() < 0.85 else "",
            address=self._address(person) if sure and self.rng.random() < 0.6 else "",
            block=str(home.block) if home.block and self.rng.random() < 0.65 * known else "",
            area=home.area if self.rng.random() < 0.9 * known else "",
            marital_status=self._marital(person, day) if self.rng.random() < 0.8 * known else "",
            education=person.education if self.rng.random() < 0.5 * known else "",
            occupation=person.occupation if self.rng.random() < 0.6 * known else "",
            **born,
        )
        return described, flaws

    def _nameless(self, person: Person, day: date, *, anonymous: bool) -> PersonIn:
        return PersonIn(
            sex=person.sex,
            age=self._stated_age(person, day) if self.rng.random() < 0.6 else None,
            area=self.people.households[person.household].area if self.rng.random() < 0.6 else "",
            anonymous=anonymous,
        )

    def _stated_age(self, person: Person, day: date) -> int:
        age = person.age_on(day)
        return (
            max(0, age + self.rng.choice((0, 0, 0, 0, 1, -1)))
            if self.rng.random() < 0.85
            else round(age / 5) * 5
        )

    def _number(self, person: Person, chance: float, other: Person) -> tuple[str, list[Flaw]]:
        draw = self.rng.random()
        if self.rng.random() < self.damage.number_of_relative:
            home = [self.people.persons[one] for one in self.people.households[person.household].members]
            relatives = [one.number for one in home if one.number and one.id not in (person.id, other.id)]
            if relatives and draw < chance:
                return self.rng.choice(relatives), [Flaw.NUMBER_RELATIVE]
        if not person.number:
            return "", []
        if draw >= chance:
            if self.rng.random() < self.damage.number_placeholder:
                return "0" * len(person.number), [Flaw.NUMBER_MISSING, Flaw.NUMBER_PLACEHOLDER]
            return "", [Flaw.NUMBER_MISSING]
        if self.rng.random() < self.damage.number_typo:
            wrong = slip_of_digits(person.number, self.rng)
            return ("", [Flaw.NUMBER_MISSING]) if wrong == other.number else (wrong, [Flaw.NUMBER_TYPO])
        return person.number, []

    def _birth(self, person: Person, chance: float) -> tuple[dict[str, Any], list[Flaw]]:
        if self.rng.random() >= chance:
            return {}, [Flaw.BIRTH_MISSING]
        draw, damage, born = self.rng.random(), self.damage, person.born
        if draw < damage.birth_first_of_january:
            return {"birth_date": born.replace(month=1, day=1), "birth_precision": "day"}, [
                Flaw.BIRTH_FIRST_OF_JANUARY
            ]
        draw -= damage.birth_first_of_january
        if draw < damage.birth_year_only:
            return {"birth_date": born.replace(month=1, day=1), "birth_precision": "year"}, [
                Flaw.BIRTH_YEAR_ONLY
            ]
        draw -= damage.birth_year_only
        if draw < damage.birth_wrong:
            return {"birth_date": self._wrong_day(born), "birth_precision": "day"}, [Flaw.BIRTH_WRONG]
        return {"birth_date": born, "birth_precision": "day"}, []

    def _wrong_day(self, born: date) -> date:
        """Day and month changed places, or the year is one off."""
        if born.day <= 12 and born.day != born.month:
            return born.replace(day=born.month, month=born.day)
        return born.replace(year=born.year - 1, day=min(born.day, 28))

    def _phones(self, person: Person, chance: float) -> tuple[tuple[str, ...], list[Flaw]]:
        home = self.people.households[person.household].phone
        if self.rng.random() >= chance:
            return (), [Flaw.PHONE_MISSING] if person.phone else []
        if home and (not person.phone or self.rng.random() < self.damage.phone_of_household):
            return (self._as_typed(home),), [Flaw.PHONE_HOUSEHOLD]
        return ((self._as_typed(person.phone),), []) if person.phone else ((), [])

    def _as_typed(self, phone: str) -> str:
        draw, half = self.rng.random(), len(phone) // 2
        if draw < 0.15:
            return f"+{self.country.phone_country} {phone}"
        return f"{phone[:half]} {phone[half:]}" if draw < 0.25 else phone

    def _marital(self, person: Person, day: date) -> str:
        return self.country.marital.get(self.people.marital_on(person, day))

    def _address(self, person: Person) -> str:
        home = self.people.households[person.household]
        text: str = self.words["address"]
        return text.format(building=home.building, road=home.road, block=home.block or "-")

    # --- Around it ---

    def _channel(self, kind: str, she: PersonIn) -> str:
        known = self.country.channels
        if kind == "hotline":
            return known.get("phone") or known.codes[0]
        wanted = self.rng.choices(("person", "phone", "referral", "online"), (0.68, 0.15, 0.12, 0.05))[0]
        return known.get(wanted) or known.get("person") or known.codes[0]

    def _reporter(self, kind: str, victim: Person, she: PersonIn) -> ReporterIn:
        known = self.country.reporters
        usual = {"health": ("medical", 0.7), "education": ("teacher", 0.8), "prosecution": ("police", 0.6)}
        meaning, chance = usual.get(kind, ("victim", 0.68))
        if self.rng.random() > chance:
            meaning = self.rng.choices(("victim", "family", "neighbour"), (0.4, 0.5, 0.1))[0]
        if she.anonymous:
            return ReporterIn(kind=known.get("anonymous") or known.get("victim"), note=self.words["note"][0])
        if meaning == "victim":
            return ReporterIn(kind=known.get("victim"), phone="".join(she.phones[:1]))
        if meaning == "family":
            kin = [*parents_of(self.people, victim), *siblings_of(self.people, victim)]
            grown = [one for one in kin if one.phone]
            if grown:
                one = self.rng.choice(grown)
                name = f"{one.names[0]} {one.names[1]} {one.family}"
                return ReporterIn(kind=known.get("family"), name=name, phone=one.phone)
        return ReporterIn(kind=known.get(meaning), note=self.rng.choice(self.words["note"][1:]))

    def _narrative(self, incident: Incident, victim: Person) -> str:
        if self.rng.random() < 0.06:
            return ""
        say = self.words
        kin = incident.kin.partition("_of_")[0]
        at_home = incident.place == self.country.places.get("home")
        places = say["place"][:2] if at_home else say["place"][2:]
        sentences = [
            self.rng.choice(say["opening"]).format(
                kin=say["kin"][kin], victim=say["victim"][victim.sex], place=self.rng.choice(places)
            )
        ]
        meanings = {code: meaning for meaning, code in self.country.forms.known.items()}
        short = {
            "physical": "PHY",
            "psychological": "PSY",
            "verbal": "PSY",
            "sexual": "SEX",
            "economic": "ECO",
        }
        told = [say["forms"][short.get(meanings.get(form, ""), "other")] for form in incident.forms]
        sentences += [self.rng.choice(choices) for choices in told]
        if incident.nth > 1:
            sentences.append(self.rng.choice(say["repeated"]))
        if incident.exposure == "witnessed":
            sentences.append(self.rng.choice(say["child"]))
        return " ".join(dict.fromkeys(sentences))
